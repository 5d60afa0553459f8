//! Traefik: a tree of routers finds the route as it is found here; each layer decides one thing and
//! notes it in a header that services never see. `traefik.yml` says how it listens,
//! `conf/gateway.yml` all else, and `conf/keys.yml` has the keys.

mod callers;
mod forward;
mod limits;
mod matching;
mod pages;
mod paths;
mod route;
mod rules;
mod service;
mod tree;
mod versions;
mod write;

use super::feature::{Feature, RateShape};
use super::gate::Gate;
use super::support::Support;
use super::{Difference, Exporter, Product, Written};
use crate::config::{HashBy, LimitAlgorithm, LimitBy, Sticky};

/// Traefik.
pub(super) struct Traefik;

fn rate(shape: &RateShape<'_>) -> Support {
    let RateShape {
        requests,
        seconds,
        burst,
        algorithm,
        by,
        of: _,
        count_rejected: _,
    } = shape;
    if *by == LimitBy::Claim {
        return Support::none("nothing can be counted by a claim");
    }
    let wait = match requests / (*seconds).max(1) {
        0 => 500,
        per_second => 500 / per_second,
    };
    let here = match algorithm {
        LimitAlgorithm::TokenBucket => "a bucket",
        LimitAlgorithm::FixedWindow => "a fixed window",
        LimitAlgorithm::SlidingWindow => "a sliding window",
    };
    Support::about(format!(
        "a bucket of {burst}, {requests} more in {seconds} s, and who is at most {wait} ms early \
         waits instead of being refused; here {here}"
    ))
}

impl Exporter for Traefik {
    fn product(&self) -> Product {
        Product {
            id: "traefik",
            title: "Traefik",
            versions: "3.7 and later",
            edition: "open source, file provider",
            proved_with: Some("3.7.15"),
            program: Some("traefik"),
            main_file: "traefik.yml",
        }
    }

    fn support(&self, feature: &Feature<'_>) -> Support {
        use Feature as F;
        match feature {
            F::HttpsListener => Support::FillIn(
                "no HTTPS listener is written: add an entry point on `:443` with `http.tls` and a \
                 certificate of your own"
                    .to_owned(),
            ),
            F::CallerLimits => Support::about(
                "the size of headers and the time without a request are carried over; the lengths \
                 of paths, the time for a head, the number of headers and of connections are not \
                 limited",
            ),
            F::BodyLimit => Support::about(
                "bodies and answers are passed on when they are complete, so that nothing streams \
                 where a size is limited",
            ),
            F::OddHeaderName
            | F::ApiKeys
            | F::AccessRule
            | F::KeyAccess
            | F::VersionByPath
            | F::VersionByHeader
            | F::VersionByHost
            | F::HeaderCondition
            | F::QueryMatches
            | F::ManyLimits
            | F::PowerOfTwo
            | F::TlsTargets
            | F::TlsUnchecked
            | F::MixedTargets
            | F::FirstByteTimeout(_)
            | F::Lifecycle => Support::Exact,
            F::KeyInQuery => Support::none("a key in the query is not looked at: it is refused"),
            F::VersionByQuery => {
                Support::about("services see the parameter too, as no query can be changed")
            }
            F::SunsetEnforced => {
                Support::about("answered 410 from now on, as nothing there knows what time it is")
            }
            F::Cors => Support::about(
                "where any method or header is granted, preflights name the usual ones or `*`",
            ),
            F::Redirect => Support::about(
                "a GET is answered 301 or 302 and any other method 308 or 307, whatever the status",
            ),
            F::FixedAnswer => Support::none("there are no answers of its own"),
            F::HeaderBeside => Support::about("it takes the place of others of its name"),
            F::HeaderVariable => Support::about(
                "`${route}`, `${version}` and `${consumer}` are known; a header with anything else \
                 is left out",
            ),
            F::Recording | F::Echo | F::LocalIssuer | F::Labels => Support::here_alone(),
            F::Mock => Support::mock_stays(),
            F::Aggregate(_) => Support::one_service_each(),
            F::OnlyMock => Support::nobody_but_a_mock(),
            F::Cache(keeping) if keeping.together => Support::nothing_to_keep(),
            F::Cache(_) => {
                Support::paid("the HTTP cache is in Traefik Hub: every request goes to the service")
            }
            F::CacheBudget => Support::no_cache_budget(),
            F::LimitHeaders => Support::about("`Retry-After` and `X-Retry-In` alone, with a 429"),
            F::LeastInFlight => Support::about("`p2c`: the better of two by chance"),
            F::ConsistentHash(by) => match by {
                HashBy::Ip => Support::another_hash(),
                HashBy::Header | HashBy::Cookie | HashBy::Consumer => {
                    Support::about("by the caller's address, and nothing else")
                }
            },
            F::StickyCookie => Support::another_cookie(),
            F::ActiveHttp => Support::about(
                "one good or bad answer is enough; of several good statuses, all of 200 to 399 are \
                 taken",
            ),
            F::ActiveTcp => Support::none("targets are asked over HTTP or not at all"),
            F::Passive(failures, eject_ms) => Support::about(format!(
                "left out after {failures} failures within {eject_ms} ms, for as long"
            )),
            F::Panic => Support::all_left_out(),
            F::Breaker => Support::about(
                "without a least number of requests, and one for each route; it closes little by \
                 little",
            ),
            F::Retries(attempts) => Support::retries(*attempts),
            F::RetryStatuses => Support::about("bodies of more than 2 MiB are refused then"),
            F::ManagedProcess => Support::no_programs(),
            F::Hold => Support::no_waiting(),
            F::IdleTimeout(ms) => {
                Support::none(format!("an answer may stand still for longer than {ms} ms"))
            }
            F::TotalTimeout(ms) => {
                Support::none(format!("an answer may take longer than {ms} ms in all"))
            }
            F::Http2Targets => Support::about("`h2c`; not run in the tests"),
            F::UnportableRegex => {
                Support::none("an expression that Traefik may read differently is not written")
            }
            F::RegexPath => Support::about(
                "`\\w`, `\\d` and `\\s` are of ASCII there, and what is percent-encoded and means \
                 something in a path stays so",
            ),
            F::RewriteByRegex => Support::encoded_refused(),
            F::Basic => Support::none("passwords are hashed with Argon2, which Traefik has not"),
            F::Jwt => Support::paid("tokens are checked by Traefik Hub"),
            F::ForwardAuth => Support::none("no other service is asked yet"),
            F::OtherWaysToo => Support::keys_alone(),
            F::Rate(shape) => rate(shape),
            F::Quota => Support::no_calendar(),
            F::Concurrency(LimitBy::Claim) => Support::none("nothing can be counted by a claim"),
            F::Concurrency(_) => Support::Exact,
            F::ShadowLimit => Support::refuses_nothing(),
            F::VersionByAccept => Support::unweighed(),
            F::Split(sticky) => match sticky {
                Sticky::None | Sticky::Key | Sticky::Consumer | Sticky::Ip | Sticky::Cookie => {
                    Support::none("all who name no version get the one that most should get")
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
        "traefik --configFile=traefik.yml"
    }

    fn compose(&self, _gate: &Gate<'_>) -> Option<String> {
        Some(
            "    image: traefik:v3.7\n    working_dir: /gateway\n    \
             command: [--configFile=traefik.yml]\n"
                .to_owned(),
        )
    }
}

const DIFFERENCES: [Difference; 12] = [
    Difference {
        id: "preflight-lists",
        what: "where a page may send any header or use any method, a preflight is answered with `*` or with all of them",
        why: "lists are fixed and not made of what is asked for",
    },
    Difference {
        id: "problem-bodies",
        what: "refusals have a line of text instead of an `application/problem+json`",
        why: "Traefik answers nothing by itself but a status",
    },
    Difference {
        id: "trace-headers",
        what: "`traceparent` is passed on as it came, and there is no `Via`",
        why: "Traefik makes trace contexts for a collector alone",
    },
    Difference {
        id: "request-id",
        what: "`X-Request-Id` is passed on as it came, and none is made",
        why: "no middleware makes one",
    },
    Difference {
        id: "accept-encoding",
        what: "who sends no `Accept-Encoding` is sent on with `Accept-Encoding: gzip`",
        why: "Traefik adds it and has no option not to",
    },
    Difference {
        id: "host-case",
        what: "services and places of redirects get the host as the caller spelt it; here in lower case",
        why: "Traefik changes no letters of it",
    },
    Difference {
        id: "normalised-path",
        what: "percent-encoded letters, digits and `-._~` in a path are decoded, and digits of other \
               percent-encodings put into capitals",
        why: "Traefik does so before anything else and has no option not to",
    },
    Difference {
        id: "odd-spelling",
        what: "a path with an encoded slash, or one that is spelt in an unusual way where it is \
               rewritten, is answered 400",
        why: "rules see a path that is decoded in part",
    },
    Difference {
        id: "redirect-status",
        what: "redirects are answered 301 or 302 for GET and 308 or 307 for any other method, with a \
               short text",
        why: "the status cannot be chosen",
    },
    Difference {
        id: "version-in-query",
        what: "services see the query parameter that names a version",
        why: "no query can be changed",
    },
    Difference {
        id: "semicolons-in-queries",
        what: "a `;` in a query reaches services as `&`",
        why: "Traefik changes it before it sends a request on",
    },
    Difference {
        id: "empty-segments",
        what: "a request whose path would be rewritten to one with an empty segment is answered 400",
        why: "Traefik takes nothing but clean paths from a rewrite",
    },
];
