//! What is wrong with a config, and where a person mends it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One thing that is wrong, or that deserves a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Issue {
    /// Place in the document as a person edits it, such as `routes[2].rate_limits[0].by`; empty
    /// for the whole document.
    #[schema(example = "routes[2].service")]
    pub path: String,
    /// Whether the config is refused for it.
    pub severity: Severity,
    /// What is wrong and what to do, in one sentence without a full stop.
    #[schema(example = "no service is named `shop`")]
    pub message: String,
}

/// Whether an [`Issue`] stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The config is refused.
    Error,
    /// The config is taken; a person should look.
    Warning,
}

impl Issue {
    /// Something for which the config is refused.
    pub fn error(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            severity: Severity::Error,
            message: message.into(),
        }
    }

    /// Something a person should look at.
    pub fn warning(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            severity: Severity::Warning,
            message: message.into(),
        }
    }
}
