//! API keys.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::blocking::run_blocking;
use super::extract::{JsonBody, UrlPath};
use super::problem::{Problem, ProblemCode};
use crate::config::Issue;
use crate::gateway::Gateway;
use crate::ids::KeyId;
use crate::keys::{ApiKey, KeyError};
use crate::store::KeyUsage;

/// An API key and how it was used in the last 24 hours.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyWithUsage {
    /// The key.
    pub key: ApiKey,
    /// How it was used in the last 24 hours. Absent where the log cannot be read.
    pub usage: Option<KeyUsage>,
}

/// Lists the API keys, newest first, with their use in the last 24 hours.
#[utoipa::path(
    get, path = "/keys", tag = "keys", operation_id = "keys",
    responses((status = 200, body = Vec<KeyWithUsage>), (status = "default", body = Problem)),
)]
pub(super) async fn list(State(gateway): State<Gateway>) -> Json<Vec<KeyWithUsage>> {
    let now_us = gateway.clock().now().epoch_us;
    let store = gateway.log().clone();
    // A log that cannot be read must not hide which keys there are.
    let mut usage = run_blocking(move || store.key_usage(now_us)).await.ok();
    let keys = gateway
        .keys()
        .list()
        .into_iter()
        .map(|key| {
            let of_key = |usage: &mut HashMap<_, _>| usage.remove(&key.id).unwrap_or_else(unused);
            KeyWithUsage {
                usage: usage.as_mut().map(of_key),
                key,
            }
        })
        .collect();
    Json(keys)
}

fn unused() -> KeyUsage {
    KeyUsage {
        hourly: vec![0; 24],
        ..KeyUsage::default()
    }
}

/// A key to issue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKey {
    /// What to call it.
    #[schema(example = "mobile-dev")]
    pub name: String,
    /// Who uses it. Absent: the same as `name`.
    #[serde(default)]
    pub consumer: Option<String>,
}

/// A key that was just issued.
#[derive(Serialize, ToSchema)]
pub(super) struct IssuedKey {
    /// The key as it is shown from now on.
    pub key: ApiKey,
    /// The key itself. This is the only answer that ever holds it.
    pub secret: String,
}

/// Issues an API key. The answer is the only one that ever holds it.
#[utoipa::path(
    post, path = "/keys", tag = "keys", operation_id = "issue_key",
    request_body = NewKey,
    responses(
        (status = 201, body = IssuedKey),
        (status = 422, body = Problem, description = "Its name cannot be used."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn issue(
    State(gateway): State<Gateway>,
    JsonBody(NewKey { name, consumer }): JsonBody<NewKey>,
) -> Result<Response, Problem> {
    let keys = gateway.keys();
    let issued = run_blocking(move || keys.issue(&name, consumer.as_deref())).await?;
    gateway.keys_changed();
    let body = IssuedKey {
        key: issued.key,
        secret: issued.secret,
    };
    Ok((
        StatusCode::CREATED,
        [(CACHE_CONTROL, "no-store")],
        Json(body),
    )
        .into_response())
}

/// Revokes an API key, at once and for good.
#[utoipa::path(
    post, path = "/keys/{id}/revoke", tag = "keys", operation_id = "revoke_key",
    params(("id" = KeyId, Path, description = "Identifies the key.")),
    responses(
        (status = 200, body = ApiKey),
        (status = 404, body = Problem),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn revoke(
    State(gateway): State<Gateway>,
    UrlPath(id): UrlPath<Uuid>,
) -> Result<Json<ApiKey>, Problem> {
    let id = KeyId(id);
    let keys = gateway.keys();
    let ring = keys.clone();
    let found = run_blocking(move || ring.revoke(id)).await?;
    if found {
        gateway.keys_changed();
    }
    let revoked = keys.list().into_iter().find(|key| key.id == id);
    revoked
        .map(Json)
        .ok_or_else(|| Problem::not_found(format!("API key with the id `{id}`")))
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Name(reason) => Self {
                issues: vec![Issue::error("name", reason)],
                ..Self::new(ProblemCode::KeyRefused, format!("`name`: {reason}."))
            },
            KeyError::Store(error) => error.into(),
        }
    }
}
