//! Starts and stops the gateway.

use axum::Json;
use axum::extract::State;

use super::problem::{Problem, ProblemCode};
use crate::gateway::{Gateway, GatewayState, StartError};

/// Starts taking requests. Does nothing where the gateway runs already.
#[utoipa::path(
    post, path = "/gateway/start", tag = "status", operation_id = "start_gateway",
    responses(
        (status = 200, body = GatewayState),
        (status = 409, body = Problem, description = "The port is in use, or the address is not this machine's."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn start(State(gateway): State<Gateway>) -> Result<Json<GatewayState>, Problem> {
    gateway.start().await?;
    Ok(Json(gateway.state().borrow().clone()))
}

/// Stops taking requests. Running requests may finish.
#[utoipa::path(
    post, path = "/gateway/stop", tag = "status", operation_id = "stop_gateway",
    responses((status = 200, body = GatewayState), (status = "default", body = Problem)),
)]
pub(super) async fn stop(State(gateway): State<Gateway>) -> Json<GatewayState> {
    gateway.stop().await;
    Json(gateway.state().borrow().clone())
}

impl From<StartError> for Problem {
    fn from(error: StartError) -> Self {
        let detail = format!("{error}.");
        match error {
            StartError::PortInUse(port) => Self {
                port_in_use: Some(Box::new(port)),
                ..Self::new(ProblemCode::PortInUse, detail)
            },
            StartError::Listen { .. } | StartError::Certificate(_) | StartError::LocalIssuer(_) => {
                Self::new(ProblemCode::ListenFailed, detail)
            }
        }
    }
}
