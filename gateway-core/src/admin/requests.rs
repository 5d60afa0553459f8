//! Sends a request through the gateway, as a caller on this machine would.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use utoipa::ToSchema;
use uuid::Uuid;

use super::extract::JsonBody;
use super::problem::{Problem, ProblemCode};
use super::status;
use crate::config::Issue;
use crate::gateway::{Gateway, GatewayState};
use crate::ids::ExchangeId;
use crate::record::detail::HeaderLine;
use crate::record::summary::ExchangeSummary;

/// How long the gateway may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// How long after the answer its row may take to appear in the log.
const RECORD_LIMIT: Duration = Duration::from_secs(2);
/// How much of the answer's body is given back, in bytes.
const MAX_BODY: usize = 64 * 1024;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestToSend {
    /// Method.
    #[serde(default = "get")]
    #[schema(example = "GET", default = "GET")]
    pub method: String,
    /// Path and query.
    #[schema(example = "/orders?limit=10")]
    pub path: String,
    /// Headers, besides `Host` and what describes the body.
    #[serde(default)]
    pub headers: Vec<HeaderLine>,
    /// Body.
    #[serde(default)]
    pub body: Option<String>,
}

fn get() -> String {
    Method::GET.to_string()
}

/// How the gateway answered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Answered {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<HeaderLine>,
    /// The beginning of the body, at most 64 KiB, as text; bytes that are not UTF-8 are replaced.
    pub body: String,
    /// Whether there is more of the body.
    pub body_truncated: bool,
    /// Time to the end of what is given back, in microseconds.
    pub took_us: u64,
    /// The request in the log. Absent where it has not been recorded within two seconds.
    pub exchange_id: Option<ExchangeId>,
}

/// Sends one request to the gateway's own address and gives the answer. Redirects are not followed.
#[utoipa::path(
    post, path = "/requests/send", tag = "start", operation_id = "send_request",
    request_body = RequestToSend,
    responses(
        (status = 200, body = Answered, description = "The gateway answered, with whatever status."),
        (status = 409, body = Problem, description = "The gateway is stopped."),
        (status = 502, body = Problem, description = "There was no answer."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn send(
    State(gateway): State<Gateway>,
    JsonBody(wanted): JsonBody<RequestToSend>,
) -> Result<Json<Answered>, Problem> {
    let base = running_at(&gateway)?;
    let request_id = Uuid::now_v7().to_string();
    let request = build(wanted, &base, &request_id)?;
    let tail = gateway.recorder().tail();
    let started = Instant::now();
    let mut response = client()
        .execute(request)
        .await
        .map_err(|error| no_answer(&error))?;
    let (body, body_truncated) = read(&mut response).await;
    let took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let status = response.status().as_u16();
    let headers = response.headers().iter().map(line).collect();
    // What is still to come is not wanted; the row is written once the answer has ended.
    drop(response);
    let recorded = tokio::time::timeout(RECORD_LIMIT, recorded_as(tail, &request_id)).await;
    let exchange_id = recorded.ok().flatten();
    Ok(Json(Answered {
        status,
        headers,
        body,
        body_truncated,
        took_us,
        exchange_id,
    }))
}

fn running_at(gateway: &Gateway) -> Result<String, Problem> {
    let state = gateway.state().borrow().clone();
    match state {
        GatewayState::Running { .. } => Ok(status::url(&state, &gateway.current().config.listen)),
        GatewayState::Stopped | GatewayState::Starting | GatewayState::Failed { .. } => {
            Err(Problem::new(
                ProblemCode::GatewayStopped,
                "Start the gateway, then send again.",
            ))
        }
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(ANSWER_LIMIT)
        .build()
        .expect("a client without TLS needs nothing of the system")
}

fn build(wanted: RequestToSend, base: &str, id: &str) -> Result<reqwest::Request, Problem> {
    let RequestToSend {
        method,
        path,
        headers,
        body,
    } = wanted;
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| {
        wrong(
            "method",
            format!("`{}` is not a method", method.escape_debug()),
        )
    })?;
    if !path.starts_with('/') {
        return Err(wrong("path", "a path begins with `/`".to_owned()));
    }
    let url = reqwest::Url::parse(&format!("{base}{path}"))
        .map_err(|error| wrong("path", format!("this cannot be part of a URL: {error}")))?;
    let mut request = reqwest::Request::new(method, url);
    *request.headers_mut() = header_map(headers)?;
    request.headers_mut().insert(
        REQUEST_ID,
        HeaderValue::from_str(id).expect("a UUID is plain text"),
    );
    *request.body_mut() = body.map(Into::into);
    Ok(request)
}

fn header_map(lines: Vec<HeaderLine>) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    for (index, HeaderLine { name, value }) in lines.into_iter().enumerate() {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
            let message = format!("`{}` cannot be the name of a header", name.escape_debug());
            wrong(&format!("headers[{index}].name"), message)
        })?;
        let value = HeaderValue::from_str(&value).map_err(|_| {
            let message = "a header's value cannot hold control characters or line ends";
            wrong(&format!("headers[{index}].value"), message.to_owned())
        })?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn wrong(path: &str, message: String) -> Problem {
    Problem {
        detail: format!("`{path}`: {message}."),
        issues: vec![Issue::error(path, message)],
        ..Problem::new(ProblemCode::BodyInvalid, "")
    }
}

fn no_answer(error: &reqwest::Error) -> Problem {
    let detail = if error.is_timeout() {
        format!("There was no answer within {} s.", ANSWER_LIMIT.as_secs())
    } else {
        "The connection ended before there was an answer.".to_owned()
    };
    Problem::new(ProblemCode::SendFailed, detail)
}

/// The beginning of the body, and whether there is more.
async fn read(response: &mut reqwest::Response) -> (String, bool) {
    let mut bytes = Vec::new();
    let mut more = false;
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes.extend_from_slice(&chunk);
        more = bytes.len() > MAX_BODY;
        if more {
            break;
        }
    }
    bytes.truncate(MAX_BODY);
    (String::from_utf8_lossy(&bytes).into_owned(), more)
}

fn line((name, value): (&HeaderName, &HeaderValue)) -> HeaderLine {
    HeaderLine {
        name: name.to_string(),
        value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
    }
}

/// Waits for the request's row.
async fn recorded_as(
    mut tail: Receiver<std::sync::Arc<ExchangeSummary>>,
    request_id: &str,
) -> Option<ExchangeId> {
    loop {
        match tail.recv().await {
            Ok(summary) if summary.request_id == request_id => return Some(summary.id),
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}
