//! Kong: its declarative format for decK, for the traditional router and for what is in the free edition.
//! A Kong service stands for a route or for a version of it, so that limits count as they do here.

pub(super) mod callers;
mod cases;
mod limits;
mod order;
mod paths;
mod plan;
mod plugins;
#[cfg(test)]
mod tests;
mod upstreams;
mod write;

use super::feature::{Feature, RateShape};
use super::gate::Gate;
use super::support::Support;
use super::{Difference, Exporter, Product, Together, Written};
use crate::config::{LimitAlgorithm, LimitBy, Sticky};

/// Kong.
pub(super) struct Kong;

fn rate(shape: &RateShape<'_>) -> Support {
    let RateShape {
        requests,
        seconds,
        burst,
        algorithm,
        by,
        of: _,
        count_rejected,
    } = shape;
    if *by == LimitBy::Claim {
        return Support::none("nothing is counted by a claim");
    }
    let here = match algorithm {
        LimitAlgorithm::TokenBucket => format!("a bucket of {burst}"),
        LimitAlgorithm::FixedWindow => "a window from a caller's first request on".to_owned(),
        LimitAlgorithm::SlidingWindow => "a sliding window".to_owned(),
    };
    let period = match seconds {
        1 => "second",
        60 => "minute",
        3_600 => "hour",
        86_400 => "day",
        _ => "calendar month",
    };
    let burst = match burst < requests {
        true => format!(", and {burst} in each shorter period"),
        false => String::new(),
    };
    let refused = match count_rejected {
        true => "; refused requests do not count",
        false => "",
    };
    let lone = match by {
        LimitBy::Header => "; callers without the header are counted by address",
        _ => "",
    };
    Support::about(format!(
        "{requests} in each {period} by the clock{burst}, counted in each node's memory; here {here}, \
         {requests} in {seconds} s{refused}{lone}"
    ))
}

impl Exporter for Kong {
    fn product(&self) -> Product {
        Product {
            id: "kong",
            title: "Kong Gateway",
            versions: "3.0 and later, `_format_version` 3.0, routers `traditional` and `traditional_compatible`",
            edition: "open source",
            proved_with: None,
            program: None,
            main_file: write::FILE,
        }
    }

    fn support(&self, feature: &Feature<'_>) -> Support {
        use Feature as F;
        match feature {
            F::HttpsListener => Support::FillIn(
                "where Kong listens is said in its own `kong.conf` (`proxy_listen`), and certificates \
                 are yours to add"
                    .to_owned(),
            ),
            F::CallerLimits => Support::about("the limits of Kong's NGINX hold (`nginx_http_*`)"),
            F::ApiKeys => Support::about(
                "keys are compared in plain text; as `Authorization: Bearer` a key is taken in just \
                 this spelling, and of two different keys the first counts",
            ),
            F::BodyLimit
            | F::AccessRule
            | F::KeyAccess
            | F::Cors
            | F::SunsetEnforced
            | F::Lifecycle
            | F::HeaderBeside
            | F::HeaderVariable
            | F::Redirect
            | F::VersionByPath
            | F::TlsUnchecked
            | F::OddHeaderName
            // What cannot be said of these is told where it is found.
            | F::ManyLimits => Support::Exact,
            F::KeyInQuery => Support::about("its name is taken as that of a header too"),
            F::HeaderCondition => Support::about("values are compared in any case"),
            F::VersionByHeader => Support::about("values are compared in any case"),
            F::VersionByAccept => Support::about(
                "preferences (`q=`) are not weighed, and values are compared in any case",
            ),
            F::VersionByQuery => Support::none(
                "Kong's usual router does not look at the query",
            ),
            F::VersionByHost => Support::none(
                "a version before a host with a wildcard cannot be asked for",
            ),
            F::QueryMatches => Support::none("Kong's usual router does not look at the query"),
            F::FixedAnswer => Support::about("an empty body becomes a space"),
            F::Recording | F::Echo | F::LocalIssuer | F::Labels => {
                Support::here_alone()
            }
            F::Mock => Support::mock_stays(),
            F::Aggregate(_) => Support::one_service_each(),
            F::OnlyMock => Support::nobody_but_a_mock(),
            F::Cache(keeping) if keeping.together => Support::nothing_to_keep(),
            F::Cache(_) => Support::no_cache(
                "the `proxy-cache` plugin keeps answers that set a cookie and does not read `Vary`, so that \
                 a caller could get what is another's",
            ),
            F::CacheBudget => Support::no_cache_budget(),
            F::LimitHeaders => Support::about(
                "callers are told in Kong's words: `RateLimit-Remaining`, `X-RateLimit-Limit-Minute`",
            ),
            F::LeastInFlight => Support::about("connections are counted, not running requests"),
            F::PowerOfTwo => Support::about("`least-connections`: the best of all, not of two"),
            F::ConsistentHash(_) => Support::about(
                "another hash: the same caller stays at one target, perhaps at another one; a cookie \
                 that is missing is set",
            ),
            F::StickyCookie => Support::about(
                "`hash_on: cookie`: the cookie names the caller and not the target, and targets are \
                 chosen by it",
            ),
            F::ActiveHttp => Support::about(
                "intervals are whole seconds, and statuses that nobody uses count as neither",
            ),
            F::ActiveTcp => Support::about("intervals are whole seconds"),
            F::Passive(failures, eject_ms) => Support::about(format!(
                "after {failures} failures a target comes back once a check finds it well, at the \
                 earliest after {eject_ms} ms and in whole seconds, and never longer each time"
            )),
            F::Panic => Support::about("requests fail where no target is well"),
            F::Breaker => Support::no_breaker(),
            F::Retries(attempts) => Support::retries(*attempts),
            F::RetryStatuses => Support::none("statuses are not a reason to try again"),
            F::ManagedProcess => Support::no_programs(),
            F::Hold => Support::no_waiting(),
            F::FirstByteTimeout(ms) => Support::between_reads(*ms),
            F::IdleTimeout(ms) => Support::one_pause(*ms),
            F::TotalTimeout(ms) => Support::no_total(*ms),
            F::Http2Targets => {
                Support::none("services are called over HTTP/1.1; only gRPC has HTTP/2")
            }
            F::TlsTargets => Support::about(
                "`tls_verify`: authorities are those of `lua_ssl_trusted_certificate`, and the name \
                 that is checked is the `Host` that is sent",
            ),
            F::MixedTargets => {
                Support::targets_alike()
            }
            F::UnportableRegex => {
                Support::none("an expression that Kong may read differently is not written")
            }
            F::RegexPath => Support::about("`\\w`, `\\d`, `\\s` and `.` may be of ASCII there"),
            F::RewriteByRegex => Support::about("what groups hold stays percent-encoded"),
            F::Basic => Support::none("passwords are hashed with Argon2, and Kong hashes its own way"),
            F::Jwt => Support::paid(
                "tokens of an issuer with a key set need `openid-connect`; the free `jwt` has one key \
                 and one consumer for all tokens of an issuer",
            ),
            F::ForwardAuth => Support::none("no other service can be asked without code"),
            F::OtherWaysToo => {
                Support::keys_alone()
            }
            F::Rate(shape) => rate(shape),
            F::Quota => Support::about(
                "counted in each node's memory and forgotten when it restarts; days and months are \
                 those of UTC",
            ),
            F::Concurrency(_) => Support::none("requests at once are not counted"),
            F::ShadowLimit => Support::refuses_nothing(),
            F::Split(sticky) => match sticky {
                Sticky::None | Sticky::Key | Sticky::Consumer | Sticky::Ip | Sticky::Cookie => {
                    Support::paid(
                        "callers who name no version all get the one with the most weight: spreading \
                         them takes the `canary` plugin",
                    )
                }
            },
        }
    }

    fn together(&self, gate: &Gate<'_>) -> Vec<Together> {
        plan::Plan::of(gate).told.all()
    }

    fn differences(&self) -> Vec<Difference> {
        DIFFERENCES.to_vec()
    }

    fn write(&self, gate: &Gate<'_>) -> Written {
        write::write(gate)
    }

    fn command(&self) -> &'static str {
        "# Keys come from the environment: DECK_KEY_… for each that is named below.\n\
         deck gateway validate kong.yaml\n\
         deck gateway sync kong.yaml\n\
         # Without a database: put the keys in their places, then let Kong read the result.\n\
         deck file render --populate-env-vars kong.yaml -o filled.yaml\n\
         KONG_DATABASE=off KONG_DECLARATIVE_CONFIG=filled.yaml kong start"
    }

    fn compose(&self, _gate: &Gate<'_>) -> Option<String> {
        None
    }
}

const DIFFERENCES: [Difference; 12] = [
    Difference {
        id: "not-run",
        what: "the export is held against Kong's schema and read back by the import here; Kong itself \
               is not run in the tests",
        why: "it is not among the programs that the tests can have",
    },
    Difference {
        id: "problem-bodies",
        what: "refusals are `{\"message\": …}` instead of an `application/problem+json`",
        why: "Kong's answers to refusals are fixed in the free edition",
    },
    Difference {
        id: "method-not-allowed",
        what: "a method that no route takes is answered 404; here 405. Of methods, those of RFC 9110 \
               and PATCH are taken where any route names some",
        why: "Kong does not ask which other methods there would be, and counts them as a condition",
    },
    Difference {
        id: "forwarded-headers",
        what: "`X-Forwarded-For` goes on with what the caller sent in it, and `X-Forwarded-Path`, \
               `X-Forwarded-Prefix` and `X-Kong-Request-Id` are added",
        why: "Kong appends to it whoever sent it",
    },
    Difference {
        id: "consumer-headers",
        what: "`X-Consumer-Username` and `X-Credential-Identifier` are added, `X-Consumer-Groups` is \
               sent only where a rule asks for groups and names those the export made too, and \
               `X-Consumer-Scopes` is not sent",
        why: "consumers there have groups and no scopes",
    },
    Difference {
        id: "trace-headers",
        what: "`traceparent` is passed on as it came, there is no `X-Request-Id`, and `Via` is Kong's",
        why: "Kong makes no trace contexts without a plugin",
    },
    Difference {
        id: "preflights",
        what: "a preflight is answered 200, and the methods of the route are told whatever page asks",
        why: "the `cors` plugin answers before the method is looked at",
    },
    Difference {
        id: "odd-spelling",
        what: "a path is matched percent-encoded and with its `;parameters`, `..` in it is resolved where \
               it is answered 400 here, and one that is spelt in an unusual way may be rewritten where it \
               is answered 400 here",
        why: "Kong's router sees paths in its own normal form",
    },
    Difference {
        id: "anonymous-consumer",
        what: "callers who show nothing, where they may, are the consumer `gatewright-anonymous`, and \
               nobody here",
        why: "`key-auth` lets nobody through that is no consumer",
    },
    Difference {
        id: "any-case",
        what: "values of headers that routes and versions are told apart by are compared in any case",
        why: "Kong puts them in lower case first",
    },
    Difference {
        id: "code",
        what: "a version that is gone is answered 410 by a line of code in `pre-function`, which an import \
               here leaves out",
        why: "nothing else there depends on the time",
    },
    Difference {
        id: "headers-of-answers",
        what: "headers put on answers are on refusals too",
        why: "`response-transformer` sees every answer",
    },
];
