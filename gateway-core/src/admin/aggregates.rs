//! Answers made of several services', tried out while they are edited.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::extract::JsonBody;
use super::problem::{Problem, ProblemCode};
use crate::aggregate::simulate::FailureKind;
use crate::config::{Config, schema};
use crate::gateway::{AggregateTry, FailureTable, Gateway, WontDo};
use crate::ids::RouteName;
use crate::record::detail::HeaderLine;
use crate::record::parts::PartFact;

/// Most that is given back of a body, in bytes.
const MOST_BODY: usize = 256 * 1024;

/// A request to make an answer for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AggregatePreview {
    /// The whole configuration, such as one that is being edited. Absent: the one in force.
    #[serde(default)]
    #[schema(value_type = Option<Config>)]
    pub config: Option<Value>,
    /// The route whose answer is wanted; it may be switched off.
    pub route: RouteName,
    /// Method. Absent: `GET`.
    #[serde(default = "get")]
    #[schema(example = "GET")]
    pub method: String,
    /// Path and query.
    #[schema(example = "/dashboard/7?full=yes")]
    pub url: String,
    /// Headers.
    #[serde(default)]
    pub headers: Vec<HeaderLine>,
    /// Body.
    #[serde(default)]
    pub body: Option<String>,
}

fn get() -> String {
    "GET".to_owned()
}

/// The answer as a caller would get it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AggregatePreviewed {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<HeaderLine>,
    /// The beginning of the body, at most 256 KiB, as text; bytes that are not UTF-8 are replaced.
    pub body: String,
    /// Whether there is more of the body.
    pub body_truncated: bool,
    /// Whether all parts are there.
    pub completed: bool,
    /// What became of each part; times are microseconds after the beginning.
    pub parts: Vec<PartFact>,
    /// How long it took, in microseconds.
    pub took_us: u64,
}

/// Makes the answer of a route that need not be saved, with its real services: methods other than GET
/// may change something there. Callers and limits are not asked, and nothing is logged.
#[utoipa::path(
    post, path = "/aggregates/preview", tag = "config", operation_id = "preview_aggregate",
    request_body = AggregatePreview,
    responses(
        (status = 200, body = AggregatePreviewed, description = "There was an answer, with whatever status."),
        (status = 400, body = Problem, description = "The request cannot be made, or the route takes none like it."),
        (status = 404, body = Problem, description = "No such route."),
        (status = 422, body = Problem, description = "Everything that is wrong with the configuration."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn preview(
    State(gateway): State<Gateway>,
    JsonBody(wanted): JsonBody<AggregatePreview>,
) -> Result<Json<AggregatePreviewed>, Problem> {
    let method: Method = wanted
        .method
        .parse()
        .map_err(|_| invalid(format!("`{}` is no method.", wanted.method)))?;
    let url = wanted
        .url
        .parse()
        .map_err(|_| invalid(format!("`{}` is no URL or path.", wanted.url)))?;
    let request = AggregateTry {
        method,
        url,
        headers: header_map(&wanted.headers)?,
        body: wanted.body.unwrap_or_default().into(),
    };
    let config = config(&gateway, wanted.config.as_ref())?;
    let tried = gateway.try_aggregate(&config, &wanted.route, request);
    let tried = tried.await.map_err(wont)?;
    let kept = tried.body.len().min(MOST_BODY);
    Ok(Json(AggregatePreviewed {
        status: tried.status,
        headers: tried.headers,
        body: String::from_utf8_lossy(&tried.body[..kept]).into_owned(),
        body_truncated: tried.body.len() > MOST_BODY,
        completed: tried.completed,
        parts: tried.parts,
        took_us: tried.took_us,
    }))
}

/// Whose failures to imagine, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AggregateFailures {
    /// The whole configuration, such as one that is being edited. Absent: the one in force.
    #[serde(default)]
    #[schema(value_type = Option<Config>)]
    pub config: Option<Value>,
    /// The route whose answer it is about; it may be switched off.
    pub route: RouteName,
    /// How parts fail.
    #[serde(default)]
    pub how: FailureKind,
    /// What parts answer that do not fail, by name. Absent: an example that has what others need of it.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Object>)]
    pub samples: BTreeMap<String, Value>,
}

/// Says what a caller would see for every combination of failed parts. The real pipeline makes each
/// answer, of parts that are only imagined; no service is asked.
#[utoipa::path(
    post, path = "/aggregates/failures", tag = "config", operation_id = "imagine_failures",
    request_body = AggregateFailures,
    responses(
        (status = 200, body = FailureTable),
        (status = 400, body = Problem, description = "The route's answer is not made of several."),
        (status = 404, body = Problem, description = "No such route."),
        (status = 422, body = Problem, description = "Everything that is wrong with the configuration."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn failures(
    State(gateway): State<Gateway>,
    JsonBody(wanted): JsonBody<AggregateFailures>,
) -> Result<Json<FailureTable>, Problem> {
    let config = config(&gateway, wanted.config.as_ref())?;
    let table = gateway.aggregate_failures(&config, &wanted.route, wanted.how, &wanted.samples);
    Ok(Json(table.await.map_err(wont)?))
}

fn config(gateway: &Gateway, draft: Option<&Value>) -> Result<Config, Problem> {
    match draft {
        None => Ok(gateway.current().config.clone()),
        Some(draft) => schema::check(draft).map_err(Problem::refused),
    }
}

fn wont(why: WontDo) -> Problem {
    match why {
        WontDo::Config(issues) => Problem::refused(issues),
        WontDo::Missing(what) => Problem::not_found(what),
        WontDo::Request(why) => invalid(format!("There is no answer to try: {why}.")),
    }
}

fn invalid(detail: String) -> Problem {
    Problem::new(ProblemCode::RequestInvalid, detail)
}

fn header_map(lines: &[HeaderLine]) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    for HeaderLine { name, value } in lines {
        let parsed = (name.parse::<HeaderName>(), value.parse::<HeaderValue>());
        let (Ok(name), Ok(value)) = parsed else {
            return Err(invalid(format!("The header `{name}` cannot be sent.")));
        };
        headers.append(name, value);
    }
    Ok(headers)
}
