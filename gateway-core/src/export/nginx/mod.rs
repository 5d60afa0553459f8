//! NGINX, open source: a chain of maps finds the route as it is found here, and each route has a
//! location of its own. One `nginx.conf`, and `keys.map` with the API keys to fill in.

mod cache;
mod callers;
mod forward;
mod headers;
mod location;
mod matching;
mod own_answer;
mod pages;
mod versions;
mod words;
mod write;

use super::feature::{Feature, RateShape};
use super::gate::Gate;
use super::support::Support;
use super::{Difference, Exporter, Product, Written};
use crate::config::{HashBy, LimitAlgorithm, LimitBy};

/// NGINX, open source.
pub(super) struct Nginx;

/// A rate that NGINX can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rate {
    number: u64,
    per_minute: bool,
}

impl Rate {
    /// The nearest that is not above what is wanted; `None` where there is none.
    fn of(shape: &RateShape<'_>) -> Option<Self> {
        let RateShape {
            requests,
            seconds,
            burst: _,
            algorithm: _,
            by: _,
            of: _,
            count_rejected: _,
        } = shape;
        let rates = [
            Self {
                number: requests / seconds,
                per_minute: false,
            },
            Self {
                number: requests * 60 / seconds,
                per_minute: true,
            },
        ];
        let best = rates.into_iter().max_by_key(|rate| rate.millis())?;
        (best.millis() > 0).then_some(best)
    }

    /// Thousandths of a request per second, as NGINX counts.
    fn millis(self) -> u64 {
        match self.per_minute {
            true => self.number.saturating_mul(1_000) / 60,
            false => self.number.saturating_mul(1_000),
        }
    }

    fn text(self) -> String {
        let Self { number, per_minute } = self;
        format!("{number}r/{}", if per_minute { 'm' } else { 's' })
    }
}

fn rate(shape: &RateShape<'_>) -> Support {
    let Some(rate) = Rate::of(shape) else {
        return Support::none(format!(
            "{} in {} s is slower than the slowest rate there is, one a minute",
            shape.requests, shape.seconds
        ));
    };
    let wanted = shape.requests as f64 / shape.seconds as f64;
    let given = rate.millis() as f64 / 1_000.0;
    let (burst, every_ms) = (shape.burst, 1_000_000 / rate.millis());
    let exact = (wanted - given).abs() < wanted * 0.005;
    let mut notes = Vec::new();
    if shape.algorithm != LimitAlgorithm::TokenBucket {
        let here = match shape.algorithm {
            LimitAlgorithm::FixedWindow => "a fixed window",
            LimitAlgorithm::SlidingWindow | LimitAlgorithm::TokenBucket => "a sliding window",
        };
        notes.push(format!(
            "a bucket: {burst} at once, then one every {every_ms} ms; here {here} of {} in {} s",
            shape.requests, shape.seconds
        ));
    } else if !exact {
        notes.push(format!(
            "one every {every_ms} ms after the first {burst}; here one every {:.0} ms",
            1_000.0 / wanted
        ));
    }
    if shape.count_rejected {
        notes.push("refused requests do not count".to_owned());
    }
    if shape.by == LimitBy::Claim {
        return Support::none("there are no tokens, so nothing can be counted by a claim");
    }
    match notes.is_empty() {
        true => Support::Exact,
        false => Support::Approximated(notes.join("; ")),
    }
}

impl Exporter for Nginx {
    fn product(&self) -> Product {
        Product {
            id: "nginx",
            title: "NGINX",
            versions: "1.22 and later",
            edition: "open source",
            proved_with: Some("1.22.1"),
            program: Some("nginx"),
            main_file: "nginx.conf",
        }
    }

    fn support(&self, feature: &Feature<'_>) -> Support {
        use Feature as F;
        match feature {
            F::HttpsListener => Support::FillIn(
                "no HTTPS listener is written: add `listen … ssl` with a certificate of your own"
                    .to_owned(),
            ),
            F::CallerLimits => Support::about(
                "the usual sizes and timeouts of NGINX hold: 8 KiB a line, 32 KiB of headers, 60 s",
            ),
            F::OddHeaderName => Support::none(
                "a header can be referred to only where its name has letters, digits and `-`",
            ),
            F::Aggregate(_) => Support::one_service_each(),
            F::BodyLimit
            | F::ApiKeys
            | F::AccessRule
            | F::KeyAccess
            | F::Cors
            | F::KeyInQuery
            | F::VersionByPath
            | F::VersionByHeader
            | F::VersionByQuery
            | F::VersionByHost
            | F::SunsetEnforced
            | F::Lifecycle
            | F::Redirect
            | F::FixedAnswer
            | F::HeaderVariable
            | F::TlsTargets
            | F::TlsUnchecked
            | F::LeastInFlight
            | F::PowerOfTwo
            | F::ManyLimits
            | F::Concurrency(
                LimitBy::Key
                | LimitBy::Consumer
                | LimitBy::Ip
                | LimitBy::Header
                | LimitBy::Route
                | LimitBy::Global,
            ) => Support::Exact,
            F::Recording | F::Echo | F::LocalIssuer | F::Labels => Support::here_alone(),
            F::Mock => Support::mock_stays(),
            F::OnlyMock => Support::nobody_but_a_mock(),
            F::Cache(keeping) if keeping.together => Support::nothing_to_keep(),
            F::Cache(keeping) => cache::support(keeping.cache),
            F::CacheBudget => Support::about(
                "the answers of all routes are kept in files and not in memory, and one that does not \
                 say how long it is may be longer",
            ),
            F::LimitHeaders => Support::about("only `Retry-After: 1` is sent with a 429"),
            F::ConsistentHash(by) => match by {
                HashBy::Ip | HashBy::Header | HashBy::Cookie | HashBy::Consumer => {
                    Support::another_hash()
                }
            },
            F::StickyCookie => Support::paid("`sticky` is in NGINX Plus"),
            F::ActiveHttp | F::ActiveTcp => {
                Support::paid("`health_check` is in NGINX Plus; failing requests alone tell")
            }
            F::Passive(failures, eject_ms) => Support::about(format!(
                "left out after {failures} failures within {} s, for as long each time",
                eject_ms.div_ceil(1_000).max(1)
            )),
            F::Panic => Support::about("all targets are tried where none is healthy"),
            F::Breaker => Support::no_breaker(),
            F::Retries(attempts) => Support::about(format!(
                "tried again {attempts} times at most, on another target only, without a budget"
            )),
            F::RetryStatuses => {
                Support::about("of statuses, 403, 404, 429, 500, 502, 503 and 504 are known")
            }
            F::ManagedProcess => Support::no_programs(),
            F::Hold => Support::no_waiting(),
            F::FirstByteTimeout(ms) => Support::between_reads(*ms),
            F::IdleTimeout(ms) => Support::one_pause(*ms),
            F::TotalTimeout(ms) => Support::no_total(*ms),
            F::Http2Targets => Support::none("targets are spoken to by HTTP/1.1"),
            F::MixedTargets => Support::targets_alike(),
            F::UnportableRegex => {
                Support::none("an expression that NGINX may read differently is not written")
            }
            F::RegexPath => Support::about("`\\w`, `\\d`, `\\s` and `.` are of ASCII there"),
            F::HeaderCondition => {
                Support::about("an empty header counts as none, and of several the first counts")
            }
            F::QueryMatches => Support::undecoded_query(),
            F::RewriteByRegex => Support::encoded_refused(),
            F::HeaderBeside => Support::about("of several headers of that name the first is kept"),
            F::Basic => Support::none("passwords are hashed with Argon2, which NGINX has not"),
            F::Jwt => Support::paid("`auth_jwt` is in NGINX Plus"),
            F::ForwardAuth => Support::none(
                "`auth_request` does not pass the other service's refusal on to the caller",
            ),
            F::OtherWaysToo => Support::keys_alone(),
            F::Rate(shape) => rate(shape),
            F::Quota => Support::no_calendar(),
            F::Concurrency(LimitBy::Claim) => Support::none("nothing can be counted by a claim"),
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
        "nginx -p . -c nginx.conf -e stderr"
    }

    fn compose(&self, _gate: &Gate<'_>) -> Option<String> {
        Some(
            "    image: nginx:1.22\n    \
             command: [nginx, -p, /gateway, -c, /gateway/nginx.conf, -e, stderr]\n"
                .to_owned(),
        )
    }
}

const DIFFERENCES: [Difference; 13] = [
    Difference {
        id: "problem-bodies",
        what: "refusals have NGINX's own short HTML instead of an `application/problem+json`",
        why: "NGINX makes its own error pages",
    },
    Difference {
        id: "method-unsupported",
        what: "TRACE and CONNECT are answered 405 or 400; here 501",
        why: "NGINX refuses them before anything of the configuration is read",
    },
    Difference {
        id: "dot-segments-resolved",
        what: "a path that leaves the root by dot segments is answered 400 by NGINX itself",
        why: "NGINX resolves dot segments when it reads a request; others are refused as here",
    },
    Difference {
        id: "trace-headers",
        what: "`traceparent` is passed on as it came, and there is no `Via`",
        why: "NGINX makes no trace contexts without a module",
    },
    Difference {
        id: "request-id",
        what: "`X-Request-Id` is always a new one",
        why: "a caller's own cannot be checked for length and characters in one place",
    },
    Difference {
        id: "repeated-headers",
        what: "of a header that is sent twice, conditions, keys and versions see the first",
        why: "variables hold one value before NGINX 1.23",
    },
    Difference {
        id: "odd-spelling",
        what: "a path that is spelt in an unusual way may be answered 400 where it is rewritten",
        why: "expressions see the path as it was sent",
    },
    Difference {
        id: "answer-headers-of-refusals",
        what: "headers of a fixed answer and of versions are on the route's refusals too",
        why: "a location has one set of headers for all its answers",
    },
    Difference {
        id: "empty-headers",
        what: "an empty header counts as none: where anyone may call, an empty API key is let through",
        why: "a variable cannot tell the two apart",
    },
    Difference {
        id: "underscored-headers",
        what: "headers with `_` in their names do not reach services",
        why: "NGINX drops them, since many programs read `_` as `-`",
    },
    Difference {
        id: "bodies-of-redirects",
        what: "redirects have a short HTML body; here none",
        why: "NGINX writes one for each",
    },
    Difference {
        id: "whole-seconds",
        what: "limits allow one request more where two come within a millisecond of the border",
        why: "NGINX counts in milliseconds",
    },
    Difference {
        id: "kept-answers",
        what: "where answers are kept, a HEAD is asked as a GET, a POST throws nothing away, \
               `only-if-cached` asks the service, answers to requests with cookies need `public` or \
               `s-maxage`, those that vary by a header of the gateway are not kept, and of several \
               lines of `Vary` the last counts before NGINX 1.23",
        why: "the cache is NGINX's own; what it could give to the wrong caller is not kept",
    },
];
