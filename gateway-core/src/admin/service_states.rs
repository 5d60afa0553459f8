//! How services are: health of targets, breakers.

use axum::Json;
use axum::extract::State;

use super::extract::UrlPath;
use super::problem::Problem;
use crate::gateway::Gateway;
use crate::ids::ServiceName;
use crate::snapshot::service_state::ServiceState;

/// Says how every service is, by name.
#[utoipa::path(
    get, path = "/service-states", tag = "status", operation_id = "service_states",
    responses((status = 200, body = Vec<ServiceState>), (status = "default", body = Problem)),
)]
pub(super) async fn list(State(gateway): State<Gateway>) -> Json<Vec<ServiceState>> {
    Json(gateway.service_states())
}

/// Says how a service is: which targets are used and why, and what its breaker does.
#[utoipa::path(
    get, path = "/services/{name}/state", tag = "status", operation_id = "service_state",
    params(("name" = String, Path, description = "Its name.")),
    responses(
        (status = 200, body = ServiceState),
        (status = 404, body = Problem),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn read(
    State(gateway): State<Gateway>,
    UrlPath(name): UrlPath<String>,
) -> Result<Json<ServiceState>, Problem> {
    gateway
        .service_state(&ServiceName::new(name.clone()))
        .map(Json)
        .ok_or_else(|| Problem::not_found(format!("service `{name}`")))
}
