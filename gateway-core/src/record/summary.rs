//! An exchange as a row of the log: what a list shows, masked.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::decision::{CacheResult, Stage};
use crate::ids::{ExchangeId, KeyId, PlanName, RouteName, ServiceName, VersionName};
use crate::proxy::error::ErrorCode;

/// One exchange, in a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExchangeSummary {
    /// Number in the order of ending; unique and rising. 0 while the exchange is still running.
    pub seq: u64,
    /// Identifies the exchange.
    pub id: ExchangeId,
    /// `X-Request-Id` as sent on and answered.
    pub request_id: String,
    /// When the request's head had been read, microseconds since 1970.
    pub started_at_us: i64,
    /// Method.
    pub method: String,
    /// Host the caller asked for, with port if given.
    pub host: String,
    /// Path as sent.
    pub path: String,
    /// Query without `?`, masked.
    pub query: Option<String>,
    /// `http/1.0`, `http/1.1` or `http/2`.
    pub protocol: String,
    /// What the answer went on as, where it is more than an answer.
    pub stream: Option<StreamKind>,
    /// WebSocket messages or server-sent events that passed; so far, while running.
    pub messages: u64,
    /// Status of the answer; 499 if the caller left before there was one.
    pub status: u16,
    /// Who made the answer.
    pub source: Source,
    /// How it ended.
    pub ending: Ending,
    /// Why the gateway itself answered, where it did.
    pub code: Option<ErrorCode>,
    /// Stage that decided the answer.
    pub decided_by: Option<Stage>,
    /// A few characters for the list, such as `60/min per key` or `no key`.
    pub note: Option<String>,
    /// Route that took the request.
    pub route: Option<RouteName>,
    /// The version of that route that was asked for or chosen.
    pub version: Option<VersionName>,
    /// Service of that route.
    pub service: Option<ServiceName>,
    /// URL of the target that was asked last.
    pub target: Option<String>,
    /// API key, where it is known.
    pub key: Option<KeyName>,
    /// Who called, whatever way it was shown; absent for nobody.
    #[serde(default)]
    pub consumer: Option<String>,
    /// The caller's plan.
    #[serde(default)]
    pub plan: Option<PlanName>,
    /// Address of the caller.
    pub client_ip: String,
    /// Who sent the request.
    pub origin: RequestOrigin,
    /// The exchange that this one repeats, if it repeats one.
    pub replay_of: Option<ExchangeId>,
    /// What became of it in the cache; absent on a route that keeps no answers.
    #[serde(default)]
    pub cache: Option<CacheResult>,
    /// Whether a person keeps it: neither retention nor emptying the log removes it.
    #[serde(default)]
    pub pinned: bool,
    /// Tries to get an answer from a target.
    pub tries: u32,
    /// Bytes of the request's body.
    pub request_bytes: u64,
    /// Bytes of the answer's body.
    pub response_bytes: u64,
    /// From arrival to the end of the answer, in microseconds; so far, while running.
    pub duration_us: u64,
    /// Where the time went.
    pub timing: Timing,
}

/// Where the time of an exchange went, in microseconds. Together they are its duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Timing {
    /// In the gateway, before anything was sent on.
    pub gateway_us: u64,
    /// Until there was a connection to the target, failed tries included.
    pub connect_us: u64,
    /// Waiting for the first byte of the answer.
    pub wait_us: u64,
    /// Passing the answer on.
    pub receive_us: u64,
}

/// Who made an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The service.
    Upstream,
    /// The gateway itself.
    Gateway,
    /// A mock in the place of the service.
    Mock,
    /// The service, before: the answer was kept.
    Cache,
}

/// Who sent a request. Only the gateway itself says so: a caller's own words have no part in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestOrigin {
    /// A caller, from outside.
    #[default]
    Caller,
    /// The window, to repeat a request of the log.
    Replay,
    /// The window, to use up a limit.
    Trip,
    /// Nobody, here: it was read from a file of another program, to look at.
    Import,
    /// The gateway, to fetch an answer anew that is kept and has become stale, while callers still
    /// get it.
    Refresh,
}

/// What an answer goes on as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    /// A WebSocket.
    Websocket,
    /// Server-sent events.
    EventStream,
    /// Answers of gRPC.
    Grpc,
    /// Another protocol, to which both sides switched.
    Tunnel,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It is still running; its answer has begun.
    Running,
    /// The answer was passed on whole.
    Complete,
    /// The service's answer ended before it was complete.
    CutOff,
    /// The caller went away before the end.
    ClientClosed,
}

/// An API key by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyName {
    /// Identifies the key.
    pub id: KeyId,
    /// Name given by the person who issued it.
    pub name: String,
}
