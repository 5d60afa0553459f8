//! Filters of the log that were given a name.

use axum::Json;
use axum::extract::State;
use http::StatusCode;

use super::blocking::run_blocking;
use super::extract::{JsonBody, UrlPath};
use super::problem::{Problem, ProblemCode};
use crate::gateway::Gateway;
use crate::store::View;

/// Most views, and most letters in the name of one: tabs have to fit somewhere.
const MOST: usize = 40;
const LONGEST_NAME: usize = 60;
/// Most columns of a view, and most bytes in the id of one.
const MOST_COLUMNS: usize = 60;
const LONGEST_ID: usize = 300;

/// Lists the views, in the order they were saved first.
#[utoipa::path(
    get, path = "/views", tag = "traffic", operation_id = "views",
    responses((status = 200, body = Vec<View>), (status = "default", body = Problem)),
)]
pub(super) async fn list(State(gateway): State<Gateway>) -> Result<Json<Vec<View>>, Problem> {
    let configs = gateway.configs().clone();
    run_blocking(move || configs.views()).await.map(Json)
}

/// Adds or replaces a view, with its columns and order. A new name in the body renames it.
#[utoipa::path(
    put, path = "/views/{name}", tag = "traffic", operation_id = "put_view",
    params(("name" = String, Path, description = "Its name until now.")),
    request_body = View,
    responses((status = 200, body = Vec<View>), (status = "default", body = Problem)),
)]
pub(super) async fn write(
    State(gateway): State<Gateway>,
    UrlPath(before): UrlPath<String>,
    JsonBody(view): JsonBody<View>,
) -> Result<Json<Vec<View>>, Problem> {
    let name = view.name.trim();
    let view = View {
        name: name.to_owned(),
        q: view.q,
        layout: view.layout,
    };
    if view.name.is_empty() || view.name.chars().count() > LONGEST_NAME {
        return Err(refused(format!(
            "The name of a view has 1 to {LONGEST_NAME} characters."
        )));
    }
    if let Some(layout) = &view.layout
        && (layout.columns.len() > MOST_COLUMNS
            || layout.columns.iter().any(|it| it.id.len() > LONGEST_ID))
    {
        return Err(refused(format!(
            "A view has at most {MOST_COLUMNS} columns, with at most {LONGEST_ID} characters each."
        )));
    }
    let configs = gateway.configs().clone();
    let saved = run_blocking(move || {
        let views = configs.views()?;
        let is_new = !views.iter().any(|it| it.name.eq_ignore_ascii_case(&before));
        if is_new && views.len() >= MOST {
            return Ok(Err(format!(
                "There are {MOST} views, which is the most there can be. Remove one first."
            )));
        }
        match configs.save_view(&before, &view)? {
            true => configs.views().map(Ok),
            false => Ok(Err(format!("Another view has the name `{}`.", view.name))),
        }
    });
    saved.await?.map(Json).map_err(refused)
}

/// Removes a view.
#[utoipa::path(
    delete, path = "/views/{name}", tag = "traffic", operation_id = "delete_view",
    params(("name" = String, Path, description = "Its name.")),
    responses(
        (status = 204),
        (status = 404, body = Problem),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn remove(
    State(gateway): State<Gateway>,
    UrlPath(name): UrlPath<String>,
) -> Result<StatusCode, Problem> {
    let configs = gateway.configs().clone();
    match run_blocking(move || configs.remove_view(&name)).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found("such view")),
    }
}

fn refused(detail: String) -> Problem {
    Problem::new(ProblemCode::RequestInvalid, detail)
}
