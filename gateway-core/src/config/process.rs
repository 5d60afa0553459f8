//! A program that the gateway starts when a request needs it, and ends when none does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The program that answers for a service. The first request starts it; under load more instances of
/// it are started, and ended again when they are not needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = ServiceProcess)]
pub struct Process {
    /// The program and its arguments. They are split as a shell does it, but no shell reads them:
    /// write `sh -c '…'` for one. `{port}` is the port that the instance is to listen on.
    #[schema(example = "node server.js --port {port}")]
    pub command: String,
    /// The folder it runs in. Absent: that of the gateway.
    pub folder: Option<String>,
    /// Environment variables beside the gateway's own. `{port}` is the instance's port, which is in
    /// `PORT` too.
    pub environment: BTreeMap<String, String>,
    /// A file with more of them, a line each, such as `.env`. Those of `environment` win.
    pub env_file: Option<String>,
    /// When an instance is ready for requests.
    pub readiness: Readiness,
    /// How many instances run always. 0: none, until a request comes.
    #[schema(maximum = 50)]
    pub min_instances: u16,
    /// How many instances run at most. The first listens on the port of the service's target, the
    /// others on free ones.
    #[schema(minimum = 1, maximum = 50)]
    pub max_instances: u16,
    /// How many running requests an instance is meant to have.
    #[schema(minimum = 1, maximum = 10_000)]
    pub target_in_flight: u32,
    /// After how long without a request it is ended, in milliseconds.
    #[schema(minimum = 100, maximum = 86_400_000)]
    pub idle_ms: u32,
    /// How long an instance may take to get ready, in milliseconds.
    #[schema(minimum = 100, maximum = 600_000)]
    pub start_timeout_ms: u32,
    /// How long it may take to end once it was asked to, in milliseconds; then it is killed.
    #[schema(maximum = 600_000)]
    pub stop_grace_ms: u32,
    /// Running requests are averaged over this time to say how many instances are needed, in
    /// milliseconds.
    #[schema(minimum = 500, maximum = 3_600_000)]
    pub stable_window_ms: u32,
    /// A shorter time for the same: where it asks for twice as many instances as there are, it
    /// decides, and none is ended until `stable_window_ms` after that, in milliseconds.
    #[schema(minimum = 100, maximum = 600_000)]
    pub panic_window_ms: u32,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            command: String::new(),
            folder: None,
            environment: BTreeMap::new(),
            env_file: None,
            readiness: Readiness::default(),
            min_instances: 0,
            max_instances: 1,
            target_in_flight: 10,
            idle_ms: 300_000,
            start_timeout_ms: 30_000,
            stop_grace_ms: 5_000,
            stable_window_ms: 20_000,
            panic_window_ms: 2_000,
        }
    }
}

/// When an instance is ready for requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Readiness {
    /// A path that it answers with a status from 200 to 399. Absent: as soon as it takes
    /// connections.
    #[schema(example = "/health")]
    pub path: Option<String>,
}
