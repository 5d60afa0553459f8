//! Who may use the admin server, over real sockets.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::server::Server;

const PATHS: [&str; 6] = [
    "/",
    "/traffic",
    "/icon.svg",
    "/api/v1/status",
    "/api/v1/events",
    "/open/guess",
];

/// Sends a request as it stands and gives the answer's head.
fn raw(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn status(head: &str) -> u16 {
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn every_path_refuses_other_names_and_other_sites() {
    let server = Server::start();
    let (own, token) = (server.admin.to_string(), server.token());
    let evil = format!("127.0.0.1.evil.example:{}", server.admin.port());
    for path in PATHS {
        for (host, more, expected) in [
            (evil.as_str(), String::new(), 421),
            ("evil.example", String::new(), 421),
            ("evil.example", format!("X-Forwarded-Host: {own}\r\n"), 421),
            ("0.0.0.0", String::new(), 421),
            (
                own.as_str(),
                "Origin: http://evil.example\r\n".to_owned(),
                403,
            ),
            (own.as_str(), "Origin: null\r\n".to_owned(), 403),
            (
                own.as_str(),
                "Origin: http://127.0.0.1:3000\r\n".to_owned(),
                403,
            ),
            (
                own.as_str(),
                "Sec-Fetch-Site: cross-site\r\n".to_owned(),
                403,
            ),
            (
                own.as_str(),
                "Sec-Fetch-Site: same-site\r\n".to_owned(),
                403,
            ),
        ] {
            for method in ["GET", "POST", "OPTIONS"] {
                let request = format!(
                    "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
                     {more}Connection: close\r\n\r\n"
                );
                let head = raw(server.admin, &request);
                assert_eq!(status(&head), expected, "{method} {path} {host} {more}");
                assert!(!head.to_lowercase().contains("access-control"), "{head}");
            }
        }
    }
    // The guesses at a link have not used it up.
    let opened = server.client.get(server.link()).send().await.unwrap();
    assert_eq!(opened.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_request_without_a_host_is_refused() {
    let server = Server::start();
    let head = raw(server.admin, "GET / HTTP/1.0\r\n\r\n");
    assert_eq!(status(&head), 421);
    let absolute = format!(
        "GET http://evil.example/ HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        server.admin
    );
    assert_eq!(status(&raw(server.admin, &absolute)), 421);
}

#[tokio::test]
async fn reads_and_writes_need_the_token() {
    let server = Server::start();
    let token = server.token();
    let wrong: String = token.chars().rev().collect();
    for (method, path) in [
        (Method::GET, "/api/v1/status"),
        (Method::GET, "/api/v1/config"),
        (Method::GET, "/api/v1/openapi.json"),
        (Method::GET, "/api/v1/events"),
        (Method::GET, "/api/v1/no-such-thing"),
        (Method::POST, "/api/v1/gateway/stop"),
        (Method::DELETE, "/api/v1/exchanges"),
        (Method::DELETE, "/api/v1/session"),
    ] {
        for credentials in [
            None,
            Some(String::new()),
            Some("Bearer".to_owned()),
            Some("Bearer ".to_owned()),
            Some(format!("Bearer {wrong}")),
            Some(format!("Bearer {token}x")),
            Some(format!("Basic {token}")),
            Some(token.clone()),
        ] {
            let url = server.url(&format!("{path}?token={token}&access_token={token}"));
            let mut request = server.client.request(method.clone(), url);
            if let Some(credentials) = &credentials {
                request = request.header("authorization", credentials);
            }
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 401, "{method} {path} {credentials:?}");
            assert!(answer.headers().contains_key("www-authenticate"));
            assert!(!answer.text().await.unwrap().contains(&token));
        }
    }
    assert_eq!(server.get("/status").await.0, 200);
    let lower = server.client.get(server.url("/api/v1/status"));
    let lower = lower
        .header("authorization", format!("bearer {token}"))
        .send()
        .await
        .unwrap();
    assert_eq!(lower.status(), 200);
}

#[tokio::test]
async fn the_link_signs_one_browser_in() {
    let server = Server::start();
    let link = server.link();
    // A browser that looks ahead does not use it up.
    let ahead = server
        .client
        .get(&link)
        .header("sec-purpose", "prefetch;prerender");
    assert_eq!(ahead.send().await.unwrap().status(), 404);
    let opened = server.client.get(&link).send().await.unwrap();
    assert_eq!(opened.status(), StatusCode::SEE_OTHER);
    assert_eq!(opened.headers()["location"], "/");
    assert_eq!(opened.headers()["referrer-policy"], "no-referrer");
    let cookie = opened.headers()["set-cookie"].to_str().unwrap().to_owned();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/api/v1"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains(&server.token()));
    assert_eq!(server.client.get(&link).send().await.unwrap().status(), 410);

    let session = cookie.split(';').next().unwrap();
    let with = |value: String| {
        server
            .client
            .get(server.url("/api/v1/status"))
            .header("cookie", value)
            .send()
    };
    assert_eq!(with(session.to_owned()).await.unwrap().status(), 200);
    assert_eq!(
        with(format!("a=1; {session}; b=2")).await.unwrap().status(),
        200
    );
    assert_eq!(with(format!("{session}x")).await.unwrap().status(), 401);
    // A session counts only by this server's own cookie.
    assert_eq!(with(format!("x{session}")).await.unwrap().status(), 401);

    let out = server
        .client
        .delete(server.url("/api/v1/session"))
        .header("cookie", session);
    let out = out.send().await.unwrap();
    assert_eq!(out.status(), 204);
    assert!(
        out.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    assert_eq!(with(session.to_owned()).await.unwrap().status(), 401);
}

#[tokio::test]
async fn the_token_signs_a_browser_in() {
    let server = Server::start();
    let sign_in = |body: serde_json::Value| {
        server
            .client
            .post(server.url("/api/v1/session"))
            .json(&body)
            .send()
    };
    for wrong in [json!({ "token": "" }), json!({ "token": "x" })] {
        assert_eq!(sign_in(wrong).await.unwrap().status(), 401);
    }
    assert_eq!(sign_in(json!({})).await.unwrap().status(), 422);
    let signed = sign_in(json!({ "token": server.token() })).await.unwrap();
    assert_eq!(signed.status(), 204);
    let cookie = signed.headers()["set-cookie"].to_str().unwrap();
    let session = cookie.split(';').next().unwrap();
    let status = server
        .client
        .get(server.url("/api/v1/status"))
        .header("cookie", session);
    let status = status
        .header("sec-fetch-site", "same-origin")
        .send()
        .await
        .unwrap();
    assert_eq!(status.status(), 200);
}

#[tokio::test]
async fn writes_are_json_and_nothing_else() {
    let server = Server::start();
    let body = json!({ "name": "x" }).to_string();
    for content_type in [
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/xml"),
        None,
    ] {
        let mut request = server.request(Method::POST, "/keys").body(body.clone());
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 415, "{content_type:?}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    assert_eq!(server.get("/keys").await.1["total"], 0);
}

#[tokio::test]
async fn a_get_changes_nothing_whatever_it_pretends() {
    let server = Server::start();
    for (name, value) in [
        ("x-http-method-override", "DELETE"),
        ("x-method-override", "POST"),
        ("x-http-method", "PUT"),
    ] {
        let answer = server
            .request(Method::GET, "/gateway/stop?_method=POST")
            .header(name, value);
        assert_eq!(answer.send().await.unwrap().status(), 405);
    }
    assert_eq!(server.get("/status").await.1["gateway"]["state"], "running");
}

#[tokio::test]
async fn a_browser_is_told_to_trust_little() {
    let server = Server::start();
    let page = server
        .client
        .get(server.url("/traffic"))
        .send()
        .await
        .unwrap();
    let api = server.request(Method::GET, "/status").send().await.unwrap();
    let refused = server
        .client
        .get(server.url("/api/v1/status"))
        .send()
        .await
        .unwrap();
    for answer in [page, api, refused] {
        let headers = answer.headers().clone();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            !policy.contains("unsafe") && !policy.contains('*'),
            "{policy}"
        );
        assert!(policy.contains("default-src '"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(headers[name], value, "{name}");
        }
        assert!(
            !headers
                .keys()
                .any(|name| name.as_str().starts_with("access-control"))
        );
        assert!(!answer.text().await.unwrap().contains(&server.token()));
    }
}

#[tokio::test]
async fn the_gateway_never_leads_to_the_admin_api() {
    let server = Server::start();
    let port = server.admin.port();
    for target in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        let (_, config) = server.get("/config").await;
        let config = json!({
            "version": 1, "listen": config["listen"],
            "services": [{ "name": "self", "targets": [{ "url": format!("http://{target}:{port}") }] }],
            "routes": [{ "name": "self", "service": "self" }],
        });
        let (status, answer) = server.send(Method::PUT, "/config", config).await;
        if status == 422 {
            continue;
        }
        assert_eq!(status, 200, "{answer}");
        let through = server.client.get(server.gateway_url("/api/v1/status"));
        let through = through.bearer_auth(server.token()).send().await.unwrap();
        assert_eq!(through.status(), 502, "{target}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_kept_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(server.data.path()), 0o700);
    assert_eq!(mode(&server.data.path().join("admin-token")), 0o600);
}

#[tokio::test]
async fn the_token_is_nowhere_to_be_read() {
    let server = Server::start();
    let token = server.token();
    server.get("/status").await;
    assert!(!server.greeting.contains(&token));
    let (code, said, _data) = server.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains(&token));
}
