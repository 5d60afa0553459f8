//! The issuer of test tokens on loopback (JWT-4).

use std::time::Duration;

use gateway_core::gateway::{ApplyError, Change, StartError};
use gateway_core::store::Actor;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{issuer_at, state, status, yaml};
use crate::harness::signers::time;
use crate::harness::{Upstream, admin, assert_free_of, gateway, upstream};

fn local(shop: &Upstream, port: u16) -> String {
    format!(
        "
version: 1
listen: {{port: 1}}
local_issuer: {{port: {port}}}
services: [{{name: shop, targets: [{{url: '{}'}}]}}]
routes:
  - name: shop
    service: shop
    match: {{path: /shop}}
    authentication: {{methods: [jwt], issuers: [local]}}
",
        shop.url()
    )
}

async fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    socket.local_addr().unwrap().port()
}

/// JWT-4
#[tokio::test]
async fn the_local_issuer_signs_test_tokens_that_pass_and_publishes_its_key() {
    let shop = upstream("ok").await;
    let port = free_port().await;
    let gateway = gateway(&local(&shop, port)).await;
    let wish = json!({
        "subject": "anna", "audience": ["a", "b"], "scopes": ["read"], "groups": ["staff"],
        "claims": {"plan": {"name": "gold"}}, "expires_in_s": 60,
    });
    let (code, issued) = admin::post(&gateway.gateway, "/local-issuer/tokens", &wish).await;
    assert_eq!(code, 201, "{issued}");
    assert_eq!(issued["expires_at_us"], json!(time(60) * 1_000_000));
    let token = issued["token"].as_str().unwrap();
    assert_eq!(status(&gateway, token).await, 200);
    assert_eq!(shop.only().headers["x-consumer-id"], "anna");
    let (_, kept, _) = gateway.newest().await;
    let trace = serde_json::to_string(&kept.trace).unwrap();
    assert!(
        trace.contains(r#""scopes":["read"],"groups":["staff"]"#),
        "{trace}"
    );

    let published = |path: &str| {
        let request = gateway.client.get(format!("http://127.0.0.1:{port}{path}"));
        async { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let about = published("/.well-known/openid-configuration").await;
    assert_eq!(about["issuer"], format!("http://127.0.0.1:{port}"));
    let keys = published("/.well-known/jwks.json").await;
    assert_eq!(
        keys["keys"][0]["kid"],
        state(&gateway).await["keys"][0]["id"]
    );
    assert!(keys["keys"][0].get("d").is_none());

    gateway.clock.advance(Duration::from_secs(120));
    assert_eq!(status(&gateway, token).await, 401, "its time is over");
    let signature = token.rsplit_once('.').unwrap().1.to_owned();
    let dir = gateway.stop().await;
    assert_free_of(dir.path(), &[&signature]);
}

/// JWT-4
#[tokio::test]
async fn the_local_issuer_follows_the_configuration_and_keeps_its_key() {
    let shop = upstream("ok").await;
    let (one, other) = (free_port().await, free_port().await);
    let gateway = gateway(&local(&shop, one)).await;
    let wish = json!({"subject": "anna"});
    let key = state(&gateway).await["keys"][0]["id"].clone();
    gateway.apply(&local(&shop, other)).await;
    drop(TcpListener::bind(("127.0.0.1", one)).await.unwrap());
    assert_eq!(state(&gateway).await["keys"][0]["id"], key);

    let holder = TcpListener::bind(("127.0.0.1", one)).await.unwrap();
    let mut config = gateway.gateway.current().config.clone();
    config.local_issuer.as_mut().unwrap().port = one;
    let change = Change {
        config,
        expected: None,
        actor: Actor::Api,
        note: "test".to_owned(),
    };
    let error = gateway.gateway.apply(change).await.unwrap_err();
    let ApplyError::Listen(StartError::PortInUse(taken)) = &error else {
        panic!("it is not the port that is taken: {error}");
    };
    assert_eq!(taken.port, one);
    let (code, issued) = admin::post(&gateway.gateway, "/local-issuer/tokens", &wish).await;
    assert_eq!(code, 201);
    assert_eq!(
        status(&gateway, issued["token"].as_str().unwrap()).await,
        200
    );
    drop(holder);

    gateway
        .apply(&yaml(&shop, &issuer_at("http://127.0.0.1:1/")))
        .await;
    drop(TcpListener::bind(("127.0.0.1", other)).await.unwrap());
    let (code, problem) = admin::post(&gateway.gateway, "/local-issuer/tokens", &wish).await;
    assert_eq!((code, &problem["code"]), (404, &json!("not_found")));
}

/// JWT-4
#[tokio::test]
async fn a_test_token_cannot_say_what_the_issuer_says() {
    let shop = upstream("ok").await;
    let gateway = gateway(&local(&shop, free_port().await)).await;
    for (wish, path) in [
        (json!({"subject": ""}), "subject"),
        (json!({"subject": "a", "scopes": ["read write"]}), "scopes"),
        (json!({"subject": "a", "expires_in_s": 0}), "expires_in_s"),
        (
            json!({"subject": "a", "claims": {"iss": "me"}}),
            "claims.iss",
        ),
    ] {
        let (code, problem) = admin::post(&gateway.gateway, "/local-issuer/tokens", &wish).await;
        assert_eq!(code, 422, "{problem}");
        assert_eq!(problem["issues"][0]["path"], path);
    }
}
