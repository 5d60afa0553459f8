//! Versions of a route: adding one. All else about them is changed with their route.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::change::{Applied, Edit, list_mut, position};
use super::extract::{By, ExpectedRevision, JsonBody, UrlPath};
use super::problem::Problem;
use crate::config::{Issue, Version, VersionPlace, VersionScheme};
use crate::gateway::Gateway;

/// The version that a route without versions becomes.
const ORIGINAL: &str = "original";

/// A version to add, and where callers are to name it if the route has no versions yet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddVersion {
    /// The version.
    #[schema(value_type = Version)]
    pub version: Value,
    /// For a route without versions: where callers say which version they want. Absent: in the
    /// path.
    #[serde(default)]
    pub by: Option<VersionScheme>,
    /// For a route without versions: name of the header, the query parameter or the parameter of
    /// `Accept`.
    #[serde(default)]
    pub name: Option<String>,
    /// For a route without versions, and `path`: where in the path the version stands.
    #[serde(default)]
    pub place: Option<VersionPlace>,
    /// For a route without versions, `path` and `host`: what a version looks like.
    #[serde(default)]
    pub pattern: Option<String>,
    /// For a route without versions: whether the version is taken away before the request is
    /// forwarded. Absent: it is.
    #[serde(default)]
    pub strip: Option<bool>,
}

/// Adds a version to a route. One without versions gets `original` first, which is the route as it
/// was and the default: whoever calls it as before is answered as before (VR-4). Where callers who
/// name none are spread over versions, the new one gets no share yet.
#[utoipa::path(
    post, path = "/routes/{name}/versions", tag = "config", operation_id = "add_version",
    params(
        ("name" = String, Path, description = "Name of the route."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the configuration that was edited."),
    ),
    request_body = AddVersion,
    responses(
        (status = 201, body = Applied),
        (status = 404, body = Problem),
        (status = 412, body = Problem, description = "Someone else was first."),
        (status = 422, body = Problem, description = "Everything that is wrong with it."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn create(
    State(gateway): State<Gateway>,
    UrlPath(name): UrlPath<String>,
    ExpectedRevision(expected): ExpectedRevision,
    By(actor): By,
    JsonBody(wanted): JsonBody<AddVersion>,
) -> Result<(StatusCode, Applied), Problem> {
    let version = wanted.version["name"].as_str().unwrap_or_default();
    let note = format!("route `{name}`: version `{version}` added");
    let edit = Edit {
        gateway: &gateway,
        expected,
        actor,
    };
    let applied = edit
        .amend(&note, |document| {
            let routes = list_mut(document, "routes");
            let index = position(routes, &name)
                .ok_or_else(|| Problem::not_found(format!("route `{name}`")))?;
            add(&mut routes[index]["versions"], wanted)
        })
        .await?;
    Ok((StatusCode::CREATED, applied))
}

/// Adds to the versions of a route, which may be `null`.
fn add(versions: &mut Value, wanted: AddVersion) -> Result<(), Problem> {
    let AddVersion {
        version,
        by,
        name,
        place,
        pattern,
        strip,
    } = wanted;
    let settings = [
        ("by", by.map(|by| json!(by))),
        ("name", name.map(Value::from)),
        ("place", place.map(|place| json!(place))),
        ("pattern", pattern.map(Value::from)),
        ("strip", strip.map(Value::from)),
    ];
    let given = settings
        .into_iter()
        .filter_map(|(field, value)| Some((field, value?)));
    if versions.is_null() {
        let mut made = Map::new();
        made.insert("by".to_owned(), json!(VersionScheme::Path));
        made.extend(given.map(|(field, value)| (field.to_owned(), value)));
        made.insert("default".to_owned(), json!(ORIGINAL));
        made.insert("list".to_owned(), json!([{ "name": ORIGINAL }, version]));
        *versions = Value::Object(made);
        return Ok(());
    }
    let issues: Vec<_> = given
        .map(|(field, _)| {
            let message =
                "the route has versions already: leave it out, or change it with the route";
            Issue::error(field, message)
        })
        .collect();
    if !issues.is_empty() {
        return Err(Problem::refused(issues));
    }
    if let Some(Value::Array(weights)) = versions.pointer_mut("/split/weights") {
        weights.push(json!({ "version": version["name"], "weight": 0 }));
    }
    list_mut(versions, "list").push(version);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(mut versions: Value, wanted: Value) -> Value {
        let wanted = serde_json::from_value(wanted).unwrap();
        add(&mut versions, wanted).unwrap();
        versions
    }

    #[test]
    fn a_route_without_versions_becomes_the_original_one_and_the_default() {
        assert_eq!(
            added(
                Value::Null,
                json!({ "version": { "name": "v2" }, "by": "header" })
            ),
            json!({ "by": "header", "default": "original", "list": [{ "name": "original" }, { "name": "v2" }] })
        );
        assert_eq!(
            added(Value::Null, json!({ "version": { "name": "v2" } }))["by"],
            "path"
        );
    }

    #[test]
    fn what_the_versions_of_a_route_are_besides_is_left_as_it_is() {
        let versions = json!({
            "by": "query", "default": null,
            "split": { "weights": [{ "version": "v1", "weight": 9 }] },
            "list": [{ "name": "v1" }],
        });
        assert_eq!(
            added(versions, json!({ "version": { "name": "v2" } })),
            json!({
                "by": "query", "default": null,
                "split": { "weights": [{ "version": "v1", "weight": 9 }, { "version": "v2", "weight": 0 }] },
                "list": [{ "name": "v1" }, { "name": "v2" }],
            })
        );
    }

    #[test]
    fn how_callers_name_versions_is_not_changed_by_adding_one() {
        let mut versions = json!({ "by": "query", "list": [{ "name": "v1" }] });
        let before = versions.clone();
        let wanted = json!({ "version": { "name": "v2" }, "by": "header", "strip": false });
        let problem = add(&mut versions, serde_json::from_value(wanted).unwrap()).unwrap_err();
        let paths: Vec<_> = problem.issues.iter().map(|issue| &*issue.path).collect();
        assert_eq!((paths, versions), (vec!["by", "strip"], before));
    }
}
