//! Plans, one at a time.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::ETAG;
use serde_json::Value;

use super::blocking::run_blocking;
use super::change::{Applied, Edit, etag, list_mut, position};
use super::extract::{By, ExpectedRevision, JsonDocument, UrlPath};
use super::problem::Problem;
use crate::config::{Issue, Plan};
use crate::gateway::Gateway;
use crate::ids::PlanName;
use crate::keys::ApiKey;

/// How many of those who use a plan are named.
const NAMED: usize = 5;

/// Lists the plans, in the order of the document.
#[utoipa::path(
    get, path = "/plans", tag = "config", operation_id = "plans",
    responses((status = 200, body = Vec<Plan>), (status = "default", body = Problem)),
)]
pub(super) async fn list(State(gateway): State<Gateway>) -> Response {
    let current = gateway.current();
    (
        [(ETAG, etag(current.revision))],
        Json(&current.config.plans),
    )
        .into_response()
}

/// Adds or replaces a plan. A new name in the body renames it, and consumers and API keys that are
/// on it stay on it.
#[utoipa::path(
    put, path = "/plans/{name}", tag = "config", operation_id = "put_plan",
    params(
        ("name" = String, Path, description = "Its name until now."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the configuration that was edited."),
    ),
    request_body = Plan,
    responses(
        (status = 200, body = Applied),
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
    JsonDocument(plan): JsonDocument,
) -> Result<Applied, Problem> {
    let edit = Edit {
        gateway: &gateway,
        expected,
        actor,
    };
    let new = plan["name"].as_str().unwrap_or_default().to_owned();
    let applied = edit
        .amend(&format!("plan `{name}` saved"), |document| {
            put(document, &name, plan);
            Ok(())
        })
        .await?;
    if new != name {
        let (old, new) = (PlanName::new(name), PlanName::new(new));
        run_blocking(move || gateway.rename_plan_of_keys(&old, &new)).await?;
    }
    Ok(applied)
}

/// Puts a plan into a document, in the place of the one called `name` if there is one.
fn put(document: &mut Value, name: &str, plan: Value) {
    let new = plan["name"].clone();
    let plans = list_mut(document, "plans");
    let Some(index) = position(plans, name) else {
        return plans.push(plan);
    };
    plans[index] = plan;
    for consumer in list_mut(document, "consumers") {
        if consumer["plan"] == name {
            consumer["plan"] = new.clone();
        }
    }
}

/// Removes a plan. Refused while consumers or API keys are on it.
#[utoipa::path(
    delete, path = "/plans/{name}", tag = "config", operation_id = "delete_plan",
    params(
        ("name" = String, Path, description = "Its name."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the configuration that was edited."),
    ),
    responses(
        (status = 200, body = Applied),
        (status = 404, body = Problem),
        (status = 412, body = Problem, description = "Someone else was first."),
        (status = 422, body = Problem, description = "Consumers or API keys are on it; see `issues`."),
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
    edit.amend(&format!("plan `{name}` removed"), |document| {
        let plans = list_mut(document, "plans");
        let index =
            position(plans, &name).ok_or_else(|| Problem::not_found(format!("plan `{name}`")))?;
        plans.remove(index);
        let issues = users(&gateway, document, &name, &format!("plans[{index}]"));
        match issues.is_empty() {
            true => Ok(()),
            false => Err(Problem::refused(issues)),
        }
    })
    .await
}

/// Who is on a plan that is to go.
fn users(gateway: &Gateway, document: &mut Value, name: &str, at: &str) -> Vec<Issue> {
    let consumers: Vec<_> = list_mut(document, "consumers")
        .iter()
        .filter(|consumer| consumer["plan"] == name)
        .filter_map(|consumer| consumer["name"].as_str().map(str::to_owned))
        .collect();
    let on_it = |key: &ApiKey| key.plan.as_ref().is_some_and(|plan| plan.as_str() == name);
    let keys: Vec<_> = gateway.keys().list().into_iter().filter(on_it).collect();
    let keys = keys.into_iter().map(|key| key.name).collect();
    [("consumer", consumers), ("API key", keys)]
        .into_iter()
        .filter_map(|(kind, names)| Some(Issue::error(at, still_on_it(kind, &names)?)))
        .collect()
}

fn still_on_it(kind: &str, names: &[String]) -> Option<String> {
    let named: Vec<_> = names
        .iter()
        .take(NAMED)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = match names.len().checked_sub(NAMED) {
        None | Some(0) => String::new(),
        Some(more) => format!(" and {more} more"),
    };
    let named = named.join(", ");
    match names {
        [] => None,
        [_] => Some(format!("the {kind} {named} is still on this plan")),
        _ => Some(format!("the {kind}s {named}{more} are still on this plan")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_renamed_plan_keeps_its_consumers() {
        let mut document = json!({
            "plans": [{"name": "a"}, {"name": "b"}],
            "consumers": [{"name": "x", "plan": "a"}, {"name": "y", "plan": "b"}, {"name": "z"}],
        });
        put(&mut document, "a", json!({"name": "gold"}));
        put(&mut document, "new", json!({"name": "new"}));
        assert_eq!(
            document,
            json!({
                "plans": [{"name": "gold"}, {"name": "b"}, {"name": "new"}],
                "consumers": [
                    {"name": "x", "plan": "gold"}, {"name": "y", "plan": "b"}, {"name": "z"},
                ],
            })
        );
    }

    #[test]
    fn a_few_of_those_who_use_a_plan_are_named() {
        let names: Vec<_> = (0..7).map(|n| format!("k{n}")).collect();
        let said = |n: usize| still_on_it("API key", &names[..n]);
        assert_eq!(said(0), None);
        assert_eq!(said(1).unwrap(), "the API key `k0` is still on this plan");
        assert_eq!(
            said(7).unwrap(),
            "the API keys `k0`, `k1`, `k2`, `k3`, `k4` and 2 more are still on this plan"
        );
    }
}
