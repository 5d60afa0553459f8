//! The admin API, called in process as the desktop app does.

use axum::body::Body;
use gateway_core::Gateway;
use gateway_core::admin::{self, PREFIX};
use http::{Method, Request};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

pub async fn get(gateway: &Gateway, path: &str) -> (u16, Value) {
    call(gateway, Method::GET, path, None).await
}

pub async fn post(gateway: &Gateway, path: &str, body: &Value) -> (u16, Value) {
    call(gateway, Method::POST, path, Some(body)).await
}

async fn call(gateway: &Gateway, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("{PREFIX}{path}"))
        .header("content-type", "application/json")
        .body(Body::from(body.map(Value::to_string).unwrap_or_default()))
        .unwrap();
    let answer = admin::router(gateway.clone())
        .oneshot(request)
        .await
        .unwrap();
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (
        status,
        serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    )
}
