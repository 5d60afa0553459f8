//! The plugins of a route.

use serde_json::{Map, Value, json};

use super::routes::{holds_variable, object};
use super::{NOBODY, consumer};
use crate::config;
use crate::export::document::Node;
use crate::export::gate::{Callers, Gate, Route, parts};
use crate::export::kong::callers::Who;
use crate::export::paths::{self, Piece};
use crate::snapshot::Backend;
use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::header_edits::{HeaderEdits, ValuePart, ValueTemplate, Variable};
use crate::snapshot::rewrite::{Part, PathChange};
use crate::snapshot::versions::{Scheme, Version};

/// What the plugins of a route are made of.
pub(super) struct Wish<'w, 'c> {
    pub(super) gate: &'w Gate<'c>,
    pub(super) n: usize,
    pub(super) after_version: bool,
    pub(super) version: Option<&'w Version>,
    pub(super) who: &'w Who,
}

/// Settings that are not said, why, and whether more would be let through.
type Unsaid = Vec<(String, &'static str, bool)>;

impl Wish<'_, '_> {
    fn route(&self) -> &Route<'_> {
        &self.gate.routes[self.n]
    }

    pub(super) fn plugins(&self) -> (Vec<(&'static str, Node)>, Unsaid) {
        let route = self.route();
        let at = &route.at;
        let mut all: Vec<(&'static str, Node)> = Vec::new();
        let mut unsaid = Vec::new();
        all.extend(self.cors());
        self.callers(&mut all, &mut unsaid);
        let most = route.config.max_request_body_bytes;
        if let Some(most) = most.or(self.gate.config.listen.max_request_body_bytes) {
            let path = match route.config.max_request_body_bytes {
                Some(_) => format!("{at}.max_request_body_bytes"),
                None => "listen.max_request_body_bytes".to_owned(),
            };
            match most {
                // 0 is without a limit there.
                0 => unsaid.push((path, "a body of no bytes cannot be asked for", true)),
                most => all.push((
                    "client-control",
                    Node::from(json!({ "max_body_size": most })).of(path),
                )),
            }
        }
        match &route.compiled.backend {
            Backend::Service(_) => self.rewrite(&mut all, &mut unsaid),
            Backend::Own(OwnAnswer::OnlyMock) | Backend::Aggregate(_) => {
                // Such a route is closed, unless a person says otherwise.
                let config = json!({ "abort": { "http_status": 403 } });
                all.push(("fault-injection", Node::from(config).of(at.clone())));
            }
            Backend::Own(OwnAnswer::Redirect(redirect)) => {
                let mut place = String::new();
                let mut query = false;
                for part in &redirect.to.0 {
                    match part {
                        Part::Literal(text) => place.push_str(text),
                        Part::Path => place.push_str("$uri"),
                        Part::Host => place.push_str("$host"),
                        Part::Query => {
                            place.truncate(place.trim_end_matches('?').len());
                            query = true;
                        }
                        Part::Rest | Part::Parameter(_) => {}
                    }
                }
                let config = json!({ "uri": place, "ret_code": redirect.status.as_u16(), "append_query_string": query });
                all.push(("redirect", Node::from(config).of(format!("{at}.redirect"))));
            }
            Backend::Own(OwnAnswer::Fixed(_)) => {
                if let Some(fixed) = &route.config.respond {
                    let mut abort =
                        object(json!({ "http_status": fixed.status, "body": fixed.body }));
                    let headers: Map<String, Value> = fixed
                        .headers
                        .iter()
                        .map(|line| (line.name.clone(), json!(line.value)))
                        .collect();
                    if !headers.is_empty() {
                        abort.insert("headers".to_owned(), Value::Object(headers));
                    }
                    let config = json!({ "abort": abort });
                    all.push((
                        "fault-injection",
                        Node::from(config).of(format!("{at}.respond")),
                    ));
                }
            }
        }
        self.answer(&mut all, &mut unsaid);
        (all, unsaid)
    }

    fn cors(&self) -> Option<(&'static str, Node)> {
        let route = self.route();
        let config::Cors {
            origins,
            methods,
            headers,
            expose,
            credentials,
            max_age_s,
        } = route.config.cors.as_ref()?;
        let (several, plain): (Vec<&String>, Vec<&String>) = origins
            .iter()
            .partition(|one| one.as_str() != "*" && one.contains('*'));
        let plain: Vec<&str> = plain.into_iter().map(String::as_str).collect();
        let mut config = Map::new();
        // Without any, all would be allowed.
        let plain = match plain.is_empty() {
            true => "https://never.invalid".to_owned(),
            false => plain.join(","),
        };
        config.insert("allow_origins".to_owned(), plain.into());
        if !several.is_empty() {
            let patterns: Vec<_> = several
                .iter()
                .map(|origin| format!("^{}$", crate::export::patterns::origin(origin)))
                .collect();
            config.insert("allow_origins_by_regex".to_owned(), json!(patterns));
        }
        let methods = match methods.is_empty() {
            true => &route.config.matches.methods,
            false => methods,
        };
        let methods = match methods.is_empty() {
            true => "GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS".to_owned(),
            false => methods.join(","),
        };
        config.insert("allow_methods".to_owned(), methods.into());
        config.insert("allow_headers".to_owned(), headers.join(",").into());
        if !expose.is_empty() {
            config.insert("expose_headers".to_owned(), expose.join(",").into());
        }
        config.insert("allow_credential".to_owned(), json!(credentials));
        config.insert("max_age".to_owned(), json!(max_age_s));
        let node = Node::from(Value::Object(config));
        Some(("cors", node.of(format!("{}.cors", route.at))))
    }

    fn callers(&self, all: &mut Vec<(&'static str, Node)>, unsaid: &mut Unsaid) {
        let (route, who) = (self.route(), self.who);
        let keys = &self.gate.config.api_keys;
        let at = format!("{}.authentication", route.at);
        if route.callers != Callers::Anyone {
            let header = keys.headers.first().map_or("X-API-Key", String::as_str);
            let query = keys
                .query
                .as_deref()
                .unwrap_or("gatewright-takes-no-key-here");
            let mut config =
                json!({ "header": header, "query": query, "hide_credentials": keys.strip });
            if route.callers == Callers::KeyIfShown {
                config["anonymous_consumer"] = NOBODY.into();
            }
            all.push(("key-auth", Node::from(config).of(at)));
        }
        match (who.allow_ips.len(), who.deny_ips.is_empty()) {
            (0, true) => {}
            (1, true) => {
                let config = json!({ "whitelist": who.allow_ips[0], "response_code": 403 });
                all.push(("ip-restriction", Node::from(config).of(&who.at)));
            }
            (0, false) => {
                let config = json!({ "blacklist": who.deny_ips, "response_code": 403 });
                all.push(("ip-restriction", Node::from(config).of(&who.at)));
            }
            _ => unsaid.push((
                who.at.clone(),
                "addresses can be held against one list alone",
                true,
            )),
        }
        let Some((slots, nobody)) = &who.only else {
            return;
        };
        let mut names: Vec<String> = slots
            .iter()
            .map(|slot| consumer(self.gate, *slot))
            .collect();
        if *nobody {
            names.push(NOBODY.to_owned());
        }
        if names.is_empty() {
            names.push("nobody".to_owned());
        }
        let config = json!({ "whitelist": names, "rejected_code": 403 });
        all.push(("consumer-restriction", Node::from(config).of(&who.at)));
    }

    /// What becomes of the request.
    fn rewrite(&self, all: &mut Vec<(&'static str, Node)>, unsaid: &mut Unsaid) {
        let route = self.route();
        let mut edits = Edits::default();
        edits.drop("X-Consumer-Id");
        edits.drop("X-Credential-Id");
        edits.drop("X-Consumer-Groups");
        edits.drop("X-Consumer-Scopes");
        if route.callers != Callers::Anyone {
            edits.put("X-Consumer-Id", "$consumer_name".to_owned());
        }
        if let Some(versions) = &route.compiled.versions
            && let (Scheme::Header(name), true) = (&versions.scheme, versions.strip)
        {
            edits.drop(name.as_str());
        }
        self.edit(&mut edits, true, unsaid);
        let mut config = Map::new();
        let uri = self.uri();
        if !uri.is_empty() {
            config.insert("regex_uri".to_owned(), json!(uri));
        }
        if let Some(headers) = edits.config(false) {
            config.insert("headers".to_owned(), headers);
        }
        let node = Node::from(Value::Object(config));
        let node = node.of(format!("{}.request_headers", route.at));
        all.push(("proxy-rewrite", node.of(format!("{}.rewrite", route.at))));
    }

    /// Expressions and what comes in the place of what they match, one after another.
    fn uri(&self) -> Vec<String> {
        let route = self.route();
        let list = route.config.versions.iter().flat_map(|all| &all.list);
        let own = self.version.and_then(|version| {
            let mut own = list.filter(|one| one.name == version.name);
            own.find_map(|one| one.service.as_ref())
        });
        let name = own.or(route.config.service.as_ref());
        let service = self
            .gate
            .config
            .services
            .iter()
            .find(|one| Some(&one.name) == name);
        let target = service.and_then(|service| service.targets.first());
        let base = target.map_or("", |target| parts(&target.url).2);
        let change = self
            .version
            .and_then(|version| version.path_change.as_ref())
            .unwrap_or(&route.compiled.path_change);
        let versions = route.compiled.versions.as_ref();
        let in_path = versions.is_some_and(|versions| {
            versions.strip
                && matches!(
                    versions.scheme,
                    Scheme::FirstSegment | Scheme::AfterPrefix(_)
                )
        });
        if base.is_empty() && *change == PathChange::Keep && !in_path {
            return Vec::new();
        }
        let version = self.version.map(|version| version.name.as_str());
        let mut made = Vec::new();
        for line in paths::forwarded(route) {
            let fits = line.after_version == self.after_version && line.is_for(version);
            if !fits || line.is_refused() {
                continue;
            }
            made.push(format!("^{}$", line.pattern));
            let mut text = base.replace('$', "$$");
            for piece in &line.made {
                match piece {
                    Piece::Text(plain) => text.push_str(&plain.replace('$', "$$")),
                    Piece::Group(n) => text.push_str(&format!("${{{n}}}")),
                    Piece::Host | Piece::Query(_) => {}
                }
            }
            made.push(text);
        }
        made
    }

    fn edit(&self, edits: &mut Edits, in_request: bool, unsaid: &mut Unsaid) {
        let route = self.route();
        let part = if in_request {
            "request_headers"
        } else {
            "response_headers"
        };
        let of = |request, response| if in_request { request } else { response };
        let own = of(
            &route.compiled.request_headers,
            &route.compiled.response_headers,
        );
        self.make(edits, own, &format!("{}.{part}", route.at), unsaid);
        if let Some(version) = self.version {
            let mut list = route.config.versions.iter().flat_map(|all| &all.list);
            let n = list
                .position(|one| one.name == version.name)
                .unwrap_or_default();
            let own = of(&version.request_headers, &version.response_headers);
            let at = format!("{}.versions.list[{n}].{part}", route.at);
            self.make(edits, own, &at, unsaid);
        }
    }

    fn make(&self, edits: &mut Edits, own: &HeaderEdits, at: &str, unsaid: &mut Unsaid) {
        const NOTE: &str = "the header is left out: `$` before a word would be filled in";
        let HeaderEdits { remove, set, add } = own;
        for name in remove {
            edits.drop(name.as_str());
        }
        for (n, (name, template)) in set.iter().enumerate() {
            match self.value(template) {
                Some(value) => edits.put(name.as_str(), value),
                None => unsaid.push((format!("{at}.set[{n}]"), NOTE, false)),
            }
        }
        for (n, (name, template)) in add.iter().enumerate() {
            match self.value(template) {
                Some(value) => edits.add.push((name.to_string(), value)),
                None => unsaid.push((format!("{at}.add[{n}]"), NOTE, false)),
            }
        }
    }

    /// What becomes of the answer.
    fn answer(&self, all: &mut Vec<(&'static str, Node)>, unsaid: &mut Unsaid) {
        let route = self.route();
        let mut edits = Edits::default();
        self.edit(&mut edits, false, unsaid);
        if let Some(version) = self.version {
            let mut links = Vec::new();
            for (name, value) in &version.lifecycle.headers {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                match name.as_str() {
                    "link" => links.push(value),
                    name => edits.add.push((name.to_owned(), value)),
                }
            }
            let scheme = route.compiled.versions.as_ref().map(|all| &all.scheme);
            if let (Some(Scheme::FirstSegment), Some(next)) = (scheme, &version.lifecycle.successor)
            {
                links.push(format!("</{next}>; rel=\"successor-version\""));
            }
            if !links.is_empty() {
                edits.add.push(("Link".to_owned(), links.join(", ")));
            }
        }
        if let Some(headers) = edits.config(true) {
            let node = Node::from(json!({ "headers": headers }));
            all.push((
                "response-rewrite",
                node.of(format!("{}.response_headers", route.at)),
            ));
        }
    }

    fn value(&self, template: &ValueTemplate) -> Option<String> {
        let route = self.route();
        let mut text = String::new();
        for part in &template.0 {
            match part {
                ValuePart::Literal(plain) if holds_variable(plain) || plain.ends_with('$') => {
                    return None;
                }
                ValuePart::Literal(plain) => text.push_str(plain),
                ValuePart::Variable(variable) => text.push_str(match variable {
                    Variable::RequestId => "${request_id}",
                    Variable::ClientIp => "${remote_addr}",
                    Variable::Host => "${http_host}",
                    Variable::Path => "${uri}",
                    Variable::Route => route.config.name.as_str(),
                    Variable::Version => self.version.map_or("", |version| version.name.as_str()),
                    Variable::Consumer if route.callers == Callers::Anyone => "",
                    Variable::Consumer => "${consumer_name}",
                }),
            }
        }
        Some(text)
    }
}

/// Changes to headers.
#[derive(Default)]
struct Edits {
    remove: Vec<String>,
    set: Vec<(String, String)>,
    add: Vec<(String, String)>,
}

impl Edits {
    fn drop(&mut self, name: &str) {
        let other = |(one, _): &(String, String)| !one.eq_ignore_ascii_case(name);
        self.set.retain(other);
        self.add.retain(other);
        if !self.remove.iter().any(|one| one.eq_ignore_ascii_case(name)) {
            self.remove.push(name.to_owned());
        }
    }

    fn put(&mut self, name: &str, value: String) {
        self.drop(name);
        self.remove.retain(|one| !one.eq_ignore_ascii_case(name));
        self.set.push((name.to_owned(), value));
    }

    /// As the plugins have it. On answers, what is put beside others is put in their place: lines
    /// with a colon in their value cannot be put beside.
    fn config(mut self, of_answer: bool) -> Option<Value> {
        let mut config = Map::new();
        if of_answer {
            let added = std::mem::take(&mut self.add);
            self.set.extend(added);
        }
        // What is taken away is taken away last.
        let removed =
            |name: &str, remove: &[String]| remove.iter().any(|one| one.eq_ignore_ascii_case(name));
        let (again, beside): (Vec<_>, Vec<_>) = std::mem::take(&mut self.add)
            .into_iter()
            .partition(|(name, _)| removed(name, &self.remove));
        self.add = beside;
        self.set.extend(again);
        let set = &self.set;
        self.remove
            .retain(|name| !set.iter().any(|(one, _)| one.eq_ignore_ascii_case(name)));
        let map = |lines: Vec<(String, String)>| {
            let mut map: Map<String, Value> = Map::new();
            for (name, value) in lines {
                let known = map
                    .keys()
                    .find(|one| one.eq_ignore_ascii_case(&name))
                    .cloned();
                map.insert(known.unwrap_or(name), value.into());
            }
            map
        };
        for (verb, lines) in [("set", map(self.set)), ("add", map(self.add))] {
            if !lines.is_empty() {
                config.insert(verb.to_owned(), Value::Object(lines));
            }
        }
        if !self.remove.is_empty() {
            config.insert("remove".to_owned(), json!(self.remove));
        }
        (!config.is_empty()).then_some(Value::Object(config))
    }
}
