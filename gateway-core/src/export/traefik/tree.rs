//! The tree of routers: each decides one thing and passes a request on to those below it.

use serde_json::{Map, Value, json};

use super::rules::Rule;
use crate::export::document::about_all;

/// What a decision has set, for those below it; services never see these headers.
pub(super) const ENTRY: &str = "Gatewright-Entry";
pub(super) const SLOT: &str = "Gatewright-Slot";
pub(super) const VERSION: &str = "Gatewright-Version";

/// A service that nothing ever reaches.
const NOBODY: &str = "noop@internal";

/// Where the first priority is; each router comes after those before it.
const FIRST: u64 = 1_000_000;

/// A change that removes headers.
pub(super) fn removing<'n>(names: impl IntoIterator<Item = &'n str>) -> Map<String, Value> {
    let names = names.into_iter();
    names.map(|name| (name.to_owned(), "".into())).collect()
}

/// Routers and what they use.
#[derive(Default)]
pub(super) struct Tree {
    routers: Map<String, Value>,
    middlewares: Map<String, Value>,
    written: u64,
}

/// A router in the making.
pub(super) struct Router {
    /// Names it.
    pub(super) name: String,
    /// Those above it; none for one that sees requests as they come.
    pub(super) parents: Vec<String>,
    /// What it takes.
    pub(super) rule: Rule,
    /// What it does with a request, by name.
    pub(super) middlewares: Vec<String>,
    /// Settings that it is about.
    pub(super) settings: Vec<String>,
}

impl Router {
    /// A router below others.
    pub(super) fn below(parents: &[String], name: impl Into<String>, rule: Rule) -> Self {
        Self {
            name: name.into(),
            parents: parents.to_vec(),
            rule,
            middlewares: Vec::new(),
            settings: Vec::new(),
        }
    }

    /// A router that sees requests as they come.
    pub(super) fn first(name: impl Into<String>, rule: Rule) -> Self {
        Self::below(&[], name, rule)
    }

    /// Says that it is about a setting.
    pub(super) fn about(mut self, setting: impl Into<String>) -> Self {
        self.settings.push(setting.into());
        self
    }

    /// Adds middlewares, in the order in which requests pass them.
    pub(super) fn with(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.middlewares.extend(names);
        self
    }
}

impl Tree {
    /// Adds a router that passes requests on to those below it, and gives its name.
    pub(super) fn pass(&mut self, router: Router) -> String {
        let name = router.name.clone();
        self.put(router, None);
        name
    }

    /// Adds a router that sends requests to a service.
    pub(super) fn send(&mut self, router: Router, service: &str) {
        self.put(router, Some(service));
    }

    /// Adds a router that answers with a status.
    pub(super) fn refuse(&mut self, router: Router, status: u16) {
        let refused = self.refusal(status);
        self.put(router.with([refused]), Some(NOBODY));
    }

    /// Whose list of addresses has none that calls: each is answered with a status.
    pub(super) fn refusal(&mut self, status: u16) -> String {
        self.middleware(
            format!("refuse-{status}"),
            json!({ "ipAllowList": {
                "sourceRange": ["255.255.255.255/32"],
                "rejectStatusCode": status,
            } }),
        )
    }

    /// Adds a middleware, and gives its name.
    pub(super) fn middleware(&mut self, name: impl Into<String>, value: Value) -> String {
        let name = name.into();
        self.middlewares.insert(name.clone(), value);
        name
    }

    /// Adds one that changes headers of requests; an empty value removes one.
    pub(super) fn request_headers(
        &mut self,
        name: impl Into<String>,
        headers: Map<String, Value>,
    ) -> String {
        self.middleware(
            name,
            json!({ "headers": { "customRequestHeaders": headers } }),
        )
    }

    /// Adds one that changes headers of answers; an empty value removes one.
    pub(super) fn answer_headers(
        &mut self,
        name: impl Into<String>,
        headers: Map<String, Value>,
    ) -> String {
        self.middleware(
            name,
            json!({ "headers": { "customResponseHeaders": headers } }),
        )
    }

    fn put(&mut self, router: Router, service: Option<&str>) {
        let Router {
            name,
            parents,
            rule,
            middlewares,
            settings,
        } = router;
        self.written += 1;
        let mut value = about_all(&settings);
        match parents.is_empty() {
            true => value.insert("entryPoints".to_owned(), json!(["gateway"])),
            false => value.insert("parentRefs".to_owned(), json!(parents)),
        };
        let priority = FIRST - self.written;
        value.insert("priority".to_owned(), priority.into());
        value.insert("rule".to_owned(), rule.text().into());
        if !middlewares.is_empty() {
            value.insert("middlewares".to_owned(), json!(middlewares));
        }
        if let Some(service) = service {
            value.insert("service".to_owned(), service.into());
        }
        self.routers.insert(name, value.into());
    }

    /// Routers and middlewares as Traefik reads them.
    pub(super) fn finish(self) -> Map<String, Value> {
        let mut http = Map::new();
        http.insert("routers".to_owned(), self.routers.into());
        http.insert("middlewares".to_owned(), self.middlewares.into());
        http
    }
}
