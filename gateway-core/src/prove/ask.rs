//! What is asked: each route within its borders and just outside of them.

mod callers;
pub(super) mod keeping;
mod spellings;
mod versions;

use super::example;
use crate::config::{Condition, ConditionTest};
use crate::export::gate::{Callers, Gate, Route};
use crate::snapshot::versions::Unnamed;

/// A request, to be sent a number of times.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// What it is about.
    pub(super) class: &'static str,
    /// Index of the route that it is meant for.
    pub(super) route: usize,
    /// Method.
    pub(super) method: String,
    /// Path and query as sent.
    pub(super) target: String,
    /// Headers besides `Host`.
    pub(super) headers: Vec<(String, String)>,
    /// Host.
    pub(super) host: String,
    /// Body.
    pub(super) body: String,
    /// How often, one right after another; more than once to see limits.
    pub(super) times: usize,
}

impl Asked {
    /// As it is sent.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut text = format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\n",
            self.method, self.target, self.host
        );
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        text.push_str(&format!("Connection: close\r\n\r\n{}", self.body));
        text.into_bytes()
    }

    /// Its headers, without secrets.
    pub(super) fn told_headers(&self) -> Vec<String> {
        let told = |(name, value): &(String, String)| {
            let is_key = value.starts_with("gw_") || value.contains(" gw_");
            let value = if is_key { "(a key)" } else { value };
            format!("{name}: {value}")
        };
        self.headers.iter().map(told).collect()
    }
}

/// As long as a key, and nobody's.
const STRANGER: &str = "gw_dev_000000000000000000000000000000";

/// All requests, by class. `keeps` says of a route whether it keeps answers on both sides.
pub(super) fn requests(
    gate: &Gate<'_>,
    secrets: &[String],
    keeps: impl Fn(&Route<'_>) -> bool,
) -> Vec<Asked> {
    let mut asked = Vec::new();
    for (n, route) in gate.routes.iter().enumerate() {
        let asking = Asking {
            gate,
            n,
            route,
            secrets,
        };
        if route.closed.is_some() {
            asked.push(Asked {
                class: "closed routes",
                ..asking.plain()
            });
            continue;
        }
        if !gate.limits_of(n).is_empty() {
            asking.limits(&mut asked);
            continue;
        }
        asking.methods(&mut asked);
        asking.paths(&mut asked);
        asking.conditions(&mut asked);
        asking.keys(&mut asked);
        asking.versions(&mut asked);
        asking.cors(&mut asked);
        asking.bodies(&mut asked);
        if keeps(route) {
            asking.kept_answers(&mut asked);
        }
    }
    let elsewhere = |target: &str| Asked {
        class: "no route",
        route: 0,
        method: "GET".to_owned(),
        target: target.to_owned(),
        headers: Vec::new(),
        host: "nobody.example".to_owned(),
        body: String::new(),
        times: 1,
    };
    for target in [
        "/no/such/path",
        "/..%2f..",
        "/r0",
        "/none",
        "/methods",
        "/%zz",
        "/a\\b",
    ] {
        asked.push(elsewhere(target));
    }
    asked.sort_by_key(|one| one.class);
    asked
}

struct Asking<'g, 'c> {
    gate: &'g Gate<'c>,
    n: usize,
    route: &'g Route<'c>,
    secrets: &'g [String],
}

impl Asking<'_, '_> {
    /// A request that the route takes.
    fn plain(&self) -> Asked {
        let matches = &self.route.config.matches;
        let mut asked = Asked {
            class: "routes",
            route: self.n,
            method: matches
                .methods
                .first()
                .map_or("GET", String::as_str)
                .to_owned(),
            target: example::path(self.route),
            headers: vec![
                ("X-Forwarded-For".to_owned(), "6.6.6.6".to_owned()),
                ("X-Consumer-Id".to_owned(), "mallory".to_owned()),
                ("X-Internal".to_owned(), "secret".to_owned()),
                ("X-Other".to_owned(), "kept".to_owned()),
                // As all browsers and most programs do; some products would add it.
                ("Accept-Encoding".to_owned(), "gzip".to_owned()),
            ],
            host: match self.route.compiled.hosts.first() {
                Some(host) => host.example(),
                None => "shop.example".to_owned(),
            },
            body: String::new(),
            times: 1,
        };
        let hold = matches.headers.iter().map(|one| (one, false));
        let hold = hold.chain(matches.query.iter().map(|one| (one, true)));
        let mut pairs = Vec::new();
        for (condition, query) in hold {
            if let Some(value) = held(condition) {
                match query {
                    true => pairs.push((condition.name.clone(), value)),
                    false => asked.headers.push((condition.name.clone(), value)),
                }
            }
        }
        for (name, value) in pairs {
            let pair = form_urlencoded::Serializer::new(String::new())
                .append_pair(&name, &value)
                .finish();
            add_query(&mut asked.target, &pair);
        }
        if self.route.callers != Callers::Anyone
            && let Some(secret) = self.secrets.first()
        {
            asked.headers.push(("X-API-Key".to_owned(), secret.clone()));
        }
        // Who names no version may be refused.
        if let Some(versions) = &self.route.compiled.versions
            && !matches!(versions.unnamed, Unnamed::Default(_))
            && let Some(version) = versions.list.first()
        {
            self.name_version(&mut asked, &version.value);
        }
        asked
    }
}

/// A value that a condition holds for.
fn held(condition: &Condition) -> Option<String> {
    let value = condition.value.as_deref().unwrap_or_default();
    match condition.test {
        ConditionTest::Equals => Some(value.to_owned()),
        ConditionTest::Present => Some("there".to_owned()),
        ConditionTest::Matches => example::text(value),
        ConditionTest::Absent => None,
    }
}

fn add_query(target: &mut String, pair: &str) {
    target.push(if target.contains('?') { '&' } else { '?' });
    target.push_str(pair);
}
