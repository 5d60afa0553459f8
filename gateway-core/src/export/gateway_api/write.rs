//! The manifests.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::matching::{ODD, expression};
use super::names::client;
use super::objects::{ENVOY, extension, object, of_envoy, refusal};
use super::policies::policies;
use super::rules::{self, Rules};
use super::services;
use crate::export::document::{Yaml, about, quoted};
use crate::export::gate::{Entry, Gate, Scope};
use crate::export::{Placeholder, SecretForm, Written};
use crate::snapshot::matcher::hosts::HostPattern;

/// Most rules of a route, and most of its hosts.
const MOST: usize = 16;

/// Writes the manifests.
pub(super) fn write(gate: &Gate<'_>) -> Written {
    let mut written = Written::default();
    let made = Made::of(gate);
    let backends = gate
        .used_services()
        .into_iter()
        .flat_map(|(n, service)| services::backends(n, service));
    let mut file = |name: &str, objects: Vec<Value>| {
        if objects.is_empty() {
            return;
        }
        let version = env!("CARGO_PKG_VERSION");
        let remark = format!(
            "Exported by Gatewright {version} for the Gateway API v1.6 and Envoy Gateway v1.9."
        );
        let mut yaml = Yaml::new(&format!("manifests/{name}.yaml"), quoted, &[&remark]);
        for object in objects {
            yaml.document(&object.into());
        }
        let (file, marks) = yaml.finish();
        written.files.push(file);
        written.marks.extend(marks);
    };
    file("routes", made.routes);
    file("policies", made.policies);
    file("gateway", gateway(gate));
    file("services", backends.collect());
    if let Some((text, placeholders)) = secret(gate) {
        written.files.push(crate::export::File {
            name: KEYS.to_owned(),
            text,
        });
        written.placeholders = placeholders;
    }
    written
}

const KEYS: &str = "manifests/keys.yaml";

/// The Secret with the keys. What is left in the place of a key is a list, which no Secret takes: one
/// that is not filled in cannot be applied, and without it nobody is let in.
fn secret(gate: &Gate<'_>) -> Option<(String, Vec<Placeholder>)> {
    if gate.slots.is_empty() {
        return None;
    }
    let mut placeholders = Vec::new();
    let mut text = String::from(
        "# The API keys. Put each in the place of its name and of the brackets around it; until then\n\
         # Kubernetes does not take this Secret, and the routes that need it let nobody in.\n\
         apiVersion: v1\nkind: Secret\nmetadata: {name: api-keys, namespace: default}\ntype: Opaque\nstringData:\n",
    );
    for slot in &gate.slots {
        let token = format!("[FILL_IN_{}]", slot.placeholder);
        text.push_str(&format!("  \"{}\": {token}\n", client(gate, slot)));
        placeholders.push(Placeholder {
            name: slot.placeholder.clone(),
            file: KEYS.to_owned(),
            token,
            form: SecretForm::Plain,
            consumer: slot.key.consumer.clone(),
        });
    }
    Some((text, placeholders))
}

fn gateway(gate: &Gate<'_>) -> Vec<Value> {
    let listen = &gate.config.listen;
    let class = json!({
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "GatewayClass",
        "metadata": {"name": "gatewright"},
        "spec": {
            "controllerName": "gateway.envoyproxy.io/gatewayclass-controller",
            "parametersRef": {
                "group": ENVOY,
                "kind": "EnvoyProxy",
                "name": "gateway",
                "namespace": "default",
            },
        },
    });
    // Rules are asked in the order in which they are written, as here.
    let proxy = of_envoy("EnvoyProxy", "gateway", json!({"preserveRouteOrder": true}));
    let mut gateway = object(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        "gateway",
        json!({
            "gatewayClassName": "gatewright",
            "listeners": [{
                "name": "http",
                "protocol": "HTTP",
                "port": listen.port,
                "allowedRoutes": {"namespaces": {"from": "Same"}},
            }],
        }),
    );
    about(&mut gateway, "listen");
    // Nobody can say of itself who it is, and escaped slashes stay what they are.
    let clients = of_envoy(
        "ClientTrafficPolicy",
        "gateway",
        json!({
            "targetRefs": [{
                "group": "gateway.networking.k8s.io",
                "kind": "Gateway",
                "name": "gateway",
            }],
            "path": {"escapedSlashesAction": "RejectRequest"},
            "clientIPDetection": {"directSourceIP": {}},
            "headers": {
                "earlyRequestHeaders": {
                    "remove": [
                        "Forwarded",
                        "X-Forwarded-For",
                        "X-Forwarded-Host",
                        "X-Forwarded-Port",
                        "X-Forwarded-Server",
                        "X-Real-Ip",
                        "X-Consumer-Id",
                        "X-Credential-Id",
                        "X-Consumer-Groups",
                        "X-Consumer-Scopes",
                    ],
                },
                "requestID": "Generate",
                "withUnderscoresAction": "DropHeader",
            },
        }),
    );
    vec![class, proxy, gateway, clients]
}

struct Made {
    routes: Vec<Value>,
    policies: Vec<Value>,
}

impl Made {
    fn of(gate: &Gate<'_>) -> Self {
        let mut made = Self {
            routes: Vec::new(),
            policies: Vec::new(),
        };
        let mut statuses = BTreeSet::from([400]);
        let mut filters = Vec::new();
        let hosts = hosts(gate);
        let before = json!([{
            "matches": [{"path": expression(ODD)}],
            "filters": [extension(&refusal(400))],
        }]);
        let mut all = vec![route("r000-odd-spelling", None, &before)];
        if !hosts.is_empty() {
            for (n, hosts) in hosts.chunks(MOST).enumerate() {
                let name = format!("r000-odd-spelling-{n}");
                all.push(route(&name, Some(hosts), &before));
            }
        }
        // Each with the index of its route, to be counted before limits are shared out.
        let mut limited: Vec<(usize, String, Vec<Value>)> = Vec::new();
        for (n, entry) in gate.entries.iter().enumerate() {
            let name = rules::name(n + 1, entry, gate);
            let mut rules = Rules {
                gate,
                name: name.clone(),
                rules: Vec::new(),
                filters: Vec::new(),
                statuses: Vec::new(),
            };
            rules.write(entry);
            statuses.extend(rules.statuses);
            filters.extend(rules.filters);
            for (suffix, hosts) in places(entry, &hosts) {
                for (part, rules) in rules.rules.chunks(MOST).enumerate() {
                    let name = format!("{name}{suffix}-{part}");
                    let mut route = route(&name, hosts.as_deref(), &json!(rules));
                    let at = &gate.routes[entry.route].at;
                    for part in [
                        "match", "versions", "rewrite", "redirect", "respond", "service",
                    ] {
                        about(&mut route, format!("{at}.{part}"));
                    }
                    for part in ["request_headers", "response_headers"] {
                        about(&mut route, format!("{at}.{part}"));
                    }
                    about(&mut route, at);
                    limited.push((entry.route, name, rules.to_vec()));
                    all.push(route);
                }
            }
        }
        for status in statuses {
            let answer = json!({"directResponse": {"statusCode": status}});
            made.routes
                .push(of_envoy("HTTPRouteFilter", &refusal(status), answer));
        }
        made.routes.extend(filters);
        made.routes.extend(all);
        // Envoy counts apart for each of these.
        let ways = |routes: &dyn Fn(usize) -> bool| -> u64 {
            let all = limited.iter().filter(|(route, _, _)| routes(*route));
            let matches = all.flat_map(|(_, _, rules)| rules).map(|rule| {
                let open = rule.get("backendRefs").is_some() || is_answer(rule);
                let matches = rule["matches"].as_array().map_or(0, Vec::len);
                if open { matches } else { 0 }
            });
            u64::try_from(matches.sum::<usize>()).unwrap_or(u64::MAX)
        };
        let ways = |scope: &Scope| match scope {
            Scope::All | Scope::Slots(_) => ways(&|_| true),
            Scope::Route(own) | Scope::Version(own, _) => ways(&|route| route == *own),
        };
        for (n, name, _) in &limited {
            made.policies.extend(policies(gate, *n, name, &ways));
        }
        made
    }
}

/// Whether a rule answers by itself, and not only refuses.
fn is_answer(rule: &Value) -> bool {
    let filters = rule["filters"].as_array();
    filters.into_iter().flatten().any(|filter| {
        let name = filter["extensionRef"]["name"].as_str();
        filter["type"] == "RequestRedirect" || name.is_some_and(|name| name.starts_with('r'))
    })
}

fn route(name: &str, hosts: Option<&[String]>, rules: &Value) -> Value {
    let mut spec = json!({"parentRefs": [{"name": "gateway"}]});
    if let Some(hosts) = hosts {
        spec["hostnames"] = json!(hosts);
    }
    spec["rules"] = rules.clone();
    object("gateway.networking.k8s.io/v1", "HTTPRoute", name, spec)
}

/// All hosts that some route names.
fn hosts(gate: &Gate<'_>) -> Vec<String> {
    let all = gate.entries.iter().filter_map(|entry| entry.host.as_ref());
    let all: BTreeSet<String> = all.map(ToString::to_string).collect();
    all.into_iter().collect()
}

/// Where an entry's route stands: Envoy looks for routes under the host that fits best, and nowhere
/// else, so a route stands under each host that it takes.
fn places(entry: &Entry, hosts: &[String]) -> Vec<(String, Option<Vec<String>>)> {
    let chunks = |hosts: Vec<String>| -> Vec<(String, Option<Vec<String>>)> {
        let chunks = hosts.chunks(MOST).enumerate();
        chunks
            .map(|(n, hosts)| (format!("-h{n}"), Some(hosts.to_vec())))
            .collect()
    };
    match &entry.host {
        None => {
            let mut all = vec![(String::new(), None)];
            all.extend(chunks(hosts.to_vec()));
            all
        }
        Some(own) => {
            let takes = |host: &&String| match host.strip_prefix("*.") {
                None => own.takes(host),
                Some(suffix) => match own {
                    HostPattern::Exact(_) => false,
                    HostPattern::Wildcard(wide) => wide == suffix || own.takes(suffix),
                },
            };
            chunks(hosts.iter().filter(takes).cloned().collect())
        }
    }
}
