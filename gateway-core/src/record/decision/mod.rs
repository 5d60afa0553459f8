//! What a stage decided about a request, and the facts it decided by.

mod cache_fact;
mod fault_fact;
mod limit_facts;
mod tries;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::parts::PartFact;
use crate::config::AuthenticationMethod;
use crate::ids::{IssuerName, KeyId, RouteName, ServiceName, VersionName};
use crate::proxy::error::ErrorCode;

pub use cache_fact::{CacheFact, CacheResult};
pub use fault_fact::FaultFact;
pub use limit_facts::{ConcurrencyFact, LimitFact, LimitOwner, QuotaFact};
pub use tries::Try;

/// What one stage decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// The stage.
    pub stage: Stage,
    /// Whether the request went on.
    pub verdict: Verdict,
    /// What it was decided by.
    pub facts: Facts,
    /// When the stage began, microseconds after the request arrived.
    pub at_us: u64,
    /// How long it took, in microseconds.
    pub took_us: u64,
}

/// The stages of a request, in the order they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Is this a request that can be proxied at all?
    Accept,
    /// Which route takes it?
    MatchRoute,
    /// May a page of another origin call? Answers preflight requests.
    Cors,
    /// Who is asking?
    Authenticate,
    /// Which version of the route do they want?
    Version,
    /// May they do that?
    Authorise,
    /// Is there room under the limits?
    RateLimit,
    /// Does a fault that is switched on strike it?
    Fault,
    /// Does a mock answer in the place of the service?
    Mock,
    /// Is there an answer that is kept and may be given again?
    Cache,
    /// What does the service answer?
    Forward,
    /// What do several services answer together?
    Aggregate,
    /// What does the gateway answer by itself, on a route without a service?
    Answer,
}

/// Whether a request went on after a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It went on.
    Passed,
    /// The stage had nothing to decide on this route.
    NotConfigured,
    /// The stage ended it with an error.
    Stopped,
    /// The stage answered it.
    Answered,
}

/// What a stage decided by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Facts {
    /// The request can be proxied.
    Accepted {
        /// Path that routes are matched against: decoded once, without doubled slashes.
        match_path: String,
    },
    /// The request itself is at fault.
    NotAccepted {
        /// Why.
        code: ErrorCode,
        /// In one sentence.
        reason: String,
    },
    /// A route takes the request.
    RouteMatched {
        /// The route.
        route: RouteName,
        /// The route's path, as written there.
        path: String,
        /// The host of the route that was matched; absent where the route takes any.
        host: Option<String>,
    },
    /// No route takes the request.
    NoRoute {
        /// Whether another method would have been taken.
        code: ErrorCode,
        /// Methods that would have been taken.
        allowed_methods: Vec<String>,
        /// Routes that came close, nearest first (at most five).
        near_misses: Vec<NearMiss>,
    },
    /// The route asks for no credential.
    Anonymous,
    /// The caller's API key is good.
    KeyAccepted {
        /// The key.
        key: KeyId,
        /// Its name.
        name: String,
        /// Where it was found, such as `header x-api-key`.
        place: String,
    },
    /// There is no API key, or it is not good.
    KeyRefused {
        /// Why.
        code: ErrorCode,
        /// The key, where it is known at all.
        key: Option<KeyId>,
        /// Its name.
        name: Option<String>,
        /// Where it was found.
        place: Option<String>,
        /// Its beginning, such as `gw_dev_…3f9c`; never the key itself.
        hint: Option<String>,
        /// Since when it is no longer good, microseconds since 1970, where it once was.
        #[serde(default)]
        ended_at_us: Option<i64>,
    },
    /// A browser asked on behalf of a page of another origin whether it may call, and was answered.
    Preflight {
        /// The page's origin.
        origin: String,
        /// Whether it may.
        allowed: bool,
        /// What kept it from being allowed, in one sentence.
        reason: Option<String>,
    },
    /// The caller has shown who it is.
    CallerKnown {
        /// The ways it did.
        methods: Vec<AuthenticationMethod>,
        /// The consumer.
        consumer: Option<String>,
        /// The API key, where it showed one.
        key: Option<KeyId>,
        /// The issuer of its token, where it showed one.
        issuer: Option<IssuerName>,
        /// Its scopes.
        scopes: Vec<String>,
        /// Its groups.
        groups: Vec<String>,
    },
    /// No credential, or one other than an API key that is not good.
    CallerRefused {
        /// Why.
        code: ErrorCode,
        /// The way that failed.
        method: Option<AuthenticationMethod>,
        /// Why, in one sentence: which claim, which setting.
        reason: String,
        /// The consumer, where it is known at all.
        consumer: Option<String>,
    },
    /// The service that is asked about callers refused this one; its answer went to the caller.
    RefusedElsewhere {
        /// Where it was asked.
        url: String,
        /// Status of its answer.
        status: u16,
    },
    /// The service that is asked about callers would be asked. Never in the log: only where somebody
    /// asks what would become of a request, and nothing is sent.
    WouldAsk {
        /// Where.
        url: String,
        /// Who the caller is taken to be, if its answer is yes.
        consumer: Option<String>,
    },
    /// The caller may do this.
    Authorised {
        /// How many rules said so.
        rules: u32,
    },
    /// The caller may not do this.
    NotAuthorised {
        /// Why.
        code: ErrorCode,
        /// Setting that decided, such as `authorization[0].scopes_all` or ``routes of key `ci` ``.
        rule: String,
        /// Why, in one sentence.
        reason: String,
    },
    /// A version of the route was chosen.
    VersionChosen {
        /// The version.
        version: VersionName,
        /// How.
        by: NamedBy,
    },
    /// No version of the route answers.
    VersionRefused {
        /// Why.
        code: ErrorCode,
        /// What the request called the version it wants.
        asked: Option<String>,
        /// Why, in one sentence.
        reason: String,
    },
    /// The limits were asked.
    Limits {
        /// Each rate limit, in the order they were asked.
        limits: Vec<LimitFact>,
        /// Each quota, in the order they were asked.
        #[serde(default)]
        quotas: Vec<QuotaFact>,
        /// Each limit on running requests, in the order they were asked.
        #[serde(default)]
        concurrency: Vec<ConcurrencyFact>,
    },
    /// The route has no limits.
    Unlimited,
    /// What is kept of the route's answers was looked through.
    Cache(CacheFact),
    /// The request was sent on.
    Forwarded {
        /// The service.
        service: ServiceName,
        /// How many tries were made; see the exchange's `tries`.
        tries: u32,
        /// What went wrong in the end, if anything did.
        code: Option<ErrorCode>,
        /// That, in one sentence.
        reason: Option<String>,
        /// How long it waited for a target to listen, in milliseconds. Absent where it did not.
        held_ms: Option<u64>,
        /// How long an instance of the service's program took to get ready, in milliseconds, where
        /// the request waited for that.
        #[serde(default)]
        started_ms: Option<u64>,
        /// Why it was not tried again, in one sentence, where that could have been.
        not_retried: Option<String>,
    },
    /// The request would be sent on. Never in the log: only where somebody asks what would become of
    /// a request, and nothing is sent.
    WouldForward {
        /// The service.
        service: ServiceName,
        /// The URL that would be asked; absent where chance decides about the target.
        url: Option<String>,
        /// Why that target, in a few words.
        chosen: String,
    },
    /// Faults that are switched on struck the request.
    Faults {
        /// Which.
        faults: Vec<FaultFact>,
    },
    /// A mock answered.
    Mocked {
        /// The rule that did, from 1.
        rule: u32,
        /// Status of the answer.
        status: u16,
        /// How long it was held back, in milliseconds.
        delay_ms: u32,
    },
    /// No rule of the mock fits the request, so it went on.
    MockPassed,
    /// Several services were asked, for one answer.
    Aggregated {
        /// The parts, in the order of the configuration.
        parts: Vec<PartFact>,
        /// Whether all of them are there, whole. False also where there is no answer.
        completed: bool,
        /// The part that decided, where one did: it is required, and failed.
        decided: Option<String>,
        /// Why there is no answer, if there is none.
        code: Option<ErrorCode>,
        /// That, in one sentence without a full stop.
        reason: Option<String>,
    },
    /// Several services would be asked. Never in the log: only where somebody asks what would become of
    /// a request, and nothing is sent.
    WouldAggregate {
        /// The parts, in the order in which they would be asked, with their services.
        parts: Vec<String>,
    },
    /// The gateway answered by itself: a redirect or a fixed answer of the route.
    OwnAnswer {
        /// Its status.
        status: u16,
        /// Where callers are sent, for a redirect.
        location: Option<String>,
    },
}

impl Facts {
    /// Names of the limits that a person let the request pass.
    pub fn let_through(&self) -> Vec<&str> {
        let Self::Limits {
            limits,
            quotas,
            concurrency,
        } = self
        else {
            return Vec::new();
        };
        let rates = limits.iter().filter(|fact| fact.let_through);
        let rates = rates.map(|fact| fact.name.as_str());
        let quotas = quotas.iter().filter(|fact| fact.let_through);
        let quotas = quotas.map(|fact| fact.name.as_str());
        let running = concurrency.iter().filter(|fact| fact.let_through);
        let running = running.map(|fact| fact.name.as_str());
        rates.chain(quotas).chain(running).collect()
    }
}
/// How a version was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NamedBy {
    /// The path names it.
    Path,
    /// A header names it.
    Header,
    /// The query names it.
    Query,
    /// `Accept` names it.
    Accept,
    /// The host names it.
    Host,
    /// None was named, and it is the default.
    Default,
    /// None was named, and the request fell to its share.
    Split,
    /// None was named, and a cookie remembers it.
    Cookie,
}

/// A route that did not take a request, and the first thing that kept it from doing so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NearMiss {
    /// The route.
    pub route: RouteName,
    /// Why not, such as ``path `/oders` is not under `/orders` ``.
    pub reason: String,
}
