//! Rules of mocks out of documents.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::blocking::run_blocking;
use super::extract::JsonBody;
use super::problem::{Problem, ProblemCode};
use crate::config::{Issue, MockRule};
use crate::import;

/// A document with examples.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MockDocument {
    /// The text of an OpenAPI document, 3.0 or 3.1, as JSON or YAML.
    pub text: String,
}

/// What a document's examples come to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MocksMade {
    /// A rule for each operation with an answer to show, the more specific paths first.
    pub rules: Vec<MockRule>,
    /// What was left out, in one sentence each.
    pub left_out: Vec<String>,
}

/// Makes rules for a mock of the examples of an OpenAPI document. Changes nothing.
#[utoipa::path(
    post, path = "/mocks/from-openapi", tag = "config", operation_id = "mocks_from_openapi",
    request_body = MockDocument,
    responses(
        (status = 200, body = MocksMade),
        (status = 422, body = Problem, description = "It cannot be read, and why."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn from_openapi(
    JsonBody(MockDocument { text }): JsonBody<MockDocument>,
) -> Result<Json<MocksMade>, Problem> {
    let made = run_blocking(move || Ok::<_, Problem>(import::mocks(&text))).await?;
    let made = made.map_err(|message| Problem {
        detail: format!("`text`: {message}."),
        issues: vec![Issue::error("text", message)],
        ..Problem::new(ProblemCode::BodyInvalid, "")
    })?;
    Ok(Json(MocksMade {
        rules: made.rules,
        left_out: made.left_out,
    }))
}
