//! The certificates that are read from files.

use axum::Json;
use axum::extract::State;

use super::blocking::run_blocking;
use super::problem::Problem;
use crate::certificates::{Certificate, certificates};
use crate::gateway::Gateway;

/// Lists the certificates that the configuration has Gatewright read from files, with when each ends and
/// what to do. Those of the HTTPS listener itself are made here and made anew in time, and are not
/// among them; the authority behind them is.
#[utoipa::path(
    get, path = "/certificates", tag = "status", operation_id = "certificates",
    responses((status = 200, body = Vec<Certificate>), (status = "default", body = Problem)),
)]
pub(super) async fn list(
    State(gateway): State<Gateway>,
) -> Result<Json<Vec<Certificate>>, Problem> {
    let now_us = gateway.clock().now().epoch_us;
    let listed = run_blocking(move || {
        let current = gateway.current();
        let found = certificates(&current.config, gateway.data_dir(), now_us);
        Ok::<_, Problem>(found)
    });
    listed.await.map(Json)
}
