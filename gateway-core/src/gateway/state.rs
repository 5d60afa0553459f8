//! Whether the gateway runs, in words for people and for the UI.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::log_change::LogAction;
use crate::discovery::Process;
use crate::ids::ExchangeId;

/// Whether the gateway takes requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum GatewayState {
    /// It does not.
    Stopped,
    /// It is about to.
    Starting,
    /// It does.
    Running {
        /// Where it listens.
        #[schema(value_type = String, example = "127.0.0.1:8080")]
        address: SocketAddr,
    },
    /// It cannot.
    Failed {
        /// Why, in one sentence.
        message: String,
        /// Where the port is taken: by whom, and which one is free.
        #[serde(skip_serializing_if = "Option::is_none")]
        port_in_use: Option<PortInUse>,
    },
}

/// Whether the gateway takes HTTPS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum HttpsState {
    /// It does not.
    Off,
    /// It does.
    Running {
        /// Where it listens.
        #[schema(value_type = String, example = "127.0.0.1:8443")]
        address: SocketAddr,
    },
    /// It cannot, though HTTP may.
    Failed {
        /// Why, in one sentence.
        message: String,
    },
}

/// A port that another process holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PortInUse {
    /// The port that was wanted.
    pub port: u16,
    /// Who holds it, as far as this user may know.
    pub holder: Option<Process>,
    /// The next port that is free.
    pub free: Option<u16>,
}

/// Something that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayChange {
    /// A configuration came into force.
    ConfigApplied {
        /// Its revision.
        revision: u64,
    },
    /// A key was issued or revoked.
    KeysChanged,
    /// Somebody did something to rows of the log.
    LogChanged {
        /// What.
        action: LogAction,
        /// To which; of no matter where all were meant.
        ids: Arc<[ExchangeId]>,
    },
}
