//! The program at the terminal.

use std::fs;
use std::process::Stdio;

use serde_json::json;

use crate::server::{Server, eventually, free_port, gatewright, run, text};

#[test]
fn a_file_is_validated_with_every_issue() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gatewright.yaml");
    let validate = |yaml: &str| {
        fs::write(&file, yaml).unwrap();
        gatewright().arg("validate").arg(&file).output().unwrap()
    };
    assert!(validate("version: 1\n").status.success());
    let bad = validate("version: 1\ncolour: red\nroutes: [{name: a, service: none, x: 1}]\n");
    assert_eq!(bad.status.code(), Some(1));
    let said = text(&bad.stdout);
    assert!(
        said.contains("error: colour: ") && said.contains("error: routes[0].x: "),
        "{said}"
    );
    assert!(text(&bad.stderr).contains("has 2 errors"));
    let missing = gatewright()
        .args(["validate", "/nowhere/x.yaml"])
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("cannot read /nowhere/x.yaml"));
}

#[tokio::test]
async fn keys_issued_at_the_terminal_are_good() {
    let data = tempfile::tempdir().unwrap();
    let issued = run(&["keys", "issue", "ci"], data.path());
    assert!(issued.status.success(), "{}", text(&issued.stderr));
    let secret = text(&issued.stdout).trim().to_owned();
    assert!(secret.starts_with("gw_"), "{secret}");
    let listed = text(&run(&["keys", "list"], data.path()).stdout);
    assert!(listed.contains("ci") && listed.contains("good") && !listed.contains(&secret));
    let id = listed.split_whitespace().next().unwrap();

    assert!(run(&["keys", "revoke", id], data.path()).status.success());
    assert!(text(&run(&["keys", "list"], data.path()).stdout).contains("revoked"));
    let unknown = run(
        &["keys", "revoke", "01890a5d-ac96-774b-bcce-b302099a8057"],
        data.path(),
    );
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("no key has the id"));

    let server = Server::with(data, &[]);
    let refused = run(&["keys", "list"], server.data.path());
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("is running with the data folder"));
}

#[test]
fn it_describes_its_admin_api() {
    let described = gatewright().arg("openapi").output().unwrap();
    let committed = include_str!("../../../docs/openapi.json");
    assert!(text(&described.stdout) == committed);
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let server = Server::start();
    server
        .post("/first-route", json!({ "target": { "kind": "echo" } }))
        .await;
    let (_, sent) = server
        .post("/requests/send", json!({ "path": "/kept" }))
        .await;
    let token = server.token();
    let (code, said, data) = server.stop();
    assert_eq!(code, Some(0), "{said}");
    let server = Server::with(data, &[]);
    assert_eq!(server.token(), token);
    assert_eq!(server.get("/routes").await.1.as_array().unwrap().len(), 1);
    let id = sent["exchange_id"].as_str().unwrap();
    assert_eq!(server.get(&format!("/exchanges/{id}")).await.0, 200);
}

#[tokio::test]
async fn a_stop_lets_running_requests_finish() {
    let server = Server::start();
    server
        .post("/first-route", json!({ "target": { "kind": "echo" } }))
        .await;
    // An open event stream must not hold it up.
    let events = server
        .request(reqwest::Method::GET, "/events")
        .send()
        .await
        .unwrap();
    let running = tokio::spawn(
        server
            .client
            .get(server.gateway_url("/?delay_ms=700"))
            .send(),
    );
    eventually(async || {
        let (_, status) = server.get("/status").await;
        (status["recorder"]["in_flight"] == 1).then_some(())
    })
    .await;
    let stopped = tokio::task::spawn_blocking(move || server.stop());
    assert_eq!(running.await.unwrap().unwrap().status(), 200);
    let (code, said, _data) = stopped.await.unwrap();
    assert_eq!(code, Some(0), "{said}");
    drop(events);
}

#[tokio::test]
async fn a_taken_gateway_port_leaves_the_window_up_and_names_the_holder() {
    let data = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let file = data.path().join("gatewright.yaml");
    fs::write(&file, format!("version: 1\nlisten: {{ port: {port} }}\n")).unwrap();
    let admin_port = free_port().to_string();
    let mut child = gatewright()
        .args(["serve", "--admin-port", &admin_port, "--config"])
        .arg(&file)
        .arg("--data")
        .arg(data.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut complaint = String::new();
    let mut errors = std::io::BufReader::new(child.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut errors, &mut complaint).unwrap();
    let mut greeting = String::new();
    let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
    while !greeting.contains("Stop with") {
        std::io::BufRead::read_line(&mut output, &mut greeting).unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        complaint.contains(&format!("port {port} is used by")),
        "{complaint}"
    );
    assert!(
        complaint.contains(&format!("(pid {})", std::process::id())),
        "{complaint}"
    );
    assert!(
        complaint.contains("is free") && complaint.contains("--port"),
        "{complaint}"
    );
    assert!(
        greeting.contains("not running") && greeting.contains("/open/"),
        "{greeting}"
    );
}

#[tokio::test]
async fn a_second_instance_refuses_and_the_first_is_unharmed() {
    let server = Server::start();
    let port = free_port().to_string();
    let second = run(&["serve", "--admin-port", &port], server.data.path());
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second.stderr).contains("another Gatewright uses the data folder"));
    assert_eq!(server.get("/status").await.0, 200);
}

#[test]
fn what_keeps_it_from_starting_is_said_in_plain_words() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("gatewright.yaml");
    fs::write(&file, "version: 1\nservices: [\n").unwrap();
    let broken = run(&["serve", "--config", file.to_str().unwrap()], data.path());
    assert_eq!(broken.status.code(), Some(1));
    let said = text(&broken.stderr);
    assert!(
        said.contains("gatewright.yaml") && !said.contains("panicked"),
        "{said}"
    );

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let busy = run(&["serve", "--admin-port", &port], data.path());
    assert_eq!(busy.status.code(), Some(1));
    let said = text(&busy.stderr);
    assert!(
        said.contains(&format!("port {port} for the admin API is used by")),
        "{said}"
    );
    assert!(said.contains("--admin-port"), "{said}");
}
