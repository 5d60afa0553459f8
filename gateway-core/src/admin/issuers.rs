//! Issuers of tokens: what is known of their keys, and test tokens of the local one.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::blocking::run_blocking;
use super::extract::JsonBody;
use super::problem::{Problem, ProblemCode};
use crate::config::{Issue, TokenAlgorithm};
use crate::gateway::Gateway;
use crate::ids::IssuerName;
use crate::local_issuer::{LocalIssuerError, LocalKey, Wish, issuer};
use crate::snapshot::issuers::{Held, Issuer, KeySource};
use crate::tokens::PublicKey;

/// An issuer, and what is known of its keys.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IssuerState {
    /// Its name; `local` for the local issuer.
    name: IssuerName,
    /// The claim `iss` of its tokens.
    #[schema(example = "https://login.example.com/")]
    issuer: String,
    /// The algorithms that are taken.
    algorithms: Vec<TokenAlgorithm>,
    /// Where its keys come from.
    source: IssuerSource,
    /// The address, the path or the environment variable they come from. Never a secret.
    place: Option<String>,
    /// Whether its tokens can be checked at the moment.
    ready: bool,
    /// Its public keys.
    keys: Vec<IssuerKey>,
    /// What else was in the key set, and why it is of no use.
    ignored: Vec<String>,
    /// When the keys were read, microseconds since 1970.
    read_at_us: Option<i64>,
    /// Why they could not be read the last time; absent where they could.
    error: Option<String>,
}

/// Where an issuer's keys come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum IssuerSource {
    /// A key set that is fetched again and again.
    Url,
    /// A key set in a file.
    File,
    /// A shared secret in an environment variable.
    SecretEnv,
    /// A shared secret in a file.
    SecretFile,
    /// The local issuer's own key.
    Local,
}

/// A public key of an issuer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IssuerKey {
    /// What tokens call it (`kid`).
    id: Option<String>,
    /// The only algorithm it is for, where the set says so.
    algorithm: Option<TokenAlgorithm>,
    /// What kind it is.
    #[schema(example = "RSA 2048")]
    kind: String,
}

/// Lists the issuers whose tokens are taken, and what is known of their keys.
#[utoipa::path(
    get, path = "/issuers", tag = "keys", operation_id = "issuers",
    responses((status = 200, body = Vec<IssuerState>), (status = "default", body = Problem)),
)]
pub(super) async fn list(State(gateway): State<Gateway>) -> Json<Vec<IssuerState>> {
    Json(gateway.issuers().iter().map(|one| state(one)).collect())
}

fn state(issuer: &Issuer) -> IssuerState {
    let (source, place) = match &issuer.source {
        KeySource::Url { url, .. } => (IssuerSource::Url, Some(url.to_string())),
        KeySource::File(path) => (IssuerSource::File, Some(path.clone())),
        KeySource::SecretEnv(name) => (IssuerSource::SecretEnv, Some(name.clone())),
        KeySource::SecretFile(path) => (IssuerSource::SecretFile, Some(path.clone())),
        KeySource::Local => (IssuerSource::Local, None),
    };
    let held = issuer.keys.held();
    let set = match held.as_deref() {
        Some(Held::Public(set)) => Some(set),
        Some(Held::Secret(_)) | None => None,
    };
    let progress = issuer.keys.progress();
    IssuerState {
        name: issuer.name.clone(),
        issuer: issuer.issuer.clone(),
        algorithms: issuer.algorithms.clone(),
        source,
        place,
        ready: held.is_some(),
        keys: set.map_or_else(Vec::new, |set| set.keys.iter().map(key).collect()),
        ignored: set.map_or_else(Vec::new, |set| set.ignored.clone()),
        read_at_us: progress.read_at_us,
        error: progress.error,
    }
}

fn key(key: &PublicKey) -> IssuerKey {
    IssuerKey {
        id: key.id.clone(),
        algorithm: key.algorithm,
        kind: key.kind.clone(),
    }
}

/// A test token to sign.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// Who it is for: the claim `sub`, which names the consumer.
    #[schema(example = "mobile-app", min_length = 1, max_length = 256)]
    pub subject: String,
    /// The claim `aud`. Empty: none.
    #[serde(default)]
    pub audience: Vec<String>,
    /// The claim `scope`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The claim `groups`.
    #[serde(default)]
    pub groups: Vec<String>,
    /// More claims, by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub claims: Map<String, Value>,
    /// Seconds from now on that it is good.
    #[serde(default = "an_hour")]
    #[schema(minimum = 1, maximum = 31_536_000)]
    pub expires_in_s: u32,
}

fn an_hour() -> u32 {
    3_600
}

/// A test token that was just signed.
#[derive(Serialize, ToSchema)]
pub(super) struct IssuedToken {
    /// The token. It is kept nowhere.
    token: String,
    /// When it stops being good, microseconds since 1970.
    expires_at_us: i64,
}

/// Signs a test token as the local issuer. The answer is the only place that ever holds it.
#[utoipa::path(
    post, path = "/local-issuer/tokens", tag = "keys", operation_id = "issue_token",
    request_body = NewToken,
    responses(
        (status = 201, body = IssuedToken),
        (status = 404, body = Problem, description = "The local issuer is switched off."),
        (status = 422, body = Problem, description = "It cannot say that."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn sign(
    State(gateway): State<Gateway>,
    JsonBody(wanted): JsonBody<NewToken>,
) -> Result<Response, Problem> {
    let current = gateway.current();
    let local = current.config.local_issuer.as_ref();
    let local = local.ok_or_else(|| {
        Problem::not_found("local issuer: give the configuration `local_issuer.port` first")
    })?;
    let wish = wish(wanted)?;
    let folder = gateway.data_dir().to_owned();
    let key = run_blocking(move || LocalKey::open(&folder)).await?;
    let now_s = gateway.clock().now().epoch_us.div_euclid(1_000_000);
    let body = IssuedToken {
        token: key.sign(&issuer(local.port), &wish, now_s),
        expires_at_us: (now_s + i64::from(wish.expires_in_s)) * 1_000_000,
    };
    Ok((
        StatusCode::CREATED,
        [(CACHE_CONTROL, "no-store")],
        Json(body),
    )
        .into_response())
}

fn wish(wanted: NewToken) -> Result<Wish, Problem> {
    let NewToken {
        subject,
        audience,
        scopes,
        groups,
        claims,
        expires_in_s,
    } = wanted;
    let mut issues = Vec::new();
    if subject.is_empty() || subject.len() > 256 {
        issues.push(Issue::error("subject", "use 1 to 256 characters"));
    }
    if scopes
        .iter()
        .any(|scope| scope.is_empty() || scope.contains(char::is_whitespace))
    {
        issues.push(Issue::error(
            "scopes",
            "a scope has no spaces in it (RFC 6749)",
        ));
    }
    if !(1..=31_536_000).contains(&expires_in_s) {
        issues.push(Issue::error(
            "expires_in_s",
            "use 1 to 31536000, which is a year",
        ));
    }
    let wish = Wish {
        subject,
        audience,
        scopes,
        groups,
        claims,
        expires_in_s,
    };
    if let Some(name) = wish.reserved_claim() {
        let message = "this claim is made from the other fields";
        issues.push(Issue::error(format!("claims.{name}"), message));
    }
    match issues.is_empty() {
        true => Ok(wish),
        false => Err(Problem {
            issues,
            ..Problem::new(ProblemCode::BodyInvalid, "No token was signed.")
        }),
    }
}

impl From<LocalIssuerError> for Problem {
    fn from(error: LocalIssuerError) -> Self {
        Self::new(ProblemCode::StorageFailed, format!("{error}."))
    }
}
