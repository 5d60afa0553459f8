//! OpenAPI 3.1: a description for people of what callers may ask, with the configuration itself in an
//! extension, so that it comes back as it was. It describes a gateway and runs none, so nothing is
//! exported closed.

mod operations;
mod security;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::document::{Node, Yaml, quoted};
use super::feature::Feature;
use super::gate::Gate;
use super::support::Support;
use super::{Difference, Exporter, Product, Together, Written};
use crate::import::OPENAPI_EXTENSION;

/// OpenAPI.
pub(super) struct Openapi;

const FILE: &str = "openapi.yaml";

impl Exporter for Openapi {
    fn product(&self) -> Product {
        Product {
            id: "openapi",
            title: "OpenAPI",
            versions: "3.1",
            edition: "a description, and no gateway",
            proved_with: None,
            program: None,
            main_file: FILE,
        }
    }

    fn support(&self, feature: &Feature<'_>) -> Support {
        use Feature as F;
        let alone =
            || Support::left_out("OpenAPI has no words for it; it stands in `x-gatewright` alone");
        match feature {
            F::ApiKeys
            | F::KeyInQuery
            | F::Basic
            | F::VersionByPath
            | F::FixedAnswer
            | F::Redirect
            | F::OtherWaysToo => Support::Exact,
            F::Jwt => Support::about("who issues the tokens is said in words"),
            F::ForwardAuth => Support::about("that another service decides is said in words"),
            F::AccessRule => {
                Support::about("scopes are said with the operation, all else in words")
            }
            F::Rate(_) | F::Quota | F::Concurrency(_) | F::ManyLimits => {
                Support::about("an answer 429, and the numbers in words")
            }
            F::BodyLimit => Support::about("an answer 413, and the number in words"),
            F::VersionByHeader | F::VersionByQuery => {
                Support::about("a parameter with the versions as its values")
            }
            F::VersionByAccept => Support::about("media types with the versions"),
            F::VersionByHost => Support::about("said in words"),
            F::Lifecycle => Support::about("`deprecated`, and the times in words"),
            F::SunsetEnforced => Support::about("an answer 410, and the time in words"),
            F::RegexPath | F::UnportableRegex => {
                Support::about("a path of one parameter whose `pattern` is the expression")
            }
            F::HeaderCondition | F::QueryMatches => {
                Support::about("a parameter that is required where the condition needs it")
            }
            F::HttpsListener => Support::Exact,
            F::Split(_) => Support::about("the version for callers who name none is said in words"),
            F::Cors
            | F::KeyAccess
            | F::LimitHeaders
            | F::Cache(_)
            | F::CacheBudget
            | F::OddHeaderName
            | F::CallerLimits
            | F::Recording
            | F::Echo
            | F::LocalIssuer
            | F::Labels
            | F::LeastInFlight
            | F::PowerOfTwo
            | F::ConsistentHash(_)
            | F::StickyCookie
            | F::ActiveHttp
            | F::ActiveTcp
            | F::Passive(..)
            | F::Panic
            | F::Breaker
            | F::Retries(_)
            | F::RetryStatuses
            | F::Hold
            | F::ManagedProcess
            | F::FirstByteTimeout(_)
            | F::IdleTimeout(_)
            | F::TotalTimeout(_)
            | F::Http2Targets
            | F::TlsTargets
            | F::TlsUnchecked
            | F::MixedTargets
            | F::RewriteByRegex
            | F::HeaderBeside
            | F::HeaderVariable
            | F::Mock
            | F::OnlyMock
            | F::Aggregate(_)
            | F::ShadowLimit => alone(),
        }
    }

    fn together(&self, gate: &Gate<'_>) -> Vec<Together> {
        let told = |path: String, support| Together {
            path,
            route: None,
            support,
            guards: false,
        };
        let hidden = gate.config.consumers.iter().enumerate();
        let hidden = hidden.filter(|(_, consumer)| consumer.password_hash.is_some());
        let mut all: Vec<_> = hidden
            .map(|(n, _)| {
                let note = "the hash of a password is left out of the document; give it anew after \
                            an import";
                told(
                    format!("consumers[{n}].password_hash"),
                    Support::FillIn(note.to_owned()),
                )
            })
            .collect();
        all.extend(operations::written(gate).1.into_iter().map(|path| {
            let note = "another route has the same path and method under other conditions, and \
                        OpenAPI knows one; it stands in `x-gatewright` alone";
            told(path, Support::about(note))
        }));
        all
    }

    fn differences(&self) -> Vec<Difference> {
        vec![
            Difference {
                id: "description",
                what: "it is a description: nothing refuses anything by it",
                why: "OpenAPI says what callers may ask, and not what a gateway does with it",
            },
            Difference {
                id: "any-method",
                what: "a route for any method is described with GET, POST, PUT, PATCH and DELETE",
                why: "seven descriptions of the same would help nobody",
            },
            Difference {
                id: "prefixes",
                what: "a prefix is described as itself and with a parameter `rest`, which may hold \
                       slashes here",
                why: "OpenAPI has no paths of any length",
            },
        ]
    }

    fn write(&self, gate: &Gate<'_>) -> Written {
        let (paths, _) = operations::written(gate);
        let mut root = Node::map([
            ("openapi", "3.1.0".into()),
            (
                "info",
                Node::from(json!({
                    "title": "What the gateway takes",
                    "version": "1",
                    "description": "Written by Gatewright. `x-gatewright` holds the configuration itself, without secrets: importing this document gives it back.",
                })),
            ),
            ("servers", servers(gate)),
            ("paths", Node::Map(paths)),
        ]);
        root.put("components", components(gate));
        root.put(OPENAPI_EXTENSION, configuration(gate));
        let mut yaml = Yaml::new(FILE, quoted, &[]);
        yaml.document(&root);
        let (file, marks) = yaml.finish();
        Written {
            files: vec![file],
            marks,
            placeholders: Vec::new(),
        }
    }

    fn command(&self) -> &'static str {
        "# To look at it as a page:\n\
         npx @redocly/cli build-docs openapi.yaml\n\
         # To have the configuration back:\n\
         gatewright import openapi.yaml --format openapi"
    }

    fn compose(&self, _gate: &Gate<'_>) -> Option<String> {
        None
    }
}

fn servers(gate: &Gate<'_>) -> Node {
    let listen = &gate.config.listen;
    let host = match listen.address {
        address if address.is_unspecified() => "localhost".to_owned(),
        std::net::IpAddr::V4(address) => address.to_string(),
        std::net::IpAddr::V6(address) => format!("[{address}]"),
    };
    let mut servers =
        vec![Node::from(json!({ "url": format!("http://{host}:{}", listen.port) })).of("listen")];
    if let Some(https) = &listen.https {
        let server = json!({ "url": format!("https://localhost:{}", https.port) });
        servers.push(Node::from(server).of("listen.https"));
    }
    Node::List(servers)
}

/// The configuration, without what is secret: it never holds keys, and hashes of passwords stay here.
fn configuration(gate: &Gate<'_>) -> Node {
    let mut config = gate.config.clone();
    for consumer in &mut config.consumers {
        consumer.password_hash = None;
    }
    let mut value = serde_json::to_value(config).expect("a config is plain JSON");
    leave_out_absent(&mut value);
    value.into()
}

fn leave_out_absent(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(leave_out_absent);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_absent),
        _ => {}
    }
}

fn components(gate: &Gate<'_>) -> Node {
    let problem = |description: &str| {
        json!({
            "description": description,
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        })
    };
    let mut too_many = problem("too many requests: a limit or a quota is used up");
    too_many["headers"] = json!({
        "Retry-After": { "description": "seconds until it is worth trying again", "schema": { "type": "integer" } },
    });
    let mut components = Node::map([
        (
            "schemas",
            Node::from(json!({
                "Problem": {
                    "description": "why a request was refused (RFC 9457)",
                    "type": "object",
                    "properties": {
                        "type": { "type": "string" }, "title": { "type": "string" },
                        "status": { "type": "integer" }, "detail": { "type": "string" },
                    },
                },
            })),
        ),
        (
            "responses",
            Node::from(json!({
                "BadRequest": problem("no version is named, or several are"),
                "Unauthorized": problem("the caller does not show who it is, or shows what is wrong"),
                "Forbidden": problem("the caller may not do this"),
                "NotFound": problem("there is no such version"),
                "Gone": problem("this version is gone"),
                "TooLarge": problem("the body is too large"),
                "TooMany": too_many,
                "Unavailable": problem("the service does not answer"),
            })),
        ),
    ]);
    let schemes = security::schemes(gate);
    if !schemes.is_empty() {
        components.put("securitySchemes", Node::Map(schemes));
    }
    components
}
