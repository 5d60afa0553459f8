//! The same with programs of other languages.

use gateway_core::store::Actor;

use super::harness::{Ran, ran_by};

const NODE: &str = "node -e 'require(\"http\").createServer((q, a) => setTimeout(() => \
    a.end(JSON.stringify({pid: process.pid})), 100)).listen(process.env.PORT, \"127.0.0.1\")'";
const PYTHON: &str = "python3 -m http.server {port} --bind 127.0.0.1";

#[tokio::test]
async fn a_node_server_is_started_by_a_request_and_scaled() {
    let settings = "max_instances: 2, target_in_flight: 1, readiness: {path: /}, \
                    stable_window_ms: 1000, panic_window_ms: 200, idle_ms: 500";
    let ran = ran_by(NODE, settings, Actor::Api).await;
    ran.answered_by("/").await;
    let (a, b, c) = tokio::join!(repeated(&ran), repeated(&ran), repeated(&ran));
    let pids: std::collections::BTreeSet<_> = [a, b, c].concat().into_iter().collect();
    assert_eq!(pids.len(), 2, "{:#?}", ran.state());
    ran.until("none", |s| s.instances.is_empty()).await;
    ran.gateway.shutdown().await;
}

async fn repeated(ran: &Ran) -> Vec<u64> {
    let mut pids = Vec::new();
    for _ in 0..40 {
        pids.push(ran.answered_by("/").await);
    }
    pids
}

#[tokio::test]
async fn a_python_server_is_started_by_a_request_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hello.json"), "{\"from\": \"python\"}").unwrap();
    let settings = format!("folder: {}, idle_ms: 300", folder.path().display());
    let ran = ran_by(PYTHON, &settings, Actor::Api).await;
    let (status, body) = ran.get("/hello.json").await;
    assert_eq!((status, body["from"].as_str()), (200, Some("python")));
    assert!(
        !ran.lines("GET /hello.json").is_empty(),
        "its access log is read"
    );
    ran.until("none", |s| s.instances.is_empty()).await;
    ran.gateway.shutdown().await;
}
