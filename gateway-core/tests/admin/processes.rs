//! Services' programs under the real program: by the API, by its flag, and however it ends.

use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::events::Events;
use crate::server::{Server, eventually, free_port};

/// Writes its own process and those of two children into a file, one of them a session of its own,
/// and serves.
const PROGRAM: &str = "sh -c 'echo $$ >> pids; \
    setsid sh -c \"echo \\$\\$ >> pids; exec sleep 1000\" & \
    sh -c \"echo \\$\\$ >> pids; exec sleep 1000\" & \
    exec python3 -m http.server $PORT --bind 127.0.0.1'";

fn config(port: u16, folder: &Path, gateway_port: u16) -> Value {
    json!({
        "version": 1,
        "listen": {"port": gateway_port},
        "services": [{
            "name": "files",
            "targets": [{"url": format!("http://127.0.0.1:{port}")}],
            "process": {"command": PROGRAM, "folder": folder, "stop_grace_ms": 1000},
        }],
        "routes": [{"name": "files", "service": "files", "match": {"path": "/"}}],
    })
}

async fn status_of(server: &Server) -> (u16, Value) {
    let url = format!("http://127.0.0.1:{}/", server.gateway_port);
    let answer = server.client.get(url).send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_default())
}

fn pids(folder: &Path) -> Vec<u32> {
    let text = std::fs::read_to_string(folder.join("pids")).unwrap_or_default();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

fn lives(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(") ")
        .and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

async fn all_three(folder: &Path) -> Vec<u32> {
    let all = eventually(async || {
        let pids = pids(folder);
        (pids.len() == 3).then_some(pids)
    })
    .await;
    assert!(all.iter().all(|pid| lives(*pid)), "{all:?}");
    all
}

async fn none_lives(all: &[u32]) {
    eventually(async || (!all.iter().any(|pid| lives(*pid))).then_some(())).await;
}

/// PR-3
#[tokio::test]
async fn a_kill_of_the_gateway_leaves_no_process_and_neither_does_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut data = tempfile::tempdir().unwrap();
    for killed in [true, false] {
        std::fs::write(folder.path().join("pids"), "").unwrap();
        let server = Server::with(data, &[]);
        let wanted = config(free_port(), folder.path(), server.gateway_port);
        let (status, answer) = server.send(Method::PUT, "/config", wanted).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(status_of(&server).await.0, 200);
        let all = all_three(folder.path()).await;
        data = match killed {
            true => server.kill(),
            false => server.stop().2,
        };
        none_lives(&all).await;
    }
}

/// SE-4
#[tokio::test]
async fn a_program_of_a_file_runs_once_it_is_approved_or_the_flag_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gatewright.yaml");
    let text = config(free_port(), folder.path(), free_port()).to_string();
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let server = Server::with(tempfile::tempdir().unwrap(), &["--config", file]);
    let (status, problem) = status_of(&server).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (503, Some("process_not_approved"))
    );
    let (_, state) = server.get("/services/files/process").await;
    assert_eq!(state["command"], PROGRAM);
    let wrong = json!({"action": "approve", "fingerprint": "another"});
    assert_eq!(server.post("/services/files/process", wrong).await.0, 409);
    let right = json!({"action": "approve", "fingerprint": state["fingerprint"]});
    let (status, answer) = server.post("/services/files/process", right).await;
    assert_eq!((status, &answer["approved"]), (202, &json!(true)));
    assert_eq!(status_of(&server).await.0, 200);
    drop(server);

    let flags = ["--config", file, "--approve-processes"];
    let server = Server::with(tempfile::tempdir().unwrap(), &flags);
    assert_eq!(status_of(&server).await.0, 200);
}

#[tokio::test]
async fn the_api_tells_what_a_program_does_and_writes_as_it_happens() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start();
    let mut events = Events::open(&server, "").await;
    events.next_of("hello").await;
    let wanted = config(free_port(), folder.path(), server.gateway_port);
    let (status, answer) = server.send(Method::PUT, "/config", wanted).await;
    assert_eq!(status, 200, "{answer}");
    let (_, states) = server.get("/processes").await;
    assert_eq!(
        (&states[0]["service"], &states[0]["status"]),
        (&json!("files"), &json!("idle"))
    );
    assert_eq!(status_of(&server).await.0, 200);
    let event = events.next_of("process_changed").await;
    assert_eq!(event["service"], "files");
    let output = "/services/files/process/output?q=GET%20/&limit=5";
    let page = eventually(async || {
        let (_, page) = server.get(output).await;
        (!page["lines"].as_array()?.is_empty()).then_some(page)
    })
    .await;
    assert_eq!(page["lines"][0]["stream"], "stderr", "{page}");
    let (status, refused) = server
        .post(
            "/services/files/process",
            json!({"action": "scale", "instances": 2}),
        )
        .await;
    assert_eq!(status, 422, "{refused}");
    let (status, _) = server
        .post("/services/files/process", json!({"action": "stop"}))
        .await;
    assert_eq!(status, 202);
    // It is accepted, and happens as soon as it can.
    let problem = eventually(async || {
        let (status, problem) = status_of(&server).await;
        (status == 503).then_some(problem)
    })
    .await;
    assert_eq!(problem["code"], "service_stopped");
    assert_eq!(server.get("/services/other/process").await.0, 404);
    tokio::time::timeout(Duration::from_secs(60), none_lives(&pids(folder.path())))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_procfile_is_taken_over_and_its_commands_run_once_a_person_says_so() {
    let server = Server::start();
    let text = "web: python3 -m http.server $PORT --bind 127.0.0.1\n";
    let (status, looked) = server
        .post("/import", json!({"text": text, "dry_run": true}))
        .await;
    assert_eq!(
        (status, &looked["format"]),
        (200, &json!("procfile")),
        "{looked}"
    );
    let command = "python3 -m http.server {port} --bind 127.0.0.1";
    assert_eq!(
        looked["runs"],
        json!([format!("`{command}` for service `web`")])
    );
    let (status, taken) = server.post("/import", json!({"text": text})).await;
    assert_eq!(status, 200, "{taken}");
    let (_, state) = server.get("/services/web/process").await;
    assert_eq!(
        (&state["command"], &state["status"]),
        (&json!(command), &json!("not_approved"))
    );

    let port = free_port().to_string();
    let text = format!("web: python3 -m http.server {port} --bind 127.0.0.1\n");
    let (status, taken) = server
        .post("/import", json!({"text": text, "allow_runs": true}))
        .await;
    assert_eq!(status, 200, "{taken}");
    let (_, state) = server.get("/services/web/process").await;
    assert_eq!(state["approved"], true, "{state}");
}

#[tokio::test]
async fn the_commands_of_a_procfile_run_in_the_folder_that_is_named_if_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hello.json"), "{\"from\": \"here\"}").unwrap();
    let server = Server::start();
    let text = "web: python3 -m http.server $PORT --bind 127.0.0.1\n";
    let (_, looked) = server
        .post("/import", json!({"text": text, "dry_run": true}))
        .await;
    assert_eq!(looked["findings"][0]["grade"], "needs_value", "{looked}");
    let missing = folder.path().join("missing");
    for (wrong, why) in [
        (missing.to_str().unwrap(), "there is no folder"),
        ("shop", "is no whole path"),
    ] {
        let (status, refused) = server
            .post("/import", json!({"text": text, "folder": wrong}))
            .await;
        let issue = &refused["issues"][0];
        assert_eq!(
            (status, &issue["path"]),
            (422, &json!("folder")),
            "{refused}"
        );
        assert!(issue["message"].as_str().unwrap().contains(why), "{issue}");
    }
    let wanted = json!({"text": text, "folder": folder.path(), "allow_runs": true});
    let (status, taken) = server.post("/import", wanted).await;
    assert_eq!(status, 200, "{taken}");
    assert_eq!(taken["findings"], json!([]));
    let (_, state) = server.get("/services/web/process").await;
    assert_eq!(state["folder"], json!(folder.path()));
}
