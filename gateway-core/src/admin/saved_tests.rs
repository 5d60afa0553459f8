//! Saved tests: requests of which it is known where they belong.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::blocking::run_blocking;
use super::change::{Applied, Edit, list_mut, position};
use super::extract::{By, ExpectedRevision, JsonBody};
use super::problem::Problem;
use crate::config::{Config, SavedTest, schema};
use crate::gateway::Gateway;
use crate::ids::RouteName;
use crate::saved_tests::SavedTestRun;

/// Which saved tests to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedTestWish {
    /// The whole configuration whose tests are tried on it, such as one that is being edited. Absent:
    /// the one in force.
    #[serde(default)]
    #[schema(value_type = Option<Config>)]
    pub config: Option<Value>,
}

/// Tries all saved tests of a configuration: whether each request still comes to its route. Sends
/// nothing.
#[utoipa::path(
    post, path = "/saved-tests/run", tag = "config", operation_id = "run_saved_tests",
    request_body = SavedTestWish,
    responses(
        (status = 200, body = SavedTestRun),
        (status = 422, body = Problem, description = "Everything that is wrong with `config`."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn run(
    State(gateway): State<Gateway>,
    JsonBody(wish): JsonBody<SavedTestWish>,
) -> Result<Json<SavedTestRun>, Problem> {
    let draft = match &wish.config {
        None => None,
        Some(document) => Some(schema::check(document).map_err(Problem::refused)?),
    };
    let tried = move || {
        let tried = gateway.run_saved_tests(draft.as_ref());
        tried.map_err(Problem::refused)
    };
    run_blocking(tried).await.map(Json)
}

/// A test, and where it belongs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlacedTest {
    /// The route that the request has to come to. Absent: no route is to take it.
    #[serde(default)]
    pub route: Option<RouteName>,
    /// The test.
    #[schema(value_type = SavedTest)]
    pub test: Value,
}

impl PlacedTest {
    /// The list of a document that it stands in, or is to.
    fn list<'a>(&self, document: &'a mut Value) -> Result<&'a mut Vec<Value>, Problem> {
        let Some(name) = &self.route else {
            return Ok(list_mut(document, "no_route_tests"));
        };
        let routes = list_mut(document, "routes");
        let index = position(routes, name.as_str())
            .ok_or_else(|| Problem::not_found(format!("route `{name}`")))?;
        Ok(list_mut(&mut routes[index], "tests"))
    }

    /// `` `GET /orders/7` ``, of what may be no test at all.
    fn told(&self) -> &str {
        self.test["request"].as_str().unwrap_or_default()
    }

    fn of_whom(&self) -> String {
        match &self.route {
            Some(route) => format!("route `{route}`"),
            None => "no route".to_owned(),
        }
    }
}

/// Saves a test: that a request comes to a route, or to none. It is tried on every change from then
/// on. One that does not pass is saved all the same, with a warning.
#[utoipa::path(
    post, path = "/saved-tests", tag = "config", operation_id = "save_test",
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the configuration that was edited.")),
    request_body = PlacedTest,
    responses(
        (status = 201, body = Applied),
        (status = 404, body = Problem, description = "No such route."),
        (status = 412, body = Problem, description = "Someone else was first."),
        (status = 422, body = Problem, description = "Everything that is wrong with it, such as a secret in a header."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn save(
    State(gateway): State<Gateway>,
    ExpectedRevision(expected): ExpectedRevision,
    By(actor): By,
    JsonBody(placed): JsonBody<PlacedTest>,
) -> Result<(StatusCode, Applied), Problem> {
    let edit = Edit {
        gateway: &gateway,
        expected,
        actor,
    };
    let note = format!("test `{}` saved for {}", placed.told(), placed.of_whom());
    let applied = edit.amend(&note, |document| {
        placed.list(document)?.push(placed.test.clone());
        Ok(())
    });
    Ok((StatusCode::CREATED, applied.await?))
}

/// Removes a saved test: the one that is just like this.
#[utoipa::path(
    post, path = "/saved-tests/remove", tag = "config", operation_id = "remove_saved_test",
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the configuration that was edited.")),
    request_body = PlacedTest,
    responses(
        (status = 200, body = Applied),
        (status = 404, body = Problem, description = "No such route or test."),
        (status = 412, body = Problem, description = "Someone else was first."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn remove(
    State(gateway): State<Gateway>,
    ExpectedRevision(expected): ExpectedRevision,
    By(actor): By,
    JsonBody(placed): JsonBody<PlacedTest>,
) -> Result<Applied, Problem> {
    let edit = Edit {
        gateway: &gateway,
        expected,
        actor,
    };
    let note = format!(
        "saved test `{}` removed from {}",
        placed.told(),
        placed.of_whom()
    );
    let wanted = serde_json::from_value::<SavedTest>(placed.test.clone());
    edit.amend(&note, |document| {
        let list = placed.list(document)?;
        let is_it = |one: &Value| {
            let one = serde_json::from_value::<SavedTest>(one.clone());
            matches!((&wanted, one), (Ok(wanted), Ok(one)) if *wanted == one)
        };
        let at = list.iter().position(is_it);
        let at = at.ok_or_else(|| Problem::not_found(format!("saved test `{}`", placed.told())))?;
        list.remove(at);
        Ok(())
    })
    .await
}
