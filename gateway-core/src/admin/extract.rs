//! What handlers are given of a request. Whatever cannot be read becomes a [`Problem`].

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::header::{CONTENT_TYPE, IF_MATCH};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::document;
use super::problem::{Problem, ProblemCode};
use crate::config::Issue;
use crate::store::Actor;

/// A body of `application/json` that has the form of `T`.
pub(super) struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = json_bytes(request, state).await?;
        document::parse(&bytes).and_then(from_document).map(Self)
    }
}

/// A body of `application/json`, in whatever form.
pub(super) struct JsonDocument(pub serde_json::Value);

impl<S: Send + Sync> FromRequest<S> for JsonDocument {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = json_bytes(request, state).await?;
        document::parse(&bytes).map(Self)
    }
}

/// Values out of the path.
pub(super) struct UrlPath<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for UrlPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(error) => Err(unreadable(&error.body_text())),
        }
    }
}

/// Values out of the query.
pub(super) struct UrlQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for UrlQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(value)) => Ok(Self(value)),
            Err(error) => Err(unreadable(&error.body_text())),
        }
    }
}

/// The revision a change is meant for, out of `If-Match` (RFC 9110, section 13.1.1). Without the
/// header, or with `*`, a change is meant for whatever is in force.
pub(super) struct ExpectedRevision(pub Option<u64>);

impl<S: Send + Sync> FromRequestParts<S> for ExpectedRevision {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(IF_MATCH) else {
            return Ok(Self(None));
        };
        match value.to_str().map(str::trim) {
            Ok("*") => Ok(Self(None)),
            Ok(tag) => match tag.trim_matches('"').parse() {
                Ok(revision) => Ok(Self(Some(revision))),
                Err(_) => Err(bad_if_match()),
            },
            Err(_) => Err(bad_if_match()),
        }
    }
}

fn bad_if_match() -> Problem {
    Problem::new(
        ProblemCode::RequestInvalid,
        "`If-Match` has to be the `ETag` of a configuration, such as `\"12\"`.",
    )
}

/// Who makes a change: the UI, unless [`super::guard`] says otherwise.
pub(super) struct By(pub Actor);

impl<S: Send + Sync> FromRequestParts<S> for By {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self(
            parts
                .extensions
                .get::<Actor>()
                .copied()
                .unwrap_or(Actor::Ui),
        ))
    }
}

async fn json_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    if !is_json(request.headers()) {
        return Err(Problem::new(
            ProblemCode::BodyNotJson,
            "Send the body with `Content-Type: application/json`.",
        ));
    }
    Bytes::from_request(request, state).await.map_err(|error| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::new(ProblemCode::BodyTooLarge, too_large())
        } else {
            Problem::new(
                ProblemCode::RequestInvalid,
                "The body ended before it was complete.",
            )
        }
    })
}

/// What the router says of a path or query, as a sentence.
pub(super) fn unreadable(reason: &str) -> Problem {
    let reason = reason
        .strip_prefix("Failed to deserialize query string: ")
        .unwrap_or(reason);
    Problem::new(
        ProblemCode::RequestInvalid,
        format!("{}.", reason.trim_end_matches('.')),
    )
}

pub(super) fn too_large() -> String {
    format!("A body may have at most {} bytes.", super::MAX_BODY_BYTES)
}

/// Whether the body is declared as JSON. A browser cannot send that to another site unasked, so
/// forms and `text/plain` are refused even where they hold JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let essence = value
        .to_str()
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// Gives a document the form of `T`, or says which member is at fault.
fn from_document<T: DeserializeOwned>(document: serde_json::Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(document).map_err(|error| {
        let path = match error.path().to_string() {
            root if root == "." => String::new(),
            path => path,
        };
        let message = error.inner().to_string();
        let detail = if path.is_empty() {
            format!("{message}.")
        } else {
            format!("`{path}`: {message}.")
        };
        Problem {
            issues: vec![Issue::error(path, message)],
            ..Problem::new(ProblemCode::BodyInvalid, detail)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_is_json() {
        for (value, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/plain", false),
            ("text/plain; application/json", false),
            ("application/x-www-form-urlencoded", false),
            ("application/problem+json", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, value.parse().unwrap());
            assert_eq!(is_json(&headers), expected, "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn a_wrong_type_is_named_by_its_place() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Sent {
            #[expect(dead_code, reason = "only its form matters")]
            ports: Vec<u16>,
        }
        for (json, path) in [
            (r#"{"ports": [80, "x"]}"#, "ports[1]"),
            (r#"{"port": 80}"#, "port"),
            (r#"{}"#, ""),
        ] {
            let value = serde_json::from_str(json).unwrap();
            let problem = from_document::<Sent>(value).unwrap_err();
            assert_eq!(problem.issues[0].path, path, "{json}");
        }
    }
}
