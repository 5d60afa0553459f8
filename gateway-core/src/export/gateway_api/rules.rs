//! The rules of a route, the first that takes a request counts.

use serde_json::{Map, Value, json};

use super::matching::{Conditions, Match, conditions, encoded, path};
use super::objects::{extension, of_envoy, refusal};
use super::rewriting::{Before, rewritten};
use super::{names, services};
use crate::config::HostHeaderKind;
use crate::export::gate::{Entry, Gate, Route, parts};
use crate::export::paths::version_segment;
use crate::export::patterns::escaped;
use crate::export::yaml::about;
use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::header_edits::{HeaderEdits, ValuePart, ValueTemplate};
use crate::snapshot::matcher::paths::{End, PathForm};
use crate::snapshot::rewrite::{Part, Template};
use crate::snapshot::versions::{Scheme, Unnamed, Version};
use crate::snapshot::{Backend, Route as Compiled};

/// Rules in the making, and the filters that they name.
pub(super) struct Rules<'g, 'c> {
    /// What is exported.
    pub(super) gate: &'g Gate<'c>,
    /// Names filters.
    pub(super) name: String,
    /// The rules.
    pub(super) rules: Vec<Value>,
    /// Objects that they refer to.
    pub(super) filters: Vec<Value>,
    /// Statuses that are answered without more.
    pub(super) statuses: Vec<u16>,
}

impl Rules<'_, '_> {
    /// Writes the rules of an entry.
    pub(super) fn write(&mut self, entry: &Entry) {
        let gate = self.gate;
        let route = &gate.routes[entry.route];
        let Conditions {
            headers,
            query,
            absent_headers,
            absent_query,
            contradictory,
        } = conditions(route);
        let before = match entry.after_version {
            true => format!("/(?:{})", version_segment(route)),
            false => String::new(),
        };
        let base = Match {
            path: path(route, &before),
            methods: route.config.matches.methods.clone(),
            headers,
            query,
        };
        for name in &absent_headers {
            self.refuse(&base.and_header(name, ".*"), 403);
        }
        for name in &absent_query {
            self.refuse(&base.and_query(name, ".*"), 403);
        }
        if let Some(setting) = &route.closed {
            self.refuse(&base, 403);
            if let Some(rule) = self.rules.last_mut() {
                about(rule, setting);
            }
        } else if contradictory {
            self.refuse(&base, 403);
        } else {
            self.preflights(route, &base);
            self.versions(route, entry, &base);
        }
    }

    fn refuse(&mut self, matches: &Match, status: u16) {
        self.statuses.push(status);
        self.rules.push(json!({
            "matches": matches.said(),
            "filters": [extension(&refusal(status))],
        }));
    }

    /// A route for some methods takes preflights that ask for one of them, so that the policy of the
    /// route answers them.
    fn preflights(&mut self, route: &Route<'_>, base: &Match) {
        let methods = &route.config.matches.methods;
        if route.config.cors.is_none() || methods.is_empty() || methods.iter().any(|m| m == "OPTIONS") {
            return;
        }
        let mut matches = base.and_header("Origin", ".+");
        let asked: Vec<_> = methods.iter().map(|one| escaped(one)).collect();
        matches = matches.and_header("Access-Control-Request-Method", &asked.join("|"));
        matches.methods = vec!["OPTIONS".to_owned()];
        self.refuse(&matches, 403);
    }

    fn versions(&mut self, route: &Route<'_>, entry: &Entry, base: &Match) {
        let none = || Before {
            pattern: String::new(),
            after_prefix: false,
            strip: false,
        };
        let Some(versions) = &route.compiled.versions else {
            return self.rule(route, base, &none(), None);
        };
        let before = |pattern: String, after_prefix: bool| Before {
            pattern,
            after_prefix,
            strip: versions.strip,
        };
        match &versions.scheme {
            Scheme::FirstSegment if entry.after_version => {
                for one in &versions.list {
                    let segment = format!("/{}", escaped(&one.value));
                    let mut matches = base.clone();
                    matches.path = path(route, &segment);
                    self.rule(route, &matches, &before(segment, false), Some(one));
                }
                return self.refuse(base, 404);
            }
            Scheme::FirstSegment | Scheme::Host(_) => {}
            Scheme::AfterPrefix(_) => {
                let prefix = match &route.compiled.path.form {
                    PathForm::Segments(segments, End::Anything) => {
                        let form = PathForm::Segments(segments.clone(), End::Here);
                        let text = crate::export::patterns::path(
                            &form,
                            crate::export::patterns::Capture::Nothing,
                            crate::export::patterns::Spelling::Raw,
                        );
                        text.unwrap_or_default().trim_end_matches("/?").to_owned()
                    }
                    PathForm::Exact(_) | PathForm::Segments(..) | PathForm::Regex(_) => String::new(),
                };
                let after = |segment: &str| {
                    let mut matches = base.clone();
                    matches.path =
                        super::matching::expression(&format!("{prefix}{segment}(?:/.*)?"));
                    matches
                };
                for one in &versions.list {
                    let segment = format!("/{}", escaped(&one.value));
                    self.rule(route, &after(&segment), &before(segment, true), Some(one));
                }
                let any = format!("/(?:{})", version_segment(route));
                self.refuse(&after(&any), 404);
            }
            Scheme::Header(name) => {
                for one in &versions.list {
                    let matches = base.and_header(name.as_str(), &escaped(&one.value));
                    self.rule(route, &matches, &none(), Some(one));
                }
                self.refuse(&base.and_header(name.as_str(), ".+"), 404);
            }
            Scheme::Query(name) => {
                for one in &versions.list {
                    let value = escaped(&encoded(&one.value));
                    self.rule(route, &base.and_query(name, &value), &none(), Some(one));
                }
                self.refuse(&base.and_query(name, ".+"), 404);
            }
            Scheme::Accept(parameter) => {
                let parameter = escaped(parameter);
                for one in &versions.list {
                    let value = escaped(&one.value);
                    let pattern = format!(
                        ".*;\\s*(?i:{parameter})\\s*=\\s*(?:{value}|\\x22{value}\\x22)\\s*(?:[;,].*)?"
                    );
                    self.rule(route, &base.and_header("Accept", &pattern), &none(), Some(one));
                }
            }
        }
        match &versions.unnamed {
            Unnamed::Refused => self.refuse(base, 400),
            Unnamed::Default(version) => self.rule(route, base, &none(), Some(version)),
            Unnamed::Split(_) => self.split(route, base),
        }
    }

    /// The filters and the destination of a version; `None` for a route without.
    fn rule(&mut self, route: &Route<'_>, matches: &Match, before: &Before, version: Option<&Version>) {
        if version.is_some_and(|version| version.lifecycle.gone_from_s.is_some()) {
            return self.refuse(matches, 410);
        }
        let mut filters = Vec::new();
        let mut sent = Modifier::default();
        let mut told = Modifier::default();
        sent.edit(&route.compiled.request_headers);
        told.edit(&route.compiled.response_headers);
        if let Some(version) = version {
            sent.edit(&version.request_headers);
            told.edit(&version.response_headers);
            told.lifecycle(route, version);
        }
        let rule = match &route.compiled.backend {
            Backend::Own(OwnAnswer::Fixed(fixed)) => {
                let name = format!("{}-answer-{}", self.name, self.filters.len());
                self.filters.push(answer(&name, fixed, told));
                json!({"matches": matches.said(), "filters": [extension(&name)]})
            }
            Backend::Own(OwnAnswer::Redirect(redirect)) => {
                let one = matches.said().len() == 1 && matches.path["type"] == "PathPrefix";
                let made = redirected(&route.compiled, redirect.status.as_u16(), &redirect.to);
                // A prefix is replaced only where just that is matched.
                let replaces =
                    |made: &Value| made["requestRedirect"]["path"]["type"] == "ReplacePrefixMatch";
                let Some(redirect) = made.filter(|made| one || !replaces(made)) else {
                    return self.refuse(matches, 503);
                };
                let mut filters = told.write("ResponseHeaderModifier");
                filters.push(redirect);
                json!({"matches": matches.said(), "filters": filters})
            }
            Backend::Service(_) => {
                let own = route.config.versions.iter().flat_map(|all| &all.list);
                let own = own
                    .filter(|one| version.is_some_and(|version| version.name == one.name))
                    .find_map(|one| one.service.as_ref());
                let name = own.or(route.config.service.as_ref());
                let services = &self.gate.config.services;
                let Some(n) = services.iter().position(|one| Some(&one.name) == name) else {
                    return self.refuse(matches, 503);
                };
                if let Some(Scheme::Header(header)) = route
                    .compiled
                    .versions
                    .as_ref()
                    .filter(|versions| versions.strip)
                    .map(|versions| &versions.scheme)
                {
                    sent.remove(header.as_str());
                }
                filters.extend(sent.write("RequestHeaderModifier"));
                filters.extend(told.write("ResponseHeaderModifier"));
                let change = version
                    .and_then(|version| version.path_change.as_ref())
                    .unwrap_or(&route.compiled.path_change);
                let base = services[n].targets.first().map_or("", |one| parts(&one.url).2);
                self.rewrite(route, rewritten(route, before, change, base), &mut filters);
                let mut rule = json!({"matches": matches.said()});
                if !filters.is_empty() {
                    rule["filters"] = json!(filters);
                }
                rule["backendRefs"] = json!(services::references(n, &services[n]));
                rule
            }
        };
        self.rules.push(rule);
    }

    fn rewrite(
        &mut self,
        route: &Route<'_>,
        path: Option<(String, String)>,
        filters: &mut Vec<Value>,
    ) {
        let mut made = json!({});
        if let Some((pattern, substitution)) = path {
            made["path"] = json!({
                "type": "ReplaceRegexMatch",
                "replaceRegexMatch": {"pattern": pattern, "substitution": substitution},
            });
        }
        let host = &route.config.host_header;
        match host.kind {
            HostHeaderKind::Caller => {}
            HostHeaderKind::Target => made["hostname"] = json!({"type": "Backend"}),
            HostHeaderKind::Fixed => {
                let value = host.value.as_deref().unwrap_or_default();
                let bare = value.split(':').next().unwrap_or_default().to_ascii_lowercase();
                filters.push(json!({"type": "URLRewrite", "urlRewrite": {"hostname": bare}}));
            }
        }
        if made == json!({}) {
            return;
        }
        let name = format!("{}-rewrite-{}", self.name, self.filters.len());
        self.filters
            .push(of_envoy("HTTPRouteFilter", &name, json!({"urlRewrite": made})));
        filters.push(extension(&name));
    }

    /// Requests that name no version, spread over versions.
    fn split(&mut self, route: &Route<'_>, base: &Match) {
        let split = route.config.versions.iter().filter_map(|all| all.split.as_ref());
        let services = &self.gate.config.services;
        let mut references: Vec<Value> = Vec::new();
        let mut of_first = "";
        for weight in split.flat_map(|split| &split.weights) {
            let own = route.config.versions.iter().flat_map(|all| &all.list);
            let own = own
                .filter(|one| one.name == weight.version)
                .find_map(|one| one.service.as_ref());
            let name = own.or(route.config.service.as_ref());
            let Some(n) = services.iter().position(|one| Some(&one.name) == name) else {
                continue;
            };
            of_first = services[n].targets.first().map_or("", |one| parts(&one.url).2);
            let total: u64 = services[n].targets.iter().map(|one| u64::from(one.weight)).sum();
            for mut reference in services::references(n, &services[n]) {
                let own = reference["weight"].as_u64().unwrap_or(0);
                let share = u64::from(weight.weight) * own * 1_000 / total.max(1);
                reference["weight"] = json!(share.min(1_000_000));
                let same = references.iter_mut().find(|one| one["name"] == reference["name"]);
                match same {
                    Some(same) => {
                        let both = same["weight"].as_u64().unwrap_or(0) + share;
                        same["weight"] = json!(both.min(1_000_000));
                    }
                    None => references.push(reference),
                }
            }
        }
        let before = Before {
            pattern: String::new(),
            after_prefix: false,
            strip: false,
        };
        let mut filters = Vec::new();
        let mut sent = Modifier::default();
        let mut told = Modifier::default();
        sent.edit(&route.compiled.request_headers);
        told.edit(&route.compiled.response_headers);
        filters.extend(sent.write("RequestHeaderModifier"));
        filters.extend(told.write("ResponseHeaderModifier"));
        let change = rewritten(route, &before, &route.compiled.path_change, of_first);
        self.rewrite(route, change, &mut filters);
        let mut rule = json!({"matches": base.said()});
        if !filters.is_empty() {
            rule["filters"] = json!(filters);
        }
        rule["backendRefs"] = json!(references);
        self.rules.push(rule);
    }
}

/// Changes to headers, as filters want them: each name once, at most sixteen of a kind.
#[derive(Default)]
struct Modifier {
    set: Vec<(String, String)>,
    add: Vec<(String, String)>,
    remove: Vec<String>,
}

impl Modifier {
    fn remove(&mut self, name: &str) {
        if !self.remove.iter().any(|one| one == name) {
            self.remove.push(name.to_owned());
        }
    }

    fn edit(&mut self, edits: &HeaderEdits) {
        let HeaderEdits { remove, set, add } = edits;
        for name in remove {
            self.set.retain(|(one, _)| one != name.as_str());
            self.add.retain(|(one, _)| one != name.as_str());
            self.remove(name.as_str());
        }
        for (name, value) in set {
            let Some(value) = fixed(value) else {
                self.remove(name.as_str());
                continue;
            };
            self.add.retain(|(one, _)| one != name.as_str());
            self.remove.retain(|one| one != name.as_str());
            self.set.retain(|(one, _)| one != name.as_str());
            self.set.push((name.to_string(), value));
        }
        for (name, value) in add {
            if let Some(value) = fixed(value) {
                self.beside(name.as_str(), value);
            }
        }
    }

    fn beside(&mut self, name: &str, value: String) {
        let taken = |all: &[(String, String)]| all.iter().any(|(one, _)| one == name);
        // A name stands once in a filter.
        if !taken(&self.set) && !taken(&self.add) {
            self.add.push((name.to_owned(), value));
        }
    }

    fn lifecycle(&mut self, route: &Route<'_>, version: &Version) {
        for (name, value) in &version.lifecycle.headers {
            let text = String::from_utf8_lossy(value.as_bytes());
            self.beside(name.as_str(), text.replace('%', "%%"));
        }
        let scheme = route.compiled.versions.as_ref().map(|all| &all.scheme);
        let successor = version.lifecycle.successor.as_deref();
        let target = match (scheme, successor) {
            (Some(Scheme::FirstSegment), Some(next)) => format!("/{next}"),
            (Some(Scheme::Query(name)), Some(next)) => format!("?{name}={next}"),
            _ => return,
        };
        self.beside("link", format!("<{target}>; rel=\"successor-version\""));
    }

    fn said(self) -> Value {
        let Self { set, add, remove } = self;
        let lines = |lines: Vec<(String, String)>| -> Vec<Value> {
            let all = lines.into_iter().take(16);
            all.map(|(name, value)| json!({"name": name, "value": value})).collect()
        };
        let mut said = Map::new();
        for (part, lines) in [("set", lines(set)), ("add", lines(add))] {
            if !lines.is_empty() {
                said.insert(part.to_owned(), json!(lines));
            }
        }
        if !remove.is_empty() {
            let names: Vec<_> = remove.into_iter().take(16).collect();
            said.insert("remove".to_owned(), json!(names));
        }
        Value::Object(said)
    }

    fn write(self, kind: &str) -> Vec<Value> {
        let part = match kind {
            "RequestHeaderModifier" => "requestHeaderModifier",
            _ => "responseHeaderModifier",
        };
        let said = self.said();
        match said == json!({}) {
            true => Vec::new(),
            false => vec![json!({"type": kind, part: said})],
        }
    }
}

/// A value that is the same for all requests. A percent sign begins nothing.
fn fixed(template: &ValueTemplate) -> Option<String> {
    let parts = template.0.iter().map(|part| match part {
        ValuePart::Literal(text) => Some(text.replace('%', "%%")),
        ValuePart::Variable(_) => None,
    });
    let text: Option<String> = parts.collect();
    text.filter(|text| !text.is_empty())
}

fn answer(name: &str, fixed: &crate::snapshot::answer::FixedAnswer, told: Modifier) -> Value {
    let mut answer = json!({"statusCode": fixed.status.as_u16()});
    if !fixed.body.is_empty() {
        let text = String::from_utf8_lossy(&fixed.body);
        answer["body"] = json!({"type": "Inline", "inline": text});
    }
    let mut headers = Modifier::default();
    for (name, value) in &fixed.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        match name.as_str() {
            "content-type" => answer["contentType"] = json!(value),
            name if !value.is_empty() => headers.set.push((name.to_owned(), value.replace('%', "%%"))),
            _ => {}
        }
    }
    let Modifier { set, add, remove } = told;
    headers.set.retain(|(name, _)| {
        let again = set.iter().any(|(one, _)| one == name);
        !again && !remove.contains(name)
    });
    headers.set.extend(set);
    for (name, value) in add {
        headers.beside(&name, value);
    }
    headers.set.dedup_by(|a, b| a.0 == b.0);
    let headers = headers.said();
    if headers != json!({}) {
        answer["header"] = headers;
    }
    of_envoy("HTTPRouteFilter", name, json!({"directResponse": answer}))
}

/// A redirect, where its place is of a kind that there is.
fn redirected(route: &Compiled, status: u16, to: &Template) -> Option<Value> {
    let mut redirect = json!({"statusCode": status});
    let mut text = String::new();
    let mut rest = false;
    for part in &to.0 {
        match part {
            Part::Literal(literal) if !rest => text.push_str(literal),
            // The query follows of itself.
            Part::Literal(literal) if literal == "?" => {}
            Part::Host if text.ends_with("://") => text.push_str("{host}"),
            Part::Rest if text.ends_with('/') && !rest => rest = true,
            Part::Query => {}
            _ => return None,
        }
    }
    let text = text.trim_end_matches('?');
    let mut path = text;
    if let Some((scheme, after)) = text.split_once("://") {
        let end = after.find('/').unwrap_or(after.len());
        let (authority, own) = after.split_at(end);
        path = own;
        if !["http", "https"].contains(&scheme) {
            return None;
        }
        redirect["scheme"] = json!(scheme);
        if authority != "{host}" {
            let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
            redirect["hostname"] = json!(host.to_ascii_lowercase());
            if !port.is_empty() {
                redirect["port"] = json!(port.parse::<u16>().ok()?);
            }
        }
    }
    if path.contains(['?', '#']) {
        return None;
    }
    let is_prefix = matches!(&route.path.form, PathForm::Segments(_, End::Anything));
    redirect["path"] = match rest {
        true if is_prefix => json!({
            "type": "ReplacePrefixMatch",
            "replacePrefixMatch": match path.trim_end_matches('/') {
                "" => "/",
                path => path,
            },
        }),
        true => return None,
        false => json!({"type": "ReplaceFullPath", "replaceFullPath": path}),
    };
    Some(json!({"type": "RequestRedirect", "requestRedirect": redirect}))
}

/// The name of an entry's route.
pub(super) fn name(n: usize, entry: &Entry, gate: &Gate<'_>) -> String {
    let route = &gate.routes[entry.route];
    let name = names::object(&format!("r{n:03}"), route.config.name.as_str());
    match entry.after_version {
        true => format!("{name}-v"),
        false => name,
    }
}
