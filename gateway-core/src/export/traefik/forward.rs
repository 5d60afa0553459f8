//! What is sent on to services, and what callers are sent elsewhere for.

use serde_json::{Map, Value, json};

use super::rules::{Rule, whole};
use super::tree::{ENTRY, Router, SLOT, Tree, VERSION, removing};
use super::{callers, paths, service};
use crate::config::HostHeaderKind;
use crate::export::gate::{Callers, Gate, Route};
use crate::export::paths::{Line, Piece, forwarded, redirected};
use crate::snapshot::answer::Redirect;
use crate::snapshot::header_edits::{HeaderEdits, ValuePart, ValueTemplate, Variable};
use crate::snapshot::versions::{Scheme, Version};

/// Headers that services do not see.
const LEFT: [&str; 7] = [
    ENTRY,
    SLOT,
    VERSION,
    "X-Replaced-Path",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Real-Ip",
];

/// Whether the path has a version before it.
fn entry(n: usize, after_version: bool) -> Rule {
    let after = if after_version { "v" } else { "" };
    Rule::header(ENTRY, &format!("r{n}{after}"))
}

pub(super) fn moved(
    tree: &mut Tree,
    n: usize,
    route: &Route<'_>,
    redirect: &Redirect,
    above: &[String],
) {
    let permanent = matches!(redirect.status.as_u16(), 301 | 308);
    let of_route = &route.compiled.response_headers;
    let mut before = Vec::new();
    if let Some(headers) = edits(of_route, route, None, "") {
        before.push(tree.answer_headers(format!("r{n}-answer"), headers));
    }
    for (m, line) in redirected(route).iter().enumerate() {
        let mut middlewares = before.clone();
        for with_query in [true, false] {
            let query = match with_query {
                true => r"\?(?P<query>.+)",
                false => r"\??",
            };
            let name = format!("r{n}-to-{m}-{}", if with_query { "query" } else { "bare" });
            middlewares.push(tree.middleware(
                name,
                json!({ "redirectRegex": {
                    "regex": format!(
                        "\\Ahttps?://(?P<host>[^/?#]*?)(?::[0-9]+)?{}{query}\\z",
                        line.pattern
                    ),
                    // The host is the first group.
                    "replacement": replacement(&line.made, 1, with_query),
                    "permanent": permanent,
                } }),
            ));
        }
        let rule = entry(n, line.after_version);
        let router = Router::below(above, format!("r{n}-moved-{m}"), rule)
            .about(format!("{}.redirect", route.at))
            .with(middlewares);
        tree.refuse(router, 400);
    }
}

/// What comes in the place of what an expression matched.
fn replacement(pieces: &[Piece], groups_before: usize, with_query: bool) -> String {
    let made = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.replace('$', "$$"),
        Piece::Group(n) => format!("${{{}}}", n + groups_before),
        Piece::Host => "${host}".to_owned(),
        Piece::Query(_) if !with_query => String::new(),
        Piece::Query(lead) => {
            let lead = lead.map(String::from).unwrap_or_default();
            format!("{lead}${{query}}")
        }
    });
    made.collect()
}

/// Requests of a route that are sent on in the same way.
struct Kind<'r> {
    name: String,
    rule: Vec<Rule>,
    after_version: bool,
    version: Option<&'r Version>,
    consumer: Option<String>,
}

fn kinds<'r>(gate: &Gate<'_>, n: usize, route: &'r Route<'_>) -> Vec<Kind<'r>> {
    let mut kinds = Vec::new();
    let entries: &[bool] = match route.compiled.first_segment {
        Some(_) => &[true, false],
        None => &[false],
    };
    let versions: Vec<Option<&Version>> = match &route.compiled.versions {
        None => vec![None],
        Some(versions) => versions.list.iter().map(|one| Some(&**one)).collect(),
    };
    let told = tells_consumer(route);
    for after_version in entries {
        for version in &versions {
            let mut name = format!("r{n}-on");
            let mut rule = Vec::new();
            if entries.len() > 1 {
                rule.push(entry(n, *after_version));
                name.push_str(if *after_version { "-v" } else { "" });
            }
            if let Some(version) = version {
                rule.push(Rule::header(VERSION, version.name.as_str()));
                name.push_str(&format!("-{}", version.name));
            }
            let kind = |name: String, rule: Vec<Rule>, consumer| Kind {
                name,
                rule,
                after_version: *after_version,
                version: *version,
                consumer,
            };
            if told && route.callers != Callers::Anyone {
                for slot in &gate.slots {
                    let mut rule = rule.clone();
                    rule.push(Rule::header(SLOT, &slot.label));
                    let name = format!("{name}-{}", slot.label);
                    kinds.push(kind(name, rule, Some(slot.key.consumer.clone())));
                }
            }
            kinds.push(kind(name, rule, None));
        }
    }
    kinds
}

/// Whether a header's value holds who calls.
fn tells_consumer(route: &Route<'_>) -> bool {
    let versions = route.compiled.versions.iter().flat_map(|all| &all.list);
    let of_versions = versions.flat_map(|one| [&one.request_headers, &one.response_headers]);
    let compiled = &route.compiled;
    let of_route = [&compiled.request_headers, &compiled.response_headers];
    let all = of_route.into_iter().chain(of_versions);
    let mut values = all.flat_map(|edits| edits.set.iter().chain(&edits.add));
    values.any(|(_, template)| {
        let parts = &template.0;
        parts.contains(&ValuePart::Variable(Variable::Consumer))
    })
}

/// What a change of headers says; an empty value removes one. `None` if it changes nothing.
fn edits(
    edits: &HeaderEdits,
    route: &Route<'_>,
    version: Option<&Version>,
    consumer: &str,
) -> Option<Map<String, Value>> {
    let HeaderEdits { remove, set, add } = edits;
    let mut headers = removing(remove.iter().map(|name| name.as_str()));
    for (name, template) in set.iter().chain(add) {
        let value = value(template, route, version, consumer);
        headers.insert(name.to_string(), value.unwrap_or_default().into());
    }
    (!headers.is_empty()).then_some(headers)
}

/// A header's value; `None` where it holds something of the request that no text there can.
fn value(
    template: &ValueTemplate,
    route: &Route<'_>,
    version: Option<&Version>,
    consumer: &str,
) -> Option<String> {
    let mut text = String::new();
    for part in &template.0 {
        match part {
            ValuePart::Literal(literal) => text.push_str(literal),
            ValuePart::Variable(variable) => text.push_str(match variable {
                Variable::Route => route.config.name.as_str(),
                Variable::Version => version.map_or("", |version| version.name.as_str()),
                Variable::Consumer => consumer,
                Variable::RequestId | Variable::ClientIp | Variable::Host | Variable::Path => {
                    return None;
                }
            }),
        }
    }
    Some(text)
}

pub(super) fn forward(
    gate: &Gate<'_>,
    tree: &mut Tree,
    n: usize,
    route: &Route<'_>,
    above: &[String],
) {
    let lines = forwarded(route);
    let leave = leave(gate, tree, n, route);
    for kind in kinds(gate, n, route) {
        let Kind {
            name,
            rule,
            after_version,
            version,
            consumer,
        } = kind;
        let of_version = version.and_then(|version| {
            let mut all = route.config.versions.iter().flat_map(|all| &all.list);
            all.find(|one| one.name == version.name)
        });
        let service = of_version
            .and_then(|version| version.service.as_ref())
            .or(route.config.service.as_ref());
        let Some(service) = service else {
            continue;
        };
        let consumer = consumer.unwrap_or_default();
        let mut middlewares = vec![leave.clone()];
        let of_route = &route.compiled;
        let of_version = version.map(|one| (&one.request_headers, &one.response_headers));
        let requests = [Some(&of_route.request_headers), of_version.map(|one| one.0)];
        // Answers pass the other way.
        let answers = [
            of_version.map(|one| one.1),
            Some(&of_route.response_headers),
        ];
        for (m, one) in requests.into_iter().flatten().enumerate() {
            if let Some(headers) = edits(one, route, version, &consumer) {
                middlewares.push(tree.request_headers(format!("{name}-ask-{m}"), headers));
            }
        }
        for (m, one) in answers.into_iter().flatten().enumerate() {
            if let Some(headers) = edits(one, route, version, &consumer) {
                middlewares.push(tree.answer_headers(format!("{name}-answer-{m}"), headers));
            }
        }
        middlewares.extend(service::resilience(gate, tree, service));
        let to = service::name(service, route.config.host_header.kind);
        let fits = |line: &&Line| {
            let version = version.map(|version| version.name.as_str());
            line.after_version == after_version && line.is_for(version)
        };
        let lines: Vec<_> = lines.iter().filter(fits).collect();
        let router = Router::below(above, &name, Rule::all(rule))
            .about(format!("{}.service", route.at))
            .about(format!("{}.rewrite", route.at))
            .about(format!("{}.strip_prefix", route.at))
            .about(format!("{}.request_headers", route.at))
            .about(format!("{}.response_headers", route.at))
            .about(format!("{}.host_header", route.at));
        if kept(&lines) {
            tree.send(router.with(middlewares), &to);
            continue;
        }
        let cuts = lines.iter().enumerate();
        let cuts: Vec<_> = cuts
            .map(|(m, line)| {
                let made = replacement(&line.made, 0, false);
                tree.middleware(
                    format!("{name}-cut-{m}"),
                    json!({ "replacePathRegex": {
                        "regex": whole(&line.pattern),
                        "replacement": match line.is_refused() {
                            // No other line matches that.
                            true => "unclear".to_owned(),
                            false => format!("{}{made}", paths::CUT),
                        },
                    } }),
                )
            })
            .collect();
        let above = [tree.pass(router.with(cuts))];
        let cut = tree.middleware(
            "cut",
            json!({ "replacePathRegex": {
                "regex": format!("\\A(?:{})+(/.*)\\z", paths::CUT),
                "replacement": "${1}",
            } }),
        );
        let rule = Rule::path(&format!("\\A{}", paths::CUT));
        let router = Router::below(&above, format!("{name}-cut"), rule);
        tree.send(router.with([cut]).with(middlewares), &to);
        let rest = Router::below(&above, format!("{name}-unclear"), Rule::always());
        tree.refuse(rest, 400);
    }
}

/// Whether the path stays as it is.
fn kept(lines: &[&Line]) -> bool {
    lines.first().is_some_and(|line| {
        !line.after_version && line.pattern == "(/.*)" && line.made == [Piece::Group(1)]
    })
}

/// Takes away what services do not see, and says for whom a request is.
fn leave(gate: &Gate<'_>, tree: &mut Tree, n: usize, route: &Route<'_>) -> String {
    let mut headers = removing(LEFT);
    if route.callers != Callers::Anyone {
        for name in callers::stripped(gate) {
            headers.insert(name, "".into());
        }
    }
    if let Some(versions) = &route.compiled.versions
        && let (Scheme::Header(name), true) = (&versions.scheme, versions.strip)
    {
        headers.insert(name.to_string(), "".into());
    }
    let host = &route.config.host_header;
    if host.kind == HostHeaderKind::Fixed {
        let value = host.value.clone().unwrap_or_default();
        headers.insert("Host".to_owned(), value.into());
    }
    tree.request_headers(format!("r{n}-leave"), headers)
}
