//! How limits stand at the moment.

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::UrlQuery;
use super::problem::Problem;
use crate::gateway::{Gateway, LimitsState, NoSuchThing, WhoseLimits};
use crate::ids::{ConsumerName, KeyId, RouteName, VersionName};

/// Whose limits.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsQuery {
    /// The route that is called. Absent: only limits of all routes and of the caller's plan are
    /// told.
    #[param(example = "orders")]
    route: Option<RouteName>,
    /// The version of the route.
    #[param(example = "v2")]
    version: Option<VersionName>,
    /// Id of the caller's API key.
    key: Option<KeyId>,
    /// The consumer. Absent: the key's.
    #[param(example = "mobile-app")]
    consumer: Option<ConsumerName>,
    /// The caller's address. Absent: limits that would count by it are not told.
    #[param(value_type = Option<String>, example = "127.0.0.1")]
    ip: Option<IpAddr>,
    /// What the caller has in each header and claim that a limit counts by. Absent: none of them.
    #[param(example = "acme")]
    value: Option<String>,
}

/// Says how the limits stand that a caller meets: what is left of each, and when there is more.
/// Takes nothing from them.
#[utoipa::path(
    get, path = "/limits/state", tag = "status", operation_id = "limits_state",
    params(LimitsQuery),
    responses(
        (status = 200, body = LimitsState),
        (status = 400, body = Problem, description = "The query cannot be read."),
        (status = 404, body = Problem, description = "No such route, version or key."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn state(
    State(gateway): State<Gateway>,
    UrlQuery(query): UrlQuery<LimitsQuery>,
) -> Result<Json<LimitsState>, Problem> {
    let LimitsQuery {
        route,
        version,
        key,
        consumer,
        ip,
        value,
    } = query;
    let whose = WhoseLimits {
        route,
        version,
        key,
        consumer,
        ip,
        value,
    };
    let state = gateway.limits_state(&whose);
    let state = state.map_err(|NoSuchThing(what)| Problem::not_found(what))?;
    Ok(Json(state))
}
