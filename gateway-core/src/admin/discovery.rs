//! Finds services on this machine.

use axum::Json;
use axum::extract::State;

use super::problem::Problem;
use crate::discovery::{self, Scan};
use crate::gateway::{Gateway, GatewayState};

/// Looks for services that listen on this machine: asks each port once for `/`, on loopback only.
#[utoipa::path(
    post, path = "/discovery/scan", tag = "start", operation_id = "scan",
    responses((status = 200, body = Scan), (status = "default", body = Problem)),
)]
pub(super) async fn scan(State(gateway): State<Gateway>) -> Json<Scan> {
    let own = match &*gateway.state().borrow() {
        GatewayState::Running { address } => vec![*address],
        GatewayState::Stopped | GatewayState::Starting | GatewayState::Failed { .. } => Vec::new(),
    };
    Json(discovery::scan(&own).await)
}
