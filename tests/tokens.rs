//! Tokens of issuers (JWT-1 to JWT-4).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gateway_core::gateway::{ApplyError, Change, StartError};
use gateway_core::store::Actor;
use http::{Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::harness::signers::{Signer, time, unsigned};
use crate::harness::{
    RawUpstream, TestGateway, Upstream, admin, assert_free_of, full, gateway, upstream,
};

const ISS: &str = "https://id.example/";

fn yaml(shop: &Upstream, issuer: &str) -> String {
    format!(
        "
version: 1
listen: {{port: 1}}
services: [{{name: shop, targets: [{{url: '{}'}}]}}]
consumers: [{{name: anna, groups: [staff], scopes: [own]}}]
issuers:
  - {issuer}
routes:
  - {{name: shop, service: shop, match: {{path: /shop}}, authentication: {{methods: [jwt]}}}}
",
        shop.url()
    )
}

/// An issuer whose keys are in a file, or whose secret is.
fn issuer_in(dir: &TempDir, algorithm: &str, signer: &Signer) -> String {
    let path = dir.path().join(format!("{algorithm}.keys"));
    let keys = match signer {
        Signer::Secret(secret) => {
            std::fs::write(&path, [secret, &b"\n"[..]].concat()).unwrap();
            "secret"
        }
        _ => {
            std::fs::write(&path, signer.jwks("one")).unwrap();
            "jwks"
        }
    };
    format!(
        "{{name: id, issuer: '{ISS}', audiences: [shop], algorithms: [{algorithm}], \
         {keys}: {{file: '{}'}}, groups_claim: realm.groups}}",
        path.display()
    )
}

fn issuer_at(url: &str) -> String {
    format!(
        "{{name: id, issuer: '{ISS}', audiences: [shop], algorithms: [ES256], jwks: {{url: '{url}'}}}}"
    )
}

fn claims() -> Value {
    json!({"iss": ISS, "aud": "shop", "sub": "anna", "jti": "t1", "exp": time(600), "scope": "read write",
           "realm": {"groups": ["dev"]}})
}

async fn ask(gateway: &TestGateway, token: &str) -> reqwest::Response {
    let request = gateway.client.get(gateway.url("/shop"));
    request.bearer_auth(token).send().await.unwrap()
}

async fn status(gateway: &TestGateway, token: &str) -> u16 {
    ask(gateway, token).await.status().as_u16()
}

/// JWT-1
#[tokio::test]
async fn a_token_is_taken_with_every_algorithm_and_its_claims_are_known() {
    for algorithm in [
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
        "ES384", "EdDSA",
    ] {
        let shop = upstream("ok").await;
        let dir = tempfile::tempdir().unwrap();
        let signer = Signer::new(algorithm);
        let gateway = gateway(&yaml(&shop, &issuer_in(&dir, algorithm, &signer))).await;
        let token = signer.token(algorithm, "one", &claims());
        assert_eq!(status(&gateway, &token).await, 200, "{algorithm}");
        let seen = shop.only();
        assert_eq!(seen.headers["x-consumer-id"], "anna");
        assert_eq!(seen.headers["x-credential-id"], "t1");
        assert!(!seen.headers.contains_key("authorization"), "{algorithm}");
        let (_, kept, _) = gateway.newest().await;
        let facts = serde_json::to_value(&kept.trace).unwrap();
        let facts = facts
            .as_array()
            .unwrap()
            .iter()
            .find(|decision| decision["stage"] == "authenticate")
            .unwrap()["facts"]
            .clone();
        let expected = json!({
            "kind": "caller_known", "methods": ["jwt"], "consumer": "anna", "key": null,
            "issuer": "id", "scopes": ["read", "write", "own"], "groups": ["dev", "staff"],
        });
        assert_eq!(facts, expected, "{algorithm}");
    }
}

/// JWT-1, JWT-3
#[tokio::test]
async fn a_token_that_is_not_good_is_401_and_the_trace_says_what_is_wrong_with_it() {
    let shop = upstream("ok").await;
    let dir = tempfile::tempdir().unwrap();
    let signer = Signer::new("RS256");
    let gateway = gateway(&yaml(&shop, &issuer_in(&dir, "RS256", &signer))).await;
    let jwk = signer.jwk("one");
    let header = json!({"alg": "RS256", "kid": "one"});
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        signer.token("RS256", "one", &claims)
    };
    let good = signer.token("RS256", "one", &claims());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let other = signer.token("RS256", "one", &json!({"iss": ISS, "sub": "root"}));
    let confused = |secret: &[u8]| Signer::Secret(secret.to_vec()).token("HS256", "one", &claims());
    let pem = include_bytes!("harness/rsa-test-key.pem");
    let none = |alg: &str| {
        format!(
            "{}.",
            unsigned(&json!({"alg": alg, "kid": "one"}), &claims())
        )
    };
    for (token, reason) in [
        (none("none"), "not one that signs"),
        (none("None"), "not one that signs"),
        (none("RS256"), "signature is not right"),
        (
            format!(
                "{}.{signature}",
                unsigned(&json!({"alg": "none"}), &claims())
            ),
            "not one that",
        ),
        // A public key is no secret, however it is written.
        (
            confused(jwk.to_string().as_bytes()),
            "HS256, which is not among",
        ),
        (
            confused(jwk["n"].as_str().unwrap().as_bytes()),
            "HS256, which is not among",
        ),
        (confused(pem), "HS256, which is not among"),
        (confused(b""), "HS256, which is not among"),
        (
            signer.token("PS256", "one", &claims()),
            "PS256, which is not among",
        ),
        (
            Signer::new("ES256").token("ES256", "one", &claims()),
            "ES256, which is not among",
        ),
        (
            signer.token("RS256", "two", &claims()),
            "no key that is called `two`",
        ),
        (
            format!("{}.{signature}", other.rsplit_once('.').unwrap().0),
            "signature is not right",
        ),
        (format!("{signed}.AAAA"), "signature is not right"),
        (
            format!("{signed}.{}", &signature[2..]),
            "signature is not right",
        ),
        (
            signer.sign(
                &json!({"alg": "RS256", "crit": ["b64"], "b64": false}),
                &claims(),
            ),
            "`crit`",
        ),
        (with("exp", json!(time(-60))), "`exp` was 60 s ago"),
        (with("exp", Value::Null), "`exp` is no number"),
        (with("nbf", json!(time(61))), "`nbf` is 61 s ahead"),
        (with("iat", json!(time(3600))), "`iat` is 3600 s ahead"),
        (with("aud", json!("bank")), "`aud` names `bank`"),
        (
            with("iss", json!("https://evil.example/")),
            "`https://evil.example/`, which is no issuer",
        ),
        (
            with("pad", json!("x".repeat(20_000))),
            "longer than 16384 bytes",
        ),
        ("x.y".to_owned(), "no token"),
        ("gw_dev_0000".to_owned(), "no token"),
        (signer.sign(&header, &json!([1])), "no JSON object"),
    ] {
        let answer = ask(&gateway, &token).await;
        assert_eq!(answer.status(), 401, "{reason}");
        let challenge = answer.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .to_owned();
        let expected = "Bearer realm=\"gatewright\", error=\"invalid_token\", error_description=\"";
        assert!(challenge.starts_with(expected), "{challenge}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "token_invalid");
        let (_, _, sentence) = gateway.newest().await;
        assert!(
            sentence.contains(reason),
            "{sentence:?} does not say {reason:?}"
        );
    }
    assert!(shop.seen().is_empty());
    // Within the leeway, and by the gateway's clock alone.
    assert_eq!(status(&gateway, &with("exp", json!(time(-59)))).await, 200);
    gateway.clock.advance(Duration::from_secs(700));
    assert_eq!(status(&gateway, &good).await, 401);
}

#[tokio::test]
async fn several_tokens_or_none_are_401() {
    let shop = upstream("ok").await;
    let dir = tempfile::tempdir().unwrap();
    let signer = Signer::new("ES256");
    let gateway = gateway(&yaml(&shop, &issuer_in(&dir, "ES256", &signer))).await;
    let one = signer.token("ES256", "one", &claims());
    let send = |tokens: Vec<String>| {
        let request = gateway.client.get(gateway.url("/shop"));
        let request = tokens.into_iter().fold(request, |request, token| {
            request.header("authorization", token)
        });
        async { request.send().await.unwrap() }
    };
    let twice = send(vec![format!("Bearer {one}"), format!("bearer  {one}")]).await;
    assert_eq!(twice.status(), 200, "one token said twice is one");
    let two = send(vec![format!("Bearer {one}"), "Bearer x.y.z".to_owned()]).await;
    let two: Value = two.json().await.unwrap();
    assert_eq!(two["code"], "token_invalid");
    for nothing in [
        vec![],
        vec!["Basic YTpi".to_owned()],
        vec!["Bearer".to_owned()],
    ] {
        let answer = send(nothing).await;
        assert_eq!(
            answer.headers()["www-authenticate"],
            "Bearer realm=\"gatewright\""
        );
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "credential_missing");
    }
}

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

async fn state(gateway: &TestGateway) -> Value {
    let (status, body) = admin::get(&gateway.gateway, "/issuers").await;
    assert_eq!(status, 200, "{body}");
    body[0].clone()
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

/// JWT-1
#[tokio::test]
async fn a_secret_that_is_not_there_is_a_warning_and_503() {
    let shop = upstream("ok").await;
    for (secret, reason) in [
        (
            "env: GATEWRIGHT_TEST_NO_SUCH_SECRET",
            "no environment variable",
        ),
        ("file: /no/such/file", "cannot be read"),
    ] {
        let issuer =
            format!("{{name: id, issuer: '{ISS}', algorithms: [HS256], secret: {{{secret}}}}}");
        let gateway = gateway(&yaml(&shop, &issuer)).await;
        let warnings = gateway.gateway.current().warnings.clone();
        let warning = warnings
            .iter()
            .find(|warning| warning.path.starts_with("issuers[0].secret"))
            .unwrap();
        assert!(warning.message.contains(reason), "{warning:?}");
        let token = Signer::new("HS256").token("HS256", "one", &claims());
        assert_eq!(status(&gateway, &token).await, 503);
        let (_, _, sentence) = gateway.newest().await;
        assert!(sentence.contains(reason), "{sentence}");
    }
}

#[tokio::test]
async fn no_token_and_no_secret_is_written_down() {
    let shop = upstream("ok").await;
    let dir = tempfile::tempdir().unwrap();
    let signer = Signer::new("HS256");
    let gateway = gateway(&yaml(&shop, &issuer_in(&dir, "HS256", &signer))).await;
    let good = signer.token("HS256", "one", &claims());
    let bad = Signer::Secret(vec![7; 32]).token("HS256", "one", &claims());
    for token in [&good, &bad] {
        ask(&gateway, token).await;
        let request = gateway
            .client
            .get(gateway.url(&format!("/shop?access_token={token}")));
        request
            .header("cookie", format!("t={token}"))
            .send()
            .await
            .unwrap();
    }
    assert_eq!(gateway.rows().await.len(), 4);
    let dir = gateway.stop().await;
    let signatures = [&good, &bad].map(|token| token.rsplit_once('.').unwrap().1.to_owned());
    let Signer::Secret(secret) = &signer else {
        unreachable!("it was made as one");
    };
    let secret = std::str::from_utf8(secret).unwrap();
    assert_free_of(dir.path(), &[&signatures[0], &signatures[1], secret]);
}

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

#[tokio::test]
async fn issuers_that_cannot_be_right_are_refused() {
    let shop = upstream("ok").await;
    let gateway = gateway(&yaml(&shop, &issuer_at("http://127.0.0.1:1/"))).await;
    for (issuer, path) in [
        ("algorithms: []", "issuers[0].algorithms"),
        (
            "algorithms: [HS256, RS256], jwks: {url: 'http://127.0.0.1:1/'}",
            "issuers[0].algorithms",
        ),
        (
            "algorithms: [HS256], jwks: {url: 'http://127.0.0.1:1/'}",
            "issuers[0].jwks",
        ),
        ("algorithms: [HS256]", "issuers[0].secret"),
        (
            "algorithms: [HS256], secret: {env: A, file: b}",
            "issuers[0].secret",
        ),
        ("algorithms: [RS256], secret: {env: A}", "issuers[0].secret"),
        ("algorithms: [RS256]", "issuers[0].jwks"),
        ("algorithms: [RS256], jwks: {}", "issuers[0].jwks"),
        (
            "algorithms: [RS256], jwks: {url: 'file:///etc/passwd'}",
            "issuers[0].jwks.url",
        ),
        (
            "algorithms: [RS256], jwks: {url: 'ftp://a/'}",
            "issuers[0].jwks.url",
        ),
        (
            "algorithms: [RS256], jwks: {url: 'https://me:pw@a/'}",
            "issuers[0].jwks.url",
        ),
        (
            "algorithms: [RS256], jwks: {url: 'http://169.254.169.254/'}",
            "issuers[0].jwks.url",
        ),
        ("algorithms: [none]", "issuers[0].algorithms[0]"),
    ] {
        let text = yaml(&shop, &format!("{{name: id, issuer: '{ISS}', {issuer}}}"));
        let issues = match gateway_core::config::file::parse(&text) {
            Err(issues) => issues,
            Ok(config) => gateway.gateway.validate(&config),
        };
        let found = issues.iter().any(|issue| {
            issue.path == path && issue.severity == gateway_core::config::Severity::Error
        });
        assert!(found, "{issuer}: {issues:#?}");
    }
}
