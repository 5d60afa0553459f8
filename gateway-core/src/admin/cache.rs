//! What is kept of services' answers, and throwing it away.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::JsonBody;
use super::problem::{Problem, ProblemCode};
use crate::cache::purge::{Purge, Purged};
use crate::gateway::{CacheState, Gateway};
use crate::ids::RouteName;
use crate::snapshot::path::normalise;

/// Which answers are thrown away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum PurgeWish {
    /// All of them.
    All,
    /// Those of one route.
    Route {
        /// The route.
        route: RouteName,
    },
    /// Those of one address, whoever's they are.
    Url {
        /// A URL, with host and port as callers give them; or a path alone, for any host. Without a
        /// query, all queries are meant.
        #[schema(example = "/orders/7")]
        url: String,
    },
    /// Those with this tag in their `Cache-Tag` or `Surrogate-Key`.
    Tag {
        /// The tag.
        tag: String,
    },
}

/// Says how much is kept of each route's answers, and how often it was given again.
#[utoipa::path(
    get, path = "/cache", tag = "cache", operation_id = "cache_state",
    responses((status = 200, body = CacheState), (status = "default", body = Problem)),
)]
pub(super) async fn state(State(gateway): State<Gateway>) -> Json<CacheState> {
    Json(gateway.cache_state())
}

/// Throws answers away that are kept, and those that are on their way. Services are asked again.
#[utoipa::path(
    post, path = "/cache/purge", tag = "cache", operation_id = "purge_cache",
    request_body = PurgeWish,
    responses(
        (status = 200, body = Purged),
        (status = 400, body = Problem, description = "The URL or the tag cannot be read."),
        (status = 404, body = Problem, description = "No such route."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn purge(
    State(gateway): State<Gateway>,
    JsonBody(wish): JsonBody<PurgeWish>,
) -> Result<Json<Purged>, Problem> {
    let purge = match wish {
        PurgeWish::All => Purge::All,
        PurgeWish::Route { route } => {
            let current = gateway.current();
            let mut routes = current.config.routes.iter();
            if !routes.any(|other| other.name == route) {
                return Err(Problem::not_found(format!("route `{route}`")));
            }
            Purge::Route(route)
        }
        PurgeWish::Url { url } => address(&url)?,
        PurgeWish::Tag { tag } if tag.trim().is_empty() => {
            return Err(Problem::new(ProblemCode::RequestInvalid, "name a tag"));
        }
        PurgeWish::Tag { tag } => Purge::Tag(tag.trim().to_owned()),
    };
    Ok(Json(gateway.purge_cache(&purge)))
}

/// The answers of a URL.
fn address(url: &str) -> Result<Purge, Problem> {
    let unreadable = |why: String| Problem::new(ProblemCode::RequestInvalid, why);
    let uri: http::Uri = url
        .trim()
        .parse()
        .map_err(|error| unreadable(format!("`{url}` is no URL: {error}")))?;
    if uri.authority().is_none() && !url.trim().starts_with('/') {
        return Err(unreadable(format!(
            "`{url}` is no URL: begin with `http://` or `/`"
        )));
    }
    let path = normalise(uri.path())
        .map_err(|reason| unreadable(format!("its path can be read in two ways: {reason}")))?;
    Ok(Purge::Url {
        host: uri
            .authority()
            .map(|authority| authority.as_str().to_ascii_lowercase()),
        path: path.into_owned(),
        query: uri.query().map(str::to_owned),
    })
}
