//! Endpoints, in the order in which routes are asked here: of two for the same, the first is written.

use serde_json::{Map, Value, json};

use super::shapes::{self, Shape};
use super::{aggregate, backend, limits, tokens};
use crate::config;
use crate::export::Together;
use crate::export::document::Node;
use crate::export::gate::{Gate, Route, Scope};
use crate::export::support::Support;
use crate::snapshot::Backend;

/// The methods that endpoints have.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

fn methods(route: &Route<'_>) -> Vec<&'static str> {
    let named = &route.config.matches.methods;
    // Several are asked for the answer to a GET alone.
    let is_one = route.config.aggregate.is_none();
    let taken = |method: &&str| {
        (is_one || *method == "GET") && (named.is_empty() || named.iter().any(|one| one == method))
    };
    METHODS.into_iter().filter(taken).collect()
}

/// What of an entry is written: its shapes by method, without those that an earlier one takes.
fn kept<'g>(gate: &'g Gate<'_>) -> Vec<(usize, &'static str, Shape<'g>)> {
    let mut kept: Vec<(usize, &'static str, Shape<'g>)> = Vec::new();
    for entry in &gate.entries {
        let route = &gate.routes[entry.route];
        for shape in shapes::of(gate, entry).unwrap_or_default() {
            for method in methods(route) {
                let known = |(_, other, earlier): &(usize, &str, Shape<'_>)| {
                    *other == method && earlier.covers(&shape)
                };
                if !kept.iter().any(known) {
                    kept.push((entry.route, method, shape.clone()));
                }
            }
        }
    }
    kept
}

fn limits_of<'g, 'c>(
    gate: &'g Gate<'c>,
    n: usize,
    shape: &Shape<'_>,
) -> Vec<&'g crate::export::gate::Limit<'c>> {
    let version = shape.version.map(|version| version.name.as_str());
    let all = gate.limits.iter();
    all.filter(|limit| match &limit.scope {
        Scope::Route(own) => *own == n,
        Scope::Version(own, name) => *own == n && Some(name.as_str()) == version,
        Scope::All | Scope::Slots(_) => false,
    })
    .collect()
}

/// How settings fare that cannot be judged one by one.
pub(super) fn told(gate: &Gate<'_>) -> Vec<Together> {
    let mut told = Vec::new();
    let mut tell = |route: Option<usize>, path: String, support: Support, guards: bool| {
        told.push(Together {
            path,
            route,
            support,
            guards,
        });
    };
    for entry in &gate.entries {
        let route = &gate.routes[entry.route];
        if let Err(note) = shapes::of(gate, entry) {
            tell(
                Some(entry.route),
                format!("{}.match.path", route.at),
                Support::none(note),
                true,
            );
        }
    }
    for (n, route) in gate.routes.iter().enumerate() {
        let matches = &route.config.matches;
        let paid = || Support::paid("conditions on requests are in the Enterprise Edition alone");
        for m in 0..matches.headers.len() {
            tell(
                Some(n),
                format!("{}.match.headers[{m}]", route.at),
                paid(),
                true,
            );
        }
        for m in 0..matches.query.len() {
            tell(
                Some(n),
                format!("{}.match.query[{m}]", route.at),
                paid(),
                true,
            );
        }
        if !matches.hosts.is_empty() {
            let note = "hosts are told apart in the Enterprise Edition alone";
            tell(
                Some(n),
                format!("{}.match.hosts", route.at),
                Support::paid(note),
                true,
            );
        }
        if let Some(note) = aggregate::why_not(route) {
            let path = format!("{}.aggregate", route.at);
            tell(Some(n), path, Support::none(note), true);
        }
        let answers = &route.config.response_headers;
        if route.config.aggregate.is_some() && *answers != config::HeaderEdits::default() {
            let note = "an answer made of several has no headers of its own";
            let path = format!("{}.response_headers", route.at);
            tell(Some(n), path, Support::none(note), false);
        }
        for method in methods(route) {
            if let Err(note) = tokens::validator(gate, route, method) {
                let path = format!("{}.authentication", route.at);
                tell(Some(n), path, Support::none(note), true);
                break;
            }
        }
        if methods(route).is_empty() {
            let note = "an endpoint has none of its methods";
            tell(
                Some(n),
                format!("{}.match.methods", route.at),
                Support::none(note),
                false,
            );
        }
    }
    for limit in &gate.limits {
        if matches!(limit.scope, Scope::All | Scope::Slots(_)) {
            let note = "limits over all endpoints are in the Enterprise Edition alone";
            tell(None, limit.at.clone(), Support::paid(note), true);
        }
    }
    let kept = kept(gate);
    for (n, route) in gate.routes.iter().enumerate() {
        let own: Vec<_> = kept.iter().filter(|(of, _, _)| *of == n).collect();
        let known = !route.config.authentication.methods.is_empty();
        for (_, _, shape) in &own {
            let wanted = limits_of(gate, n, shape);
            let Some(first) = wanted.first() else {
                continue;
            };
            if own.len() > 1 {
                let note = format!("each of {} endpoints would count for itself", own.len());
                tell(Some(n), first.at.clone(), Support::none(note), true);
                break;
            }
            if let Err(note) = limits::router(&wanted, known) {
                tell(Some(n), first.at.clone(), Support::none(note), true);
            }
        }
        for (_, method, shape) in &own {
            let made = backend::backend(gate, route, shape.version, &shape.sent, method);
            for path in made.map_or_else(Vec::new, |(_, unsaid)| unsaid) {
                let note = "the header is left out: nothing of the request can be put into it";
                tell(Some(n), path, Support::none(note), false);
            }
        }
    }
    told.sort_by(|a, b| (&a.path, a.route).cmp(&(&b.path, b.route)));
    told.dedup_by(|a, b| a.path == b.path && a.route == b.route && a.support == b.support);
    told
}

/// All endpoints.
pub(super) fn written(gate: &Gate<'_>) -> Vec<Node> {
    let endpoints = kept(gate).into_iter().map(|(n, method, shape)| {
        let route = &gate.routes[n];
        let node = endpoint(gate, n, method, &shape);
        let node = match &route.closed {
            Some(setting) => node.of(setting),
            None => node,
        };
        node.of(format!("{}.match", route.at)).of(&route.at)
    });
    endpoints.collect()
}

fn endpoint(gate: &Gate<'_>, n: usize, method: &str, shape: &Shape<'_>) -> Node {
    let route = &gate.routes[n];
    let open = route.closed.is_none();
    let parts = aggregate::backends(gate, route).filter(|_| open);
    let encoding = if parts.is_some() { "json" } else { "no-op" };
    let mut node = Node::map([
        ("@comment", format!("route {}", route.config.name).into()),
        ("endpoint", shape.endpoint().into()),
        ("method", method.into()),
        ("output_encoding", encoding.into()),
    ]);
    let is_one = parts.is_none();
    let (backends, most) = match &route.compiled.backend {
        Backend::Service(_) if open => {
            let one = backend::backend(gate, route, shape.version, &shape.sent, method);
            (one.map(|(one, _)| vec![one]), None)
        }
        Backend::Aggregate(_) => match parts {
            Some((all, most)) => (Some(all), Some(most)),
            None => (None, None),
        },
        Backend::Service(_) | Backend::Own(_) => (None, None),
    };
    let Some(backends) = backends else {
        // Nothing is ever sent: the expression never holds.
        node.put(
            "extra_config",
            json!({ "validation/cel": [{ "check_expr": "false" }] }),
        );
        let nowhere =
            json!([{ "host": ["http://127.0.0.1:9"], "url_pattern": "/", "encoding": "no-op" }]);
        node.put("backend", nowhere);
        return node;
    };
    if let Some((at, service)) = backend::service(gate, route, shape.version) {
        let timeouts = &service.timeouts;
        let most = timeouts.total_ms.unwrap_or(timeouts.first_byte_ms);
        let most = Node::from(format!("{most}ms"));
        node.put("timeout", most.of(format!("services[{at}].timeouts")));
    }
    if let Some(most) = most {
        let most = Node::from(format!("{most}ms"));
        node.put(
            "timeout",
            most.of(format!("{}.aggregate.deadline_ms", route.at)),
        );
    }
    node.put("input_headers", json!(["*"]));
    if is_one {
        node.put("input_query_strings", json!(["*"]));
    }
    let mut extra = Node::Map(Vec::new());
    let mut some = false;
    if let Ok(Some(validator)) = tokens::validator(gate, route, method) {
        let validator = Node::from(Value::Object(validator));
        extra.put(
            "auth/validator",
            validator.of(format!("{}.authentication", route.at)),
        );
        some = true;
    }
    let wanted = limits_of(gate, n, shape);
    let known = !route.config.authentication.methods.is_empty();
    if let Ok(Some(limit)) = limits::router(&wanted, known) {
        let limit: Map<String, Value> = limit;
        let at = wanted
            .first()
            .map_or(route.at.clone(), |limit| limit.at.clone());
        extra.put(
            "qos/ratelimit/router",
            Node::from(Value::Object(limit)).of(at),
        );
        some = true;
    }
    if some {
        node.put("extra_config", extra);
    }
    node.put("backend", Node::List(backends));
    node
}

/// The rule about pages of other origins, where all routes have the same.
pub(super) fn cors(gate: &Gate<'_>) -> Option<(String, Value)> {
    let mut open = gate.routes.iter().filter(|route| route.closed.is_none());
    let first = open.clone().next()?;
    let cors = first.config.cors.as_ref()?;
    if !open.all(|route| route.config.cors.as_ref() == Some(cors)) {
        return None;
    }
    let config::Cors {
        origins,
        methods,
        headers,
        expose,
        credentials,
        max_age_s,
    } = cors;
    // A wildcard stands for text within an origin there: `*` for a port would stand for a domain too.
    if origins
        .iter()
        .any(|origin| origin != "*" && origin.contains('*'))
    {
        return None;
    }
    let usual: Vec<String> = METHODS.map(str::to_owned).to_vec();
    let methods: Vec<&String> = match methods.is_empty() {
        true => usual.iter().collect(),
        false => methods
            .iter()
            .filter(|one| usual.contains(one) || ["HEAD", "OPTIONS"].contains(&one.as_str()))
            .collect(),
    };
    let rule = json!({
        "allow_origins": origins, "allow_methods": methods, "allow_headers": headers,
        "expose_headers": expose, "allow_credentials": credentials, "max_age": format!("{max_age_s}s"),
    });
    Some((format!("{}.cors", first.at), rule))
}
