//! HAProxy: a chain of rules in one frontend finds the route as it is found here, and each service is a
//! backend. `haproxy.cfg`, and maps with who has which API key; keys stay hashed.

mod callers;
mod matching;
mod pages;
mod route;
mod versions;
mod words;
mod write;

use super::feature::{Feature, RateShape};
use super::gate::Gate;
use super::support::Support;
use super::{Difference, Exporter, Product, Written};
use crate::config::{HashBy, LimitAlgorithm, LimitBy};

/// HAProxy.
pub(super) struct Haproxy;

/// A window that a stick table can count in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    requests: u64,
    millis: u64,
}

/// Longest window, in milliseconds: times are 31 bits.
const LONGEST: u64 = 24 * 86_400_000;

impl Window {
    /// The window of a limit: where a bucket holds less than comes in its time, as long as it takes to
    /// fill it.
    fn of(shape: &RateShape<'_>) -> Option<Self> {
        let RateShape {
            requests,
            seconds,
            burst,
            algorithm: _,
            by: _,
            of: _,
            count_rejected: _,
        } = shape;
        let whole = seconds.checked_mul(1_000)?;
        let most = (*requests).min(*burst);
        let millis = u128::from(whole) * u128::from(most) / u128::from((*requests).max(1));
        let millis = u64::try_from(millis).ok()?.max(1);
        (millis <= LONGEST).then_some(Self {
            requests: most,
            millis,
        })
    }
}

fn rate(shape: &RateShape<'_>) -> Support {
    if shape.by == LimitBy::Claim {
        return Support::none("nothing can be counted by a claim");
    }
    let Some(Window { requests, millis }) = Window::of(shape) else {
        return Support::none("nothing is counted over more than 24 days");
    };
    let here = match shape.algorithm {
        LimitAlgorithm::TokenBucket => format!("a bucket of {}", shape.burst),
        LimitAlgorithm::FixedWindow => "a fixed window".to_owned(),
        LimitAlgorithm::SlidingWindow => "a sliding window that remembers each request".to_owned(),
    };
    Support::about(format!(
        "a sliding window, estimated: {requests} in any {millis} ms; here {here}, {} in {} s",
        shape.requests, shape.seconds
    ))
}

impl Exporter for Haproxy {
    fn product(&self) -> Product {
        Product {
            id: "haproxy",
            title: "HAProxy",
            versions: "2.6 and later",
            edition: "community",
            proved_with: Some("2.6.12"),
            program: Some("haproxy"),
            main_file: "haproxy.cfg",
        }
    }

    fn support(&self, feature: &Feature<'_>) -> Support {
        use Feature as F;
        match feature {
            F::HttpsListener => Support::FillIn(
                "no HTTPS listener is written: add `bind … ssl crt` with a certificate of your own"
                    .to_owned(),
            ),
            F::CallerLimits => Support::about(
                "the usual sizes and timeouts of HAProxy hold: 15 KiB of headers, 30 s for a head",
            ),
            F::BodyLimit => {
                Support::about("a body that does not say how long it is is answered 411")
            }
            F::OddHeaderName
            | F::ApiKeys
            | F::AccessRule
            | F::KeyAccess
            | F::Cors
            | F::KeyInQuery
            | F::VersionByPath
            | F::VersionByQuery
            | F::VersionByHeader
            | F::VersionByHost
            | F::SunsetEnforced
            | F::Lifecycle
            | F::Redirect
            | F::HeaderBeside
            | F::HeaderCondition
            | F::HeaderVariable
            | F::TlsTargets
            | F::TlsUnchecked
            | F::ActiveTcp => Support::Exact,
            F::ManyLimits => Support::none("a request can be counted by three limits at most"),
            F::Aggregate(_) => Support::one_service_each(),
            F::FixedAnswer => Support::about("a body may have 15 KiB at most"),
            F::Recording | F::Echo | F::LocalIssuer | F::Labels => Support::here_alone(),
            F::Mock => Support::mock_stays(),
            F::OnlyMock => Support::nobody_but_a_mock(),
            F::Cache(keeping) if keeping.together => Support::nothing_to_keep(),
            F::Cache(_) => Support::no_cache(
                "its cache tells answers apart by host and address alone, and not by API key or version",
            ),
            F::CacheBudget => Support::no_cache_budget(),
            F::LimitHeaders => Support::about("only `Retry-After: 1` is sent with a 429"),
            F::LeastInFlight => Support::about("connections are counted, not running requests"),
            F::PowerOfTwo => Support::about("`random(2)`: connections are counted"),
            F::ConsistentHash(by) => match by {
                HashBy::Ip | HashBy::Header | HashBy::Cookie | HashBy::Consumer => {
                    Support::another_hash()
                }
            },
            F::StickyCookie => Support::another_cookie(),
            F::ActiveHttp => {
                Support::about("of several good statuses, all of 200 to 399 are taken")
            }
            F::Passive(failures, eject_ms) => Support::about(format!(
                "down after {failures} failures in a row, for {eject_ms} ms each time, and then asked"
            )),
            F::Panic => Support::all_left_out(),
            F::Breaker => Support::no_breaker(),
            F::Retries(attempts) => Support::retries(*attempts),
            F::RetryStatuses => {
                Support::about("of statuses, 404, 408, 425, 500, 501, 502, 503 and 504 are known")
            }
            F::ManagedProcess => Support::no_programs(),
            F::Hold => Support::no_waiting(),
            F::FirstByteTimeout(ms) => Support::between_reads(*ms),
            F::IdleTimeout(ms) => Support::one_pause(*ms),
            F::TotalTimeout(ms) => Support::no_total(*ms),
            F::Http2Targets => Support::about("`proto h2`; not run in the tests"),
            F::MixedTargets => Support::targets_alike(),
            F::UnportableRegex => {
                Support::none("an expression that HAProxy may read differently is not written")
            }
            F::RegexPath => Support::about("`\\w`, `\\d`, `\\s` and `.` are of ASCII there"),
            F::QueryMatches => Support::undecoded_query(),
            F::RewriteByRegex => Support::encoded_refused(),
            F::Basic => Support::none("passwords are hashed with Argon2, which HAProxy has not"),
            F::Jwt => Support::no_tokens_yet(),
            F::ForwardAuth => Support::none("no other service can be asked without a script"),
            F::OtherWaysToo => Support::keys_alone(),
            F::Rate(shape) => rate(shape),
            F::Quota => Support::no_calendar(),
            F::Concurrency(_) => Support::none("connections can be counted, not running requests"),
            F::ShadowLimit => Support::refuses_nothing(),
            F::VersionByAccept => Support::unweighed(),
            F::Split(sticky) => Support::by_chance(*sticky),
        }
    }

    fn differences(&self) -> Vec<Difference> {
        DIFFERENCES.to_vec()
    }

    fn write(&self, gate: &Gate<'_>) -> Written {
        write::write(gate)
    }

    fn command(&self) -> &'static str {
        "haproxy -db -f haproxy.cfg"
    }

    fn compose(&self, _gate: &Gate<'_>) -> Option<String> {
        Some(
            "    image: haproxy:2.6\n    working_dir: /gateway\n    \
             command: [haproxy, -db, -f, /gateway/haproxy.cfg]\n"
                .to_owned(),
        )
    }
}

const DIFFERENCES: [Difference; 5] = [
    Difference {
        id: "problem-bodies",
        what: "refusals have no body instead of an `application/problem+json`",
        why: "it would have to be written for each refusal of each route",
    },
    Difference {
        id: "method-unsupported",
        what: "TRACE and CONNECT are treated as any other method; here 501",
        why: "a route without methods takes any method there is",
    },
    Difference {
        id: "trace-headers",
        what: "`traceparent` is passed on as it came, and there is no `Via`",
        why: "HAProxy makes no trace contexts",
    },
    Difference {
        id: "request-id",
        what: "`X-Request-Id` is always a new one",
        why: "a caller's own cannot be checked for length and characters in one place",
    },
    Difference {
        id: "odd-spelling",
        what: "a path that is spelt in an unusual way may be answered 400 where it is rewritten",
        why: "expressions see the path as it was sent",
    },
];
