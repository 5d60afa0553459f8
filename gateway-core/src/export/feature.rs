//! What a configuration may use.

use super::gate::{Callers, Route};
use crate::config::{Aggregate, HashBy, LimitAlgorithm, LimitBy, RouteCache, Sticky};
use crate::snapshot::Backend;

/// Something that a configuration uses. Each product answers for each of them, so that a new one
/// does not compile until all have.
#[derive(Clone, Debug, PartialEq)]
pub enum Feature<'c> {
    /// A listener for HTTPS.
    HttpsListener,
    /// How long heads and URIs may be, how many connections there may be and how long they wait.
    CallerLimits,
    /// The largest body taken.
    BodyLimit,
    /// What is kept of requests.
    Recording,
    /// The built-in echo service.
    Echo,
    /// An issuer of test tokens.
    LocalIssuer,
    /// The headers that tell callers of limits.
    LimitHeaders,
    /// A key in a query parameter.
    KeyInQuery,
    /// Notes for people.
    Labels,
    /// Answers of a route are kept and given again.
    Cache(Keeping<'c>),
    /// How much memory they may take.
    CacheBudget,

    /// A rule by which targets are chosen: the fewest running requests.
    LeastInFlight,
    /// The better of two.
    PowerOfTwo,
    /// A consistent hash.
    ConsistentHash(HashBy),
    /// A cookie that keeps a browser at a target.
    StickyCookie,
    /// Targets are asked over HTTP whether they are well.
    ActiveHttp,
    /// Targets are connected to, to see whether they are well.
    ActiveTcp,
    /// Targets that fail are left out: after how many failures, for how many milliseconds.
    Passive(u16, u32),
    /// Health is not trusted where few targets have it.
    Panic,
    /// A service that keeps failing is not called.
    Breaker,
    /// How many times a request is tried again.
    Retries(u8),
    /// Statuses for which it is tried again.
    RetryStatuses,
    /// Requests wait for a target that is being restarted.
    Hold,
    /// The gateway starts and ends the service's program.
    ManagedProcess,
    /// How long to wait for a first byte, in milliseconds.
    FirstByteTimeout(u32),
    /// How long an answer may stand still, in milliseconds.
    IdleTimeout(u32),
    /// How long an answer may take in all, in milliseconds.
    TotalTimeout(u32),
    /// Targets over HTTP/2.
    Http2Targets,
    /// Targets over HTTPS whose certificates are checked.
    TlsTargets,
    /// Targets over HTTPS whose certificates are not checked.
    TlsUnchecked,
    /// Targets of one service that differ in their scheme or in the path of their URL.
    MixedTargets,

    /// A regular expression that not all engines read alike.
    UnportableRegex,
    /// A regular expression for a path, with classes that other engines limit to ASCII.
    RegexPath,
    /// A condition on a header by a regular expression, or on its being there.
    HeaderCondition,
    /// A condition on a query parameter by a regular expression.
    QueryMatches,
    /// A header's name with characters that not all products can refer to.
    OddHeaderName,
    /// A part of the path's parameters goes into the path to send on.
    RewriteByRegex,
    /// A redirect whose place holds parts of the request.
    Redirect,
    /// A fixed answer.
    FixedAnswer,
    /// A mock stands in for the service.
    Mock,
    /// A mock is all that answers.
    OnlyMock,
    /// One answer of several services.
    Aggregate(&'c Aggregate),
    /// A header is put beside those of the same name.
    HeaderBeside,
    /// A header's value holds something of the request.
    HeaderVariable,

    /// API keys.
    ApiKeys,
    /// Passwords.
    Basic,
    /// Tokens.
    Jwt,
    /// Another service is asked.
    ForwardAuth,
    /// Passwords, tokens or another service are taken beside API keys.
    OtherWaysToo,
    /// A rule about who may call.
    AccessRule,
    /// A key may be used for some routes only.
    KeyAccess,
    /// Pages of other origins.
    Cors,
    /// A rate limit.
    Rate(RateShape<'c>),
    /// A number of requests per calendar period.
    Quota,
    /// A number of requests at once.
    Concurrency(LimitBy),
    /// A limit that only says what it would do.
    ShadowLimit,
    /// More than three rate limits for one request.
    ManyLimits,

    /// Versions in the path.
    VersionByPath,
    /// Versions in a header.
    VersionByHeader,
    /// Versions in a query parameter.
    VersionByQuery,
    /// Versions in `Accept`.
    VersionByAccept,
    /// Versions in the host.
    VersionByHost,
    /// Callers are spread over versions.
    Split(Sticky),
    /// A version is answered 410 from a time on.
    SunsetEnforced,
    /// `Deprecation`, `Sunset` and their links.
    Lifecycle,
}

/// What a route says of the answers it keeps, and what else of it matters to that.
#[derive(Clone, Debug, PartialEq)]
pub struct Keeping<'c> {
    /// What it says.
    pub cache: &'c RouteCache,
    /// Whether its requests are counted or limited.
    pub limited: bool,
    /// Whether callers show API keys.
    pub asks_keys: bool,
    /// Whether its answers are made of several services'.
    pub together: bool,
}

impl<'c> Keeping<'c> {
    /// Of a route that keeps answers.
    pub(super) fn of(route: &Route<'c>, limited: bool) -> Option<Self> {
        let cache = route.config.cache.as_ref().filter(|cache| cache.enabled)?;
        Some(Self {
            cache,
            limited,
            asks_keys: route.callers != Callers::Anyone,
            together: matches!(route.compiled.backend, Backend::Aggregate(_)),
        })
    }
}

/// A rate limit in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct RateShape<'c> {
    /// How many requests.
    pub requests: u64,
    /// In how many seconds.
    pub seconds: u64,
    /// How many at once, for a bucket.
    pub burst: u64,
    /// How they are counted.
    pub algorithm: LimitAlgorithm,
    /// Whose are counted together.
    pub by: LimitBy,
    /// Name of the header or claim.
    pub of: Option<&'c str>,
    /// Whether refused requests count.
    pub count_rejected: bool,
}

impl Feature<'_> {
    /// Whether more would be let through without it, so that a route that needs it must not stay
    /// open.
    pub fn guards(&self) -> bool {
        match self {
            Self::BodyLimit
            | Self::UnportableRegex
            | Self::HeaderCondition
            | Self::QueryMatches
            | Self::OddHeaderName
            | Self::ApiKeys
            | Self::Basic
            | Self::Jwt
            | Self::ForwardAuth
            | Self::AccessRule
            | Self::KeyAccess
            | Self::Cors
            | Self::Rate(_)
            | Self::Quota
            | Self::ManyLimits
            | Self::Concurrency(_)
            | Self::SunsetEnforced
            | Self::TlsTargets
            // Where they cannot be said at all, something else would answer than here.
            | Self::MixedTargets
            | Self::FixedAnswer
            | Self::Aggregate(_)
            | Self::RewriteByRegex
            | Self::OnlyMock
            | Self::VersionByPath
            | Self::VersionByHeader
            | Self::VersionByQuery
            | Self::VersionByAccept
            | Self::VersionByHost => true,
            Self::HttpsListener
            | Self::CallerLimits
            | Self::Recording
            | Self::Echo
            | Self::LocalIssuer
            | Self::LimitHeaders
            | Self::KeyInQuery
            | Self::Labels
            | Self::Cache(_)
            | Self::CacheBudget
            | Self::LeastInFlight
            | Self::PowerOfTwo
            | Self::ConsistentHash(_)
            | Self::StickyCookie
            | Self::ActiveHttp
            | Self::ActiveTcp
            | Self::Passive(..)
            | Self::Panic
            | Self::Breaker
            | Self::Retries(_)
            | Self::RetryStatuses
            | Self::Hold
            | Self::ManagedProcess
            | Self::FirstByteTimeout(_)
            | Self::IdleTimeout(_)
            | Self::TotalTimeout(_)
            | Self::Http2Targets
            | Self::TlsUnchecked
            | Self::RegexPath
            | Self::Redirect
            | Self::Mock
            | Self::HeaderBeside
            | Self::HeaderVariable
            | Self::OtherWaysToo
            | Self::ShadowLimit
            | Self::Split(_)
            | Self::Lifecycle => false,
        }
    }
}
