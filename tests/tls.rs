//! Targets over TLS: whom the gateway trusts, and what it says of those it does not.

use std::path::Path;

use gateway_core::config::{Severity, file};
use gateway_core::proxy::error::ErrorCode;
use http::{Response, Version};
use rustls::ServerConfig;
use tokio::net::TcpListener;

use crate::harness::{Authority, Modern, TestGateway, full, gateway, upstream};

/// Answers with the version of HTTP it was asked in.
async fn secure(config: ServerConfig) -> Modern {
    Modern::start(Some(config), |request| {
        Box::pin(async move { Response::new(full(format!("{:?}", request.version()))) })
    })
    .await
}

fn service(url: &str, rest: &str) -> String {
    format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{url}'}}], {rest}}}],
          routes: [{{name: all, service: shop}}]}}"
    )
}

fn trusting(file: &Path) -> String {
    format!("tls: {{ca_file: '{}'}}", file.display())
}

async fn reason(gateway: &TestGateway) -> String {
    let answer = gateway.get("/").await;
    assert_eq!(answer.status(), 502);
    let problem: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "upstream_tls");
    assert_eq!(
        problem["title"],
        "The service could not be trusted over TLS."
    );
    let id = gateway.rows().await[0].id;
    let (_, kept) = gateway.gateway.log().exchange(id).unwrap().unwrap();
    let tried = kept.attempts.last().unwrap();
    assert_eq!(tried.code, Some(ErrorCode::UpstreamTls));
    tried.reason.clone().unwrap()
}

/// RFC 7301: what is spoken is chosen in the handshake.
#[tokio::test]
async fn a_target_is_spoken_to_in_the_version_it_chooses() {
    let authority = Authority::new();
    for (protocol, alpn, version) in [
        ("auto", &["h2", "http/1.1"][..], Version::HTTP_2),
        ("auto", &["http/1.1"], Version::HTTP_11),
        ("auto", &[], Version::HTTP_11),
        ("http1", &["h2", "http/1.1"], Version::HTTP_11),
        ("http2", &["h2", "http/1.1"], Version::HTTP_2),
    ] {
        let shop = secure(authority.server("localhost", alpn)).await;
        let url = format!("https://localhost:{}", shop.address.port());
        let rest = format!("protocol: {protocol}, {}", trusting(&authority.file()));
        let gateway = gateway(&service(&url, &rest)).await;
        for _ in 0..3 {
            let answer = gateway.get("/").await;
            assert_eq!(answer.status(), 200, "{protocol} {alpn:?}");
            assert_eq!(answer.text().await.unwrap(), format!("{version:?}"));
        }
        assert_eq!(shop.connections(), 1, "it is used again");
    }
}

#[tokio::test]
async fn a_target_that_cannot_be_trusted_is_refused_with_the_reason() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    for (server, said) in [
        (ours.expired("localhost"), "its certificate has expired"),
        (
            ours.server("elsewhere.test", &[]),
            "is for elsewhere.test, not for `localhost`",
        ),
        (
            theirs.server("localhost", &[]),
            "comes from an unknown issuer",
        ),
    ] {
        let shop = secure(server).await;
        let url = format!("https://localhost:{}", shop.address.port());
        let gateway = gateway(&service(&url, &trusting(&ours.file()))).await;
        let reason = reason(&gateway).await;
        assert!(reason.contains(said), "{reason}");
    }
}

#[tokio::test]
async fn without_a_file_the_authorities_of_the_system_are_trusted_and_no_others() {
    let shop = secure(Authority::new().server("localhost", &[])).await;
    let url = format!("https://localhost:{}", shop.address.port());
    let gateway = gateway(&service(&url, "")).await;
    let reason = reason(&gateway).await;
    let said = ["unknown issuer", "no certificates of authorities"];
    assert!(said.iter().any(|said| reason.contains(said)), "{reason}");
}

#[tokio::test]
async fn a_target_that_does_not_speak_tls_is_told_from_one_that_is_not_trusted() {
    let plain = upstream("ok").await;
    let authority = Authority::new();
    let url = plain.url().replace("http", "https");
    let gateway = gateway(&service(&url, &trusting(&authority.file()))).await;
    let reason = reason(&gateway).await;
    assert!(reason.contains("does not speak TLS"), "{reason}");
}

#[tokio::test]
async fn a_file_of_authorities_that_cannot_be_used_is_named() {
    let authority = Authority::new();
    let shop = secure(authority.server("localhost", &[])).await;
    let url = format!("https://localhost:{}", shop.address.port());
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing.pem");
    let empty = dir.path().join("empty.pem");
    std::fs::write(&empty, "no certificate here").unwrap();
    for (file, said) in [(missing, "cannot be read"), (empty, "holds no certificate")] {
        let gateway = gateway(&service(&url, &trusting(&file))).await;
        let reason = reason(&gateway).await;
        assert!(reason.contains(said), "{reason}");
        assert!(reason.contains(file.to_str().unwrap()), "{reason}");
    }
}

#[tokio::test]
async fn a_file_of_authorities_that_changes_is_read_again() {
    let (old, new) = (Authority::new(), Authority::new());
    let shop = secure(new.server("localhost", &[])).await;
    let url = format!("https://localhost:{}", shop.address.port());
    let file = old.file();
    let gateway = gateway(&service(&url, &trusting(&file))).await;
    assert!(reason(&gateway).await.contains("unknown issuer"));
    std::fs::write(&file, format!("{}{}", old.pem(), new.pem())).unwrap();
    assert_eq!(gateway.get("/").await.status(), 200);
}

#[tokio::test]
async fn whoever_trusts_anyone_is_warned() {
    let shop = secure(Authority::new().expired("elsewhere.test")).await;
    let url = format!("https://localhost:{}", shop.address.port());
    let gateway = gateway(&service(&url, "tls: {skip_verify: true}")).await;
    assert_eq!(gateway.get("/").await.status(), 200);
    let warnings = &gateway.gateway.current().warnings;
    assert!(
        warnings
            .iter()
            .any(|issue| issue.path == "services[0].tls.skip_verify"),
        "{warnings:#?}"
    );
}

#[tokio::test]
async fn another_name_can_be_asked_for() {
    let authority = Authority::new();
    let shop = secure(authority.server("shop.internal", &[])).await;
    let url = format!("https://{}", shop.address);
    let rest = format!(
        "tls: {{ca_file: '{}', server_name: shop.internal}}",
        authority.file().display()
    );
    let gateway = gateway(&service(&url, &rest)).await;
    assert_eq!(gateway.get("/").await.status(), 200);
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_part_of_the_time_for_connecting() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", silent.local_addr().unwrap());
    let rest = "tls: {skip_verify: true}, timeouts: {connect_ms: 100}";
    let gateway = gateway(&service(&url, rest)).await;
    let answer = gateway.get("/").await;
    assert_eq!(answer.status(), 504);
    let problem: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "upstream_connect_timeout");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("`timeouts.connect_ms`"), "{detail}");
}

#[tokio::test]
async fn settings_that_are_wrong_or_useless_are_named() {
    let gateway = gateway("{version: 1}").await;
    for (url, rest, severity, path) in [
        (
            "https://a",
            "tls: {server_name: 'a b'}",
            Severity::Error,
            "services[0].tls.server_name",
        ),
        (
            "https://a",
            "tls: {ca_file: ' '}",
            Severity::Error,
            "services[0].tls.ca_file",
        ),
        (
            "https://a",
            "tls: {ca_file: a.pem, skip_verify: true}",
            Severity::Warning,
            "services[0].tls.ca_file",
        ),
        (
            "http://a",
            "tls: {ca_file: a.pem}",
            Severity::Warning,
            "services[0].tls",
        ),
        ("ftp://a", "", Severity::Error, "services[0].targets[0].url"),
    ] {
        let issues = gateway
            .gateway
            .validate(&file::parse(&service(url, rest)).unwrap());
        assert!(
            issues
                .iter()
                .any(|issue| issue.severity == severity && issue.path == path),
            "{url} {rest}: {issues:#?}"
        );
    }
}
