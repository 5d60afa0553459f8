//! API keys.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::blocking::run_blocking;
use super::extract::{JsonBody, UrlPath, UrlQuery};
use super::problem::{Problem, ProblemCode};
use crate::gateway::Gateway;
use crate::ids::{KeyId, PlanName, RouteName};
use crate::keys::{
    self, ApiKey, Issued, KeyAccess, KeyChange, KeyError, KeySearch, KeyState, KeysFound,
};
use crate::record::decision::QuotaFact;
use crate::store::KeyUsage;

/// An API key, how it stands, and how it was used in the last 24 hours.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyWithUsage {
    /// The key.
    pub key: ApiKey,
    /// Whether it is good now.
    pub state: KeyState,
    /// Routes that it is granted and that are not there.
    pub missing_routes: Vec<RouteName>,
    /// How it was used in the last 24 hours. Absent where the log cannot be read.
    pub usage: Option<KeyUsage>,
    /// The quota of which it has used the largest share, on any route. Absent: none counts it.
    pub quota: Option<QuotaFact>,
}

/// Some API keys, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyPage {
    /// The keys.
    pub rows: Vec<KeyWithUsage>,
    /// Give this as `before` to get the next page; absent after the last.
    pub next: Option<KeyId>,
    /// How many fit, on all pages.
    pub matching: usize,
    /// How many keys there are, whatever was asked for.
    pub total: usize,
}

/// Which API keys.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct KeysQuery {
    /// Only those of this consumer.
    consumer: Option<String>,
    /// Only those in this state.
    state: Option<KeyState>,
    /// Only those with this in their name, consumer, hint, labels or id, whatever the case.
    text: Option<String>,
    /// Only older ones: `next` of the page before.
    before: Option<Uuid>,
    /// How many at most; 100 unless told, 500 at the most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Lists API keys, newest first, with their use in the last 24 hours.
#[utoipa::path(
    get, path = "/keys", tag = "keys", operation_id = "keys",
    params(KeysQuery),
    responses((status = 200, body = KeyPage), (status = "default", body = Problem)),
)]
pub(super) async fn list(
    State(gateway): State<Gateway>,
    UrlQuery(query): UrlQuery<KeysQuery>,
) -> Result<Json<KeyPage>, Problem> {
    let KeysQuery {
        consumer,
        state,
        text,
        before,
        limit,
    } = query;
    let search = KeySearch {
        consumer,
        state,
        text,
        before: before.map(KeyId),
        limit: usize::try_from(limit.unwrap_or(100).clamp(1, 500)).unwrap_or(100),
    };
    let keys = gateway.keys();
    let found = run_blocking(move || Ok::<_, Problem>(keys.find(&search))).await?;
    let KeysFound {
        keys,
        next,
        matching,
        total,
    } = found;
    Ok(Json(KeyPage {
        rows: with_usage(&gateway, keys).await,
        next,
        matching,
        total,
    }))
}

/// Gives one API key, with its use in the last 24 hours.
#[utoipa::path(
    get, path = "/keys/{id}", tag = "keys", operation_id = "key",
    params(("id" = KeyId, Path, description = "Identifies the key.")),
    responses(
        (status = 200, body = KeyWithUsage),
        (status = 404, body = Problem),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn read(
    State(gateway): State<Gateway>,
    UrlPath(id): UrlPath<Uuid>,
) -> Result<Json<KeyWithUsage>, Problem> {
    let key = gateway.keys().get(KeyId(id)).ok_or_else(|| no_key(id))?;
    let mut rows = with_usage(&gateway, vec![key]).await;
    Ok(Json(rows.remove(0)))
}

async fn with_usage(gateway: &Gateway, keys: Vec<ApiKey>) -> Vec<KeyWithUsage> {
    let now_us = gateway.clock().now().epoch_us;
    let store = gateway.log().clone();
    // A log that cannot be read must not hide which keys there are.
    let mut usage = run_blocking(move || store.key_usage(now_us)).await.ok();
    keys.into_iter()
        .map(|key| {
            let of_key = |usage: &mut HashMap<_, _>| usage.remove(&key.id).unwrap_or_else(unused);
            KeyWithUsage {
                state: key.state(now_us),
                missing_routes: gateway.routes_missing_for(&key),
                quota: gateway.tightest_quota(&key),
                usage: usage.as_mut().map(of_key),
                key,
            }
        })
        .collect()
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
    /// Notes for people.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Scopes of whoever shows it.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Its plan. Absent: that of its consumer.
    #[serde(default)]
    pub plan: Option<PlanName>,
    /// Where it may be used. Absent: nowhere yet.
    #[serde(default)]
    pub access: KeyAccess,
    /// From when on it is refused, microseconds since 1970. Absent: never, or as `ttl_s` says.
    #[serde(default)]
    pub expires_at_us: Option<i64>,
    /// How long it is good from now on, in seconds, instead of `expires_at_us`.
    #[serde(default)]
    pub ttl_s: Option<u32>,
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
        (status = 422, body = Problem, description = "Its name, scopes or access will not do."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn issue(
    State(gateway): State<Gateway>,
    JsonBody(wanted): JsonBody<NewKey>,
) -> Result<Response, Problem> {
    let NewKey {
        name,
        consumer,
        labels,
        scopes,
        plan,
        access,
        expires_at_us,
        ttl_s,
    } = wanted;
    let now_us = gateway.clock().now().epoch_us;
    let after_ttl = ttl_s.map(|ttl_s| now_us.saturating_add(i64::from(ttl_s) * 1_000_000));
    let new = keys::NewKey {
        name,
        consumer,
        labels,
        scopes,
        plan,
        access,
        expires_at_us: expires_at_us.or(after_ttl),
    };
    let issued = run_blocking(move || gateway.issue_key(new)).await?;
    Ok(shown_once(issued))
}

fn shown_once(Issued { key, secret }: Issued) -> Response {
    (
        StatusCode::CREATED,
        [(CACHE_CONTROL, "no-store")],
        Json(IssuedKey { key, secret }),
    )
        .into_response()
}

/// Changes to an API key. What is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyPatch {
    /// What to call it.
    #[serde(default)]
    pub name: Option<String>,
    /// Who uses it.
    #[serde(default)]
    pub consumer: Option<String>,
    /// Notes for people.
    #[serde(default)]
    pub labels: Option<BTreeMap<String, String>>,
    /// Scopes of whoever shows it.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// Its plan; `null` for that of its consumer.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<PlanName>)]
    pub plan: Option<Option<PlanName>>,
    /// Where it may be used.
    #[serde(default)]
    pub access: Option<KeyAccess>,
    /// From when on it is refused, microseconds since 1970; `null` for never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    pub expires_at_us: Option<Option<i64>>,
}

/// Tells `null` from what is absent.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Changes an API key: everything but the key itself. In force at once.
#[utoipa::path(
    patch, path = "/keys/{id}", tag = "keys", operation_id = "change_key",
    params(("id" = KeyId, Path, description = "Identifies the key.")),
    request_body = KeyPatch,
    responses(
        (status = 200, body = ApiKey),
        (status = 404, body = Problem),
        (status = 422, body = Problem, description = "Its name, scopes or access will not do."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn change(
    State(gateway): State<Gateway>,
    UrlPath(id): UrlPath<Uuid>,
    JsonBody(patch): JsonBody<KeyPatch>,
) -> Result<Json<ApiKey>, Problem> {
    let KeyPatch {
        name,
        consumer,
        labels,
        scopes,
        plan,
        access,
        expires_at_us,
    } = patch;
    let change = KeyChange {
        name,
        consumer,
        labels,
        scopes,
        plan,
        access,
        expires_at_us,
    };
    let changed = run_blocking(move || gateway.change_key(KeyId(id), &change)).await?;
    changed.map(Json).ok_or_else(|| no_key(id))
}

/// How to roll an API key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Roll {
    /// How long the old key stays good, in seconds; a day unless told. 0: not at all.
    #[serde(default = "one_day")]
    #[schema(example = 86_400)]
    pub overlap_s: u32,
}

fn one_day() -> u32 {
    86_400
}

/// Issues an API key in place of another one, with the same name, consumer, scopes, plan and access.
/// The old one stays good for a while. The answer is the only one that ever holds the new key.
#[utoipa::path(
    post, path = "/keys/{id}/roll", tag = "keys", operation_id = "roll_key",
    params(("id" = KeyId, Path, description = "Identifies the key.")),
    request_body = Roll,
    responses(
        (status = 201, body = IssuedKey),
        (status = 404, body = Problem),
        (status = 422, body = Problem, description = "It is no longer good, or was rolled before."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn roll(
    State(gateway): State<Gateway>,
    UrlPath(id): UrlPath<Uuid>,
    JsonBody(Roll { overlap_s }): JsonBody<Roll>,
) -> Result<Response, Problem> {
    let overlap = Duration::from_secs(u64::from(overlap_s));
    let rolled = run_blocking(move || gateway.roll_key(KeyId(id), overlap)).await?;
    rolled.map(shown_once).ok_or_else(|| no_key(id))
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
    let revoked = run_blocking(move || gateway.revoke_key(KeyId(id))).await?;
    revoked.map(Json).ok_or_else(|| no_key(id))
}

fn no_key(id: Uuid) -> Problem {
    Problem::not_found(format!("API key with the id `{id}`"))
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Refused(issues) => {
                let all: Vec<_> = issues
                    .iter()
                    .map(|issue| format!("`{}`: {}.", issue.path, issue.message))
                    .collect();
                Self {
                    issues,
                    ..Self::new(ProblemCode::KeyRefused, all.join(" "))
                }
            }
            KeyError::State(why) => Self::new(ProblemCode::KeyRefused, why),
            KeyError::Store(error) => error.into(),
        }
    }
}
