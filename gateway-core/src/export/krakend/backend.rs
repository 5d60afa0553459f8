//! The backend of an endpoint: one, whose answer is passed on as it is.

use serde_json::{Value, json};

use crate::export::document::Node;
use crate::export::gate::{Gate, Route, parts};
use crate::ids::ServiceName;
use crate::snapshot::header_edits::{HeaderEdits, ValuePart, ValueTemplate, Variable};
use crate::snapshot::versions::{Scheme, Version};

/// Most hosts that are written for the sake of weights.
const MOST: u32 = 50;

/// The service of a route or of its version.
pub(super) fn service<'g>(
    gate: &'g Gate<'_>,
    route: &Route<'_>,
    version: Option<&Version>,
) -> Option<(usize, &'g crate::config::Service)> {
    let list = route.config.versions.iter().flat_map(|all| &all.list);
    let own = version.and_then(|version| {
        let mut own = list.filter(|one| one.name == version.name);
        own.find_map(|one| one.service.as_ref())
    });
    let name: &ServiceName = own.or(route.config.service.as_ref())?;
    let mut all = gate.config.services.iter().enumerate();
    all.find(|(_, service)| service.name == *name)
}

/// A backend, and the headers that cannot be said.
pub(super) fn backend(
    gate: &Gate<'_>,
    route: &Route<'_>,
    version: Option<&Version>,
    sent: &str,
    method: &str,
) -> Option<(Node, Vec<String>)> {
    let (n, service) = service(gate, route, version)?;
    let at = format!("services[{n}]");
    let (hosts, base) = hosts(service);
    let mut node = Node::map([
        ("host", Node::from(json!(hosts)).of(format!("{at}.targets"))),
        (
            "url_pattern",
            Node::from(format!("{base}{sent}")).of(format!("{}.rewrite", route.at)),
        ),
        ("method", method.into()),
        ("encoding", "no-op".into()),
        ("sd", "static".into()),
    ]);
    let mut unsaid = Vec::new();
    let changes = changes(route, version, &mut unsaid);
    let martian = json!({ "fifo.Group": {
        "scope": ["request", "response"], "aggregateErrors": true, "modifiers": changes,
    }});
    let mut extra = Node::Map(Vec::new());
    extra.put(
        "modifier/martian",
        Node::from(martian).of(format!("{}.request_headers", route.at)),
    );
    node.put("extra_config", extra);
    Some((node, unsaid))
}

/// The hosts of a service, as often as their weights say, and the path before that of each request.
pub(super) fn hosts(service: &crate::config::Service) -> (Vec<String>, &str) {
    let most = service
        .targets
        .iter()
        .map(|target| u32::from(target.weight))
        .max()
        .unwrap_or(1);
    let step = service
        .targets
        .iter()
        .map(|target| u32::from(target.weight))
        .fold(0, divisor)
        .max(most.div_ceil(MOST))
        .max(1);
    let mut hosts = Vec::new();
    for target in &service.targets {
        let (scheme, host, _) = parts(&target.url);
        let times = u32::from(target.weight).div_ceil(step);
        hosts.extend((0..times).map(|_| format!("{scheme}://{host}")));
    }
    let base = service
        .targets
        .first()
        .map_or("", |target| parts(&target.url).2);
    (hosts, base)
}

fn divisor(a: u32, b: u32) -> u32 {
    match b {
        0 => a,
        b => divisor(b, a % b),
    }
}

/// The changes of headers; those that cannot be said are put to `unsaid`.
pub(super) fn changes(
    route: &Route<'_>,
    version: Option<&Version>,
    unsaid: &mut Vec<String>,
) -> Vec<Value> {
    let mut all = vec![];
    // What only a gateway may say; `X-Consumer-Id` comes from a token where one is asked for.
    let mut ours = vec!["X-Credential-Id", "X-Consumer-Groups", "X-Consumer-Scopes"];
    if route.config.authentication.methods.is_empty() {
        ours.push("X-Consumer-Id");
    }
    all.push(json!({ "header.Blacklist": { "scope": ["request"], "names": ours } }));
    let mut edits = |edits: &HeaderEdits, scope: &str, at: String| {
        let HeaderEdits { remove, set, add } = edits;
        if !remove.is_empty() {
            let names: Vec<_> = remove.iter().map(|name| name.as_str()).collect();
            all.push(json!({ "header.Blacklist": { "scope": [scope], "names": names } }));
        }
        for (verb, part, lines) in [
            ("header.Modifier", "set", set),
            ("header.Append", "add", add),
        ] {
            for (n, (name, template)) in lines.iter().enumerate() {
                match value(template, route, version) {
                    Some(value) => {
                        all.push(json!({ verb: { "scope": [scope], "name": name.as_str(), "value": value } }));
                    }
                    None => unsaid.push(format!("{at}.{part}[{n}]")),
                }
            }
        }
    };
    let compiled = &route.compiled;
    edits(
        &compiled.request_headers,
        "request",
        format!("{}.request_headers", route.at),
    );
    edits(
        &compiled.response_headers,
        "response",
        format!("{}.response_headers", route.at),
    );
    if let Some(version) = version {
        let list = route.config.versions.iter().flat_map(|all| &all.list);
        let n = { list }
            .position(|one| one.name == version.name)
            .unwrap_or_default();
        let at = format!("{}.versions.list[{n}]", route.at);
        edits(
            &version.request_headers,
            "request",
            format!("{at}.request_headers"),
        );
        edits(
            &version.response_headers,
            "response",
            format!("{at}.response_headers"),
        );
        let mut told: Vec<(String, String)> = version
            .lifecycle
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.to_string(), value)
            })
            .collect();
        let scheme = compiled.versions.as_ref().map(|all| &all.scheme);
        if let (Some(Scheme::FirstSegment), Some(next)) = (scheme, &version.lifecycle.successor) {
            told.push((
                "Link".to_owned(),
                format!("</{next}>; rel=\"successor-version\""),
            ));
        }
        for (name, value) in told {
            all.push(
                json!({ "header.Append": { "scope": ["response"], "name": name, "value": value } }),
            );
        }
    }
    all
}

/// A header's value; `None` where it holds something of the request.
fn value(template: &ValueTemplate, route: &Route<'_>, version: Option<&Version>) -> Option<String> {
    let mut text = String::new();
    for part in &template.0 {
        match part {
            ValuePart::Literal(plain) => text.push_str(plain),
            ValuePart::Variable(Variable::Route) => text.push_str(route.config.name.as_str()),
            ValuePart::Variable(Variable::Version) => {
                text.push_str(version.map_or("", |version| version.name.as_str()));
            }
            ValuePart::Variable(
                Variable::RequestId
                | Variable::ClientIp
                | Variable::Host
                | Variable::Path
                | Variable::Consumer,
            ) => return None,
        }
    }
    Some(text)
}

/// How all services over HTTPS are trusted: unchecked only where all are.
pub(super) fn client_tls(gate: &Gate<'_>) -> Option<Node> {
    let used = gate.used_services();
    let mut secure = used.iter().filter(|(_, service)| {
        service
            .targets
            .iter()
            .any(|target| target.url.starts_with("https:"))
    });
    secure.clone().next()?;
    let unchecked = secure.clone().all(|(_, service)| service.tls.skip_verify);
    let files: Vec<_> = secure
        .clone()
        .filter_map(|(_, service)| service.tls.ca_file.as_deref())
        .collect();
    let mut node = Node::map([("allow_insecure_connections", unchecked.into())]);
    if !files.is_empty() {
        node.put("ca_certs", json!(files));
    }
    secure
        .next()
        .map(|(n, _)| node.of(format!("services[{n}].tls")))
}
