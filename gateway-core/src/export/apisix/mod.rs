//! Apache APISIX, standalone: `apisix.yaml`. All routes stand under `/*`, so that `priority` alone
//! says which is asked first; paths are expressions among their conditions.

mod cache;
mod drafts;
mod limits;
mod plugins;
mod routes;
#[cfg(test)]
mod tests;
mod upstreams;

use super::document::{Node, Yaml, quoted_without_places};
use super::feature::Feature;
use super::gate::{Callers, Gate};
use super::support::Support;
use super::{Difference, Exporter, Placeholder, Product, SecretForm, Together, Written};
use crate::config::Sticky;

/// APISIX.
pub(super) struct Apisix;

const FILE: &str = "apisix.yaml";

/// The consumer that callers are who show nothing, where that is allowed.
const NOBODY: &str = "gatewright-anonymous";

/// The name of a slot's consumer there: one for each key, since a consumer has one.
fn consumer(gate: &Gate<'_>, slot: usize) -> String {
    let name: String = gate.slots[slot]
        .key
        .consumer
        .chars()
        .map(
            |c| match c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                true => c,
                false => '_',
            },
        )
        .collect();
    let before = gate.slots[..slot]
        .iter()
        .filter(|one| one.key.consumer == gate.slots[slot].key.consumer);
    match before.count() {
        0 => name,
        n => format!("{name}-{}", n + 1),
    }
}

impl Exporter for Apisix {
    fn product(&self) -> Product {
        Product {
            id: "apisix",
            title: "Apache APISIX",
            versions: "3.18, standalone",
            edition: "open source",
            proved_with: None,
            program: None,
            main_file: FILE,
        }
    }

    fn support(&self, feature: &Feature<'_>) -> Support {
        use Feature as F;
        match feature {
            F::HttpsListener => Support::FillIn(
                "where APISIX listens is said in `config.yaml`; certificates are yours to add as `ssls`"
                    .to_owned(),
            ),
            F::CallerLimits => Support::about("the limits of its NGINX hold"),
            F::ApiKeys => Support::about(
                "keys are compared in plain text and taken in the first of the headers alone, and not \
                 as `Authorization: Bearer`",
            ),
            // What cannot be said of these is told where it is found.
            F::BodyLimit
            | F::AccessRule
            | F::KeyAccess
            | F::KeyInQuery
            | F::VersionByPath
            | F::VersionByHeader
            | F::VersionByHost
            | F::HeaderCondition
            | F::HeaderVariable
            | F::Lifecycle
            | F::Redirect
            | F::ManyLimits
            | F::ActiveTcp
            | F::TlsUnchecked => Support::Exact,
            F::Cors => Support::about("any OPTIONS request is answered 200, preflight or not"),
            F::VersionByQuery | F::QueryMatches => {
                Support::about("of a parameter that comes twice, the first value counts")
            }
            F::VersionByAccept => Support::about("preferences (`q=`) are not weighed"),
            F::OddHeaderName => Support::none("a header of such a name cannot be referred to"),
            F::UnportableRegex => {
                Support::none("an expression that APISIX may read differently is not written")
            }
            F::RegexPath => Support::about("`\\w`, `\\d`, `\\s` and `.` are of ASCII there"),
            F::RewriteByRegex => Support::about("groups hold decoded text, and `%2F` becomes `/`"),
            F::HeaderBeside => Support::about("on answers it takes the place of others of its name"),
            F::FixedAnswer => Support::about("an answer without a body has an empty line"),
            F::SunsetEnforced => Support::none("nothing depends on the time without code"),
            F::Recording | F::Echo | F::LocalIssuer | F::Labels => {
                Support::here_alone()
            }
            F::Mock => Support::mock_stays(),
            F::Aggregate(_) => Support::one_service_each(),
            F::OnlyMock => Support::nobody_but_a_mock(),
            F::Cache(keeping) if keeping.together => Support::nothing_to_keep(),
            F::Cache(keeping) => cache::support(keeping),
            F::CacheBudget => Support::FillIn(
                "how much is kept is the size of `memory_cache` in `config.yaml`".to_owned(),
            ),
            F::LimitHeaders => Support::about("callers are told by `X-RateLimit-*`"),
            F::LeastInFlight => Support::about("connections are counted, not running requests"),
            F::PowerOfTwo => Support::about("`least_conn`: the best of all, not of two"),
            F::ConsistentHash(_) => Support::another_hash(),
            F::StickyCookie => {
                Support::about("the cookie is hashed where callers send it, and not set")
            }
            F::ActiveHttp => Support::about(
                "intervals are whole seconds; checks begin with the first request to a service",
            ),
            F::Passive(failures, _) => Support::about(format!(
                "after {failures} failures a target comes back once a check finds it well"
            )),
            F::Panic => Support::about("where no target is well, requests go to all"),
            F::Breaker => Support::no_breaker(),
            F::Retries(attempts) => Support::about(format!(
                "tried again {attempts} times at most where there was no answer, without a budget"
            )),
            F::RetryStatuses => Support::none("statuses are not a reason to try again"),
            F::ManagedProcess => Support::no_programs(),
            F::Hold => Support::no_waiting(),
            F::FirstByteTimeout(ms) => Support::between_reads(*ms),
            F::IdleTimeout(ms) => Support::one_pause(*ms),
            F::TotalTimeout(ms) => Support::no_total(*ms),
            F::Http2Targets => Support::none("only gRPC is spoken over HTTP/2"),
            F::TlsTargets => Support::about(
                "`tls.verify`: authorities are those of `ssl_trusted_certificate` in `config.yaml`, \
                 and the name that is checked is the `Host` that is sent",
            ),
            F::MixedTargets => {
                Support::targets_alike()
            }
            F::Basic => {
                Support::none("passwords are hashed with Argon2, and `basic-auth` wants them plain")
            }
            F::Jwt => Support::no_tokens_yet(),
            F::ForwardAuth => Support::none("`forward-auth` is not carried over yet"),
            F::OtherWaysToo => {
                Support::keys_alone()
            }
            F::Rate(shape) => limits::support(shape),
            F::Quota => Support::none("nothing is counted by calendar periods, nor kept on disk"),
            F::Concurrency(_) => Support::about("counted in each node's memory"),
            F::ShadowLimit => Support::refuses_nothing(),
            F::Split(sticky) => match sticky {
                Sticky::None => Support::about("by weight, in turn"),
                Sticky::Key | Sticky::Consumer | Sticky::Ip | Sticky::Cookie => {
                    Support::about("by weight, and a caller may get another version each time")
                }
            },
        }
    }

    fn together(&self, gate: &Gate<'_>) -> Vec<Together> {
        routes::Plan::of(gate).told.all()
    }

    fn differences(&self) -> Vec<Difference> {
        DIFFERENCES.to_vec()
    }

    fn write(&self, gate: &Gate<'_>) -> Written {
        let plan = routes::Plan::of(gate);
        let mut root = Node::Map(Vec::new());
        let upstreams = plan
            .upstreams
            .iter()
            .map(|one| upstreams::upstream(gate, one));
        root.put("upstreams", Node::List(upstreams.collect()));
        root.put("routes", Node::List(plan.routes));
        let mut placeholders = Vec::new();
        let consumers = consumers(gate, &mut placeholders);
        if !consumers.is_empty() {
            root.put("consumers", Node::List(consumers));
        }
        let remark =
            "Apache APISIX, standalone. Written by Gatewright; REPORT.md says what differs.";
        let mut yaml = Yaml::new(FILE, quoted_without_places, &[remark]);
        yaml.document(&root);
        // APISIX takes a file without it for one that is still being written.
        yaml.line("#END");
        let (file, marks) = yaml.finish();
        Written {
            files: vec![file],
            marks,
            placeholders,
        }
    }

    fn command(&self) -> &'static str {
        "# `config.yaml` has to say: deployment: {role: data_plane, role_data_plane: {config_provider: yaml}}.\n\
         # Keys come from the environment: KEY_… for each that is named below.\n\
         cp apisix.yaml /usr/local/apisix/conf/apisix.yaml\n\
         apisix start"
    }

    fn compose(&self, _gate: &Gate<'_>) -> Option<String> {
        None
    }
}

fn consumers(gate: &Gate<'_>, placeholders: &mut Vec<Placeholder>) -> Vec<Node> {
    let mut nodes = Vec::new();
    if gate
        .routes
        .iter()
        .all(|route| route.callers == Callers::Anyone)
    {
        return nodes;
    }
    for (n, slot) in gate.slots.iter().enumerate() {
        let token = format!("${{{{{}}}}}", slot.placeholder);
        let key = Node::Raw(format!("\"{token}\"")).of("api_keys");
        let plugins = Node::map([("key-auth", Node::map([("key", key)]))]);
        let node = Node::map([("username", consumer(gate, n).into()), ("plugins", plugins)]);
        let place = gate
            .config
            .consumers
            .iter()
            .position(|one| one.name.as_str() == slot.key.consumer);
        nodes.push(match place {
            Some(place) => node.of(format!("consumers[{place}]")),
            None => node,
        });
        placeholders.push(Placeholder {
            name: slot.placeholder.clone(),
            file: FILE.to_owned(),
            token,
            form: SecretForm::Plain,
            consumer: slot.key.consumer.clone(),
        });
    }
    if gate
        .routes
        .iter()
        .any(|route| route.callers == Callers::KeyIfShown)
    {
        nodes.push(Node::map([("username", NOBODY.into())]));
    }
    nodes
}

const DIFFERENCES: [Difference; 8] = [
    Difference {
        id: "not-run",
        what: "the export is held against a description of APISIX's form that the tests have; APISIX \
               itself is not run in them",
        why: "its own schemas are code, and it is not among the programs that the tests can have",
    },
    Difference {
        id: "problem-bodies",
        what: "refusals have APISIX's own bodies instead of an `application/problem+json`",
        why: "they would have to be written for each refusal of each route",
    },
    Difference {
        id: "method-not-allowed",
        what: "a method that no route takes is answered 404; here 405",
        why: "APISIX does not ask which other methods there would be",
    },
    Difference {
        id: "decoded-paths",
        what: "a path that is rewritten is decoded first, and `%2F` in it becomes `/`",
        why: "`proxy-rewrite` sees the path as NGINX decodes it",
    },
    Difference {
        id: "consumer-headers",
        what: "`X-Consumer-Username` and `X-Credential-Identifier` are added, and groups and scopes are \
               not sent; a consumer's second key is a consumer of its own (`alice-2`)",
        why: "a consumer has one key there, and neither groups nor scopes",
    },
    Difference {
        id: "missing-key",
        what: "where a consumer is restricted, callers that are nobody are answered 401 or 403",
        why: "`consumer-restriction` says so",
    },
    Difference {
        id: "trace-headers",
        what: "`traceparent` and `X-Request-Id` are passed on as they came",
        why: "APISIX makes none without a plugin",
    },
    Difference {
        id: "headers-of-answers",
        what: "headers put on answers are on refusals too",
        why: "`response-rewrite` sees every answer",
    },
];
