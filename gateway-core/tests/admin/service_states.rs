//! How services are, as the window sees it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::events::Events;
use crate::server::{Server, free_port};

#[tokio::test]
async fn the_state_of_a_service_is_given_and_a_change_of_it_is_told() {
    let server = Server::start();
    let url = format!("http://127.0.0.1:{}", free_port());
    let service = json!({
        "name": "shop",
        "targets": [{ "url": url, "weight": 3 }],
        "retries": { "attempts": 0 },
        "health": { "passive": { "failures": 1, "eject_ms": 300_000 } },
        "breaker": { "min_requests": 100 },
    });
    let (status, _) = server.send(Method::PUT, "/services/shop", service).await;
    assert_eq!(status, 200);
    let route = json!({ "name": "all", "service": "shop" });
    let (status, answer) = server.post("/routes", route).await;
    assert_eq!(status, 201, "{answer}");

    let (status, state) = server.get("/services/shop/state").await;
    assert_eq!(status, 200);
    let target = &state["targets"][0];
    assert_eq!(
        (&target["url"], &target["weight"]),
        (&json!(url), &json!(3))
    );
    assert_eq!(target["health"], "healthy");
    assert_eq!(target["last_check"], Value::Null);
    assert_eq!(state["breaker"]["status"], "closed");

    let mut events = Events::open(&server, "").await;
    events.next_of("hello").await;
    for expected in [502, 503] {
        let answer = server.client.get(server.gateway_url("/")).send().await;
        assert_eq!(answer.unwrap().status(), expected);
    }
    let event = events.next_of("service_changed").await;
    assert_eq!(event["service"], "shop");
    let (_, states) = server.get("/service-states").await;
    let target = &states[0]["targets"][0];
    assert_eq!(target["health"], "ejected");
    assert_eq!(target["consecutive_failures"], 1);
    assert_eq!(
        (&target["requests"], &target["failures"]),
        (&json!(1), &json!(1))
    );
    assert!(target["ejected_until_us"].as_i64().is_some());
    assert!(
        target["reason"]
            .as_str()
            .unwrap()
            .contains("upstream_refused")
    );
    assert_eq!(states[0]["breaker"]["failures"], 1);

    let (status, problem) = server.get("/services/gone/state").await;
    assert_eq!((status, &problem["code"]), (404, &json!("not_found")));
}
