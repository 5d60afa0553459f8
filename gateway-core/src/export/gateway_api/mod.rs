//! The Gateway API of Kubernetes, with the policies of Envoy Gateway: manifests for a gateway, a route
//! for each way in which a request may go, backends, and policies for who may call and how often.

mod access;
mod answers;
mod headers;
mod matching;
mod names;
mod objects;
mod policies;
mod rewriting;
mod rules;
mod services;
mod write;

use super::feature::{Feature, RateShape};
use super::gate::Gate;
use super::support::Support;
use super::{Difference, Exporter, Product, Written};
use crate::config::{HashBy, LimitAlgorithm, LimitBy, Sticky};

/// The Gateway API with Envoy Gateway.
pub(super) struct GatewayApi;

fn rate(shape: &RateShape<'_>) -> Support {
    if shape.by == LimitBy::Claim {
        return Support::none("nothing is counted by a claim");
    }
    let Some(limit) = policies::limit(shape, 1) else {
        return Support::none("at most 4,294,967,295 requests can be counted");
    };
    let here = match shape.algorithm {
        LimitAlgorithm::TokenBucket => format!("a bucket of {}", shape.burst),
        LimitAlgorithm::FixedWindow => "a fixed window".to_owned(),
        LimitAlgorithm::SlidingWindow => "a sliding window".to_owned(),
    };
    let (requests, unit) = (
        &limit["requests"],
        limit["unit"].as_str().unwrap_or_default(),
    );
    Support::about(format!(
        "a bucket of {requests} a {unit} in each replica of Envoy; what is counted together here is counted apart there for each host, method and version, and shared out among them; here {here} of {} in {} s",
        shape.requests, shape.seconds
    ))
}

impl Exporter for GatewayApi {
    fn product(&self) -> Product {
        Product {
            id: "gateway-api",
            title: "Kubernetes Gateway API",
            versions: "v1.6 with Envoy Gateway v1.9",
            edition: "standard channel",
            proved_with: None,
            program: None,
            main_file: "manifests/routes.yaml",
        }
    }

    fn support(&self, feature: &Feature<'_>) -> Support {
        use Feature as F;
        match feature {
            F::HttpsListener => Support::FillIn(
                "no HTTPS listener is written: add one with a Secret of your own to the Gateway"
                    .to_owned(),
            ),
            F::CallerLimits => {
                Support::about("the usual sizes and timeouts of Envoy hold: 60 KiB of headers")
            }
            F::BodyLimit => Support::about("a body is sent on only when all of it has come"),
            F::ApiKeys => Support::about(
                "keys are in a Secret as they are, the first that is found counts, and where anyone may call here, a key is needed there",
            ),
            F::KeyInQuery => {
                Support::about("the parameter is taken out of the query only where keys are")
            }
            F::AccessRule => Support::about(
                "by the name that a key stands under; what is said of one version holds for all",
            ),
            F::KeyAccess => {
                Support::about("what a key may not do with one version, it may not with any")
            }
            F::Cors => Support::about(
                "a preflight is answered 200 with what may be, not 403 for what may not; origins with any port are left out",
            ),
            F::OddHeaderName
            | F::ManyLimits
            | F::VersionByPath
            | F::VersionByHeader
            | F::Lifecycle
            | F::HeaderBeside
            | F::TlsUnchecked
            | F::Http2Targets
            | F::ActiveTcp
            | F::Panic
            | F::RetryStatuses
            | F::TotalTimeout(_) => Support::Exact,
            F::VersionByQuery => {
                Support::about("a version that is spelt with percent-encoding is none")
            }
            F::SunsetEnforced => Support::about(
                "there is no clock: such a version is answered 410 from the beginning",
            ),
            F::TlsTargets => Support::about(
                "a certificate authority of one's own has to be put into a ConfigMap `ca-…`; until then it is answered 500",
            ),
            F::Redirect => Support::about(
                "a place that takes more of the path than what follows a prefix is answered 503",
            ),
            F::FixedAnswer => Support::about("a body may have 4,096 bytes, an answer 16 headers"),
            F::HeaderVariable => Support::none("a header's value is the same for all requests"),
            F::Recording | F::Echo | F::LocalIssuer | F::Labels => Support::here_alone(),
            F::Mock => Support::mock_stays(),
            F::Aggregate(_) => Support::one_service_each(),
            F::OnlyMock => Support::nobody_but_a_mock(),
            F::Cache(keeping) if keeping.together => Support::nothing_to_keep(),
            F::Cache(_) => {
                Support::no_cache("neither routes nor the policies of Envoy Gateway have a cache")
            }
            F::CacheBudget => Support::no_cache_budget(),
            F::LimitHeaders => Support::about("headers as in the third draft of `RateLimit`"),
            F::LeastInFlight | F::PowerOfTwo => Support::about("the better of two that are drawn"),
            F::ConsistentHash(HashBy::Consumer) => {
                Support::about("by the name of the key, and in another way")
            }
            F::ConsistentHash(HashBy::Ip | HashBy::Header | HashBy::Cookie) => {
                Support::another_hash()
            }
            F::StickyCookie => Support::about("the cookie leads to a target in another way"),
            F::ActiveHttp => {
                Support::about("of several good statuses, at most all of 200 to 299 are taken")
            }
            F::Passive(failures, eject_ms) => Support::about(format!(
                "left out after {failures} answers of 502, 503 or 504 in a row, for {eject_ms} ms the first time and longer then"
            )),
            F::Breaker => Support::no_breaker(),
            F::Retries(attempts) => Support::about(format!(
                "tried again {attempts} times at most, without a budget, only where nothing was answered"
            )),
            F::ManagedProcess => Support::FillIn(
                "nothing in these files starts it: run an image of the service's program behind the \
                 named Service, by a Deployment and, for more instances under load, an autoscaler"
                    .into(),
            ),
            F::Hold => Support::no_waiting(),
            F::FirstByteTimeout(ms) => {
                Support::about(format!("between any two pieces of an answer: {ms} ms"))
            }
            F::IdleTimeout(ms) => Support::one_pause(*ms),
            F::MixedTargets => Support::targets_alike(),
            F::UnportableRegex => {
                Support::none("an expression that Envoy may read differently is not written")
            }
            F::RegexPath => {
                Support::about("held against the path as it was sent; classes are of ASCII")
            }
            F::HeaderCondition => Support::about(
                "a request in which a header is that must not be there is refused, and goes to no other route",
            ),
            F::QueryMatches => Support::undecoded_query(),
            F::RewriteByRegex => {
                Support::about("a path with percent-encoded letters in it is answered 400")
            }
            F::Basic => Support::none("passwords are hashed with Argon2, which Envoy has not"),
            F::Jwt => Support::no_tokens_yet(),
            F::ForwardAuth => {
                Support::none("another service is asked with the caller's own method and path")
            }
            F::OtherWaysToo => Support::keys_alone(),
            F::Rate(shape) => rate(shape),
            F::Quota => {
                Support::none("nothing is counted by calendar periods without a service for it")
            }
            F::Concurrency(_) => {
                Support::none("only requests to a whole service can be counted while they run")
            }
            F::ShadowLimit => Support::refuses_nothing(),
            F::VersionByAccept => Support::unweighed(),
            F::VersionByHost => Support::none("a label of a host leads to no version there"),
            F::Split(Sticky::None) => Support::about(
                "by chance, not in turn; paths and headers are those of the route, whatever the version",
            ),
            F::Split(Sticky::Key | Sticky::Consumer | Sticky::Ip | Sticky::Cookie) => {
                Support::about(
                    "by chance for each request: nobody stays with a version; paths and headers are those of the route",
                )
            }
        }
    }

    fn differences(&self) -> Vec<Difference> {
        DIFFERENCES.to_vec()
    }

    fn write(&self, gate: &Gate<'_>) -> Written {
        write::write(gate)
    }

    fn command(&self) -> &'static str {
        "# Once for the cluster: Envoy Gateway v1.9, with backends by address\n\
         helm install eg oci://docker.io/envoyproxy/gateway-helm --version v1.9.0 \\\n  \
           --namespace envoy-gateway-system --create-namespace \\\n  \
           --set config.envoyGateway.extensionApis.enableBackend=true\n\
         kubectl apply --server-side --dry-run=server -f manifests/\n\
         kubectl apply --server-side -f manifests/\n\
         kubectl wait --for=condition=Programmed gateway/gateway"
    }

    fn compose(&self, _gate: &Gate<'_>) -> Option<String> {
        None
    }
}

const DIFFERENCES: [Difference; 9] = [
    Difference {
        id: "not-run",
        what: "it is held against the published schemas and their rules, and not run",
        why: "it needs a cluster",
    },
    Difference {
        id: "addresses",
        what: "services have the addresses that they have here; one on 127.0.0.1 has to be given its address in the cluster (manifests/services.yaml)",
        why: "what is at an address depends on where one stands",
    },
    Difference {
        id: "problem-bodies",
        what: "refusals have no body or a short text instead of an `application/problem+json`",
        why: "it would have to be written for each refusal of each route",
    },
    Difference {
        id: "odd-spelling",
        what: "a path with percent-encoded letters, `;` or a backslash is answered 400, and Envoy resolves dot segments and doubled slashes itself",
        why: "paths are matched as they are sent",
    },
    Difference {
        id: "queries-as-sent",
        what: "conditions on a query see it undecoded, and the first of several values",
        why: "Envoy compares text",
    },
    Difference {
        id: "absent",
        what: "a request with a header or a query parameter that a route wants absent is answered 403 where the route would take it otherwise",
        why: "nothing can be said of what is not there",
    },
    Difference {
        id: "other-methods",
        what: "a method that no route takes is answered 404; here 405",
        why: "a route that is for other methods is no match",
    },
    Difference {
        id: "order-of-routes",
        what: "routes are asked in the order in which they were made, and then of their names: apply all of them at once, and after a change delete and apply them again",
        why: "Envoy Gateway keeps the order within a route; between routes it is that of their age",
    },
    Difference {
        id: "policies-of-services",
        what: "where versions have services of their own, health checks, balance and times of the first service hold for all",
        why: "policies are for routes",
    },
];
