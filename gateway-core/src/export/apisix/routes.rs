//! Routes, in the order in which they are asked here.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::drafts::{Draft, What, drafts_of, only_services_differ};
use super::plugins::Wish;
use super::upstreams::Upstream;
use super::{cache, limits};
use crate::config::HostHeaderKind;
use crate::export::Told;
use crate::export::document::Node;
use crate::export::gate::{Callers, Gate, Limit, Route, Scope};
use crate::export::support::Support;
use crate::snapshot::Backend;
use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::rewrite::Part;
use crate::snapshot::versions::Unnamed;

/// All that is written of routes.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) routes: Vec<Node>,
    pub(super) upstreams: Vec<Upstream>,
    /// How settings fare that cannot be judged one by one.
    pub(super) told: Told,
}

impl Plan {
    pub(super) fn of(gate: &Gate<'_>) -> Self {
        let mut plan = Self::default();
        for limit in &gate.limits {
            if matches!(limit.scope, Scope::All | Scope::Slots(_)) {
                let note = "limits over all routes and of plans are not carried over yet";
                plan.told
                    .tell(None, limit.at.clone(), Support::none(note), true);
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
        plan
    }

    fn route_told(&mut self, gate: &Gate<'_>, n: usize, route: &Route<'_>) {
        let text = serde_json::to_string(route.config).unwrap_or_default();
        if ["$env://", "$secret://", "$ENV://", "$SECRET://"]
            .iter()
            .any(|one| text.contains(one))
        {
            let note = "a text in it would be taken for a reference to a secret";
            self.told
                .tell(Some(n), route.at.clone(), Support::none(note), true);
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
                    self.told
                        .tell(Some(n), at.clone(), Support::none(note), true);
                }
                if known || !gate.limits_of(n).is_empty() || !route.denials.is_empty() {
                    let note = "a fixed answer is given before anything is asked of callers";
                    self.told.tell(Some(n), at, Support::none(note), true);
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
                    self.told.tell(Some(n), at, Support::none(note), true);
                }
            }
            Backend::Own(OwnAnswer::OnlyMock) | Backend::Aggregate(_) | Backend::Service(_) => {}
        }
        if route.callers == Callers::KeyIfShown {
            let note = "callers who show a wrong key go on as nobody, and are refused here; they are \
                        all counted together, as `gatewright-anonymous`";
            let path = format!("{}.authentication.anonymous", route.at);
            self.told.tell(Some(n), path, Support::about(note), false);
        }
        if known && gate.config.api_keys.headers.len() != 1 {
            let note = "keys are looked for in the first header alone";
            self.told.tell(
                Some(n),
                "api_keys.headers".to_owned(),
                Support::about(note),
                false,
            );
        }
        if !patterns_are_ascii(route) && rewrites(route) {
            let note = "a path with characters beyond ASCII is not rewritten there";
            let path = format!("{}.match.path", route.at);
            self.told.tell(Some(n), path, Support::none(note), true);
        }
        if let Some(versions) = &route.compiled.versions
            && let Unnamed::Split(_) = &versions.unnamed
            && !only_services_differ(route, versions)
        {
            let note = "versions that differ in more than their service are not spread: callers who \
                        name none all get the one with the most weight";
            let path = format!("{}.versions.split", route.at);
            self.told.tell(Some(n), path, Support::none(note), false);
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
        let limited = !gate.limits_of(draft.route).is_empty();
        if !matches!(draft.what, What::Spread) {
            plugins.extend(cache::plugin(route, version, limited));
        }
        for (path, note, guards) in unsaid {
            self.told
                .tell(Some(draft.route), path, Support::none(note), guards);
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
                self.told
                    .tell(Some(draft.route), path, Support::none(note), true);
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

/// A map of one plugin's settings.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
