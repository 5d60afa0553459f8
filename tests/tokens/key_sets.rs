//! Keys that are fetched from their issuer (JWT-2).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{ask, claims, issuer_at, state, status, yaml};
use crate::harness::signers::{Signer, time};
use crate::harness::{RawUpstream, TestGateway, Upstream, full, gateway, upstream};

/// A key set that changes, and how often it was asked for.
struct KeyServer {
    server: Upstream,
    answer: Arc<Mutex<(u16, String)>>,
}

impl KeyServer {
    async fn start(keys: String) -> Self {
        let answer = Arc::new(Mutex::new((200, keys)));
        let shown = answer.clone();
        let server = Upstream::start(move |_| {
            let (status, text) = shown.lock().unwrap().clone();
            let mut response = Response::new(full(text));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
                .headers_mut()
                .insert("location", "/elsewhere".parse().unwrap());
            response
        })
        .await;
        Self { server, answer }
    }

    fn show(&self, status: u16, text: String) {
        *self.answer.lock().unwrap() = (status, text);
    }

    fn asked(&self) -> usize {
        self.server.seen().len()
    }
}

/// Waits until the keys have been read `times` times, or could not be.
async fn asked(gateway: &TestGateway, server: &KeyServer, times: usize) {
    gateway
        .eventually(|_| (server.asked() >= times).then_some(()))
        .await;
}

async fn ready(gateway: &TestGateway) {
    for _ in 0..500 {
        let state = state(gateway).await;
        if state["ready"] == true || !state["error"].is_null() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the keys were never read");
}

/// JWT-2
#[tokio::test]
async fn a_key_set_is_fetched_once_and_anew_for_an_unknown_key_at_most_every_30_s() {
    let shop = upstream("ok").await;
    let (old, new) = (Signer::new("ES256"), Signer::new("ES256"));
    let server = KeyServer::start(old.jwks("old")).await;
    let gateway = gateway(&yaml(&shop, &issuer_at(&server.server.url()))).await;
    let good = old.token("ES256", "old", &claims());
    // The first request may come before the keys, and waits for them.
    for _ in 0..5 {
        assert_eq!(status(&gateway, &good).await, 200);
    }
    assert_eq!(server.asked(), 1);
    let state_now = state(&gateway).await;
    assert_eq!(state_now["ready"], true);
    let expected = json!([{"id": "old", "algorithm": null, "kind": "EC P-256"}]);
    assert_eq!(state_now["keys"], expected);

    server.show(200, new.jwks("new"));
    let rotated = new.token("ES256", "new", &claims());
    assert_eq!(
        status(&gateway, &rotated).await,
        401,
        "fetched a moment ago"
    );
    assert_eq!(server.asked(), 1);
    gateway.clock.advance(Duration::from_secs(30));
    let all = (0..10).map(|_| status(&gateway, &rotated));
    let all = futures_util::future::join_all(all).await;
    assert_eq!(all, vec![200; 10]);
    assert_eq!(server.asked(), 2, "one fetch for all");
    assert_eq!(status(&gateway, &good).await, 401, "the old key is gone");
    assert_eq!(server.asked(), 2);
    gateway.clock.advance(Duration::from_secs(900));
    asked(&gateway, &server, 3).await;
}

/// JWT-2
#[tokio::test]
async fn keys_stay_good_when_their_issuer_is_down() {
    let shop = upstream("ok").await;
    let signer = Signer::new("ES256");
    let server = KeyServer::start(signer.jwks("one")).await;
    let gateway = gateway(&yaml(&shop, &issuer_at(&server.server.url()))).await;
    let token = |after| {
        let mut claims = claims();
        claims["exp"] = json!(time(after));
        signer.token("ES256", "one", &claims)
    };
    assert_eq!(status(&gateway, &token(600)).await, 200);
    for (code, text) in [
        (500, String::new()),
        (302, String::new()),
        (200, "<html>".to_owned()),
        (200, json!({"keys": []}).to_string()),
        (
            200,
            format!("{{\"keys\": [], \"x\": \"{}\"}}", "x".repeat(300_000)),
        ),
    ] {
        server.show(code, text);
        let before = server.asked();
        gateway.clock.advance(Duration::from_secs(900));
        asked(&gateway, &server, before + 1).await;
        let error = loop {
            let state = state(&gateway).await;
            if let Some(error) = state["error"].as_str() {
                break error.to_owned();
            }
            tokio::task::yield_now().await;
        };
        assert!(!error.is_empty());
        assert_eq!(status(&gateway, &token(100_000)).await, 200, "{error}");
        server.show(200, signer.jwks("one"));
        gateway.clock.advance(Duration::from_secs(30));
        asked(&gateway, &server, before + 2).await;
        while !state(&gateway).await["error"].is_null() {
            tokio::task::yield_now().await;
        }
    }
}

/// JWT-2
#[tokio::test]
async fn without_keys_a_token_is_503_and_the_log_says_why() {
    let shop = upstream("ok").await;
    let signer = Signer::new("ES256");
    let token = signer.token("ES256", "one", &claims());
    let garbage = RawUpstream::start(b"SSH-2.0-OpenSSH\r\n").await;
    let huge = KeyServer::start("x".repeat(256 * 1024 + 1)).await;
    let away = KeyServer::start(String::new()).await;
    away.show(302, String::new());
    for (url, reason) in [
        ("http://127.0.0.1:1/keys".to_owned(), "Connection refused"),
        (garbage.url(), "invalid"),
        (huge.server.url(), "longer than 262144 bytes"),
        (away.server.url(), "it answered 302"),
        (
            "http://no-such-host.invalid/".to_owned(),
            "could not be resolved",
        ),
    ] {
        let gateway = gateway(&yaml(&shop, &issuer_at(&url))).await;
        ready(&gateway).await;
        let answer = ask(&gateway, &token).await;
        assert_eq!(answer.status(), 503, "{reason}");
        assert!(answer.headers().contains_key("retry-after"));
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "issuer_unavailable");
        assert!(!problem.to_string().contains("127.0.0.1"), "{problem}");
        let (_, _, sentence) = gateway.newest().await;
        assert!(
            sentence.contains(reason),
            "{sentence} does not say {reason}"
        );
    }
    assert!(shop.seen().is_empty());
}

/// JWT-2
#[tokio::test]
async fn an_issuer_that_does_not_answer_holds_no_request_for_long() {
    let shop = upstream("ok").await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let gateway = gateway(&yaml(&shop, &issuer_at(&url))).await;
    let connection = silent.accept().await.unwrap();
    let token = Signer::new("ES256").token("ES256", "one", &claims());
    let began = std::time::Instant::now();
    let all = futures_util::future::join_all((0..20).map(|_| status(&gateway, &token))).await;
    assert_eq!(all, vec![503; 20]);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "they wait together"
    );
    drop(connection);
}

#[tokio::test]
async fn an_issuer_that_is_the_gateway_itself_is_never_asked() {
    let shop = upstream("ok").await;
    let gateway = gateway(&yaml(&shop, &issuer_at("http://127.0.0.1:1/"))).await;
    let own = format!("http://localhost:{}/shop", gateway.address().port());
    gateway.apply(&yaml(&shop, &issuer_at(&own))).await;
    ready(&gateway).await;
    let error = state(&gateway).await["error"].to_string();
    assert!(error.contains("Gatewright itself"), "{error}");
    assert!(gateway.rows().await.is_empty());
}
