//! Routes, one at a time.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::ETAG;

use super::blocking::run_blocking;
use super::change::{Applied, Edit, etag, list_mut, position};
use super::extract::{By, ExpectedRevision, JsonDocument, UrlPath};
use super::problem::Problem;
use crate::config::Route;
use crate::gateway::Gateway;
use crate::ids::RouteName;

/// Lists the routes, in the order of the document.
#[utoipa::path(
    get, path = "/routes", tag = "config", operation_id = "routes",
    responses((status = 200, body = Vec<Route>), (status = "default", body = Problem)),
)]
pub(super) async fn list(State(gateway): State<Gateway>) -> Response {
    let current = gateway.current();
    (
        [(ETAG, etag(current.revision))],
        Json(&current.config.routes),
    )
        .into_response()
}

/// Adds a route.
#[utoipa::path(
    post, path = "/routes", tag = "config", operation_id = "add_route",
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the configuration that was edited.")),
    request_body = Route,
    responses(
        (status = 201, body = Applied),
        (status = 412, body = Problem, description = "Someone else was first."),
        (status = 422, body = Problem, description = "Everything that is wrong with it."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn create(
    State(gateway): State<Gateway>,
    ExpectedRevision(expected): ExpectedRevision,
    By(actor): By,
    JsonDocument(route): JsonDocument,
) -> Result<(StatusCode, Applied), Problem> {
    let note = format!(
        "route `{}` added",
        route["name"].as_str().unwrap_or_default()
    );
    let edit = Edit {
        gateway: &gateway,
        expected,
        actor,
    };
    let applied = edit
        .amend(&note, |document| {
            list_mut(document, "routes").push(route);
            Ok(())
        })
        .await?;
    Ok((StatusCode::CREATED, applied))
}

/// Replaces a route, in its place. A new name in the body renames it, and API keys that may be used
/// on it still may.
#[utoipa::path(
    put, path = "/routes/{name}", tag = "config", operation_id = "put_route",
    params(
        ("name" = String, Path, description = "Its name until now."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the configuration that was edited."),
    ),
    request_body = Route,
    responses(
        (status = 200, body = Applied),
        (status = 404, body = Problem),
        (status = 412, body = Problem, description = "Someone else was first."),
        (status = 422, body = Problem, description = "Everything that is wrong with it."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn write(
    State(gateway): State<Gateway>,
    UrlPath(name): UrlPath<String>,
    ExpectedRevision(expected): ExpectedRevision,
    By(actor): By,
    JsonDocument(route): JsonDocument,
) -> Result<Applied, Problem> {
    let edit = Edit {
        gateway: &gateway,
        expected,
        actor,
    };
    let new = route["name"].as_str().unwrap_or_default().to_owned();
    let applied = edit
        .amend(&format!("route `{name}` changed"), |document| {
            let routes = list_mut(document, "routes");
            let index = position(routes, &name).ok_or_else(|| no_route(&name))?;
            routes[index] = route;
            Ok(())
        })
        .await?;
    if new != name {
        let (old, new) = (RouteName::new(name), RouteName::new(new));
        run_blocking(move || gateway.rename_route_of_keys(&old, &new)).await?;
    }
    Ok(applied)
}

/// Removes a route.
#[utoipa::path(
    delete, path = "/routes/{name}", tag = "config", operation_id = "delete_route",
    params(
        ("name" = String, Path, description = "Its name."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the configuration that was edited."),
    ),
    responses(
        (status = 200, body = Applied),
        (status = 404, body = Problem),
        (status = 412, body = Problem, description = "Someone else was first."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn remove(
    State(gateway): State<Gateway>,
    UrlPath(name): UrlPath<String>,
    ExpectedRevision(expected): ExpectedRevision,
    By(actor): By,
) -> Result<Applied, Problem> {
    let edit = Edit {
        gateway: &gateway,
        expected,
        actor,
    };
    edit.amend(&format!("route `{name}` removed"), |document| {
        let routes = list_mut(document, "routes");
        let index = position(routes, &name).ok_or_else(|| no_route(&name))?;
        routes.remove(index);
        Ok(())
    })
    .await
}

fn no_route(name: &str) -> Problem {
    Problem::not_found(format!("route `{name}`"))
}
