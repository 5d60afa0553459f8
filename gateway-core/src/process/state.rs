//! How a service's program is, for people.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::ServiceName;

/// How the program of a service is at this moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProcessState {
    /// The service.
    pub service: ServiceName,
    /// What it does.
    pub status: ProcessStatus,
    /// That, in one sentence.
    pub message: String,
    /// The command, as it is written.
    pub command: String,
    /// Where it runs. Absent: in the gateway's folder.
    pub folder: Option<String>,
    /// The names of the variables that the configuration sets.
    pub environment: Vec<String>,
    /// The file with more of them.
    pub env_file: Option<String>,
    /// Stands for all that decides about what runs: what is said to approve it.
    pub fingerprint: String,
    /// Whether a person on this machine has approved it.
    pub approved: bool,
    /// Its instances, oldest first.
    pub instances: Vec<InstanceState>,
    /// How many there should be.
    pub wanted: u32,
    /// Fewest and most that may run.
    pub min: u32,
    /// Most that may run.
    pub max: u32,
    /// How many running requests an instance is meant to have.
    pub target_in_flight: u32,
    /// Requests that wait for an instance.
    pub held: u64,
    /// Requests that run, those that wait among them.
    pub in_flight: u64,
    /// Until when a person has said how many run, microseconds since 1970.
    pub pinned_until_us: Option<i64>,
    /// How often an instance ended by itself, or was given up since it failed its health checks, since
    /// Gatewright started.
    pub crashes: u64,
    /// The last time that happened.
    pub last_crash: Option<CrashState>,
    /// When it is tried again after crashing again and again, microseconds since 1970.
    pub retry_at_us: Option<i64>,
    /// The newest decisions, oldest first, with the numbers that caused them.
    pub decisions: Vec<ScaleDecision>,
    /// How many requests and instances there were, oldest first: one a second while there are any,
    /// for five minutes.
    pub history: Vec<ScaleSample>,
}

/// What the program of a service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProcessStatus {
    /// The gateway is stopped.
    Off,
    /// None runs; the next request starts one.
    Idle,
    /// The first one is being started.
    Starting,
    /// At least one is ready.
    Ready,
    /// The last one is being ended.
    Stopping,
    /// A person has stopped it.
    Stopped,
    /// It crashes again and again, and is left alone for a while.
    CrashLoop,
    /// No person on this machine has approved it yet.
    NotApproved,
}

/// An instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InstanceState {
    /// Its number: each new one has the next.
    pub number: u64,
    /// What it does.
    pub status: InstanceStatus,
    /// The port it is to listen on. Absent until there is one.
    pub port: Option<u16>,
    /// Its process. Absent before it was started.
    pub pid: Option<u32>,
    /// When it was started, microseconds since 1970.
    pub started_at_us: i64,
    /// How long it took to get ready, in milliseconds.
    pub ready_after_ms: Option<u64>,
    /// Requests whose answer has not ended.
    pub in_flight: u64,
    /// Requests sent to it.
    pub requests: u64,
    /// How much of one processor it and all it started use, in percent. Absent until it is known.
    pub cpu_percent: Option<f32>,
    /// Memory of it and all it started, in bytes.
    pub memory_bytes: Option<u64>,
    /// How many processes that is.
    pub processes: Option<u32>,
}

/// What an instance does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstanceStatus {
    /// It is not ready yet.
    Starting,
    /// It gets requests.
    Ready,
    /// It gets no more requests, and is ended when those that run have ended.
    Draining,
    /// It was asked to end.
    Stopping,
}

/// An instance that ended by itself, or was given up since it failed its health checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CrashState {
    /// When, microseconds since 1970.
    pub at_us: i64,
    /// What became of it, in one sentence.
    pub reason: String,
    /// Its last lines on standard error, at most 20.
    pub output: Vec<String>,
}

/// That there should be more or fewer instances.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScaleDecision {
    /// When, microseconds since 1970.
    pub at_us: i64,
    /// How many there should be until then.
    pub from: u32,
    /// How many from then on.
    pub to: u32,
    /// Why, in one sentence.
    pub because: String,
    /// How many requests ran.
    pub in_flight: u64,
    /// How many of them on average, over the longer window.
    pub stable: f64,
    /// Over the shorter one.
    pub panic: f64,
    /// Whether the shorter one decided.
    pub panicking: bool,
    /// How many instances were ready.
    pub ready: u32,
}

/// How things stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScaleSample {
    /// When, microseconds since 1970.
    pub at_us: i64,
    /// Requests that ran or waited.
    pub in_flight: u64,
    /// Instances that were ready.
    pub ready: u32,
    /// Instances there should have been.
    pub wanted: u32,
}
