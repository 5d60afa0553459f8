//! Trip it: uses up a limit on purpose, to see what callers get who go over it.

use axum::Json;
use axum::extract::State;
use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderName, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use serde::Deserialize;
use utoipa::ToSchema;

use super::blocking::run_blocking;
use super::extract::JsonBody;
use super::problem::{Problem, ProblemCode};
use crate::config::{HeaderLine, Issue};
use crate::gateway::{
    Gateway, InsideError, NoSuchThing, TripError, TripPlan, TripWish, Tripped, UNASKED,
};
use crate::ids::{ExchangeId, KeyId, RouteName};
use crate::record::redact::MASK;

/// What describes a connection or a body, and the id that the requests get from here.
const NOT_REPEATED: [HeaderName; 9] = [
    CONNECTION,
    CONTENT_LENGTH,
    EXPECT,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("x-request-id"),
];

/// A request to send until a limit refuses it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Trip {
    /// The request of the log to repeat, without its body and without what was masked of it.
    #[serde(default)]
    pub exchange: Option<ExchangeId>,
    /// The route that has to take it. Absent: whichever does.
    #[serde(default)]
    #[schema(example = "orders")]
    pub route: Option<RouteName>,
    /// Method. Absent: that of `exchange`, or `GET`.
    #[serde(default)]
    #[schema(example = "GET")]
    pub method: Option<String>,
    /// Path and query. Absent: those of `exchange`.
    #[serde(default)]
    #[schema(example = "/orders?limit=10")]
    pub path: Option<String>,
    /// Headers, instead of those of `exchange` of the same name.
    #[serde(default)]
    pub headers: Vec<HeaderLine>,
    /// Id of the API key that the request counts as shown with. Absent: none.
    #[serde(default)]
    pub key: Option<KeyId>,
    /// Name of the limit to use up. Absent: the one that has least left.
    #[serde(default)]
    #[schema(example = "60/min per key")]
    pub limit: Option<String>,
    /// How many requests may be sent at most; 500 unless told.
    #[serde(default)]
    #[schema(example = 500)]
    pub at_most: Option<u64>,
}

/// Says which limit would be used up and by how many requests. Sends nothing.
#[utoipa::path(
    post, path = "/trips/plan", tag = "start", operation_id = "plan_trip",
    request_body = Trip,
    responses(
        (status = 200, body = TripPlan),
        (status = 404, body = Problem, description = "No such exchange or key."),
        (status = 422, body = Problem, description = "Nothing would be sent, and why."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn plan(
    State(gateway): State<Gateway>,
    JsonBody(trip): JsonBody<Trip>,
) -> Result<Json<TripPlan>, Problem> {
    let (wish, _) = wish(&gateway, trip).await?;
    Ok(Json(gateway.plan_trip(&wish)?))
}

/// Sends one request again and again through the gateway, until it is answered 429. Only to services
/// on this machine; the log marks the requests (`is:replayed`).
#[utoipa::path(
    post, path = "/trips", tag = "start", operation_id = "trip",
    request_body = Trip,
    responses(
        (status = 200, body = Tripped, description = "They were sent; whether one was refused is in the answer."),
        (status = 404, body = Problem, description = "No such exchange or key."),
        (status = 409, body = Problem, description = "The gateway is stopped."),
        (status = 422, body = Problem, description = "Nothing was sent, and why."),
        (status = 502, body = Problem, description = "There was no answer."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn trip(
    State(gateway): State<Gateway>,
    JsonBody(trip): JsonBody<Trip>,
) -> Result<Json<Tripped>, Problem> {
    let (wish, at_most) = wish(&gateway, trip).await?;
    Ok(Json(gateway.trip(&wish, at_most).await?))
}

/// What is to be sent, and how many at most.
async fn wish(gateway: &Gateway, trip: Trip) -> Result<(TripWish, u64), Problem> {
    let Trip {
        exchange,
        route,
        method,
        path,
        headers,
        key,
        limit,
        at_most,
    } = trip;
    let mut request = match exchange {
        None => Request::new(()),
        Some(id) => logged(gateway, id).await?,
    };
    if let Some(method) = method {
        *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| {
            let message = format!("`{}` is not a method", method.escape_debug());
            wrong("method", message)
        })?;
    }
    if let Some(path) = path {
        *request.uri_mut() = target(&path).map_err(|message| wrong("path", message))?;
    }
    let given = header_map(&headers)?;
    for name in given.keys() {
        request.headers_mut().remove(name);
    }
    request.headers_mut().extend(given);
    if !request.headers().contains_key(HOST) {
        let listen = &gateway.current().config.listen;
        let host = format!("localhost:{}", listen.port);
        let host = HeaderValue::from_str(&host).expect("a port is plain text");
        request.headers_mut().insert(HOST, host);
    }
    let wish = TripWish {
        head: request.into_parts().0,
        route,
        key,
        replay_of: exchange,
        limit,
    };
    Ok((wish, at_most.unwrap_or(UNASKED)))
}

/// A request of the log, as far as it can be sent again.
async fn logged(gateway: &Gateway, id: ExchangeId) -> Result<Request<()>, Problem> {
    let log = gateway.log().clone();
    let found = run_blocking(move || log.exchange(id)).await?;
    let no_exchange = || Problem::not_found(format!("exchange with the id `{}` in the log", id.0));
    let (summary, kept) = found.ok_or_else(no_exchange)?;
    let query = summary.query.as_deref().map(unmasked).unwrap_or_default();
    let separator = if query.is_empty() { "" } else { "?" };
    let path = format!("{}{separator}{query}", summary.path);
    let mut request = Request::new(());
    *request.uri_mut() = target(&path).map_err(|_| {
        let detail = "Something in its path was masked, so it cannot be sent again; give a path.";
        Problem::new(ProblemCode::TripRefused, detail)
    })?;
    *request.method_mut() = Method::from_bytes(summary.method.as_bytes())
        .map_err(|_| wrong("exchange", "its method cannot be sent again".to_owned()))?;
    for line in kept.client_request {
        let (Ok(name), Ok(value)) = (
            line.name.parse::<HeaderName>(),
            line.value.parse::<HeaderValue>(),
        ) else {
            continue;
        };
        if !line.value.contains(MASK) && !NOT_REPEATED.contains(&name) {
            request.headers_mut().append(name, value);
        }
    }
    Ok(request)
}

/// The parameters of a query of which nothing was masked.
fn unmasked(query: &str) -> String {
    let kept: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.contains(MASK))
        .collect();
    kept.join("&")
}

fn target(path: &str) -> Result<Uri, String> {
    if !path.starts_with('/') {
        return Err("a path begins with `/`".to_owned());
    }
    let unusable = |error: http::uri::InvalidUri| format!("this cannot be asked for: {error}");
    path.parse().map_err(unusable)
}

fn header_map(lines: &[HeaderLine]) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    for (index, HeaderLine { name, value }) in lines.iter().enumerate() {
        let (Ok(parsed), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>())
        else {
            let message = format!("the header `{}` cannot be sent", name.escape_debug());
            return Err(wrong(&format!("headers[{index}]"), message));
        };
        if NOT_REPEATED.contains(&parsed) {
            let message = format!("`{parsed}` is set by whoever sends the request");
            return Err(wrong(&format!("headers[{index}]"), message));
        }
        headers.append(parsed, value);
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

impl From<TripError> for Problem {
    fn from(error: TripError) -> Self {
        match error {
            TripError::NoSuchThing(NoSuchThing(what)) => Self::not_found(what),
            TripError::Refused(why) => Self::new(ProblemCode::TripRefused, why),
            TripError::TooMany(_) => {
                let text = format!("{error}: give `at_most`");
                Self::new(ProblemCode::TripRefused, sentence(&text))
            }
            TripError::Inside(InsideError::Stopped) => Self::new(
                ProblemCode::GatewayStopped,
                "Start the gateway, then send again.",
            ),
            TripError::Inside(error) => {
                Self::new(ProblemCode::SendFailed, sentence(&error.to_string()))
            }
        }
    }
}

/// A text as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).chain(['.']).collect()
}
