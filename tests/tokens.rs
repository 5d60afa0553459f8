//! Tokens of issuers (JWT-1 to JWT-4).

mod key_sets;
mod local_issuer;

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::signers::{Signer, time, unsigned};
use crate::harness::{TestGateway, Upstream, admin, assert_free_of, gateway, upstream};

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

async fn state(gateway: &TestGateway) -> Value {
    let (status, body) = admin::get(&gateway.gateway, "/issuers").await;
    assert_eq!(status, 200, "{body}");
    body[0].clone()
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
