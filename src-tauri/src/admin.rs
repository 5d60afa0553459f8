//! The door to the admin API: a request in, an answer out, no socket between.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde::Serialize;
use tauri::State;
use tower::ServiceExt as _;

use crate::desktop::Desktop;

/// Largest answer passed to the window, in bytes.
const MOST_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// The admin API's answer.
#[derive(Serialize)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// Sends a request to the admin API. `path` includes the query.
#[tauri::command]
pub(crate) async fn admin(
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    desktop: State<'_, Desktop>,
) -> Result<Answer, String> {
    let mut request = Request::builder().method(method.as_str()).uri(path);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let body = body.map_or_else(Body::empty, Body::from);
    let request = request.body(body).map_err(|error| error.to_string())?;
    let Ok(answer) = desktop.admin.clone().oneshot(request).await;
    let (head, body) = answer.into_parts();
    let body = to_bytes(body, MOST_ANSWER_BYTES)
        .await
        .map_err(|error| error.to_string())?;
    let headers = head.headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    Ok(Answer {
        status: head.status.as_u16(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
