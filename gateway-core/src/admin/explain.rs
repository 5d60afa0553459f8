//! What would become of a request.

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::exchanges::stored;
use super::extract::JsonBody;
use super::problem::{Problem, ProblemCode};
use crate::config::{Config, Issue, file, schema};
use crate::gateway::{CallerIs, Explanation, Gateway, Question, When, WontDo};
use crate::ids::ExchangeId;
use crate::record::detail::HeaderLine;

/// A request to ask about. Of a request in the log, only what is to be different need be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestToExplain {
    /// A request of the log. Absent: the request is the one that is described here.
    #[serde(default)]
    pub exchange: Option<ExchangeId>,
    /// Its method. Absent: as in the log, or `GET`.
    #[serde(default)]
    #[schema(example = "GET")]
    pub method: Option<String>,
    /// Its path and query, or a whole URL, whose host is asked for unless `headers` has a `Host`.
    /// Absent: as in the log, or `/`.
    #[serde(default)]
    #[schema(example = "/orders/7?full=yes")]
    pub url: Option<String>,
    /// All of its headers. Absent: as in the log, or none. A credential that is masked is taken for
    /// what it was then.
    #[serde(default)]
    pub headers: Option<Vec<HeaderLine>>,
    /// The caller's address. Absent: as in the log, or `127.0.0.1`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "127.0.0.1")]
    pub client_ip: Option<IpAddr>,
    /// Whether the caller came over TLS. Absent: as in the log, or not.
    #[serde(default)]
    pub https: Option<bool>,
    /// Who the caller is taken to be. Absent: whoever its headers say.
    #[serde(default)]
    pub caller: Option<CallerIs>,
    /// When it comes. Absent: when it came, for a request of the log; now, for others.
    #[serde(default)]
    pub when: Option<When>,
    /// The whole configuration to ask by, such as one that is being edited. Absent: the one in force.
    #[serde(default)]
    #[schema(value_type = Option<Config>)]
    pub config: Option<Value>,
    /// The same as the text of a `gatewright.yaml`.
    #[serde(default)]
    pub config_yaml: Option<String>,
}

/// Says what would become of a request and why: the decision of every stage, what would be sent or
/// answered. Sends nothing, counts nothing, changes nothing; where a stage would ask another service,
/// it says so. Secrets of a request in the log are not there any more: what was found of them then is
/// taken for granted, and `assumed` says so.
#[utoipa::path(
    post, path = "/explain", tag = "traffic", operation_id = "explain",
    request_body = RequestToExplain,
    responses(
        (status = 200, body = Explanation),
        (status = 400, body = Problem, description = "The request cannot be made."),
        (status = 404, body = Problem, description = "No such request or API key."),
        (status = 422, body = Problem, description = "Everything that is wrong with the configuration."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn explain(
    State(gateway): State<Gateway>,
    JsonBody(wanted): JsonBody<RequestToExplain>,
) -> Result<Json<Explanation>, Problem> {
    let RequestToExplain {
        exchange,
        method,
        url,
        headers,
        client_ip,
        https,
        caller,
        when,
        config,
        config_yaml,
    } = wanted;
    let logged = match exchange {
        None => None,
        Some(id) => Some(stored(&gateway, id).await?),
    };
    let question = Question {
        logged,
        method: parsed("method", method)?,
        url: parsed("url", url)?,
        headers: headers.map(header_map).transpose()?,
        client_ip,
        https,
        caller,
        when,
        config: edited(config, config_yaml)?,
    };
    let explained = gateway.explain(question).await;
    Ok(Json(explained.map_err(|why| match why {
        WontDo::Config(issues) => Problem::refused(issues),
        WontDo::Missing(what) => Problem::not_found(what),
        WontDo::Request(why) => invalid(format!("Nothing can be said: {why}.")),
    })?))
}

fn invalid(detail: String) -> Problem {
    Problem::new(ProblemCode::RequestInvalid, detail)
}

fn parsed<T: std::str::FromStr>(what: &str, text: Option<String>) -> Result<Option<T>, Problem> {
    let parse = |text: String| {
        let parsed = text.parse();
        parsed.map_err(|_| invalid(format!("`{text}` is no {what}.")))
    };
    text.map(parse).transpose()
}

/// What was masked comes back as it was shown, so a value need not be ASCII.
fn header_map(lines: Vec<HeaderLine>) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    for HeaderLine { name, value } in lines {
        let parsed = (
            name.parse::<HeaderName>(),
            HeaderValue::from_bytes(value.as_bytes()),
        );
        let (Ok(name), Ok(value)) = parsed else {
            return Err(invalid(format!("The header `{name}` cannot be sent.")));
        };
        headers.append(name, value);
    }
    Ok(headers)
}

fn edited(config: Option<Value>, yaml: Option<String>) -> Result<Option<Config>, Problem> {
    let read = match (config, yaml) {
        (None, None) => return Ok(None),
        (Some(document), None) => schema::check(&document),
        (None, Some(yaml)) => file::parse(&yaml),
        (Some(_), Some(_)) => {
            let message = "give either `config` or `config_yaml`".to_owned();
            return Err(Problem {
                issues: vec![Issue::error("config_yaml", message.clone())],
                ..Problem::new(ProblemCode::BodyInvalid, format!("{message}."))
            });
        }
    };
    read.map(Some).map_err(Problem::refused)
}
