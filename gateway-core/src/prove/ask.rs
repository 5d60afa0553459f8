//! What is asked: each route within its borders and just outside of them.

use super::example;
use crate::config::{Condition, ConditionTest};
use crate::export::gate::{Callers, Gate, LimitKind, Route};
use crate::snapshot::versions::{Scheme, Unnamed};

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

/// All requests, by class.
pub(super) fn requests(gate: &Gate<'_>, secrets: &[String]) -> Vec<Asked> {
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

    fn methods(&self, all: &mut Vec<Asked>) {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
            all.push(Asked {
                class: "methods",
                method: method.to_owned(),
                ..self.plain()
            });
        }
    }

    fn paths(&self, all: &mut Vec<Asked>) {
        let plain = self.plain();
        let (path, query) = plain.target.split_once('?').unwrap_or((&plain.target, ""));
        let first: String = path.chars().nth(1).map_or(String::new(), |c| {
            format!("/%{:02x}{}", u32::from(c), &path[2..])
        });
        let upper = path.to_ascii_uppercase();
        let bare = path.trim_end_matches('/');
        let mut paths = vec![
            path.to_owned(),
            upper,
            format!("{bare}x"),
            format!("{bare}/"),
            format!("{bare}//"),
            format!("{bare}/7"),
            format!("{bare}/a%20b%3Fc/d"),
            format!("{bare}/a%2Fb"),
            format!("{bare}/x;y=1"),
            format!("{bare};v=1"),
            format!("/{path}"),
            format!("/x{path}"),
            format!("{bare}/../etc"),
            format!("{bare}/%2e%2E/etc"),
            format!("{bare}/.hidden"),
            format!("{bare}/a%5cb"),
            format!("{bare}/a%00"),
            format!("{bare}/caf%C3%A9"),
            format!("{bare}/a.b~c-d_e:@!$&'()*+,="),
        ];
        if !first.is_empty() && path.len() > 2 && path.is_char_boundary(2) {
            paths.push(first);
        }
        for path in paths {
            let target = match query {
                "" => path,
                query => format!("{path}?{query}"),
            };
            all.push(Asked {
                class: "paths",
                target,
                ..self.plain()
            });
        }
        for query in ["a=1&b=%20&a=2", "empty=", "x=a+b&&y", "%41=%2F"] {
            let mut asked = self.plain();
            add_query(&mut asked.target, query);
            asked.class = "queries";
            all.push(asked);
        }
        for host in [
            "SHOP.example:8080",
            "other.localhost",
            "a.b.api.localhost",
            "127.0.0.1",
        ] {
            all.push(Asked {
                class: "hosts",
                host: host.to_owned(),
                ..self.plain()
            });
        }
    }

    fn conditions(&self, all: &mut Vec<Asked>) {
        let matches = &self.route.config.matches;
        for condition in &matches.headers {
            let name = &condition.name;
            for value in [
                None,
                Some("never-this"),
                Some(condition.value.as_deref().unwrap_or("x")),
            ] {
                let mut asked = self.plain();
                asked.class = "conditions";
                asked
                    .headers
                    .retain(|(one, _)| !one.eq_ignore_ascii_case(name));
                if let Some(value) = value {
                    asked.headers.push((name.to_uppercase(), value.to_owned()));
                }
                all.push(asked);
            }
        }
        if matches.query.is_empty() {
            return;
        }
        let plain = self.plain();
        let path = plain
            .target
            .split('?')
            .next()
            .unwrap_or_default()
            .to_owned();
        let query = plain.target.split_once('?').map_or("", |(_, query)| query);
        let spelt: String = query
            .chars()
            .map(|c| match c.is_ascii_alphabetic() {
                true => format!("%{:02X}", u32::from(c)),
                false => c.to_string(),
            })
            .collect();
        let targets = [
            path.clone(),
            format!("{path}?{}", query.to_uppercase()),
            format!("{path}?{query}&{query}"),
            format!("{path}?before=1&{query}&after"),
            format!("{path}?{query}x"),
            format!("{path}?x{query}"),
            format!("{path}?{}", spelt.replace("%25", "%").replace('+', "%20")),
        ];
        let extra = matches.query.iter().map(|one| {
            let pair = form_urlencoded::Serializer::new(String::new())
                .append_pair(&one.name, "other")
                .finish();
            format!("{path}?{query}&{pair}")
        });
        for target in targets.into_iter().chain(extra) {
            all.push(Asked {
                class: "conditions",
                target,
                ..self.plain()
            });
        }
    }

    fn keys(&self, all: &mut Vec<Asked>) {
        let mut with = |headers: &[(&str, &str)], method: &str| {
            let mut asked = self.plain();
            asked.class = "keys";
            asked.method = method.to_owned();
            asked.headers.retain(|(name, _)| name != "X-API-Key");
            for (name, value) in headers {
                asked
                    .headers
                    .push(((*name).to_owned(), (*value).to_owned()));
            }
            all.push(asked);
        };
        let methods = &self.route.config.matches.methods;
        let usual: Vec<&str> = match methods.is_empty() {
            true => vec!["GET", "POST", "DELETE"],
            false => methods.iter().map(String::as_str).collect(),
        };
        for method in &usual {
            with(&[], method);
            for secret in self.secrets {
                with(&[("X-API-Key", secret)], method);
            }
        }
        if self.route.callers == Callers::Anyone && self.route.denials.is_empty() {
            return;
        }
        let method = usual[0];
        let some = self.secrets.first().map_or(STRANGER, String::as_str);
        let other = self.secrets.get(1).map_or(STRANGER, String::as_str);
        let swapped: String = some
            .chars()
            .map(|c| match c.is_ascii_lowercase() {
                true => c.to_ascii_uppercase(),
                false => c.to_ascii_lowercase(),
            })
            .collect();
        let bearer = format!("Bearer {some}");
        let bearer_other = format!("bearer {other}");
        for headers in [
            &[("X-API-Key", "")][..],
            &[("X-API-Key", "nonsense")],
            &[("X-API-Key", "${KEY_ALICE}")],
            &[("X-API-Key", STRANGER)],
            &[("X-API-Key", &some[..some.len() - 1])],
            &[("X-API-Key", &swapped)],
            &[("Authorization", &bearer)],
            &[("Authorization", "Bearer nonsense")],
            &[("Authorization", "Basic YTpi")],
            &[("X-API-Key", some), ("Authorization", &bearer)],
            &[("X-API-Key", some), ("Authorization", &bearer_other)],
            &[
                ("X-API-Key", some),
                ("Authorization", "Bearer for-the-service"),
            ],
            &[("X_API_KEY", some)],
        ] {
            with(headers, method);
        }
        if let Some(name) = &self.gate.config.api_keys.query {
            let mut asked = self.plain();
            asked.class = "keys";
            asked.headers.retain(|(name, _)| name != "X-API-Key");
            add_query(&mut asked.target, &format!("a=1&{name}={some}&b=2"));
            all.push(asked);
        }
    }

    fn name_version(&self, asked: &mut Asked, value: &str) {
        let Some(versions) = &self.route.compiled.versions else {
            return;
        };
        match &versions.scheme {
            Scheme::FirstSegment => asked.target = format!("/{value}{}", asked.target),
            Scheme::AfterPrefix(_) => {
                let prefix = example::path(self.route);
                let rest = asked.target.strip_prefix(&prefix).unwrap_or_default();
                asked.target = format!("{prefix}/{value}{rest}");
            }
            Scheme::Header(name) => asked.headers.push((name.to_string(), value.to_owned())),
            Scheme::Query(name) => add_query(&mut asked.target, &format!("{name}={value}")),
            Scheme::Accept(name) => {
                let accept = format!("application/json; {name}={value}");
                asked.headers.push(("Accept".to_owned(), accept));
            }
            Scheme::Host(_) => {
                let label = asked.host.split_once('.').map_or("", |(label, _)| label);
                let rest = asked.host.strip_prefix(label).unwrap_or_default();
                asked.host = match value.contains('.') {
                    true => value.to_owned(),
                    false => format!("{value}{rest}"),
                };
            }
        }
    }

    fn versions(&self, all: &mut Vec<Asked>) {
        let Some(versions) = &self.route.compiled.versions else {
            return;
        };
        let base = || {
            let mut asked = self.plain();
            if !matches!(versions.unnamed, Unnamed::Default(_)) {
                asked.target = example::path(self.route);
            }
            asked.class = "versions";
            asked
        };
        if !matches!(versions.unnamed, Unnamed::Split(_)) {
            all.push(base());
        }
        let mut values: Vec<String> = versions.list.iter().map(|one| one.value.clone()).collect();
        values.extend([
            "v99".to_owned(),
            "V1".to_owned(),
            "vx".to_owned(),
            "v1x".to_owned(),
        ]);
        for value in &values {
            for rest in ["", "/more/of%20it", "/"] {
                let mut asked = base();
                asked.target.push_str(rest);
                self.name_version(&mut asked, value);
                all.push(asked);
            }
        }
        if let Scheme::Query(name) = &versions.scheme {
            for query in [
                format!("{name}=v1&{name}=v2"),
                format!("{name}=v1&{name}=v1"),
                format!("a=1&{name}=%76%32&b=2"),
                format!("{name}="),
                format!("x{name}=v1"),
            ] {
                let mut asked = base();
                add_query(&mut asked.target, &query);
                all.push(asked);
            }
        }
    }

    fn cors(&self, all: &mut Vec<Asked>) {
        let Some(cors) = &self.route.config.cors else {
            return;
        };
        let mut origins = vec![
            "https://evil.example".to_owned(),
            "null".to_owned(),
            "https://app.example.evil.example".to_owned(),
            "https://app.example:444".to_owned(),
            "http://app.example".to_owned(),
            "https://shop.example".to_owned(),
            "https://evilshop.example".to_owned(),
        ];
        for origin in &cors.origins {
            let known = origin.replace("*.", "a.b.").replace(":*", ":5173");
            origins.push(known.replace('*', "https://any.example"));
        }
        for origin in &origins {
            let mut asked = self.plain();
            asked.class = "cors";
            asked.headers.push(("Origin".to_owned(), origin.clone()));
            all.push(asked.clone());
            asked.headers.retain(|(name, _)| name != "X-API-Key");
            all.push(asked.clone());
            for (method, headers) in [
                ("GET", ""),
                ("POST", "x-api-key"),
                ("POST", "X-Api-Key, content-type"),
                ("POST", "x-api-key,x-other"),
                ("DELETE", "x-api-key"),
                ("get", ""),
            ] {
                let mut preflight = asked.clone();
                preflight.method = "OPTIONS".to_owned();
                let name = "Access-Control-Request-Method".to_owned();
                preflight.headers.push((name, method.to_owned()));
                if !headers.is_empty() {
                    let name = "Access-Control-Request-Headers".to_owned();
                    preflight.headers.push((name, headers.to_owned()));
                }
                all.push(preflight);
            }
        }
    }

    fn bodies(&self, all: &mut Vec<Asked>) {
        let listen = &self.gate.config.listen;
        let most = self
            .route
            .config
            .max_request_body_bytes
            .or(listen.max_request_body_bytes);
        let Some(most) = most.and_then(|most| usize::try_from(most).ok()) else {
            return;
        };
        for size in [most, most + 1] {
            if (1..=1024 * 1024).contains(&size) {
                let method = match self.plain().method.as_str() {
                    "GET" if self.route.config.matches.methods.is_empty() => "POST".to_owned(),
                    method => method.to_owned(),
                };
                all.push(Asked {
                    class: "bodies",
                    method,
                    body: "b".repeat(size),
                    ..self.plain()
                });
            }
        }
    }

    /// One more than may come at once, for each caller.
    fn limits(&self, all: &mut Vec<Asked>) {
        let most = self
            .gate
            .limits_of(self.n)
            .into_iter()
            .filter_map(|limit| match &self.gate.limits[limit].kind {
                LimitKind::Rate(shape) => usize::try_from(shape.burst).ok(),
                LimitKind::Quota | LimitKind::Concurrency(_) => None,
            })
            .min();
        let Some(most) = most.filter(|most| *most <= 200) else {
            return;
        };
        let callers = match self.route.callers {
            Callers::Anyone => 1,
            Callers::KeyIfShown | Callers::Key => self.secrets.len().min(2),
        };
        for caller in 0..callers {
            let mut asked = self.plain();
            asked.class = "limits";
            asked.times = most + 3;
            for (name, value) in &mut asked.headers {
                if name == "X-API-Key" {
                    value.clone_from(&self.secrets[caller]);
                }
            }
            all.push(asked);
        }
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
