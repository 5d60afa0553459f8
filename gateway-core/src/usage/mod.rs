//! Who used how much: what is counted of every exchange, apart from the rows of the log, so that sums
//! are exact also where rows are dropped or removed.

mod cache;
mod tally;
mod totals;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{KeyId, PlanName, RouteName, ServiceName, VersionName};
use crate::latency::Latencies;
use crate::record::summary::{ExchangeSummary, RequestOrigin, Source, StreamKind};

pub use cache::CacheCounts;
pub(crate) use tally::STEPS;
pub use tally::Tally;
pub use totals::{Metrics, Totals};

/// What exchanges are counted apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Series {
    /// API key, where it is known.
    pub key: Option<KeyId>,
    /// Who called, whatever way it was shown.
    pub consumer: Option<String>,
    /// The caller's plan.
    pub plan: Option<PlanName>,
    /// Route that took the request.
    pub route: Option<RouteName>,
    /// Version of that route.
    pub version: Option<VersionName>,
    /// Service of that route.
    pub service: Option<ServiceName>,
    /// Target that was asked last.
    pub target: Option<String>,
    /// What became of them.
    pub outcome: Outcome,
    /// Who answered.
    pub source: Source,
    /// Whether the gateway sent them itself: the window, to repeat a request or to try a limit, or to
    /// fetch an answer anew that is kept.
    pub from_window: bool,
}

/// What became of a request: the class of its status, where 401 and 429 are classes of their own.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 1xx: the connection went on as another protocol.
    Informational,
    /// 2xx.
    Success,
    /// 3xx.
    Redirect,
    /// 401.
    Unauthenticated,
    /// 429.
    Limited,
    /// 4xx but 401 and 429.
    CallerError,
    /// 5xx.
    ServerError,
}

impl Outcome {
    /// All of them, in the order of their statuses.
    pub const ALL: [Self; 7] = [
        Self::Informational,
        Self::Success,
        Self::Redirect,
        Self::Unauthenticated,
        Self::Limited,
        Self::CallerError,
        Self::ServerError,
    ];

    /// What a status means.
    pub fn of(status: u16) -> Self {
        match status {
            ..200 => Self::Informational,
            200..300 => Self::Success,
            300..400 => Self::Redirect,
            401 => Self::Unauthenticated,
            429 => Self::Limited,
            400..500 => Self::CallerError,
            500.. => Self::ServerError,
        }
    }

    /// How it is written down: a class of statuses, or a status.
    pub(crate) fn number(self) -> u16 {
        match self {
            Self::Informational => 1,
            Self::Success => 2,
            Self::Redirect => 3,
            Self::CallerError => 4,
            Self::ServerError => 5,
            Self::Unauthenticated => 401,
            Self::Limited => 429,
        }
    }

    /// What [`Self::number`] wrote.
    pub(crate) fn from_number(number: u16) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.number() == number)
    }
}

/// What is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Requests.
    pub requests: u64,
    /// Bytes of their bodies.
    pub request_bytes: u64,
    /// Bytes of the bodies of their answers.
    pub response_bytes: u64,
    /// Tries beyond the first.
    pub retries: u64,
    /// What the cache did, on routes that keep answers.
    pub cache: CacheCounts,
    /// From arrival to the end of the answer; without WebSockets, tunnels and event streams, which
    /// last as long as someone listens.
    pub total: Latencies,
    /// From what was sent on to the first byte of the answer, connecting included; where something
    /// was sent on.
    pub upstream: Latencies,
    /// In the gateway, before anything was sent on or answered.
    pub gateway: Latencies,
}

impl Sums {
    /// Counts everything that was counted there.
    pub fn merge(&mut self, other: &Self) {
        let Self {
            requests,
            request_bytes,
            response_bytes,
            retries,
            cache,
            total,
            upstream,
            gateway,
        } = other;
        self.requests += requests;
        self.request_bytes += request_bytes;
        self.response_bytes += response_bytes;
        self.retries += retries;
        self.cache.merge(cache);
        self.total.merge(total);
        self.upstream.merge(upstream);
        self.gateway.merge(gateway);
    }

    fn count(&mut self, row: &ExchangeSummary) {
        self.requests += 1;
        self.request_bytes += row.request_bytes;
        self.response_bytes += row.response_bytes;
        self.retries += u64::from(row.tries.saturating_sub(1));
        if let Some(result) = row.cache {
            self.cache.count(result, row.response_bytes);
        }
        let lasts = match row.stream {
            Some(StreamKind::Websocket | StreamKind::EventStream | StreamKind::Tunnel) => true,
            Some(StreamKind::Grpc) | None => false,
        };
        if !lasts {
            self.total.count(row.duration_us);
        }
        if row.tries > 0 {
            self.upstream
                .count(row.timing.connect_us + row.timing.wait_us);
        }
        self.gateway.count(row.timing.gateway_us);
    }
}

/// Who called, whatever way it was shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The consumer.
    pub consumer: Option<String>,
    /// Its plan.
    pub plan: Option<PlanName>,
}

impl Series {
    /// Where an exchange is counted.
    pub fn of(row: &ExchangeSummary) -> Self {
        Self {
            key: row.key.as_ref().map(|key| key.id),
            consumer: row.consumer.clone(),
            plan: row.plan.clone(),
            route: row.route.clone(),
            version: row.version.clone(),
            service: row.service.clone(),
            target: row.target.clone(),
            outcome: Outcome::of(row.status),
            source: row.source,
            from_window: row.origin != RequestOrigin::Caller,
        }
    }

    /// Where exchanges are counted of which nothing else is told apart.
    pub fn others(outcome: Outcome, source: Source) -> Self {
        Self {
            key: None,
            consumer: None,
            plan: None,
            route: None,
            version: None,
            service: None,
            target: None,
            outcome,
            source,
            from_window: false,
        }
    }
}
