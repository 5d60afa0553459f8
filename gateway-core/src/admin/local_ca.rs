//! The authority behind the HTTPS listener's certificates: what a person needs to trust it by hand.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::blocking::run_blocking;
use super::problem::{Problem, ProblemCode};
use crate::gateway::Gateway;
use crate::local_ca::{About, CaError};

/// The authority behind the HTTPS listener's certificates.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct LocalCa {
    /// The name in its certificate.
    #[schema(example = "Gatewright local authority")]
    name: String,
    /// Where its certificate is.
    path: String,
    /// SHA-256 of its certificate: pairs of hexadecimal digits with colons between them.
    fingerprint: String,
    /// When it ends, in microseconds since 1970-01-01 UTC.
    not_after_us: i64,
    /// Its certificate, in PEM form (RFC 7468).
    pem: String,
}

/// Gives the certificate to trust; 404 before HTTPS was ever switched on.
#[utoipa::path(
    get, path = "/local-ca", tag = "status", operation_id = "local_ca",
    responses(
        (status = 200, body = LocalCa),
        (status = 404, body = Problem, description = "No authority was made yet."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn read(State(gateway): State<Gateway>) -> Result<Json<LocalCa>, Problem> {
    let folder = gateway.data_dir().to_owned();
    let about = run_blocking(move || About::read(&folder)).await?;
    let About {
        name,
        path,
        pem,
        fingerprint,
        not_after_s,
    } = about.ok_or_else(|| Problem::not_found("local authority"))?;
    Ok(Json(LocalCa {
        name,
        path: path.display().to_string(),
        fingerprint,
        not_after_us: not_after_s.saturating_mul(1_000_000),
        pem,
    }))
}

impl From<CaError> for Problem {
    fn from(error: CaError) -> Self {
        Self::new(ProblemCode::StorageFailed, format!("{error}."))
    }
}
