//! The file.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::callers::NOBODY;
use super::limits;
use super::plan::{Group, KongRoute, Plan, Upstream};
use super::plugins::Plugin;
use super::upstreams;
use crate::config::HostHeaderKind;
use crate::export::document::{Node, Yaml, quoted_without_places};
use crate::export::gate::{Callers, Gate, parts};
use crate::export::{Placeholder, SecretForm, Written};

/// Name of the file.
pub(super) const FILE: &str = "kong.yaml";

/// Writes all of it.
pub(super) fn write(gate: &Gate<'_>) -> Written {
    let plan = Plan::of(gate);
    let mut root = Node::map([("_format_version", "3.0".into())]);
    if let Some(limits) = &plan.global {
        root.put("plugins", Node::List(vec![rate_limiting(limits)]));
    }
    let used: BTreeSet<&Upstream> = plan
        .groups
        .iter()
        .filter_map(|group| group.upstream.as_ref())
        .collect();
    if !used.is_empty() {
        let all = used
            .iter()
            .map(|upstream| upstreams::upstream(gate, upstream));
        root.put("upstreams", Node::List(all.collect()));
    }
    if !plan.groups.is_empty() {
        let all = (0..plan.groups.len()).map(|n| service(gate, &plan, n));
        root.put("services", Node::List(all.collect()));
    }
    let alone: Vec<_> = plan
        .routes
        .iter()
        .filter(|one| one.group.is_none())
        .map(|one| route(gate, one, &one.plugins))
        .collect();
    if !alone.is_empty() {
        root.put("routes", Node::List(alone));
    }
    let mut placeholders = Vec::new();
    let consumers = consumers(gate, &plan, &mut placeholders);
    if !consumers.is_empty() {
        root.put("consumers", Node::List(consumers));
    }
    let remark =
        "Kong Gateway 3.x, declarative. Written by Gatewright; REPORT.md says what differs.";
    let mut yaml = Yaml::new(FILE, quoted_without_places, &[remark]);
    yaml.document(&root);
    let (file, marks) = yaml.finish();
    Written {
        files: vec![file],
        marks,
        placeholders,
    }
}

fn rate_limiting(limits: &limits::Plugin) -> Node {
    let node = json!({ "name": "rate-limiting", "config": limits.config });
    Node::from(node).of(&limits.at)
}

fn plugin(plugin: &Plugin) -> Node {
    Node::from(json!({ "name": plugin.name, "config": plugin.config })).of(&plugin.at)
}

fn service(gate: &Gate<'_>, plan: &Plan<'_>, n: usize) -> Node {
    let group: &Group = &plan.groups[n];
    let mut node = Node::map([("name", group.name.as_str().into())]);
    match &group.upstream {
        None => {
            // It answers by itself; nothing is ever sent there.
            node.put("url", "http://nowhere.invalid");
        }
        Some(upstream) => {
            let service = &gate.config.services[upstream.service];
            let url = service.targets.first().map_or("", |target| &target.url);
            let tls = parts(url).0 == "https";
            node.put("host", upstreams::name(gate, upstream));
            node.put("port", if tls { 443 } else { 80 });
            node.put("protocol", if tls { "https" } else { "http" });
            if tls {
                node.put("tls_verify", !service.tls.skip_verify);
            }
            let at = format!("services[{}]", upstream.service);
            let timeouts = &service.timeouts;
            let between = timeouts.idle_ms.map_or(timeouts.first_byte_ms, |idle| {
                idle.max(timeouts.first_byte_ms)
            });
            node.put("connect_timeout", timeouts.connect_ms);
            node.put(
                "read_timeout",
                Node::from(between).of(format!("{at}.timeouts")),
            );
            node.put("write_timeout", between);
            let retries = Node::from(service.retries.attempts);
            node.put("retries", retries.of(format!("{at}.retries")));
        }
    }
    let routes: Vec<&KongRoute<'_>> = plan
        .routes
        .iter()
        .filter(|one| one.group == Some(n))
        .collect();
    let shared: Vec<&Plugin> = routes.first().map_or_else(Vec::new, |first| {
        let all = first.plugins.iter();
        let is_shared = |one: &&Plugin| {
            routes.iter().all(|route| {
                route
                    .plugins
                    .iter()
                    .any(|own| own.name == one.name && own.config == one.config)
            })
        };
        all.filter(is_shared).collect()
    });
    let mut plugins: Vec<Node> = shared.iter().map(|one| plugin(one)).collect();
    plugins.extend(group.limits.as_ref().map(rate_limiting));
    if !plugins.is_empty() {
        node.put("plugins", Node::List(plugins));
    }
    let routes = routes.into_iter().map(|one| {
        let own: Vec<_> = one
            .plugins
            .iter()
            .filter(|own| !shared.iter().any(|other| other.name == own.name))
            .cloned()
            .collect();
        route(gate, one, &own)
    });
    node.put("routes", Node::List(routes.collect()));
    let at = &gate.routes[group.route].at;
    node.of(format!("{at}.service"))
}

fn route(gate: &Gate<'_>, one: &KongRoute<'_>, plugins: &[Plugin]) -> Node {
    let written = &gate.routes[one.route];
    let at = &written.at;
    let mut node = Node::map([("name", one.name.as_str().into())]);
    if !one.hosts.is_empty() {
        node.put(
            "hosts",
            Node::from(json!(one.hosts)).of(format!("{at}.match.hosts")),
        );
    }
    let paths = json!([format!("~{}$", one.pattern)]);
    node.put("paths", Node::from(paths).of(format!("{at}.match.path")));
    if !one.methods.is_empty() {
        let methods = Node::from(json!(one.methods));
        node.put("methods", methods.of(format!("{at}.match.methods")));
    }
    if !one.headers.is_empty() {
        let headers = Node::from(json!(one.headers));
        node.put("headers", headers.of(format!("{at}.match.headers")));
    }
    node.put("regex_priority", one.regex_priority);
    node.put("strip_path", false);
    let keeps = written.config.host_header.kind == HostHeaderKind::Caller;
    let keeps = Node::from(keeps && one.group.is_some());
    node.put("preserve_host", keeps.of(format!("{at}.host_header")));
    node.put("protocols", Node::from(json!(["http", "https"])));
    // A redirect from HTTP to HTTPS is none of this route's.
    if !plugins.is_empty() {
        let mut all: Vec<_> = plugins.iter().collect();
        all.sort_by_key(|plugin| plugin.name);
        node.put("plugins", Node::List(all.into_iter().map(plugin).collect()));
    }
    let node = match &written.closed {
        Some(setting) => node.of(setting),
        None => node,
    };
    node.of(format!("{at}.match")).of(at)
}

fn consumers(gate: &Gate<'_>, plan: &Plan<'_>, placeholders: &mut Vec<Placeholder>) -> Vec<Node> {
    let mut names: Vec<String> = gate
        .config
        .consumers
        .iter()
        .map(|consumer| consumer.name.to_string())
        .collect();
    for slot in &gate.slots {
        if !names.contains(&slot.key.consumer) {
            names.push(slot.key.consumer.clone());
        }
    }
    if plan.anonymous {
        names.push(NOBODY.to_owned());
    }
    let asks = gate
        .routes
        .iter()
        .any(|route| route.callers != Callers::Anyone);
    let mut nodes = Vec::new();
    for name in &names {
        let mut node = Node::map([("username", name.as_str().into())]);
        let place = gate
            .config
            .consumers
            .iter()
            .position(|one| one.name.as_str() == name);
        let mut groups: Vec<String> = match place {
            Some(place) => gate.config.consumers[place].groups.clone(),
            None => Vec::new(),
        };
        groups.extend(plan.made_groups.get(name).into_iter().flatten().cloned());
        groups.dedup();
        if !groups.is_empty() {
            let groups: Vec<Value> = groups
                .iter()
                .map(|group| json!({ "group": group }))
                .collect();
            node.put("acls", Node::from(groups));
        }
        let mut credentials = Vec::new();
        for slot in gate
            .slots
            .iter()
            .filter(|slot| asks && slot.key.consumer == *name)
        {
            let token = format!("${{{{ env \"DECK_{}\" }}}}", slot.placeholder);
            // In quotes that decK has to take away: unfilled it is no YAML, and nobody's key.
            credentials.push(Node::map([("key", Node::Raw(format!("\"{token}\"")))]));
            if gate.config.api_keys.bearer {
                let bearer = Node::Raw(format!("\"Bearer {token}\""));
                credentials.push(Node::map([("key", bearer)]));
            }
            placeholders.push(Placeholder {
                name: slot.placeholder.clone(),
                file: FILE.to_owned(),
                token,
                form: SecretForm::Plain,
                consumer: slot.key.consumer.clone(),
            });
        }
        if !credentials.is_empty() {
            node.put(
                "keyauth_credentials",
                Node::List(credentials).of("api_keys"),
            );
        }
        if let Some(limits) = plan.of_consumers.get(name) {
            node.put("plugins", Node::List(vec![rate_limiting(limits)]));
        }
        nodes.push(match place {
            Some(place) => node.of(format!("consumers[{place}]")),
            None => node,
        });
    }
    nodes
}
