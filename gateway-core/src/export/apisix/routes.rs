//! Routes, in the order in which they are asked here.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::limits;
use super::plugins::Wish;
use super::upstreams::Upstream;
use crate::config::{Condition, ConditionTest, HostHeaderKind};
use crate::export::Together;
use crate::export::document::Node;
use crate::export::feature::Support;
use crate::export::gate::{Callers, Entry, Gate, Limit, Route, Scope};
use crate::export::kong::callers::{Class, classes};
use crate::export::paths::version_segment;
use crate::export::patterns::{self, Capture, Spelling, escaped};
use crate::snapshot::Backend;
use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::matcher::hosts::HostPattern;
use crate::snapshot::matcher::paths::{End, PathForm};
use crate::snapshot::rewrite::Part;
use crate::snapshot::versions::{Scheme, Unnamed, Version, Versions};

/// All that is written of routes.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) routes: Vec<Node>,
    pub(super) upstreams: Vec<Upstream>,
    /// How settings fare that cannot be judged one by one.
    pub(super) told: Vec<Together>,
}

/// A route of APISIX's before it is written.
struct Draft<'g> {
    entry: usize,
    route: usize,
    after_version: bool,
    within: usize,
    name: String,
    vars: Vec<Value>,
    methods: Vec<String>,
    what: What<'g>,
    who: crate::export::kong::callers::Who,
}

#[derive(Clone, Copy)]
enum What<'g> {
    Served(Option<&'g Version>),
    Spread,
    Refused(u16),
}

impl Plan {
    pub(super) fn of(gate: &Gate<'_>) -> Self {
        let mut plan = Self::default();
        for limit in &gate.limits {
            if matches!(limit.scope, Scope::All | Scope::Slots(_)) {
                let note = "limits over all routes and of plans are not carried over yet";
                plan.tell(None, limit.at.clone(), Support::none(note), true);
            }
        }
        for (n, route) in gate.routes.iter().enumerate() {
            if route.closed.is_none() {
                plan.route_told(gate, n, route);
            }
        }
        let mut drafts = Vec::new();
        for (n, entry) in gate.entries.iter().enumerate() {
            drafts.extend(drafts_of(gate, n, entry));
        }
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for draft in drafts
            .iter()
            .filter(|one| matches!(one.what, What::Served(_) | What::Spread))
        {
            *counts.entry(draft.route).or_default() += 1;
        }
        let entries = gate.entries.len();
        for draft in &drafts {
            let several = counts.get(&draft.route).is_some_and(|count| *count > 1);
            let node = plan.route(gate, draft, several, entries);
            plan.routes.push(node);
        }
        plan.told
            .dedup_by(|a, b| a.path == b.path && a.route == b.route && a.support == b.support);
        plan
    }

    fn tell(&mut self, route: Option<usize>, path: String, support: Support, guards: bool) {
        let known =
            |one: &Together| one.route == route && one.path == path && one.support == support;
        if !self.told.iter().any(known) {
            self.told.push(Together {
                path,
                route,
                support,
                guards,
            });
        }
    }

    fn route_told(&mut self, gate: &Gate<'_>, n: usize, route: &Route<'_>) {
        let text = serde_json::to_string(route.config).unwrap_or_default();
        if ["$env://", "$secret://", "$ENV://", "$SECRET://"]
            .iter()
            .any(|one| text.contains(one))
        {
            let note = "a text in it would be taken for a reference to a secret";
            self.tell(Some(n), route.at.clone(), Support::none(note), true);
        }
        let known = route.callers != Callers::Anyone;
        match &route.compiled.backend {
            Backend::Own(OwnAnswer::Fixed(_)) => {
                let at = format!("{}.respond", route.at);
                let fixed = route.config.respond.as_ref();
                let texts = fixed.iter().flat_map(|one| {
                    let headers = one.headers.iter().map(|line| line.value.as_str());
                    headers.chain([one.body.as_str()])
                });
                if texts.into_iter().any(holds_variable) {
                    let note = "`$` before a word would be filled in";
                    self.tell(Some(n), at.clone(), Support::none(note), true);
                }
                if known || !gate.limits_of(n).is_empty() || !route.denials.is_empty() {
                    let note = "a fixed answer is given before anything is asked of callers";
                    self.tell(Some(n), at, Support::none(note), true);
                }
            }
            Backend::Own(OwnAnswer::Redirect(redirect)) => {
                let at = format!("{}.redirect", route.at);
                let mixed = redirect
                    .to
                    .0
                    .iter()
                    .any(|part| matches!(part, Part::Rest | Part::Parameter(_)));
                let literal = redirect
                    .to
                    .0
                    .iter()
                    .any(|part| matches!(part, Part::Literal(text) if holds_variable(text)));
                let query = redirect.to.0.iter().position(|part| *part == Part::Query);
                let last = query.is_none_or(|at| at + 1 == redirect.to.0.len());
                if mixed || literal || !last {
                    let note = "of the request, host, path and at its end the query can be put into a place";
                    self.tell(Some(n), at, Support::none(note), true);
                }
            }
            Backend::Own(OwnAnswer::OnlyMock) | Backend::Aggregate(_) | Backend::Service(_) => {}
        }
        if route.callers == Callers::KeyIfShown {
            let note = "callers who show a wrong key go on as nobody, and are refused here; they are \
                        all counted together, as `gatewright-anonymous`";
            let path = format!("{}.authentication.anonymous", route.at);
            self.tell(Some(n), path, Support::about(note), false);
        }
        if known && gate.config.api_keys.headers.len() != 1 {
            let note = "keys are looked for in the first header alone";
            self.tell(
                Some(n),
                "api_keys.headers".to_owned(),
                Support::about(note),
                false,
            );
        }
        if !patterns_are_ascii(route) && rewrites(route) {
            let note = "a path with characters beyond ASCII is not rewritten there";
            let path = format!("{}.match.path", route.at);
            self.tell(Some(n), path, Support::none(note), true);
        }
        if let Some(versions) = &route.compiled.versions
            && let Unnamed::Split(_) = &versions.unnamed
            && !only_services_differ(route, versions)
        {
            let note = "versions that differ in more than their service are not spread: callers who \
                        name none all get the one with the most weight";
            let path = format!("{}.versions.split", route.at);
            self.tell(Some(n), path, Support::none(note), false);
        }
    }

    fn upstream(
        &mut self,
        gate: &Gate<'_>,
        route: &Route<'_>,
        version: Option<&str>,
    ) -> Option<String> {
        let list = route.config.versions.iter().flat_map(|all| &all.list);
        let own = version.and_then(|version| {
            let mut own = list.filter(|one| one.name.as_str() == version);
            own.find_map(|one| one.service.as_ref())
        });
        let name = own.or(route.config.service.as_ref())?;
        let service = gate
            .config
            .services
            .iter()
            .position(|one| one.name == *name)?;
        let host = &route.config.host_header;
        let fixed = match host.kind {
            HostHeaderKind::Fixed => host.value.clone(),
            HostHeaderKind::Caller | HostHeaderKind::Target => None,
        };
        let known = self
            .upstreams
            .iter()
            .find(|one| one.service == service && one.kind == host.kind && one.host == fixed);
        if let Some(known) = known {
            return Some(known.id.clone());
        }
        let others = self
            .upstreams
            .iter()
            .filter(|one| one.service == service)
            .count();
        let id = match others {
            0 => format!("s{service}"),
            n => format!("s{service}-{}", n + 1),
        };
        self.upstreams.push(Upstream {
            service,
            kind: host.kind,
            host: fixed,
            id: id.clone(),
        });
        Some(id)
    }

    fn route(&mut self, gate: &Gate<'_>, draft: &Draft<'_>, several: bool, entries: usize) -> Node {
        let route = &gate.routes[draft.route];
        let at = &route.at;
        let mut node = Node::map([
            ("id", format!("e{}-{}", draft.entry, draft.within).into()),
            ("name", draft.name.as_str().into()),
            ("uri", Node::from("/*").of(format!("{at}.match.path"))),
        ]);
        if !draft.methods.is_empty() {
            let methods = Node::from(json!(draft.methods));
            node.put("methods", methods.of(format!("{at}.match.methods")));
        }
        node.put(
            "vars",
            Node::from(draft.vars.clone()).of(format!("{at}.match")),
        );
        // The earlier the higher, and each entry has room for its versions.
        let priority = (entries - draft.entry) * 1_000 + 999_usize.saturating_sub(draft.within);
        node.put("priority", priority);
        let mut plugins: Vec<(&'static str, Node)> = Vec::new();
        let refusal = |status: u16| Node::from(json!({ "abort": { "http_status": status } }));
        if let Some(setting) = &route.closed {
            plugins.push(("fault-injection", refusal(403).of(setting)));
        } else if let What::Refused(status) = draft.what {
            plugins.push((
                "fault-injection",
                refusal(status).of(format!("{at}.versions")),
            ));
        } else {
            self.served(gate, draft, several, &mut node, &mut plugins);
        }
        let plugins = plugins
            .into_iter()
            .map(|(name, config)| (name.to_owned(), config));
        node.put("plugins", Node::Map(plugins.collect()));
        node.of(at)
    }

    fn served(
        &mut self,
        gate: &Gate<'_>,
        draft: &Draft<'_>,
        several: bool,
        node: &mut Node,
        plugins: &mut Vec<(&'static str, Node)>,
    ) {
        let route = &gate.routes[draft.route];
        let version = match draft.what {
            What::Served(version) => version,
            What::Spread | What::Refused(_) => None,
        };
        let wish = Wish {
            gate,
            n: draft.route,
            after_version: draft.after_version,
            version,
            who: &draft.who,
        };
        let (made, unsaid) = wish.plugins();
        plugins.extend(made);
        for (path, note, guards) in unsaid {
            self.tell(Some(draft.route), path, Support::none(note), guards);
        }
        let wanted: Vec<&Limit<'_>> = gate
            .limits
            .iter()
            .filter(|limit| match &limit.scope {
                Scope::Route(own) => *own == draft.route,
                Scope::Version(own, name) => {
                    *own == draft.route && version.is_some_and(|one| one.name.as_str() == name)
                }
                Scope::All | Scope::Slots(_) => false,
            })
            .collect();
        match limits::plugins(gate, draft.route, &wanted, several) {
            Ok(all) => plugins.extend(
                all.into_iter()
                    .map(|(name, config, at)| (name, Node::from(Value::Object(config)).of(at))),
            ),
            Err(note) => {
                let path = wanted
                    .first()
                    .map_or(route.at.clone(), |limit| limit.at.clone());
                self.tell(Some(draft.route), path, Support::none(note), true);
            }
        }
        if let What::Spread = draft.what {
            let weights = route.config.versions.iter().flat_map(|all| &all.split);
            let mut all: Vec<Value> = Vec::new();
            let mut first = None;
            for weight in weights.flat_map(|split| &split.weights) {
                let id = self.upstream(gate, route, Some(weight.version.as_str()));
                first = first.or(id.clone());
                all.push(json!({ "upstream_id": id, "weight": weight.weight }));
            }
            let rules = json!({ "rules": [{ "weighted_upstreams": all }] });
            plugins.push((
                "traffic-split",
                Node::from(rules).of(format!("{}.versions.split", route.at)),
            ));
            if let Some(first) = first {
                node.put("upstream_id", first);
            }
            return;
        }
        if let Some(id) = self.upstream(gate, route, version.map(|one| one.name.as_str())) {
            node.put(
                "upstream_id",
                Node::from(id).of(format!("{}.service", route.at)),
            );
        }
    }
}

/// Whether APISIX would fill in something in a text.
pub(super) fn holds_variable(text: &str) -> bool {
    text.match_indices('$').any(|(at, _)| {
        let next = text[at + 1..].chars().next();
        next.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '{')
    })
}

fn patterns_are_ascii(route: &Route<'_>) -> bool {
    route.config.matches.path.is_ascii()
}

fn rewrites(route: &Route<'_>) -> bool {
    route.config.strip_prefix || route.config.rewrite.is_some() || route.compiled.versions.is_some()
}

/// Whether versions differ in nothing but who answers.
fn only_services_differ(route: &Route<'_>, versions: &Versions) -> bool {
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

fn drafts_of<'g>(gate: &'g Gate<'_>, n: usize, entry: &Entry) -> Vec<Draft<'g>> {
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

/// A map of one plugin's settings.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
