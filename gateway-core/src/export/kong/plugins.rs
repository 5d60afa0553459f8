//! The plugins of a route.

use serde_json::{Map, Value, json};

use super::callers::{self, Who};
use super::paths::literal;
use crate::config;
use crate::export::gate::{Callers, Gate, Route};
use crate::snapshot::Backend;
use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::header_edits::{HeaderEdits, ValuePart, ValueTemplate, Variable};
use crate::snapshot::rewrite::Part;
use crate::snapshot::versions::{Scheme, Version};

/// A plugin, and the setting that it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plugin {
    pub(super) name: &'static str,
    pub(super) config: Map<String, Value>,
    pub(super) at: String,
}

impl Plugin {
    pub(super) fn new(name: &'static str, config: Map<String, Value>, at: &str) -> Self {
        Self {
            name,
            config,
            at: at.to_owned(),
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// A refusal.
pub(super) fn refusal(status: u16, at: &str) -> Plugin {
    let message = match status {
        400 => "name a version",
        403 => "this route is closed",
        404 => "there is no such version",
        _ => "this method is not taken",
    };
    let config = json!({ "status_code": status, "message": message });
    Plugin::new("request-termination", object(config), at)
}

/// What browsers are told.
pub(super) fn cors(route: &Route<'_>) -> Option<Plugin> {
    let config::Cors {
        origins,
        methods,
        headers,
        expose,
        credentials,
        max_age_s,
    } = route.config.cors.as_ref()?;
    let mut there: Vec<String> = origins.iter().map(|origin| origin_there(origin)).collect();
    if there.len() == 1 && there[0] != "*" {
        // One that stands alone is told to pages of every origin.
        there.push("https://never.invalid".to_owned());
    }
    let mut config = Map::new();
    config.insert("origins".to_owned(), json!(there));
    let methods = match methods.is_empty() {
        true => &route.config.matches.methods,
        false => methods,
    };
    if !methods.is_empty() {
        config.insert("methods".to_owned(), json!(methods));
    }
    if !headers.iter().any(|name| name == "*") && !headers.is_empty() {
        config.insert("headers".to_owned(), json!(headers));
    }
    if !expose.is_empty() {
        config.insert("exposed_headers".to_owned(), json!(expose));
    }
    config.insert("credentials".to_owned(), json!(credentials));
    config.insert("max_age".to_owned(), json!(max_age_s));
    config.insert("preflight_continue".to_owned(), json!(false));
    Some(Plugin::new("cors", config, &format!("{}.cors", route.at)))
}

/// An origin, or an expression where it stands for several.
fn origin_there(origin: &str) -> String {
    if origin == "*" || !origin.contains('*') {
        return origin.to_owned();
    }
    let (front, port) = match origin.strip_suffix(":*") {
        Some(front) => (front, "(:[0-9]+)?"),
        None => (origin, ""),
    };
    let front = match front.split_once("://*.") {
        Some((scheme, host)) => format!("{scheme}://.+\\.{}", host.replace('.', "\\.")),
        None => front.replace('.', "\\."),
    };
    format!("^{front}{port}$")
}

/// What the plugins of a route are made of.
pub(super) struct Wish<'w, 'c> {
    pub(super) gate: &'w Gate<'c>,
    pub(super) n: usize,
    pub(super) version: Option<&'w Version>,
    /// The path to send on.
    pub(super) uri: Option<&'w str>,
}

/// Settings that are not said, and why.
type Unsaid = Vec<(String, &'static str)>;

impl Wish<'_, '_> {
    pub(super) fn plugins(&self, who: &Who) -> (Vec<Plugin>, Unsaid) {
        let route = &self.gate.routes[self.n];
        let mut unsaid = Vec::new();
        let mut all = Vec::new();
        all.extend(cors(route));
        let gone = self
            .version
            .and_then(|version| version.lifecycle.gone_from_s);
        if let Some(from) = gone {
            let code = format!("if ngx.time() >= {from} then return kong.response.exit(410) end");
            let at = format!("{}.versions.list", route.at);
            all.push(Plugin::new(
                "pre-function",
                object(json!({ "access": [code] })),
                &at,
            ));
        }
        all.extend(callers::key_auth(self.gate, self.n));
        let nobody = who.only.is_some() && route.callers == Callers::Anyone;
        // Where it cannot be said the route is closed.
        all.extend(callers::addresses(who).unwrap_or_default());
        let most = route.config.max_request_body_bytes;
        if let Some(most) = most.or(self.gate.config.listen.max_request_body_bytes) {
            let at = match route.config.max_request_body_bytes {
                Some(_) => format!("{}.max_request_body_bytes", route.at),
                None => "listen.max_request_body_bytes".to_owned(),
            };
            let config = json!({ "allowed_payload_size": most, "size_unit": "bytes", "require_content_length": false });
            all.push(Plugin::new("request-size-limiting", object(config), &at));
        }
        if nobody {
            all.push(refusal(403, &who.at));
            return (all, unsaid);
        }
        let mut response = Edits::default();
        match &route.compiled.backend {
            Backend::Service(_) => all.extend(self.request(&mut unsaid)),
            // Such a route is closed, unless a person says otherwise.
            Backend::Aggregate(_) => all.push(refusal(403, &route.at)),
            Backend::Own(own) => {
                all.push(self.own(own, &mut response));
            }
        }
        self.response(&mut response, &mut unsaid);
        if let Some(config) = response.config() {
            let at = format!("{}.response_headers", route.at);
            all.push(Plugin::new("response-transformer", config, &at));
        }
        (all, unsaid)
    }

    /// An answer of the gateway's own.
    fn own(&self, own: &OwnAnswer, response: &mut Edits) -> Plugin {
        let route = &self.gate.routes[self.n];
        let mut config = Map::new();
        match own {
            // Such a route is closed.
            OwnAnswer::OnlyMock => refusal(403, &route.at),
            OwnAnswer::Redirect(redirect) => {
                let place: String = redirect
                    .to
                    .0
                    .iter()
                    .filter_map(|part| match part {
                        Part::Literal(text) => Some(text.as_str()),
                        _ => None,
                    })
                    .collect();
                config.insert("status_code".to_owned(), json!(redirect.status.as_u16()));
                config.insert("message".to_owned(), json!("moved"));
                response.put("Location", place);
                Plugin::new(
                    "request-termination",
                    config,
                    &format!("{}.redirect", route.at),
                )
            }
            OwnAnswer::Fixed(_) => {
                let fixed = route.config.respond.as_ref();
                let (status, headers, body) = fixed.map_or((200, &[][..], ""), |fixed| {
                    (fixed.status, &fixed.headers[..], fixed.body.as_str())
                });
                config.insert("status_code".to_owned(), json!(status));
                let kind = headers
                    .iter()
                    .find(|line| line.name.eq_ignore_ascii_case("content-type"));
                if !matches!(status, 204 | 205 | 304) {
                    if let Some(kind) = kind {
                        config.insert("content_type".to_owned(), json!(kind.value));
                    } else {
                        response.remove.push("Content-Type".to_owned());
                    }
                    // Without a body Kong makes one up.
                    let body = if body.is_empty() { " " } else { body };
                    config.insert("body".to_owned(), json!(body));
                }
                for line in headers {
                    if !line.name.eq_ignore_ascii_case("content-type") {
                        response.add.push((line.name.clone(), line.value.clone()));
                    }
                }
                Plugin::new(
                    "request-termination",
                    config,
                    &format!("{}.respond", route.at),
                )
            }
        }
    }

    /// What becomes of the request.
    fn request(&self, unsaid: &mut Unsaid) -> Option<Plugin> {
        let route = &self.gate.routes[self.n];
        let mut edits = Edits::default();
        let known = route.callers != Callers::Anyone;
        // What only a gateway may say; Kong puts its own `X-Consumer-Groups` where groups count.
        edits.drop("X-Consumer-Id");
        edits.drop("X-Credential-Id");
        edits.drop("X-Consumer-Scopes");
        if known {
            let consumer = "$(headers['x-consumer-username'])".to_owned();
            edits.add.push(("X-Consumer-Id".to_owned(), consumer));
        } else {
            edits.drop("X-Consumer-Groups");
            edits.drop("X-Consumer-Username");
        }
        if let Some(versions) = &route.compiled.versions
            && let (Scheme::Header(name), true) = (&versions.scheme, versions.strip)
        {
            edits.drop(name.as_str());
        }
        let value = |template: &ValueTemplate| self.value(template, true);
        let at = format!("{}.request_headers", route.at);
        edits.make(&route.compiled.request_headers, &at, value, unsaid);
        if let Some(version) = self.version {
            let at = self.version_at("request_headers");
            edits.make(&version.request_headers, &at, value, unsaid);
        }
        let mut config = edits.config().unwrap_or_default();
        if let Some(uri) = self.uri {
            config.insert("replace".to_owned(), json!({ "uri": uri }));
        }
        let at = match self.uri {
            Some(_) => format!("{}.rewrite", route.at),
            None => format!("{}.request_headers", route.at),
        };
        (!config.is_empty()).then(|| Plugin::new("request-transformer", config, &at))
    }

    /// What becomes of the answer.
    fn response(&self, edits: &mut Edits, unsaid: &mut Unsaid) {
        let route = &self.gate.routes[self.n];
        let value = |template: &ValueTemplate| self.value(template, false);
        let at = format!("{}.response_headers", route.at);
        edits.make(&route.compiled.response_headers, &at, value, unsaid);
        let Some(version) = self.version else {
            return;
        };
        let at = self.version_at("response_headers");
        edits.make(&version.response_headers, &at, value, unsaid);
        for (name, value) in &version.lifecycle.headers {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            edits.add.push((name.to_string(), value));
        }
        let scheme = route.compiled.versions.as_ref().map(|all| &all.scheme);
        if let (Some(Scheme::FirstSegment), Some(next)) = (scheme, &version.lifecycle.successor) {
            let link = format!("</{next}>; rel=\"successor-version\"");
            edits.add.push(("Link".to_owned(), link));
        }
    }

    fn version_at(&self, part: &str) -> String {
        let route = &self.gate.routes[self.n];
        let list = route.config.versions.iter().flat_map(|all| &all.list);
        let place = self
            .version
            .and_then(|version| list.clone().position(|one| one.name == version.name));
        format!(
            "{}.versions.list[{}].{part}",
            route.at,
            place.unwrap_or_default()
        )
    }

    /// A header's value; `None` where it holds what cannot be said.
    fn value(&self, template: &ValueTemplate, in_request: bool) -> Option<String> {
        let route = &self.gate.routes[self.n];
        let mut text = String::new();
        for part in &template.0 {
            match part {
                ValuePart::Literal(plain) if in_request => text.push_str(&literal(plain)),
                ValuePart::Literal(plain) => text.push_str(plain),
                ValuePart::Variable(variable) => match variable {
                    Variable::Route => text.push_str(route.config.name.as_str()),
                    Variable::Version => {
                        text.push_str(self.version.map_or("", |version| version.name.as_str()));
                    }
                    Variable::Consumer if route.callers == Callers::Anyone => {}
                    Variable::Consumer if in_request => {
                        text.push_str("$(headers['x-consumer-username'])");
                    }
                    Variable::Host if in_request => text.push_str("$(headers['host'])"),
                    Variable::RequestId
                    | Variable::ClientIp
                    | Variable::Path
                    | Variable::Host
                    | Variable::Consumer => return None,
                },
            }
        }
        Some(text)
    }
}

/// Changes to headers: what is taken away, and what is put there after that.
#[derive(Default)]
struct Edits {
    remove: Vec<String>,
    add: Vec<(String, String)>,
}

impl Edits {
    /// Takes a header away, whoever put it there.
    fn drop(&mut self, name: &str) {
        self.add.retain(|(one, _)| !one.eq_ignore_ascii_case(name));
        if !self.remove.iter().any(|one| one.eq_ignore_ascii_case(name)) {
            self.remove.push(name.to_owned());
        }
    }

    fn put(&mut self, name: &str, value: String) {
        self.drop(name);
        self.add.push((name.to_owned(), value));
    }

    fn make(
        &mut self,
        edits: &HeaderEdits,
        at: &str,
        value: impl Fn(&ValueTemplate) -> Option<String>,
        unsaid: &mut Unsaid,
    ) {
        const NOTE: &str = "the header is left out: in requests Kong can put the consumer and the \
                            host into it, and in answers nothing of the request";
        let HeaderEdits { remove, set, add } = edits;
        for name in remove {
            self.drop(name.as_str());
        }
        for (n, (name, template)) in set.iter().enumerate() {
            self.drop(name.as_str());
            match value(template) {
                Some(value) => self.add.push((name.to_string(), value)),
                None => unsaid.push((format!("{at}.set[{n}]"), NOTE)),
            }
        }
        for (n, (name, template)) in add.iter().enumerate() {
            match value(template) {
                Some(value) => self.add.push((name.to_string(), value)),
                None => unsaid.push((format!("{at}.add[{n}]"), NOTE)),
            }
        }
    }

    fn config(self) -> Option<Map<String, Value>> {
        let mut config = Map::new();
        if !self.remove.is_empty() {
            config.insert("remove".to_owned(), json!({ "headers": self.remove }));
        }
        if !self.add.is_empty() {
            let lines = self
                .add
                .iter()
                .map(|(name, value)| format!("{name}:{value}"));
            let lines: Vec<_> = lines.collect();
            config.insert("append".to_owned(), json!({ "headers": lines }));
        }
        (!config.is_empty()).then_some(config)
    }
}
