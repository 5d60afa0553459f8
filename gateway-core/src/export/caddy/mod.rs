//! Caddy: a chain of steps in one server finds the route as it is found here, and each service is a
//! named route. `caddy.json`, which no text can say more in than itself, and `keys.env` with the keys.

mod callers;
mod matching;
mod numbers;
mod pages;
mod route;
mod service;
mod steps;
mod versions;
mod words;
mod write;

use super::feature::Feature;
use super::gate::Gate;
use super::support::Support;
use super::{Difference, Exporter, Product, Written};
use crate::config::{HashBy, Sticky};

/// Caddy.
pub(super) struct Caddy;

impl Exporter for Caddy {
    fn product(&self) -> Product {
        Product {
            id: "caddy",
            title: "Caddy",
            versions: "2.11 and later",
            edition: "standard modules",
            proved_with: Some("2.11.7"),
            program: Some("caddy"),
            main_file: "caddy.json",
        }
    }

    fn support(&self, feature: &Feature<'_>) -> Support {
        use Feature as F;
        match feature {
            F::HttpsListener => Support::FillIn(
                "no HTTPS listener is written: add a server on `:443` with `tls_connection_policies` \
                 and a certificate of your own"
                    .to_owned(),
            ),
            F::CallerLimits => Support::about(
                "the size of headers and the waiting times are carried over; the lengths of paths, \
                 the number of headers and of connections are not limited",
            ),
            F::BodyLimit
            | F::OddHeaderName
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
            | F::FixedAnswer
            | F::HeaderBeside
            | F::HeaderCondition
            | F::HeaderVariable
            | F::TlsTargets
            | F::TlsUnchecked
            | F::LeastInFlight
            | F::PowerOfTwo => Support::Exact,
            F::Recording | F::Echo | F::LocalIssuer | F::Labels => {
                Support::here_alone()
            }
            F::Mock => Support::mock_stays(),
            F::Aggregate(_) => Support::one_service_each(),
            F::OnlyMock => Support::nobody_but_a_mock(),
            F::Cache(keeping) if keeping.together => Support::nothing_to_keep(),
            F::Cache(_) => Support::paid(
                "the standard modules have no cache, and `cache-handler` is not built in: every request \
                 goes to the service",
            ),
            F::CacheBudget => Support::no_cache_budget(),
            F::LimitHeaders => Support::none("there are no limits to tell of"),
            F::ConsistentHash(by) => match by {
                HashBy::Ip | HashBy::Header | HashBy::Cookie | HashBy::Consumer => Support::about(
                    "another hash, and weights do not count: the same caller stays at one target, \
                     perhaps at another one",
                ),
            },
            F::StickyCookie => Support::another_cookie(),
            F::ActiveHttp => {
                Support::about("of several good statuses, all of 200 to 299 are taken")
            }
            F::ActiveTcp => Support::none("targets are asked over HTTP or not at all"),
            F::Passive(failures, eject_ms) => Support::about(format!(
                "left out while there were {failures} failures within the last {eject_ms} ms, in a \
                 row or not"
            )),
            F::Panic => {
                Support::all_left_out()
            }
            F::Breaker => Support::no_breaker(),
            F::Retries(attempts) => Support::about(format!(
                "tried again {attempts} times at most, at the next target, without a budget"
            )),
            F::RetryStatuses => Support::none("nothing is tried again for a status"),
            F::ManagedProcess => Support::no_programs(),
            F::Hold => Support::about(
                "requests also wait for a target that cannot be connected to, and all other \
                 targets are tried meanwhile",
            ),
            F::FirstByteTimeout(_) => Support::Exact,
            F::IdleTimeout(ms) => Support::about(format!(
                "between any two reads from a target, also before the first byte: {ms} ms"
            )),
            F::TotalTimeout(ms) => Support::none(format!(
                "an answer may take longer than {ms} ms in all"
            )),
            F::Http2Targets => Support::about("`h2c`, which Caddy calls experimental"),
            F::MixedTargets => {
                Support::targets_alike()
            }
            F::UnportableRegex => {
                Support::none("an expression that Caddy may read differently is not written")
            }
            F::RegexPath => Support::about("`\\w`, `\\d` and `\\s` are of ASCII there"),
            F::QueryMatches => Support::undecoded_query(),
            F::RewriteByRegex => {
                Support::encoded_refused()
            }
            F::Basic => Support::none("passwords are not carried over yet"),
            F::Jwt => Support::paid("tokens need a module that is not built in"),
            F::ForwardAuth => Support::none("no other service is asked yet"),
            F::OtherWaysToo => {
                Support::keys_alone()
            }
            F::Rate(_) | F::ManyLimits => {
                Support::paid("rate limits need a module that is not built in")
            }
            F::Quota => Support::no_calendar(),
            F::Concurrency(_) => Support::none("running requests of a caller are not counted"),
            F::ShadowLimit => Support::refuses_nothing(),
            F::VersionByAccept => {
                Support::unweighed()
            }
            F::Split(sticky) => match sticky {
                Sticky::None => Support::about(
                    "by chance in steps of 1/4096, not in turn: shares are even in the long run",
                ),
                Sticky::Key | Sticky::Consumer | Sticky::Ip => Support::about(
                    "by chance for each request: the same caller does not stay with one version",
                ),
                Sticky::Cookie => {
                    Support::about("by chance in steps of 1/4096, and services see the cookie too")
                }
            },
        }
    }

    fn differences(&self) -> Vec<Difference> {
        DIFFERENCES.to_vec()
    }

    fn write(&self, gate: &Gate<'_>) -> Written {
        write::write(gate)
    }

    fn command(&self) -> &'static str {
        "caddy run --config caddy.json --envfile keys.env"
    }

    fn compose(&self, _gate: &Gate<'_>) -> Option<String> {
        Some(
            "    image: caddy:2.11\n    working_dir: /gateway\n    \
             command: [caddy, run, --config, /gateway/caddy.json, --envfile, /gateway/keys.env]\n"
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
        id: "trace-headers",
        what: "`traceparent` is passed on as it came",
        why: "Caddy sends trace contexts to a collector or makes none",
    },
    Difference {
        id: "request-id",
        what: "`X-Request-Id` is always a new one",
        why: "a caller's own cannot be checked for length and characters in one place",
    },
    Difference {
        id: "odd-spelling",
        what: "a path that is spelt in an unusual way may be answered 400 where it is rewritten, and \
               404 where a regular expression takes it without its `;parameters`",
        why: "expressions see the path as it was sent",
    },
    Difference {
        id: "underscored-headers",
        what: "headers with `_` in their names do not reach services",
        why: "Caddy drops them, since many programs read `_` as `-`",
    },
];
