//! Envoy, as a static bootstrap: `envoy.yaml` with a route for every way that a request may go, scripts
//! for what no filter of Envoy's knows (one reading of a path, hashed keys), and `keys.map` with the
//! hashes of API keys.

mod answers;
mod callers;
mod clusters;
mod headers;
mod limits;
mod matching;
mod pages;
mod route;
mod versions;
mod write;

pub(super) use clusters::host_and_port;

use super::feature::{Feature, RateShape};
use super::gate::Gate;
use super::support::Support;
use super::{Difference, Exporter, Product, Written};
use crate::config::{HashBy, LimitAlgorithm, LimitBy};

/// Envoy.
pub(super) struct Envoy;

/// What is known of a request stands in dynamic metadata of this name.
const METADATA: &str = "gateway";

/// The header in which the path stands that a redirect is made of. Services never see it.
const PLACE: &str = "x-gateway-place";

/// The filter that cuts out of a path what a redirect takes of it.
const CUTTER: &str = "envoy.filters.http.header_to_metadata";

fn rate(shape: &RateShape<'_>) -> Support {
    if shape.by == LimitBy::Claim {
        return Support::none("nothing is counted by a claim");
    }
    if limits::bucket(shape).is_none() {
        return Support::none("a bucket holds 4,294,967,295 requests at most");
    }
    let mut notes = Vec::new();
    if shape.algorithm != LimitAlgorithm::TokenBucket {
        let here = match shape.algorithm {
            LimitAlgorithm::FixedWindow => "a fixed window",
            LimitAlgorithm::SlidingWindow | LimitAlgorithm::TokenBucket => "a sliding window",
        };
        let every_ms = shape.seconds.saturating_mul(1_000) / shape.requests.max(1);
        notes.push(format!(
            "a bucket: {} at once, then one every {every_ms} ms; here {here} of {} in {} s",
            shape.burst, shape.requests, shape.seconds
        ));
    }
    if shape.count_rejected {
        notes.push("refused requests do not count".to_owned());
    }
    match notes.is_empty() {
        true => Support::Exact,
        false => Support::Approximated(notes.join("; ")),
    }
}

impl Exporter for Envoy {
    fn product(&self) -> Product {
        Product {
            id: "envoy",
            title: "Envoy",
            versions: "1.40 and later",
            edition: "open source",
            proved_with: Some("1.40.0"),
            program: Some("envoy"),
            main_file: "envoy.yaml",
        }
    }

    fn support(&self, feature: &Feature<'_>) -> Support {
        use Feature as F;
        match feature {
            F::HttpsListener => Support::FillIn(
                "no HTTPS listener is written: add a `transport_socket` with a certificate of your own"
                    .to_owned(),
            ),
            F::CallerLimits => Support::about(
                "the usual sizes and timeouts of Envoy hold: 60 KiB and 100 headers, 30 s for a head",
            ),
            F::BodyLimit => Support::about(
                "a body that does not say how long it is is sent on only when all of it has come",
            ),
            F::OddHeaderName
            | F::HeaderCondition
            | F::ApiKeys
            | F::AccessRule
            | F::KeyAccess
            | F::Cors
            | F::KeyInQuery
            | F::ManyLimits
            | F::VersionByPath
            | F::VersionByQuery
            | F::VersionByHeader
            | F::VersionByAccept
            | F::VersionByHost
            | F::SunsetEnforced
            | F::Lifecycle
            | F::Redirect
            | F::FixedAnswer
            | F::HeaderBeside
            | F::HeaderVariable
            | F::TlsTargets
            | F::TlsUnchecked
            | F::Http2Targets
            | F::PowerOfTwo
            | F::ActiveHttp
            | F::ActiveTcp
            | F::Panic
            | F::TotalTimeout(_)
            | F::RetryStatuses => Support::Exact,
            F::Recording | F::Echo | F::LocalIssuer | F::Labels => {
                Support::here_alone()
            }
            F::Mock => Support::mock_stays(),
            F::Aggregate(_) => Support::one_service_each(),
            F::OnlyMock => Support::nobody_but_a_mock(),
            F::Cache(keeping) if keeping.together => Support::nothing_to_keep(),
            F::Cache(_) => Support::no_cache(
                "its cache filter is marked as work in progress, and the same answer would be given to all \
                 callers",
            ),
            F::CacheBudget => Support::no_cache_budget(),
            F::LimitHeaders => Support::about("only `Retry-After: 1` is sent with a 429"),
            F::LeastInFlight => Support::about("the better of two that are drawn"),
            F::ConsistentHash(by) => match by {
                HashBy::Ip | HashBy::Header | HashBy::Cookie | HashBy::Consumer => Support::another_hash(),
            },
            F::StickyCookie => Support::about(
                "the cookie holds a number that leads to a target, and some callers move when targets change",
            ),
            F::Passive(failures, eject_ms) => Support::about(format!(
                "left out after {failures} answers of 502, 503 or 504 or failed connections in a row, for {eject_ms} ms and up to 1 s more"
            )),
            F::Breaker => Support::no_breaker(),
            F::Retries(attempts) => Support::about(format!(
                "tried again {attempts} times at most; the budget counts running requests, and 3 retries always fit in it"
            )),
            F::ManagedProcess => Support::no_programs(),
            F::Hold => Support::no_waiting(),
            F::FirstByteTimeout(ms) => Support::about(format!(
                "between any two pieces of a request or an answer: {ms} ms"
            )),
            F::IdleTimeout(ms) => Support::one_pause(*ms),
            F::MixedTargets => {
                Support::targets_alike()
            }
            F::UnportableRegex => {
                Support::none("an expression that Envoy may read differently is not written")
            }
            F::RegexPath => Support::about("`\\w`, `\\d` and `\\s` are of ASCII there"),
            F::QueryMatches => Support::undecoded_query(),
            F::RewriteByRegex => {
                Support::encoded_refused()
            }
            F::Basic => Support::none("passwords are hashed with Argon2, which Envoy has not"),
            F::Jwt => Support::no_tokens_yet(),
            F::ForwardAuth => Support::none(
                "`ext_authz` asks with the caller's own method and path, not by GET at one place",
            ),
            F::OtherWaysToo => {
                Support::keys_alone()
            }
            F::Rate(shape) => rate(shape),
            F::Quota => Support::no_calendar(),
            F::Concurrency(_) => {
                Support::none("only requests to a whole service can be counted while they run")
            }
            F::ShadowLimit => Support::refuses_nothing(),
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
        "envoy -c envoy.yaml"
    }

    fn compose(&self, _gate: &Gate<'_>) -> Option<String> {
        Some(
            "    image: envoyproxy/envoy:v1.40.0\n    working_dir: /gateway\n    \
             environment: [ENVOY_UID=0]\n    command: [envoy, -c, envoy.yaml]\n"
                .to_owned(),
        )
    }
}

const DIFFERENCES: [Difference; 5] = [
    Difference {
        id: "problem-bodies",
        what: "refusals have no body or a short text instead of an `application/problem+json`",
        why: "it would have to be written for each refusal of each route",
    },
    Difference {
        id: "method-unsupported",
        what: "TRACE is treated as any other method, and CONNECT is answered 404; here 501",
        why: "a route without methods takes any method there is",
    },
    Difference {
        id: "trace-headers",
        what: "`traceparent` is passed on as it came, and there is no `Via`",
        why: "Envoy makes trace contexts only for a collector of traces",
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
