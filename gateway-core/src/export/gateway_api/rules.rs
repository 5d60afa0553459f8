//! The rules of a route, the first that takes a request counts.

use serde_json::{Value, json};

use super::answers::{answer, redirected};
use super::headers::Modifier;
use super::matching::{Conditions, Match, conditions, encoded, path};
use super::objects::{extension, of_envoy, refusal};
use super::rewriting::{Before, rewritten};
use super::{names, services};
use crate::config::HostHeaderKind;
use crate::export::document::about;
use crate::export::gate::{Entry, Gate, Route, parts};
use crate::export::paths::version_segment;
use crate::export::patterns::escaped;
use crate::snapshot::Backend;
use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::matcher::paths::{End, PathForm};
use crate::snapshot::versions::{Scheme, Unnamed, Version};

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
        if route.config.cors.is_none()
            || methods.is_empty()
            || methods.iter().any(|m| m == "OPTIONS")
        {
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
                    PathForm::Exact(_) | PathForm::Segments(..) | PathForm::Regex(_) => {
                        String::new()
                    }
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
                    self.rule(
                        route,
                        &base.and_header("Accept", &pattern),
                        &none(),
                        Some(one),
                    );
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
    fn rule(
        &mut self,
        route: &Route<'_>,
        matches: &Match,
        before: &Before,
        version: Option<&Version>,
    ) {
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
            // Such a route is closed.
            Backend::Own(OwnAnswer::OnlyMock) | Backend::Aggregate(_) => {
                return self.refuse(matches, 403);
            }
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
                let base = services[n]
                    .targets
                    .first()
                    .map_or("", |one| parts(&one.url).2);
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
                let bare = value
                    .split(':')
                    .next()
                    .unwrap_or_default()
                    .to_ascii_lowercase();
                filters.push(json!({"type": "URLRewrite", "urlRewrite": {"hostname": bare}}));
            }
        }
        if made == json!({}) {
            return;
        }
        let name = format!("{}-rewrite-{}", self.name, self.filters.len());
        self.filters.push(of_envoy(
            "HTTPRouteFilter",
            &name,
            json!({"urlRewrite": made}),
        ));
        filters.push(extension(&name));
    }

    /// Requests that name no version, spread over versions.
    fn split(&mut self, route: &Route<'_>, base: &Match) {
        let split = route
            .config
            .versions
            .iter()
            .filter_map(|all| all.split.as_ref());
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
            of_first = services[n]
                .targets
                .first()
                .map_or("", |one| parts(&one.url).2);
            let total: u64 = services[n]
                .targets
                .iter()
                .map(|one| u64::from(one.weight))
                .sum();
            for mut reference in services::references(n, &services[n]) {
                let own = reference["weight"].as_u64().unwrap_or(0);
                let share = u64::from(weight.weight) * own * 1_000 / total.max(1);
                reference["weight"] = json!(share.min(1_000_000));
                let same = references
                    .iter_mut()
                    .find(|one| one["name"] == reference["name"]);
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

/// The name of an entry's route.
pub(super) fn name(n: usize, entry: &Entry, gate: &Gate<'_>) -> String {
    let route = &gate.routes[entry.route];
    let name = names::object(&format!("r{n:03}"), route.config.name.as_str());
    match entry.after_version {
        true => format!("{name}-v"),
        false => name,
    }
}
