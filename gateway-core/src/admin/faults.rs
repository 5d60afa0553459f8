//! Faults on purpose: switched on for a while, to see what callers do.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use uuid::Uuid;

use super::extract::{JsonBody, UrlPath};
use super::problem::{Problem, ProblemCode};
use crate::config::Issue;
use crate::faults::{Effect, Fault, LONGEST_LATENCY_MS, LONGEST_S, MOST_TIMES, NewFault};
use crate::gateway::Gateway;

/// Lists the faults that are on, the oldest first.
#[utoipa::path(
    get, path = "/faults", tag = "start", operation_id = "faults",
    responses((status = 200, body = Vec<Fault>), (status = "default", body = Problem)),
)]
pub(super) async fn list(State(gateway): State<Gateway>) -> Json<Vec<Fault>> {
    Json(gateway.faults().list(gateway.clock().now().epoch_us))
}

/// Switches a fault on. It ends by itself, and with Gatewright; it is no part of the configuration.
#[utoipa::path(
    post, path = "/faults", tag = "start", operation_id = "begin_fault",
    request_body = NewFault,
    responses(
        (status = 201, body = Fault),
        (status = 422, body = Problem, description = "It cannot be like that, and why."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn begin(
    State(gateway): State<Gateway>,
    JsonBody(new): JsonBody<NewFault>,
) -> Result<(StatusCode, Json<Fault>), Problem> {
    let issues = check(&gateway, &new);
    if let Some(first) = issues.first() {
        return Err(Problem {
            detail: format!("`{}`: {}.", first.path, first.message),
            issues,
            ..Problem::new(ProblemCode::BodyInvalid, "")
        });
    }
    let begun = gateway.faults().begin(new, gateway.clock().now().epoch_us);
    let fault =
        begun.map_err(|error| Problem::new(ProblemCode::BodyInvalid, format!("{error}.")))?;
    Ok((StatusCode::CREATED, Json(fault)))
}

/// Switches a fault off.
#[utoipa::path(
    delete, path = "/faults/{id}", tag = "start", operation_id = "end_fault",
    params(("id" = String, Path, description = "Its id.")),
    responses(
        (status = 204, description = "It is off."),
        (status = 404, body = Problem, description = "There is none, or it has ended."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn end(
    State(gateway): State<Gateway>,
    UrlPath(id): UrlPath<Uuid>,
) -> Result<StatusCode, Problem> {
    match gateway.faults().end(id, gateway.clock().now().epoch_us) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found(format!("fault with the id `{id}`"))),
    }
}

/// Switches all faults off.
#[utoipa::path(
    delete, path = "/faults", tag = "start", operation_id = "end_faults",
    responses(
        (status = 204, description = "None is on."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn end_all(State(gateway): State<Gateway>) -> StatusCode {
    gateway.faults().end_all();
    StatusCode::NO_CONTENT
}

/// Everything that is wrong with it.
fn check(gateway: &Gateway, new: &NewFault) -> Vec<Issue> {
    let NewFault {
        effect,
        route,
        version,
        key,
        share_percent,
        for_seconds,
        times,
    } = new;
    let mut issues = Vec::new();
    let mut wrong = |path: &str, message: String| issues.push(Issue::error(path, message));
    match effect {
        Effect::Latency {
            ms: 0,
            spread_ms: 0,
        } => {
            wrong("effect.ms", "0 ms is no latency".to_owned());
        }
        Effect::Latency { ms, spread_ms } => {
            if u64::from(*ms) + u64::from(*spread_ms) > u64::from(LONGEST_LATENCY_MS) {
                let message = format!("an answer may be held back {LONGEST_LATENCY_MS} ms at most");
                wrong("effect.ms", message);
            }
        }
        Effect::Error { status } if !(400..600).contains(status) => {
            wrong(
                "effect.status",
                "an error has a status from 400 to 599".to_owned(),
            );
        }
        Effect::Drip {
            bytes_per_second: 0,
        } => wrong("effect.bytes_per_second", "at least 1 byte".to_owned()),
        Effect::LetThrough { past } if !(1..=20).contains(&past.len()) => {
            wrong("effect.past", "name 1 to 20 limits".to_owned());
        }
        Effect::LetThrough { .. }
        | Effect::Error { .. }
        | Effect::Reset
        | Effect::Truncate { .. }
        | Effect::Drip { .. }
        | Effect::Refuse { .. } => {}
    }
    let config = &gateway.current().config;
    let found = route
        .as_ref()
        .and_then(|name| config.routes.iter().find(|route| route.name == *name));
    if let (Some(name), None) = (route, found) {
        wrong("route", format!("no route is named `{name}`"));
    }
    match (version, route, found) {
        (Some(_), None, _) => wrong("version", "say of which route".to_owned()),
        (Some(version), Some(_), Some(route)) => {
            let versions = route.versions.iter().flat_map(|versions| &versions.list);
            if !versions.into_iter().any(|one| one.name == *version) {
                let message = format!("route `{}` has no version `{version}`", route.name);
                wrong("version", message);
            }
        }
        _ => {}
    }
    if let Some(key) = key
        && gateway.keys().get(*key).is_none()
    {
        wrong("key", format!("no API key has the id `{}`", key.0));
    }
    if !(1..=100).contains(share_percent) {
        wrong("share_percent", "it is from 1 to 100".to_owned());
    }
    if !(1..=LONGEST_S).contains(for_seconds) {
        let message = format!("it ends after 1 to {LONGEST_S} seconds, so that none is forgotten");
        wrong("for_seconds", message);
    }
    if times.is_some_and(|times| !(1..=MOST_TIMES).contains(&times)) {
        let message = format!("it ends after 1 to {MOST_TIMES} requests");
        wrong("times", message);
    }
    issues
}
