//! Who used how much.

mod csv;
pub(super) mod old_versions;
pub(super) mod quotas;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::blocking::run_blocking;
use super::extract::UrlQuery;
use super::problem::{Problem, ProblemCode};
use crate::gateway::Gateway;
use crate::ids::KeyId;
use crate::record::summary::Source;
use crate::store::{Usage, UsageBy, UsageFilter, UsageQuery};
use crate::usage::Outcome;

/// Most points of a series.
const MOST_POINTS: u32 = 1_200;
const HOUR_S: i64 = 3_600;

/// Whose requests, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct UsageParams {
    /// The last so many seconds; the last hour unless told.
    #[param(minimum = 1, example = 3600)]
    last_s: Option<i64>,
    /// From when on, microseconds since 1970; instead of `last_s`, and together with `until_us`.
    since_us: Option<i64>,
    /// Until when, microseconds since 1970.
    until_us: Option<i64>,
    /// How many points at most; 300 unless told. How long a point is follows from it, and is told.
    #[param(minimum = 1, maximum = 1200)]
    points: Option<u32>,
    /// How long a point is at least, in seconds.
    #[param(minimum = 1)]
    step_s: Option<i64>,
    /// By what to make groups. Absent: none.
    #[param(inline)]
    by: Option<UsageBy>,
    /// How many groups at most, those with most requests; 20 unless told.
    #[param(minimum = 1, maximum = 1000)]
    top: Option<usize>,
    /// Only requests with this API key, by id; empty: those without one that is known.
    key: Option<String>,
    /// Only requests of this consumer; empty here and below: those without.
    consumer: Option<String>,
    /// Only requests under this plan.
    plan: Option<String>,
    /// Only requests of this route.
    route: Option<String>,
    /// Only requests of this version.
    version: Option<String>,
    /// Only requests for this service.
    service: Option<String>,
    /// Only requests that asked this target last, by URL.
    target: Option<String>,
    /// Only requests of which this became.
    #[param(inline)]
    outcome: Option<Outcome>,
    /// Only requests that this side answered.
    source: Option<Source>,
    /// Leave out what the window sent, to repeat a request or to try a limit.
    callers_only: Option<bool>,
}

/// Sums up requests: all of them, by groups, and over time. Exact for every request that ended, also
/// where its row in the log was dropped or removed since; percentiles within 1 %.
#[utoipa::path(
    get, path = "/usage", tag = "traffic", operation_id = "usage",
    params(UsageParams),
    responses(
        (status = 200, body = Usage),
        (status = 400, body = Problem, description = "The query cannot be read."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn read(
    State(gateway): State<Gateway>,
    UrlQuery(params): UrlQuery<UsageParams>,
) -> Result<Json<Usage>, Problem> {
    usage(&gateway, params).await.map(Json)
}

/// Gives the same as `/usage` as CSV: a line for each group and point, for spreadsheets. Cells that a
/// spreadsheet could take for a formula begin with `'`.
#[utoipa::path(
    get, path = "/usage/csv", tag = "traffic", operation_id = "usage_csv",
    params(UsageParams),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = 400, body = Problem, description = "The query cannot be read."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn read_csv(
    State(gateway): State<Gateway>,
    UrlQuery(params): UrlQuery<UsageParams>,
) -> Result<Response, Problem> {
    let usage = usage(&gateway, params).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"usage.csv\""),
    ];
    Ok((headers, csv::text(&usage)).into_response())
}

async fn usage(gateway: &Gateway, params: UsageParams) -> Result<Usage, Problem> {
    let now_us = gateway.clock().now().epoch_us;
    let query = query(params, now_us)?;
    let store = gateway.log().clone();
    let by = query.by;
    let mut usage = run_blocking(move || store.usage(&query, now_us)).await?;
    if by == Some(UsageBy::Key) {
        for group in &mut usage.groups {
            group.label = group.name.as_deref().and_then(|id| key_name(gateway, id));
        }
    }
    Ok(usage)
}

/// What people call a key.
fn key_name(gateway: &Gateway, id: &str) -> Option<String> {
    let id = Uuid::parse_str(id).ok()?;
    gateway.keys().get(KeyId(id)).map(|key| key.name)
}

fn query(params: UsageParams, now_us: i64) -> Result<UsageQuery, Problem> {
    let UsageParams {
        last_s,
        since_us,
        until_us,
        points,
        step_s,
        by,
        top,
        key,
        consumer,
        plan,
        route,
        version,
        service,
        target,
        outcome,
        source,
        callers_only,
    } = params;
    let (since_s, until_s) = range(last_s, since_us, until_us, now_us)?;
    let key = match key.as_deref() {
        None => None,
        Some("") => Some(None),
        Some(id) => match Uuid::parse_str(id) {
            Ok(id) => Some(Some(KeyId(id))),
            Err(_) => return Err(invalid("`key` has to be the id of an API key, or empty.")),
        },
    };
    Ok(UsageQuery {
        since_s,
        until_s,
        least_step_s: step_s.unwrap_or(1).max(1),
        most_points: points.unwrap_or(300).clamp(1, MOST_POINTS),
        filter: UsageFilter {
            key,
            consumer,
            plan,
            route,
            version,
            service,
            target,
            outcome,
            source,
            callers_only: callers_only.unwrap_or(false),
        },
        by,
        most_groups: top.unwrap_or(20).clamp(1, 1_000),
    })
}

/// From when until when, in seconds since 1970.
fn range(
    last_s: Option<i64>,
    since_us: Option<i64>,
    until_us: Option<i64>,
    now_us: i64,
) -> Result<(i64, i64), Problem> {
    let second = 1_000_000;
    // What began in this very second counts.
    let now_s = now_us.div_euclid(second) + 1;
    match (last_s, since_us, until_us) {
        (None, None, None) => Ok((now_s - HOUR_S, now_s)),
        (Some(last_s), None, None) if last_s >= 1 => Ok((now_s.saturating_sub(last_s), now_s)),
        (None, Some(since_us), Some(until_us)) if 0 <= since_us && since_us < until_us => Ok((
            since_us.div_euclid(second),
            until_us.saturating_add(second - 1).div_euclid(second),
        )),
        _ => Err(invalid(
            "Write either `last_s`, or `since_us` and `until_us`, the first before the second.",
        )),
    }
}

fn invalid(detail: &str) -> Problem {
    Problem::new(ProblemCode::RequestInvalid, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_the_last_seconds_or_from_a_moment_to_a_later_one() {
        let now_us = 1_000_500_000;
        let of = |last, since, until| range(last, since, until, now_us).ok();
        assert_eq!(of(Some(60), None, None), Some((941, 1_001)));
        assert_eq!(of(None, Some(1_500_000), Some(2_500_000)), Some((1, 3)));
        for (last, since, until) in [
            (Some(0), None, None),
            (Some(1), Some(1), None),
            (None, Some(1), None),
            (None, Some(2), Some(2)),
            (None, Some(i64::MIN), Some(2)),
        ] {
            assert_eq!(of(last, since, until), None);
        }
        assert!(of(Some(i64::MAX), None, None).is_some());
        assert!(of(None, Some(0), Some(i64::MAX)).is_some());
    }
}
