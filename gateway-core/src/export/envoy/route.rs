//! What becomes of the requests that an entry takes: routes in Envoy, the first that matches counts.

use serde_json::{Value, json};

use super::headers::{Edits, Verb, some};
use super::matching::{Match, asks, method};
use super::versions::{self, Chosen};
use super::{answers, callers, clusters, headers, limits, pages};
use crate::config::{Algorithm, HashBy, HostHeaderKind, Retries, Service, Timeouts};
use crate::export::document::about;
use crate::export::gate::{Entry, Gate, Route, parts};
use crate::export::paths::{self, Line, Piece};
use crate::snapshot::Backend;
use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::versions::{Scheme, Version};

/// The routes of an entry.
pub(super) fn routes(gate: &Gate<'_>, entry: &Entry) -> Vec<Value> {
    let route = &gate.routes[entry.route];
    let mut base = asks(route, entry);
    if !route.config.matches.methods.is_empty() {
        base = base.and_header(method(":method", &route.config.matches.methods));
    }
    let mut all = match &route.closed {
        Some(setting) => {
            let mut closed = refusal(route, &base, 403);
            about(&mut closed, setting);
            vec![closed]
        }
        None => {
            let one = Writer {
                gate,
                entry,
                route,
                n: entry.route,
            };
            versions::choices(route, entry, &base)
                .iter()
                .flat_map(|chosen| one.chosen(chosen))
                .collect()
        }
    };
    if let Some(first) = all.first_mut() {
        about(first, format!("{}.match", route.at));
        for part in ["versions", "authentication", "authorization", "cors"] {
            about(first, format!("{}.{part}", route.at));
        }
        about(first, &route.at);
    }
    all
}

/// A route that refuses.
pub(super) fn refusal(route: &Route<'_>, matches: &Match, status: u16) -> Value {
    json!({
        "name": format!("{} {status}", route.config.name),
        "match": matches.said(),
        "direct_response": {"status": status},
    })
}

/// A piece of a path, as a substitution with groups.
pub(super) fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => text.replace('\\', "\\\\"),
        Piece::Group(n) => format!("\\{n}"),
        // They stand in redirects alone.
        Piece::Host | Piece::Query(_) => String::new(),
    }
}

struct Writer<'g, 'c> {
    gate: &'g Gate<'c>,
    entry: &'g Entry,
    route: &'g Route<'c>,
    n: usize,
}

impl Writer<'_, '_> {
    fn chosen(&self, chosen: &Chosen<'_>) -> Vec<Value> {
        match chosen {
            Chosen::Refused { matches, status } => {
                let mut refused = refusal(self.route, matches, *status);
                self.before_versions(&mut refused);
                vec![refused]
            }
            Chosen::Version {
                matches,
                version,
                cookie,
            } => self.cut(matches, *version, cookie.as_deref()),
        }
    }

    /// What is the same whatever the version: who has to show a key, and which pages may call.
    fn before_versions(&self, said: &mut Value) {
        let mut wanted = json!({});
        callers::wishes(self.gate, self.route, &mut wanted);
        versions::wishes(self.route, &mut wanted);
        if let Some(most) = self.longest_body() {
            wanted["longest_body"] = json!(most);
        }
        if wanted != json!({}) {
            said["metadata"]["filter_metadata"]["gateway.callers"] = wanted;
        }
        if let Some(cors) = &self.route.config.cors {
            said["typed_per_filter_config"]["envoy.filters.http.cors"] = pages::policy(cors);
            if pages::any(cors) {
                said["metadata"]["filter_metadata"]["gateway.path"] = json!({"any_origin": true});
            }
        }
    }

    /// A route for each way in which the path can be cut, and a refusal of those that cannot.
    fn cut(&self, matches: &Match, version: Option<&Version>, cookie: Option<&str>) -> Vec<Value> {
        let own = match &self.route.compiled.backend {
            Backend::Own(own) => Some(own),
            Backend::Aggregate(_) => Some(&OwnAnswer::OnlyMock),
            Backend::Service(_) => None,
        };
        let mut lines = match own {
            Some(_) => paths::redirected(self.route),
            None => paths::forwarded(self.route),
        };
        lines.retain(|line| line.after_version == self.entry.after_version);
        let name = version.map(|version| version.name.as_str());
        lines.retain(|line| line.is_for(name));
        let mut all = Vec::new();
        if lines.is_empty() {
            let mut said = self.begun(matches, version);
            if let Some(own) = own {
                answers::write(self.route, own, None, version, &mut said);
            }
            all.push(said);
            return all;
        }
        let mut every = false;
        for line in &lines {
            every |= line.pattern == "(/.*)" || line.pattern == "((/.*))";
            let mut matches = matches.clone();
            matches.raw = (line.pattern != "(/.*)").then(|| line.pattern.clone());
            let mut said = self.begun(&matches, version);
            match own {
                _ if line.is_refused() => self.refuse(&mut said),
                Some(own) => answers::write(self.route, own, Some(line), version, &mut said),
                None => self.forward(line, version, cookie, &mut said),
            }
            all.push(said);
        }
        if !every {
            let mut said = self.begun(matches, version);
            self.refuse(&mut said);
            all.push(said);
        }
        all
    }

    /// A path that can be cut in more than one way.
    fn refuse(&self, said: &mut Value) {
        said["name"] = json!(format!("{} 400", self.route.config.name));
        said["direct_response"] = json!({"status": 400});
    }

    /// A route that is not an answer yet: what a request has to pass before.
    fn begun(&self, matches: &Match, version: Option<&Version>) -> Value {
        let name = version.map(|version| version.name.as_str());
        let mut said = json!({
            "name": match name {
                Some(version) => format!("{} {version}", self.route.config.name),
                None => self.route.config.name.to_string(),
            },
            "match": matches.said(),
        });
        self.before_versions(&mut said);
        let mut wanted = json!({});
        if let Some(gone) = version.and_then(|version| version.lifecycle.gone_from_s) {
            wanted["gone_from"] = json!(gone);
        }
        let counted = limits::wishes(self.gate, self.n, name);
        if !counted.is_empty() {
            wanted["limits"] = json!(counted);
        }
        let names = self.gate.own_parameters(self.route);
        if !names.is_empty() {
            wanted["strip_query"] = json!(names);
        }
        if let Backend::Own(_) = &self.route.compiled.backend {
            wanted["place"] = json!(true);
        }
        if let Some(denials) = callers::denials(self.gate, self.route, name) {
            said["typed_per_filter_config"]["envoy.filters.http.rbac"] = denials;
        }
        if let Some(most) = self.longest_body() {
            said["metadata"]["filter_metadata"]["gateway.bodies"] = json!({"longest_body": most});
            said["request_body_buffer_limit"] = json!(most);
            about(
                &mut said,
                format!("{}.max_request_body_bytes", self.route.at),
            );
            about(&mut said, "listen.max_request_body_bytes");
        }
        if wanted != json!({}) {
            said["metadata"]["filter_metadata"]["gateway.limits"] = wanted;
        }
        said
    }

    /// The longest body that is taken, in bytes.
    fn longest_body(&self) -> Option<u64> {
        let own = self.route.config.max_request_body_bytes;
        own.or(self.gate.config.listen.max_request_body_bytes)
    }

    fn forward(
        &self,
        line: &Line,
        version: Option<&Version>,
        cookie: Option<&str>,
        said: &mut Value,
    ) {
        let own = self.route.config.versions.iter().flat_map(|all| &all.list);
        let own = own
            .filter(|one| version.is_some_and(|version| version.name == one.name))
            .find_map(|one| one.service.as_ref());
        let Some(name) = own.or(self.route.config.service.as_ref()) else {
            said["direct_response"] = json!({"status": 503});
            return;
        };
        let service = self
            .gate
            .config
            .services
            .iter()
            .find(|one| one.name == *name);
        let mut action = json!({"cluster": name.as_str()});
        let target = service.and_then(|service| service.targets.first());
        let base = target.map_or("", |target| parts(&target.url).2);
        let made: String = line.made.iter().map(piece).collect();
        if made != "\\1" || line.pattern != "(/.*)" || !base.is_empty() {
            let base = base.replace('\\', "\\\\");
            action["regex_rewrite"] = json!({
                "pattern": {"regex": format!("^(?:{})$", line.pattern)},
                "substitution": format!("{base}{made}"),
            });
        }
        let host = &self.route.config.host_header;
        match host.kind {
            HostHeaderKind::Caller => {}
            HostHeaderKind::Fixed => {
                action["host_rewrite_literal"] = json!(host.value.as_deref().unwrap_or_default());
            }
            HostHeaderKind::Target => action["auto_host_rewrite"] = json!(true),
        }
        if let Some(service) = service {
            waits(service, &mut action);
        }
        said["route"] = action;
        self.edits(version, cookie, said);
        for part in ["service", "rewrite", "strip_prefix", "host_header"] {
            about(said, format!("{}.{part}", self.route.at));
        }
    }

    fn edits(&self, version: Option<&Version>, cookie: Option<&str>, said: &mut Value) {
        let route = self.route.config.name.as_str();
        let name = version.map_or("", |version| version.name.as_str());
        let mut sent = Edits::default();
        if let Some(versions) = &self.route.compiled.versions
            && let (Scheme::Header(header), true) = (&versions.scheme, versions.strip)
        {
            sent.remove.push(header.to_string());
        }
        let mut told = Edits::default();
        sent.make(&self.route.compiled.request_headers, route, name);
        told.make(&self.route.compiled.response_headers, route, name);
        if let Some(version) = version {
            sent.make(&version.request_headers, route, name);
            told.make(&version.response_headers, route, name);
            lifecycle(self.route, version, &mut told);
        }
        if let Some(cors) = &self.route.config.cors {
            pages::on_answers(cors, &mut told);
        }
        if let Some(cookie) = cookie {
            let header = some(Verb::Add, "set-cookie", &headers::literal(cookie));
            told.add.push(header);
        }
        sent.write("request", said);
        told.write("response", said);
        about(said, format!("{}.request_headers", self.route.at));
        about(said, format!("{}.response_headers", self.route.at));
    }
}

/// What callers are told of a version.
pub(super) fn lifecycle(route: &Route<'_>, version: &Version, told: &mut Edits) {
    for (name, value) in &version.lifecycle.headers {
        let value = headers::literal(&String::from_utf8_lossy(value.as_bytes()));
        told.add.push(some(Verb::Add, name.as_str(), &value));
    }
    let scheme = route.compiled.versions.as_ref().map(|all| &all.scheme);
    let successor = version.lifecycle.successor.as_deref();
    let target = match (scheme, successor) {
        (Some(Scheme::FirstSegment), Some(next)) => format!("/{next}"),
        (Some(Scheme::Query(name)), Some(next)) => format!("?{name}={next}"),
        (Some(Scheme::Host(_)), Some(next)) if next.contains('.') => format!("//{next}"),
        _ => return,
    };
    let link = headers::literal(&format!("<{target}>; rel=\"successor-version\""));
    told.add.push(some(Verb::Add, "link", &link));
}

/// How long a service is waited for, how often it is tried again, and which target it is.
fn waits(service: &Service, action: &mut Value) {
    let Timeouts {
        connect_ms: _,
        first_byte_ms,
        idle_ms,
        total_ms,
    } = &service.timeouts;
    let wait = clusters::seconds((*first_byte_ms).max(idle_ms.unwrap_or(0)));
    action["timeout"] = json!(total_ms.map_or_else(|| "0s".to_owned(), clusters::seconds));
    action["idle_timeout"] = json!(wait);
    let Retries {
        attempts,
        statuses,
        budget_percent: _,
    } = &service.retries;
    if *attempts > 0 {
        let mut on = vec!["connect-failure", "refused-stream", "reset-before-request"];
        let mut policy = json!({"num_retries": attempts, "per_try_idle_timeout": wait});
        if !statuses.is_empty() {
            on.extend(["reset", "retriable-status-codes"]);
            policy["retriable_status_codes"] = json!(statuses);
            // What may not be asked twice is not.
            policy["retriable_request_headers"] = json!([method(
                ":method",
                &["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]
            )]);
        }
        policy["retry_on"] = json!(on.join(","));
        action["retry_policy"] = policy;
    }
    let balance = &service.balance;
    let name = balance.hash_name.as_deref().unwrap_or_default();
    let mut by = Vec::new();
    if let Some(cookie) = &balance.sticky_cookie {
        by.push(json!({"cookie": {"name": cookie, "ttl": "0s", "path": "/"}}));
    } else if balance.algorithm == Algorithm::ConsistentHash {
        by.push(match balance.hash_by {
            HashBy::Ip => json!({"connection_properties": {"source_ip": true}}),
            HashBy::Header => json!({"header": {"header_name": name}}),
            HashBy::Cookie => json!({"cookie": {"name": name}}),
            HashBy::Consumer => json!({"header": {"header_name": "x-consumer-id"}}),
        });
    }
    if !by.is_empty() {
        action["hash_policy"] = json!(by);
    }
}
