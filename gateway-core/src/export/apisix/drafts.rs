//! What requests a route is for, as routes of APISIX's: one for each version and each kind of caller.

use serde_json::{Value, json};

use crate::config::{Condition, ConditionTest};
use crate::export::gate::{Entry, Gate, Route};
use crate::export::kong::callers::{Class, Who, classes};
use crate::export::paths::version_segment;
use crate::export::patterns::{self, Capture, Spelling, escaped};
use crate::snapshot::matcher::hosts::HostPattern;
use crate::snapshot::matcher::paths::{End, PathForm};
use crate::snapshot::versions::{Scheme, Unnamed, Version, Versions};

/// A route of APISIX's before it is written.
pub(super) struct Draft<'g> {
    pub(super) entry: usize,
    pub(super) route: usize,
    pub(super) after_version: bool,
    pub(super) within: usize,
    pub(super) name: String,
    pub(super) vars: Vec<Value>,
    pub(super) methods: Vec<String>,
    pub(super) what: What<'g>,
    pub(super) who: Who,
}

/// What becomes of requests there.
#[derive(Clone, Copy)]
pub(super) enum What<'g> {
    Served(Option<&'g Version>),
    Spread,
    Refused(u16),
}

/// Whether versions differ in nothing but who answers.
pub(super) fn only_services_differ(route: &Route<'_>, versions: &Versions) -> bool {
    let plain = versions.list.iter().all(|version| {
        version.path_change.is_none()
            && version.limits.is_empty()
            && version.lifecycle.headers.is_empty()
            && version.request_headers == Default::default()
            && version.response_headers == Default::default()
    });
    let text = serde_json::to_string(route.config).unwrap_or_default();
    plain && !text.contains("${version}")
}

/// The routes that an entry takes: one for each version and for each kind of caller.
pub(super) fn drafts_of<'g>(gate: &'g Gate<'_>, n: usize, entry: &Entry) -> Vec<Draft<'g>> {
    let route = &gate.routes[entry.route];
    let around = around(route, entry);
    let own = path(route);
    let segment = version_segment(route);
    let any = match entry.after_version {
        true => format!("/(?:{segment}){own}"),
        false => own.clone(),
    };
    let draft = |within: usize, name: String, pattern: &str, more: Vec<Value>, what: What<'g>| {
        let mut vars = vec![json!(["uri", "~~", whole(pattern)])];
        vars.extend(around.clone());
        vars.extend(more);
        Draft {
            entry: n,
            route: entry.route,
            after_version: entry.after_version,
            within,
            name,
            vars,
            methods: route.config.matches.methods.clone(),
            what,
            who: Default::default(),
        }
    };
    let name = route.config.name.to_string();
    if route.closed.is_some() {
        return vec![draft(0, name, &any, Vec::new(), What::Refused(403))];
    }
    let mut cases: Vec<(String, String, Vec<Value>, What<'g>)> = Vec::new();
    match &route.compiled.versions {
        None => cases.push((name, any, Vec::new(), What::Served(None))),
        Some(versions) => {
            version_cases(route, versions, entry, &own, &mut cases);
            if !(entry.after_version && matches!(versions.scheme, Scheme::FirstSegment)) {
                cases.push((name, own, Vec::new(), unnamed(route, versions)));
            }
        }
    }
    let mut drafts = Vec::new();
    for (name, pattern, more, what) in cases {
        let version = match what {
            What::Served(version) => version.map(|one| one.name.as_str()),
            What::Spread => None,
            What::Refused(_) => {
                drafts.push(draft(drafts.len(), name, &pattern, more, what));
                continue;
            }
        };
        for Class { methods, who } in classes(gate, entry.route, version) {
            let mut one = draft(drafts.len(), name.clone(), &pattern, more.clone(), what);
            one.methods = methods;
            if route.config.cors.is_some() && !one.methods.is_empty() {
                // A preflight is answered by `cors`, and has to get there.
                if !one.methods.iter().any(|method| method == "OPTIONS") {
                    one.methods.push("OPTIONS".to_owned());
                }
            }
            one.who = who;
            drafts.push(one);
        }
    }
    drafts
}

fn unnamed<'g>(route: &Route<'_>, versions: &'g Versions) -> What<'g> {
    match &versions.unnamed {
        Unnamed::Refused => What::Refused(400),
        Unnamed::Default(version) => What::Served(Some(version)),
        Unnamed::Split(_) if only_services_differ(route, versions) => What::Spread,
        Unnamed::Split(_) => {
            let weights = route.config.versions.iter().flat_map(|all| &all.split);
            let weights = weights.flat_map(|split| &split.weights);
            let most = weights.max_by_key(|weight| weight.weight);
            let mut list = versions.list.iter();
            let found = list.find(|one| Some(&one.name) == most.map(|weight| &weight.version));
            found.map_or(What::Refused(400), |version| What::Served(Some(version)))
        }
    }
}

fn version_cases<'g>(
    route: &Route<'_>,
    versions: &'g Versions,
    entry: &Entry,
    own: &str,
    cases: &mut Vec<(String, String, Vec<Value>, What<'g>)>,
) {
    let name = &route.config.name;
    let any = version_segment(route);
    let mut put = |version: Option<&'g Version>, pattern: String, more: Vec<Value>| {
        cases.push(match version {
            Some(version) => (
                format!("{name}.{}", version.name),
                pattern,
                more,
                What::Served(Some(version)),
            ),
            None => (format!("{name}.unknown"), pattern, more, What::Refused(404)),
        });
    };
    let by_variable =
        |variable: &str, put: &mut dyn FnMut(Option<&'g Version>, String, Vec<Value>)| {
            for version in &versions.list {
                put(
                    Some(version),
                    own.to_owned(),
                    vec![json!([variable, "==", version.value])],
                );
            }
            put(None, own.to_owned(), vec![json!([variable, "~~", "."])]);
        };
    match &versions.scheme {
        Scheme::FirstSegment if entry.after_version => {
            for version in &versions.list {
                put(
                    Some(version),
                    format!("/{}{own}", escaped(&version.value)),
                    Vec::new(),
                );
            }
            put(None, format!("/(?:{any}){own}"), Vec::new());
        }
        Scheme::FirstSegment => {}
        Scheme::AfterPrefix(_) => {
            let prefix = prefix(route);
            for version in &versions.list {
                put(
                    Some(version),
                    format!("{prefix}/{}(?:/.*)?", escaped(&version.value)),
                    Vec::new(),
                );
            }
            put(None, format!("{prefix}/(?:{any})(?:/.*)?"), Vec::new());
        }
        Scheme::Header(header) => by_variable(&header_variable(header.as_str()), &mut put),
        Scheme::Query(parameter) => by_variable(&format!("arg_{parameter}"), &mut put),
        Scheme::Accept(parameter) => {
            let parameter = escaped(parameter);
            for version in &versions.list {
                let value = escaped(&version.value);
                let pattern = format!(
                    r#";\s*(?i:{parameter})\s*=\s*(?:{value}|\x22{value}\x22)\s*(?:[;,]|\z)"#
                );
                put(
                    Some(version),
                    own.to_owned(),
                    vec![json!(["http_accept", "~~", pattern])],
                );
            }
        }
        Scheme::Host(_) => {
            for version in &versions.list {
                let value = escaped(&version.value.to_ascii_lowercase());
                let pattern = format!(r"\A{value}(?:\x2e|\z)");
                put(
                    Some(version),
                    own.to_owned(),
                    vec![json!(["host", "~~", pattern])],
                );
            }
            let addresses = json!(["host", "!", "~~", r"\A[0-9.]+\z"]);
            let pattern = format!(r"\A(?:{any})\x2e");
            put(
                None,
                own.to_owned(),
                vec![addresses, json!(["host", "~~", pattern])],
            );
        }
    }
}

fn whole(pattern: &str) -> String {
    format!(r"\A(?:{pattern})\z")
}

fn path(route: &Route<'_>) -> String {
    let form = &route.compiled.path.form;
    match patterns::path(form, Capture::Nothing, Spelling::Decoded) {
        Some(pattern) => pattern,
        None => patterns::portable(&route.config.matches.path).unwrap_or_else(|_| "/.*".to_owned()),
    }
}

/// The expression of a prefix itself.
fn prefix(route: &Route<'_>) -> String {
    match &route.compiled.path.form {
        PathForm::Segments(segments, End::Anything) => {
            let form = PathForm::Segments(segments.clone(), End::Here);
            let text = patterns::path(&form, Capture::Nothing, Spelling::Decoded);
            text.unwrap_or_default().trim_end_matches("/?").to_owned()
        }
        PathForm::Exact(_) | PathForm::Segments(..) | PathForm::Regex(_) => String::new(),
    }
}

fn header_variable(name: &str) -> String {
    format!("http_{}", name.to_ascii_lowercase().replace('-', "_"))
}

/// Conditions on host, headers and query.
fn around(route: &Route<'_>, entry: &Entry) -> Vec<Value> {
    let mut vars = Vec::new();
    match &entry.host {
        None => {}
        Some(HostPattern::Exact(name)) => vars.push(json!(["host", "==", name])),
        Some(HostPattern::Wildcard(suffix)) => {
            vars.push(json!([
                "host",
                "~~",
                whole(&format!(".+\\x2e{}", escaped(suffix)))
            ]));
        }
    }
    let matches = &route.config.matches;
    let headers = matches.headers.iter();
    vars.extend(headers.map(|one| condition(&header_variable(&one.name), one)));
    let query = matches.query.iter();
    vars.extend(query.map(|one| condition(&format!("arg_{}", one.name), one)));
    vars
}

fn condition(variable: &str, condition: &Condition) -> Value {
    let value = condition.value.as_deref().unwrap_or_default();
    match condition.test {
        ConditionTest::Equals => json!([variable, "==", value]),
        ConditionTest::Matches => {
            let pattern = patterns::portable(value).unwrap_or_else(|_| "(?!)".to_owned());
            json!([variable, "~~", whole(&pattern)])
        }
        ConditionTest::Present => json!([variable, "~~", r"\A"]),
        ConditionTest::Absent => json!([variable, "!", "~~", r"\A"]),
    }
}
