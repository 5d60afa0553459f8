//! What persons do to rows of the log, told to everyone who watches them.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Gateway, GatewayChange};
use crate::ids::ExchangeId;

/// What was done to rows of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogAction {
    /// They are kept from now on.
    Pinned,
    /// They may go with all others.
    Unpinned,
    /// They were removed.
    Removed,
    /// They are back.
    Restored,
    /// All that are not pinned were removed.
    Cleared,
}

impl Gateway {
    /// Tells everyone what was done to rows of the log. To none is not told.
    pub(crate) fn log_changed(&self, action: LogAction, ids: &[ExchangeId]) {
        if !ids.is_empty() || action == LogAction::Cleared {
            let ids = ids.into();
            self.announce(GatewayChange::LogChanged { action, ids });
        }
    }
}
