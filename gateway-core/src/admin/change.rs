//! Changes the one document, whole or in part.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::ETAG;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::problem::Problem;
use crate::config::{Config, Issue, schema};
use crate::gateway::{ApplyError, Change, Gateway};
use crate::store::Actor;

/// A configuration that was put in force.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Applied {
    /// Its revision.
    pub revision: u64,
    /// What deserves a look in it.
    pub warnings: Vec<Issue>,
}

impl IntoResponse for Applied {
    fn into_response(self) -> Response {
        ([(ETAG, etag(self.revision))], Json(self)).into_response()
    }
}

/// A revision as an entity tag (RFC 9110, section 8.8.3).
pub(super) fn etag(revision: u64) -> String {
    format!("\"{revision}\"")
}

/// Who changes what is in force, and which revision they have seen.
pub(super) struct Edit<'a> {
    pub gateway: &'a Gateway,
    pub expected: Option<u64>,
    pub actor: Actor,
}

impl Edit<'_> {
    /// Puts a document in force.
    pub(super) async fn replace(self, document: &Value, note: &str) -> Result<Applied, Problem> {
        let config = schema::check(document).map_err(Problem::refused)?;
        self.apply(config, note).await
    }

    /// Changes the document that is in force. What is changed meanwhile by someone else is not lost:
    /// without an expected revision, the one that was read is expected.
    pub(super) async fn amend(
        mut self,
        note: &str,
        change: impl FnOnce(&mut Value) -> Result<(), Problem>,
    ) -> Result<Applied, Problem> {
        let current = self.gateway.current();
        if let Some(expected) = self.expected
            && expected != current.revision
        {
            return Err(Problem::conflict(current.revision));
        }
        self.expected = Some(current.revision);
        let mut document = to_document(&current.config);
        change(&mut document)?;
        self.replace(&document, note).await
    }

    /// Puts a configuration in force.
    pub(super) async fn apply(self, config: Config, note: &str) -> Result<Applied, Problem> {
        let Self {
            gateway,
            expected,
            actor,
        } = self;
        let applied = gateway
            .apply(Change {
                config,
                expected,
                actor,
                note: note.to_owned(),
            })
            .await?;
        Ok(Applied {
            revision: applied.revision,
            warnings: applied.warnings,
        })
    }
}

impl From<ApplyError> for Problem {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Refused(issues) => Self::refused(issues),
            ApplyError::Conflict { current } => Self::conflict(current),
            ApplyError::Listen(error) => error.into(),
            ApplyError::Storage(error) => error.into(),
        }
    }
}

/// A configuration as JSON.
pub(super) fn to_document(config: &Config) -> Value {
    serde_json::to_value(config).expect("a config is plain data with text for names")
}

/// The list `member` of a document.
pub(super) fn list_mut<'a>(document: &'a mut Value, member: &str) -> &'a mut Vec<Value> {
    document[member]
        .as_array_mut()
        .expect("a config's services and routes are lists")
}

/// Place of the item called `name` in a list.
pub(super) fn position(list: &[Value], name: &str) -> Option<usize> {
    list.iter().position(|item| item["name"] == name)
}
