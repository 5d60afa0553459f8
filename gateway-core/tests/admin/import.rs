//! Files from elsewhere, over the admin API and at the terminal.

use std::fs;

use serde_json::{Value, json};

use crate::server::{Server, gatewright, text};

const KONG: &str = include_str!("../import/backend.kong.yml");

#[tokio::test]
async fn a_file_is_looked_at_before_anything_changes() {
    let server = Server::start();
    let before = server.get("/config").await.1;
    let (status, report) = server
        .post("/import", json!({ "text": KONG, "dry_run": true }))
        .await;
    assert_eq!(
        (status, &report["valid"]),
        (200, &json!(true)),
        "{report:#}"
    );
    assert_eq!(
        (
            &report["format"],
            &report["format_version"],
            &report["mode"]
        ),
        (&json!("kong"), &json!("2.1"), &json!("merge"))
    );
    assert_eq!(report["revision"], Value::Null);
    assert_eq!(
        report["upstreams"][0]["suggestion"],
        "http://127.0.0.1:9999"
    );
    let less_strict = &report["findings"][0];
    assert_eq!(less_strict["less_strict"], true);
    assert!(less_strict["line"].is_u64());
    assert_eq!(server.get("/config").await.1, before);

    let wishes = json!({
        "text": KONG,
        "upstreams": [{ "from": "http://auth:9999", "to": "http://127.0.0.1:5999" }],
        "skip": ["dashboard-all"],
    });
    let (status, report) = server.post("/import", wishes).await;
    assert_eq!(
        (status, report["revision"].is_u64()),
        (200, true),
        "{report:#}"
    );
    let config = server.get("/config").await.1;
    let auth = &config["services"][0]["targets"][0]["url"];
    assert_eq!(auth, "http://127.0.0.1:5999/verify");
    let routes = config["routes"].as_array().unwrap();
    assert!(routes.iter().all(|route| route["name"] != "dashboard-all"));
    // It is one change, by an import, that can be undone.
    let revisions = server.get("/revisions").await.1;
    assert_eq!(revisions["revisions"][0]["actor"], "import");
}

#[tokio::test]
async fn a_file_that_cannot_be_taken_over_says_why_and_changes_nothing() {
    let server = Server::start();
    let before = server.get("/config").await.1;
    for bad in [
        "nothing: here",
        "openapi: 2.0",
        "version: 1\nroutes: [{name: a, service: none}]",
        "version: 1\nservices: [{name: a, targets: [{url: 'https://h:1'}], tls: {ca_file: /etc/x}}]",
        "{\"a\": [",
    ] {
        let (status, report) = server
            .post("/import", json!({ "text": bad, "dry_run": true }))
            .await;
        assert_eq!((status, &report["valid"]), (200, &json!(false)), "{bad}");
        let (status, problem) = server.post("/import", json!({ "text": bad })).await;
        assert_eq!(
            (status, &problem["issues"]),
            (422, &report["issues"]),
            "{bad}"
        );
    }
    assert_eq!(server.get("/config").await.1, before);
}

#[test]
fn a_file_is_imported_at_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let kong = folder.path().join("kong.yml");
    let out = folder.path().join("gatewright.yaml");
    fs::write(&kong, KONG).unwrap();
    let import = |extra: &[&str]| {
        let mut command = gatewright();
        command.arg("import").arg(&kong).arg("--out").arg(&out);
        command.args(extra).output().unwrap()
    };
    let first = import(&["--upstream", "http://auth:9999=http://127.0.0.1:5999"]);
    let said = text(&first.stderr);
    assert_eq!(first.status.code(), Some(4), "{said}");
    assert!(said.starts_with("LESS STRICT"), "{said}");
    assert!(
        said.contains("line ") && said.contains("`x_owner`"),
        "{said}"
    );
    assert!(!said.contains("fixture-anon-key"), "{said}");
    let yaml = fs::read_to_string(&out).unwrap();
    assert!(yaml.contains("http://127.0.0.1:5999/verify"));
    assert!(
        gatewright()
            .arg("validate")
            .arg(&out)
            .output()
            .unwrap()
            .status
            .success()
    );

    // Nothing is overwritten unasked.
    let again = import(&[]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("is there already"));
    assert_eq!(fs::read_to_string(&out).unwrap(), yaml);
    assert_eq!(import(&["--force"]).status.code(), Some(4));

    // As a kind of file that it is not.
    let other = import(&["--format", "openapi", "--force"]);
    assert_eq!(other.status.code(), Some(1));
    assert!(text(&other.stderr).contains("no version of OpenAPI"));
}
