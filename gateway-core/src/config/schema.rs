//! The form of a config: every unknown field, wrong type and number out of range, each with the
//! place where a person mends it.
//!
//! The schema is the one that the admin API publishes, made from the types in this folder, so the
//! two cannot differ. What a form can't say (names that must exist, routes that must not collide)
//! is said by [`crate::snapshot::compile`].

use std::sync::LazyLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{ValidationError, Validator};
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::{Config, Issue};

#[derive(OpenApi)]
#[openapi(components(schemas(Config)))]
struct Schemas;

// Constants, not state: made from types and never changed.
static SCHEMA: LazyLock<Value> = LazyLock::new(json_schema);
static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    jsonschema::validator_for(&SCHEMA).expect("the schema is made from types and tested")
});

/// The config's JSON Schema (draft 2020-12), for editors.
pub fn json_schema() -> Value {
    let components = serde_json::to_value(Schemas::openapi().components)
        .expect("schemas made from types are plain JSON");
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gatewright.yaml",
        "$ref": "#/components/schemas/Config",
        "components": components,
    })
}

/// Takes a document as a config, or says everything that is wrong with its form.
///
/// # Errors
/// Every issue found, never empty.
pub fn check(document: &Value) -> Result<Config, Vec<Issue>> {
    let mut issues = Vec::new();
    for error in VALIDATOR.iter_errors(document) {
        describe(&error, &mut issues);
    }
    if !issues.is_empty() {
        issues.sort_by(|a, b| a.path.cmp(&b.path).then_with(|| a.message.cmp(&b.message)));
        issues.dedup();
        return Err(issues);
    }
    // What the schema let pass and serde does not is a value such as an address that is no address.
    serde_path_to_error::deserialize(document).map_err(|error| {
        vec![Issue::error(
            plain(&error.path().to_string()),
            error.inner().to_string(),
        )]
    })
}

fn plain(path: &str) -> String {
    if path == "." {
        String::new()
    } else {
        path.to_owned()
    }
}

fn describe(error: &ValidationError<'_>, issues: &mut Vec<Issue>) {
    let path = path_of(error.instance_path());
    let message = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            for field in unexpected {
                let at = if path.is_empty() {
                    field.clone()
                } else {
                    format!("{path}.{field}")
                };
                let message = match like(field, error.schema_path()) {
                    Some(meant) => format!("unknown field `{field}`; did you mean `{meant}`?"),
                    None => format!("unknown field `{field}`"),
                };
                issues.push(Issue::error(at, message));
            }
            return;
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            return describe_alternatives(&path, error.instance(), context, issues);
        }
        ValidationErrorKind::Required { property } => {
            format!("`{}` is missing", property.as_str().unwrap_or_default())
        }
        ValidationErrorKind::Type { .. } => {
            format!("{} is not {}", shown(error.instance()), wanted_type(error))
        }
        ValidationErrorKind::Enum { options } => {
            format!(
                "{} is not one of {}",
                shown(error.instance()),
                list(options)
            )
        }
        ValidationErrorKind::Minimum { limit } => {
            format!("{} is too small; the least is {limit}", error.instance())
        }
        ValidationErrorKind::Maximum { limit } => {
            format!("{} is too large; the most is {limit}", error.instance())
        }
        ValidationErrorKind::MinItems { limit } => format!("needs at least {limit}"),
        ValidationErrorKind::Pattern { .. } => format!(
            "{} is no name: use lower-case letters, digits, `-`, `_` and `.`, at most 63, \
             beginning with a letter or digit",
            shown(error.instance())
        ),
        _ => error.to_string(),
    };
    issues.push(Issue::error(path, message));
}

/// The field that is spelt nearly so, of those that may stand where this keyword of the schema says
/// that no others may.
fn like(field: &str, keyword: &Location) -> Option<&'static str> {
    let (object, _) = keyword.as_str().rsplit_once('/')?;
    let known = SCHEMA.pointer(object)?.get("properties")?.as_object()?;
    let far = |known: &&String| strsim::damerau_levenshtein(known, field);
    let nearest = known.keys().min_by_key(far)?;
    (far(&nearest) <= 2 && field.len() > 2).then_some(nearest)
}

/// A value that fits none of several forms: speaks of the form it was meant to have.
fn describe_alternatives(
    path: &str,
    value: &Value,
    alternatives: &[Vec<ValidationError<'static>>],
    issues: &mut Vec<Issue>,
) {
    let meant = alternatives
        .iter()
        .filter(|errors| !errors.iter().any(|error| is_wrong_type_here(error, path)))
        .min_by_key(|errors| errors.len());
    match meant {
        Some(errors) => errors.iter().for_each(|error| describe(error, issues)),
        None => issues.push(Issue::error(
            path,
            format!("{} does not fit here", shown(value)),
        )),
    }
}

fn is_wrong_type_here(error: &ValidationError<'_>, path: &str) -> bool {
    matches!(error.kind(), ValidationErrorKind::Type { .. })
        && path_of(error.instance_path()) == path
}

/// `routes[2].rate_limits[0].by`
fn path_of(location: &Location) -> String {
    let mut path = String::new();
    for segment in location {
        match segment {
            LocationSegment::Index(index) => path.push_str(&format!("[{index}]")),
            LocationSegment::Property(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&name);
            }
        }
    }
    path
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
        Value::String(text) => format!("`{}`", text.chars().take(80).collect::<String>()),
        other => format!("`{other}`"),
    }
}

fn wanted_type(error: &ValidationError<'_>) -> &'static str {
    let text = error.to_string();
    [
        ("\"integer\"", "a whole number"),
        ("\"number\"", "a number"),
        ("\"boolean\"", "`true` or `false`"),
        ("\"string\"", "text"),
        ("\"array\"", "a list"),
        ("\"object\"", "a mapping"),
    ]
    .into_iter()
    .find_map(|(json, words)| text.contains(json).then_some(words))
    .unwrap_or("what belongs here")
}

fn list(options: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    options.iter().map(shown).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issues(document: Value) -> Vec<(String, String)> {
        let issues = check(&document).expect_err("this document is wrong");
        issues
            .into_iter()
            .map(|issue| (issue.path, issue.message))
            .collect()
    }

    #[test]
    fn the_shortest_config_is_taken() {
        assert_eq!(check(&json!({"version": 1})), Ok(Config::default()));
    }

    #[test]
    fn a_config_comes_back_as_it_was_written() {
        let document = serde_json::to_value(Config::default()).unwrap();
        assert_eq!(check(&document), Ok(Config::default()));
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_and_in_its_place() {
        let found = issues(json!({
            "version": 2,
            "colour": "red",
            "listen": {"port": 70000},
            "services": [{"name": "Shop!", "targets": []}],
            "routes": [
                {"name": "a", "service": "shop", "authentication": {"kind": "magic"}},
                {"name": "b", "rate_limits": [{"requests": "many", "per": "fortnight", "by": "ip"}]},
            ],
        }));
        let paths: Vec<_> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "colour",
                "listen.port",
                "routes[0].authentication.kind",
                "routes[1].rate_limits[0].per",
                "routes[1].rate_limits[0].requests",
                "services[0].name",
                "services[0].targets",
                "version",
            ],
            "{found:#?}"
        );
    }

    #[test]
    fn messages_say_what_to_do() {
        for (document, path, message) in [
            (json!([]), "", "a list is not a mapping"),
            (json!({"version": 1, "x": 1}), "x", "unknown field `x`"),
            (
                json!({"version": 1, "listen": {"prot": 1}}),
                "listen.prot",
                "unknown field `prot`; did you mean `port`?",
            ),
            (
                json!({"version": 1, "routez": []}),
                "routez",
                "unknown field `routez`; did you mean `routes`?",
            ),
            (
                json!({"version": 1, "routes": 3}),
                "routes",
                "`3` is not a list",
            ),
            (
                json!({"version": 1, "echo": {}}),
                "echo",
                "`port` is missing",
            ),
            (
                json!({"version": 1, "echo": {"port": 0}}),
                "echo.port",
                "0 is too small; the least is 1",
            ),
            (
                json!({"version": 1, "listen": {"address": "here"}}),
                "listen.address",
                "invalid IP address syntax",
            ),
            (
                json!({"version": 1, "routes": [{"name": "a", "service": "s",
                    "authentication": {"methods": [], "header": "x"}}]}),
                "routes[0].authentication.header",
                "unknown field `header`",
            ),
        ] {
            let found = issues(document.clone());
            assert_eq!(found, [(path.to_owned(), message.to_owned())], "{document}");
        }
    }
}
