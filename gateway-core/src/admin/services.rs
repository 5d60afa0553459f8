//! Services, one at a time.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::ETAG;
use serde_json::Value;

use super::change::{Applied, Edit, etag, list_mut, position};
use super::extract::{By, ExpectedRevision, JsonDocument, UrlPath};
use super::problem::Problem;
use crate::config::Service;
use crate::gateway::Gateway;

/// Lists the services.
#[utoipa::path(
    get, path = "/services", tag = "config", operation_id = "services",
    responses((status = 200, body = Vec<Service>), (status = "default", body = Problem)),
)]
pub(super) async fn list(State(gateway): State<Gateway>) -> Response {
    let current = gateway.current();
    (
        [(ETAG, etag(current.revision))],
        Json(&current.config.services),
    )
        .into_response()
}

/// Adds a service or replaces it. A new name in the body renames it, in the routes and versions
/// that use it too.
#[utoipa::path(
    put, path = "/services/{name}", tag = "config", operation_id = "put_service",
    params(
        ("name" = String, Path, description = "Its name until now."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the configuration that was edited."),
    ),
    request_body = Service,
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
    JsonDocument(service): JsonDocument,
) -> Result<Applied, Problem> {
    let edit = Edit {
        gateway: &gateway,
        expected,
        actor,
    };
    let note = format!("service `{name}` saved");
    edit.amend(&note, |document| {
        put(document, &name, service);
        Ok(())
    })
    .await
}

/// Puts a service into a document, in the place of the one called `name` if there is one.
pub(super) fn put(document: &mut Value, name: &str, service: Value) {
    let renamed = service["name"]
        .as_str()
        .filter(|new| *new != name)
        .map(str::to_owned);
    let services = list_mut(document, "services");
    match position(services, name) {
        None => services.push(service),
        Some(index) => {
            services[index] = service;
            if let Some(new) = renamed {
                rename_in_routes(document, name, &new);
            }
        }
    }
}

/// Lets routes and their versions use a service under its new name.
fn rename_in_routes(document: &mut Value, name: &str, new: &str) {
    let follow = |user: &mut Value| {
        if user["service"] == name {
            user["service"] = new.into();
        }
    };
    for route in list_mut(document, "routes") {
        follow(route);
        if let Some(Value::Array(versions)) = route.pointer_mut("/versions/list") {
            versions.iter_mut().for_each(follow);
        }
    }
}

/// Removes a service. Refused while a route or a version uses it.
#[utoipa::path(
    delete, path = "/services/{name}", tag = "config", operation_id = "delete_service",
    params(
        ("name" = String, Path, description = "Its name."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the configuration that was edited."),
    ),
    responses(
        (status = 200, body = Applied),
        (status = 404, body = Problem),
        (status = 412, body = Problem, description = "Someone else was first."),
        (status = 422, body = Problem, description = "A route uses it."),
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
    edit.amend(&format!("service `{name}` removed"), |document| {
        let services = list_mut(document, "services");
        let index = position(services, &name)
            .ok_or_else(|| Problem::not_found(format!("service `{name}`")))?;
        services.remove(index);
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_renamed_service_keeps_its_routes_and_their_versions() {
        let mut document = json!({
            "services": [{"name": "a"}, {"name": "b"}],
            "routes": [
                {"name": "one", "service": "a", "versions": null},
                {"name": "two", "service": "b", "versions": {"list": [
                    {"name": "v1", "service": null}, {"name": "v2", "service": "a"}, {"name": "v3"},
                ]}},
            ],
        });
        put(&mut document, "a", json!({"name": "shop"}));
        put(&mut document, "new", json!({"name": "new"}));
        assert_eq!(
            document,
            json!({
                "services": [{"name": "shop"}, {"name": "b"}, {"name": "new"}],
                "routes": [
                    {"name": "one", "service": "shop", "versions": null},
                    {"name": "two", "service": "b", "versions": {"list": [
                        {"name": "v1", "service": null}, {"name": "v2", "service": "shop"}, {"name": "v3"},
                    ]}},
                ],
            })
        );
    }
}
