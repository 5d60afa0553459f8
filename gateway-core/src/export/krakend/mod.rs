//! KrakenD, Community Edition: an endpoint for each path shape and method, since it has neither
//! wildcards nor conditions, and what is left of a route there.

mod aggregate;
mod backend;
mod endpoints;
mod limits;
mod shapes;
#[cfg(test)]
mod tests;
mod tokens;

use serde_json::json;

use super::document::{self, Node};
use super::feature::Feature;
use super::gate::Gate;
use super::support::Support;
use super::{Difference, Exporter, Product, Together, Written};

/// KrakenD.
pub(super) struct Krakend;

const FILE: &str = "krakend.json";

impl Exporter for Krakend {
    fn product(&self) -> Product {
        Product {
            id: "krakend",
            title: "KrakenD",
            versions: "2.13, configuration version 3",
            edition: "Community",
            proved_with: None,
            program: None,
            main_file: FILE,
        }
    }

    fn support(&self, feature: &Feature<'_>) -> Support {
        use Feature as F;
        match feature {
            F::HttpsListener => Support::FillIn(
                "no HTTPS listener is written: add `tls` with a certificate of your own".to_owned(),
            ),
            F::CallerLimits => Support::about("the limits of Go's HTTP server hold"),
            F::BodyLimit => Support::paid("`max_payload` is in the Enterprise Edition alone"),
            F::ApiKeys => Support::paid("`auth/api-keys` is in the Enterprise Edition alone"),
            F::KeyInQuery | F::KeyAccess => {
                Support::paid("`auth/api-keys` is in the Enterprise Edition alone")
            }
            F::Basic => Support::paid("`auth/basic` is in the Enterprise Edition alone"),
            F::ForwardAuth => Support::none("no other service can be asked"),
            F::OtherWaysToo => Support::none("API keys are all that a caller could show"),
            F::Quota => Support::paid("`governance/quota` is in the Enterprise Edition alone"),
            F::Concurrency(_) => Support::none("requests at once are not counted"),
            F::VersionByHeader | F::VersionByQuery | F::VersionByAccept => {
                Support::paid("conditions on requests are in the Enterprise Edition alone")
            }
            F::VersionByHost => {
                Support::paid("hosts are told apart in the Enterprise Edition alone")
            }
            F::HeaderCondition | F::QueryMatches => {
                Support::paid("conditions on requests are in the Enterprise Edition alone")
            }
            F::UnportableRegex | F::RegexPath | F::RewriteByRegex => {
                Support::none("paths are no expressions there")
            }
            F::SunsetEnforced => Support::none("nothing depends on the time"),
            F::FixedAnswer => Support::none("a fixed answer has no status and no headers there"),
            F::Redirect => Support::none("callers cannot be sent elsewhere"),
            F::MixedTargets => Support::targets_alike(),
            F::ManyLimits => Support::none("an endpoint has one limit of all and one of callers"),
            // What cannot be said of these is told where it is found.
            F::Jwt
            | F::AccessRule
            | F::VersionByPath
            | F::OddHeaderName
            | F::Lifecycle
            | F::HeaderBeside
            | F::HeaderVariable
            | F::TlsUnchecked => Support::Exact,
            F::Rate(shape) => limits::support(shape),
            F::Cors => Support::about(
                "one rule for the whole gateway: it is written where all routes have the same, and \
                 else pages of other origins may not call",
            ),
            F::Split(_) => {
                Support::none("callers who name no version all get the one with the most weight")
            }
            F::Recording | F::Echo | F::LocalIssuer | F::Labels => Support::here_alone(),
            F::Mock => Support::mock_stays(),
            F::Aggregate(parts) => aggregate::support(parts),
            F::OnlyMock => Support::nobody_but_a_mock(),
            F::Cache(keeping) if keeping.together => Support::none(
                "`qos/http-cache` is of each part alone, and a private cache for all callers: parts are asked \
                 for each time",
            ),
            F::Cache(_) => Support::no_cache(
                "`qos/http-cache` is a private cache for all callers: it keeps what is marked `private` and \
                 gives it to others",
            ),
            F::CacheBudget => Support::no_cache_budget(),
            F::LimitHeaders => Support::none("callers are not told of limits"),
            F::LeastInFlight | F::PowerOfTwo => Support::about("targets are taken in turn"),
            F::ConsistentHash(_) | F::StickyCookie => {
                Support::none("targets are taken in turn, whoever calls")
            }
            F::ActiveHttp | F::ActiveTcp => Support::none("targets are not asked"),
            F::Passive(..) => Support::none("targets that fail are not left out"),
            F::Panic => Support::none("the health of targets is not known"),
            F::Breaker => Support::no_breaker(),
            F::Retries(_) | F::RetryStatuses => Support::none("nothing is tried again"),
            F::ManagedProcess => Support::no_programs(),
            F::Hold => Support::no_waiting(),
            F::FirstByteTimeout(ms) => Support::about(format!(
                "a whole answer may take {ms} ms where nothing else is said"
            )),
            F::IdleTimeout(_) => Support::none("pauses are not limited, but the whole answer is"),
            F::TotalTimeout(ms) => Support::about(format!("an answer may take {ms} ms in all")),
            F::Http2Targets => Support::none("services are called over HTTP/1.1"),
            F::TlsTargets => Support::about(
                "certificates are checked by one rule for all services; no other name can be asked for",
            ),
            F::ShadowLimit => Support::refuses_nothing(),
        }
    }

    fn together(&self, gate: &Gate<'_>) -> Vec<Together> {
        endpoints::told(gate)
    }

    fn differences(&self) -> Vec<Difference> {
        DIFFERENCES.to_vec()
    }

    fn write(&self, gate: &Gate<'_>) -> Written {
        let endpoints = endpoints::written(gate);
        let listen = &gate.config.listen;
        let mut extra = Node::map([(
            "router",
            Node::from(
                json!({ "return_error_msg": true, "disable_redirect_trailing_slash": true }),
            ),
        )]);
        if let Some((at, cors)) = endpoints::cors(gate) {
            extra.put("security/cors", Node::from(cors).of(at));
        }
        let connect = gate
            .used_services()
            .iter()
            .map(|(_, service)| service.timeouts.connect_ms)
            .max();
        let mut root = Node::map([
            (
                "$schema",
                "https://www.krakend.io/schema/v2.13/krakend.json".into(),
            ),
            ("version", 3.into()),
            ("name", "Exported by Gatewright".into()),
            ("port", Node::from(listen.port).of("listen.port")),
            (
                "listen_ip",
                Node::from(listen.address.to_string()).of("listen.address"),
            ),
            (
                "dialer_timeout",
                format!("{}ms", connect.unwrap_or(2_000)).into(),
            ),
        ]);
        if let Some(tls) = backend::client_tls(gate) {
            root.put("client_tls", tls);
        }
        root.put("extra_config", extra);
        root.put("endpoints", Node::List(endpoints));
        let (file, marks) = document::json(FILE, &root);
        Written {
            files: vec![file],
            marks,
            placeholders: Vec::new(),
        }
    }

    fn command(&self) -> &'static str {
        "krakend check --lint -c krakend.json\nkrakend run -c krakend.json"
    }

    fn compose(&self, _gate: &Gate<'_>) -> Option<String> {
        Some(
            "    image: krakend:2.13\n    working_dir: /gateway\n    \
             command: [run, -c, /gateway/krakend.json]\n"
                .to_owned(),
        )
    }
}

const DIFFERENCES: [Difference; 8] = [
    Difference {
        id: "not-run",
        what: "the export is held against KrakenD's schema; KrakenD itself is not run in the tests",
        why: "it is not among the programs that the tests can have",
    },
    Difference {
        id: "methods",
        what: "GET, POST, PUT, PATCH and DELETE are taken, HEAD and OPTIONS are not",
        why: "an endpoint has one of these methods",
    },
    Difference {
        id: "prefixes",
        what: "a prefix takes up to three segments more; longer paths are answered 404",
        why: "wildcards are in the Enterprise Edition alone",
    },
    Difference {
        id: "closed-routes",
        what: "a route that is closed is refused by an expression that never holds, or is not there at \
               all: 403, 404 or 500",
        why: "no endpoint can answer 403 by itself",
    },
    Difference {
        id: "unknown-versions",
        what: "a version that there is not may be taken for a part of another path",
        why: "a path is a shape there, and all that has it is taken",
    },
    Difference {
        id: "host-header",
        what: "services see the host of the target",
        why: "KrakenD makes a request of its own",
    },
    Difference {
        id: "problem-bodies",
        what: "refusals have KrakenD's own bodies",
        why: "they cannot be changed in the Community Edition",
    },
    Difference {
        id: "trace-headers",
        what: "`X-Request-Id` and `traceparent` are passed on as they came, and `X-Forwarded-*` are \
               KrakenD's",
        why: "it makes none",
    },
];
