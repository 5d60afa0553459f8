//! Bad input: each a clear problem, and the server lives on.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::server::{Server, read};

/// Sends a request that must fail, checks the form of the problem and gives it.
async fn problem(request: RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let (status, problem) = read(answer).await;
    assert_eq!(problem["status"], status, "{problem}");
    let code = problem["code"].as_str().unwrap();
    assert_eq!(problem["type"], format!("urn:gatewright:problem:{code}"));
    for member in ["title", "detail"] {
        assert!(
            problem[member].as_str().unwrap().ends_with(['.', '`']),
            "{member} of {problem}"
        );
    }
    problem
}

#[tokio::test]
async fn every_refusal_is_a_problem_with_a_code() {
    let server = Server::start();
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let get = |path: &str| server.request(Method::GET, path);
    let post = |path: &str, body: Value| server.request(Method::POST, path).json(&body);
    for (request, status, code) in [
        (get("/nothing"), 404, "not_found"),
        (
            server.request(Method::PATCH, "/config"),
            405,
            "method_not_allowed",
        ),
        (get("/exchanges?limit=many"), 400, "request_invalid"),
        (get("/exchanges?page=1"), 400, "request_invalid"),
        (get("/exchanges/nothing"), 400, "request_invalid"),
        (get(&format!("/exchanges/{id}")), 404, "not_found"),
        (get(&format!("/exchanges/{id}/curl")), 404, "not_found"),
        (get("/revisions/99"), 404, "not_found"),
        (post("/revisions/99/restore", json!({})), 404, "not_found"),
        (
            server.request(Method::DELETE, "/routes/none"),
            404,
            "not_found",
        ),
        (
            server.request(Method::DELETE, "/services/none"),
            404,
            "not_found",
        ),
        (
            post(&format!("/keys/{id}/revoke"), json!({})),
            404,
            "not_found",
        ),
        (post("/keys", json!({ "name": "" })), 422, "key_refused"),
        (post("/keys", json!({ "name": 1 })), 422, "body_invalid"),
        (post("/keys", json!({ "nome": "x" })), 422, "body_invalid"),
        (
            post("/requests/send", json!({ "path": "x" })),
            422,
            "body_invalid",
        ),
        (
            get("/config").header("if-match", "x").header("x", "y"),
            0,
            "",
        ),
        (
            server
                .request(Method::DELETE, "/routes/x")
                .header("if-match", "x"),
            400,
            "request_invalid",
        ),
    ] {
        if status == 0 {
            // `If-Match` means nothing to a read.
            assert_eq!(request.send().await.unwrap().status(), 200);
            continue;
        }
        let problem = problem(request).await;
        assert_eq!(
            (&problem["status"], &problem["code"]),
            (&json!(status), &json!(code)),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn hostile_bodies_are_refused_quickly() {
    let server = Server::start();
    let put = |body: Vec<u8>| {
        server
            .request(Method::PUT, "/config")
            .header("content-type", "application/json")
            .body(body)
    };
    let nested = [b"[".repeat(200_000), b"]".repeat(200_000)].concat();
    for (body, code) in [
        (nested, "body_malformed"),
        (
            b"{\"version\": 1, \"version\": 1}".to_vec(),
            "body_malformed",
        ),
        (b"{\"version\": 1e99999}".to_vec(), "body_malformed"),
        (b"{\"version\": \"\xff\xfe\"}".to_vec(), "body_malformed"),
        (b"".to_vec(), "body_malformed"),
        (b"{".to_vec(), "body_malformed"),
        (b"[]".to_vec(), "config_refused"),
        (b"{\"version\": 2}".to_vec(), "config_refused"),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let problem = problem(put(body)).await;
        assert_eq!(problem["code"], code, "{shown}");
        let text = problem.to_string();
        for leak in ["/work", "src/", "panicked", "SELECT"] {
            assert!(!text.contains(leak), "{text}");
        }
    }
    let large = put(vec![b' '; 64 * 1024 * 1024]).send().await;
    // It may close the connection before the whole body was sent, which is an error to the client.
    assert!(large.is_err() || large.is_ok_and(|answer| answer.status() == 413));
    assert_eq!(server.get("/status").await.0, 200);
}

#[tokio::test]
async fn a_wrong_member_is_named() {
    let server = Server::start();
    let body = json!({ "path": "/", "headers": [{ "name": "a b", "value": "x" }] });
    let problem = problem(server.request(Method::POST, "/requests/send").json(&body)).await;
    assert_eq!(problem["issues"][0]["path"], "headers[0].name");
    let body = json!({ "path": "/", "headers": [{ "name": "a" }] });
    let problem = self::problem(server.request(Method::POST, "/requests/send").json(&body)).await;
    assert_eq!(problem["issues"][0]["path"], "headers[0]");
}
