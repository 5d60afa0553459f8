//! What is different between two configs, in plain sentences.

use std::fmt::Display;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Authentication, AuthenticationMethod, Config, Consumer, Echo, Issuer, LimitAlgorithm, LimitBy,
    LimitMode, Listen, Per, Plan, RateLimit, Recording, Redaction, Require, Route, Service, Split,
    Version, VersionWeight,
};
use crate::ids::VersionName;

/// Says what `after` changed, one sentence each, such as ``route `orders` added``. Empty where
/// nothing did.
pub fn changes(before: &Config, after: &Config) -> Vec<String> {
    let mut said = Vec::new();
    // No `..` here and below: a new field does not compile until it is said what becomes of it.
    let Config {
        version: _,
        listen,
        recording,
        echo,
        api_keys,
        issuers,
        local_issuer,
        limits,
        plans,
        consumers,
        services,
        routes,
    } = after;
    listen_changes(&before.listen, listen, &mut said);
    echo_changes(before.echo.as_ref(), echo.as_ref(), &mut said);
    named(&before.services, services, &mut said);
    named(&before.routes, routes, &mut said);
    named(&before.consumers, consumers, &mut said);
    named(&before.plans, plans, &mut said);
    named(&before.issuers, issuers, &mut said);
    part("api_keys", &before.api_keys, api_keys, &mut said);
    part(
        "local_issuer",
        &before.local_issuer,
        local_issuer,
        &mut said,
    );
    part("limits", &before.limits, limits, &mut said);
    recording_changes(&before.recording, recording, &mut said);
    said
}

/// Something in a list that is known by its name.
trait Named: Clone + PartialEq {
    const KIND: &'static str;
    fn name(&self) -> &str;
    fn renamed(&self, name: &str) -> Self;
    /// What is different apart from the name, each without saying of what.
    fn changes(&self, after: &Self, said: &mut Vec<String>);
}

fn named<T: Named>(before: &[T], after: &[T], said: &mut Vec<String>) {
    let find = |list: &[T], name: &str| list.iter().position(|item| item.name() == name);
    let mut gone: Vec<&T> = before
        .iter()
        .filter(|old| find(after, old.name()).is_none())
        .collect();
    for new in after {
        let name = new.name();
        if let Some(index) = find(before, name) {
            let mut changes = Vec::new();
            before[index].changes(new, &mut changes);
            said.extend(
                changes
                    .into_iter()
                    .map(|change| format!("{} `{name}`: {change}", T::KIND)),
            );
        } else if let Some(index) = gone.iter().position(|old| old.renamed(name) == *new) {
            let old = gone.remove(index);
            said.push(format!("{} `{}` renamed to `{name}`", T::KIND, old.name()));
        } else {
            said.push(format!("{} `{name}` added", T::KIND));
        }
    }
    said.extend(
        gone.into_iter()
            .map(|old| format!("{} `{}` removed", T::KIND, old.name())),
    );
    let kept = |list: &[T], other: &[T]| -> Vec<String> {
        let both = list
            .iter()
            .filter(|item| find(other, item.name()).is_some());
        both.map(|item| item.name().to_owned()).collect()
    };
    if kept(before, after) != kept(after, before) {
        said.push(format!("order of {}s changed", T::KIND));
    }
}

impl Named for Service {
    const KIND: &'static str = "service";

    fn name(&self) -> &str {
        self.name.as_str()
    }

    fn renamed(&self, name: &str) -> Self {
        Self {
            name: name.into(),
            ..self.clone()
        }
    }

    fn changes(&self, after: &Self, said: &mut Vec<String>) {
        let urls = |service: &Self| -> Vec<String> {
            service
                .targets
                .iter()
                .map(|target| quote(&target.url))
                .collect()
        };
        list("target", &urls(self), &urls(after), said);
        let rest = |service: &Self| {
            let mut rest = service.clone();
            rest.name = "".into();
            // Where it is another target, its weight is no change.
            if urls(self) != urls(after) {
                rest.targets.clear();
            }
            rest
        };
        settings(&rest(self), &rest(after), said);
    }
}

impl Named for Route {
    const KIND: &'static str = "route";

    fn name(&self) -> &str {
        self.name.as_str()
    }

    fn renamed(&self, name: &str) -> Self {
        Self {
            name: name.into(),
            ..self.clone()
        }
    }

    fn changes(&self, after: &Self, said: &mut Vec<String>) {
        if self.enabled != after.enabled {
            let change = if after.enabled {
                "switched on"
            } else {
                "switched off"
            };
            said.push(change.to_owned());
        }
        let (old, new) = (&self.matches, &after.matches);
        let quoted = |list: &[String]| -> Vec<String> { list.iter().map(quote).collect() };
        list("host", &quoted(&old.hosts), &quoted(&new.hosts), said);
        value("path", &quote(&old.path), &quote(&new.path), said);
        list("method", &quoted(&old.methods), &quoted(&new.methods), said);
        if let (Some(old), Some(new)) = (&self.service, &after.service) {
            value("service", &quote(old), &quote(new), said);
        }
        if self.strip_prefix != after.strip_prefix {
            let change = if after.strip_prefix {
                "removed from"
            } else {
                "kept in"
            };
            said.push(format!("prefix now {change} the forwarded path"));
        }
        if self.authentication != after.authentication {
            said.push(authentication_change(
                &self.authentication,
                &after.authentication,
            ));
        }
        let labels =
            |limits: &[RateLimit]| -> Vec<String> { limits.iter().map(limit_label).collect() };
        list(
            "rate limit",
            &labels(&self.rate_limits),
            &labels(&after.rate_limits),
            said,
        );
        let versions = self.versions.as_ref().zip(after.versions.as_ref());
        if let Some((old, new)) = versions {
            named(&old.list, &new.list, said);
        }
        let splits = versions.and_then(|(old, new)| old.split.as_ref().zip(new.split.as_ref()));
        if let Some((old, new)) = splits {
            share_changes(old, new, said);
        }
        let rest = |route: &Self| {
            let mut rest = route.clone();
            if let (Some(_), Some(rest)) = (versions, &mut rest.versions) {
                rest.list.clear();
                if let (Some(_), Some(split)) = (splits, &mut rest.split) {
                    split.weights.clear();
                }
            }
            rest.name = "".into();
            rest.enabled = true;
            rest.matches.hosts.clear();
            rest.matches.path.clear();
            rest.matches.methods.clear();
            if self.service.is_some() && after.service.is_some() {
                rest.service = None;
            }
            rest.strip_prefix = false;
            rest.authentication = Authentication::default();
            rest.rate_limits.clear();
            rest
        };
        settings(&rest(self), &rest(after), said);
    }
}

impl Named for Version {
    const KIND: &'static str = "version";

    fn name(&self) -> &str {
        self.name.as_str()
    }

    fn renamed(&self, name: &str) -> Self {
        Self {
            name: name.into(),
            ..self.clone()
        }
    }

    fn changes(&self, after: &Self, said: &mut Vec<String>) {
        let labels =
            |limits: &[RateLimit]| -> Vec<String> { limits.iter().map(limit_label).collect() };
        let (old, new) = (labels(&self.rate_limits), labels(&after.rate_limits));
        list("rate limit", &old, &new, said);
        let rest = |version: &Self| Self {
            rate_limits: Vec::new(),
            ..version.clone()
        };
        settings(&rest(self), &rest(after), said);
    }
}

/// How many callers each version gets of those who name none.
fn share_changes(before: &Split, after: &Split, said: &mut Vec<String>) {
    let find = |split: &Split, name: &VersionName| {
        let mut weights = split.weights.iter();
        weights
            .find(|other| other.version == *name)
            .map(|found| found.weight)
    };
    for VersionWeight { version, weight } in &after.weights {
        match find(before, version) {
            Some(old) => value(&format!("share of version `{version}`"), &old, weight, said),
            None => said.push(format!("share of version `{version}` set to {weight}")),
        }
    }
    for VersionWeight { version, .. } in &before.weights {
        if find(after, version).is_none() {
            said.push(format!("share of version `{version}` removed"));
        }
    }
}

impl Named for Consumer {
    const KIND: &'static str = "consumer";

    fn name(&self) -> &str {
        self.name.as_str()
    }

    fn renamed(&self, name: &str) -> Self {
        Self {
            name: name.into(),
            ..self.clone()
        }
    }

    fn changes(&self, after: &Self, said: &mut Vec<String>) {
        if self.password_hash != after.password_hash {
            let change = match (&self.password_hash, &after.password_hash) {
                (_, None) => "password taken away",
                (None, _) => "password set",
                (_, _) => "password changed",
            };
            said.push(change.to_owned());
        }
        list("group", &self.groups, &after.groups, said);
        list("scope", &self.scopes, &after.scopes, said);
        let rest = |consumer: &Self| Self {
            password_hash: None,
            groups: Vec::new(),
            scopes: Vec::new(),
            ..consumer.clone()
        };
        settings(&rest(self), &rest(after), said);
    }
}

impl Named for Plan {
    const KIND: &'static str = "plan";

    fn name(&self) -> &str {
        self.name.as_str()
    }

    fn renamed(&self, name: &str) -> Self {
        Self {
            name: name.into(),
            ..self.clone()
        }
    }

    fn changes(&self, after: &Self, said: &mut Vec<String>) {
        let labels =
            |limits: &[RateLimit]| -> Vec<String> { limits.iter().map(limit_label).collect() };
        let (old, new) = (labels(&self.rate_limits), labels(&after.rate_limits));
        list("rate limit", &old, &new, said);
        let rest = |plan: &Self| Self {
            rate_limits: Vec::new(),
            ..plan.clone()
        };
        settings(&rest(self), &rest(after), said);
    }
}

impl Named for Issuer {
    const KIND: &'static str = "issuer";

    fn name(&self) -> &str {
        self.name.as_str()
    }

    fn renamed(&self, name: &str) -> Self {
        Self {
            name: name.into(),
            ..self.clone()
        }
    }

    fn changes(&self, after: &Self, said: &mut Vec<String>) {
        settings(self, after, said);
    }
}

/// A limit in a few words: `60/min per key`, with its name and its burst where they are given.
fn limit_label(limit: &RateLimit) -> String {
    let RateLimit {
        name,
        requests,
        per,
        by,
        of,
        algorithm,
        burst,
        count_rejected,
        mode,
    } = limit;
    let per = match per {
        Per::Second => "s",
        Per::Minute => "min",
        Per::Hour => "h",
        Per::Day => "day",
        Per::Month => "month",
    };
    let of = of.as_deref().unwrap_or_default();
    let by = match by {
        LimitBy::Key => "per key".to_owned(),
        LimitBy::Consumer => "per consumer".to_owned(),
        LimitBy::Ip => "per IP".to_owned(),
        LimitBy::Header => format!("per header `{of}`"),
        LimitBy::Claim => format!("per claim `{of}`"),
        LimitBy::Route => "per route".to_owned(),
        LimitBy::Global => "in all".to_owned(),
    };
    let name = name
        .as_ref()
        .map(|name| format!("`{name}` "))
        .unwrap_or_default();
    let burst = burst
        .map(|burst| format!(", at most {burst} at once"))
        .unwrap_or_default();
    let algorithm = match algorithm {
        LimitAlgorithm::TokenBucket => "",
        LimitAlgorithm::FixedWindow => ", fixed window",
        LimitAlgorithm::SlidingWindow => ", sliding window",
    };
    let rejected = match count_rejected {
        true => ", refused ones count",
        false => "",
    };
    let mode = match mode {
        LimitMode::Enforce => "",
        LimitMode::Shadow => ", shadow",
        LimitMode::Off => ", off",
    };
    format!("{name}{requests}/{per} {by}{burst}{algorithm}{rejected}{mode}")
}

/// What callers have to show now, in a few words.
fn authentication_change(before: &Authentication, after: &Authentication) -> String {
    let words = |methods: &[AuthenticationMethod]| -> Vec<&str> {
        let word = |method: &AuthenticationMethod| match method {
            AuthenticationMethod::ApiKey => "an API key",
            AuthenticationMethod::Basic => "a password",
            AuthenticationMethod::Jwt => "a token",
            AuthenticationMethod::Forward => "leave of the service that is asked",
        };
        methods.iter().map(word).collect()
    };
    if after.methods.is_empty() {
        return format!("no longer needs {}", words(&before.methods).join(" or "));
    }
    let joint = match after.require {
        Require::Any => " or ",
        Require::All => " and ",
    };
    let but = match after.anonymous {
        true => ", but lets callers through who show nothing",
        false => "",
    };
    let same = Authentication {
        methods: after.methods.clone(),
        require: after.require,
        anonymous: after.anonymous,
        ..before.clone()
    };
    match same == *before {
        true => "asks others about callers than before".to_owned(),
        false => format!("needs {}{but}", words(&after.methods).join(joint)),
    }
}

fn listen_changes(before: &Listen, after: &Listen, said: &mut Vec<String>) {
    let at = |listen: &Listen| std::net::SocketAddr::new(listen.address, listen.port);
    value("gateway address", &at(before), &at(after), said);
    let size = |bytes: &Option<u64>| bytes.map_or("no limit".to_owned(), |b| format!("{b} bytes"));
    value(
        "largest request body",
        &size(&before.max_request_body_bytes),
        &size(&after.max_request_body_bytes),
        said,
    );
    let rest = |listen: &Listen| Listen {
        address: Listen::default().address,
        port: 0,
        max_request_body_bytes: None,
        ..listen.clone()
    };
    settings(&rest(before), &rest(after), said);
}

fn echo_changes(before: Option<&Echo>, after: Option<&Echo>, said: &mut Vec<String>) {
    match (before, after) {
        (None, Some(Echo { port })) => said.push(format!("echo service added on port {port}")),
        (Some(_), None) => said.push("echo service removed".to_owned()),
        (Some(Echo { port: before }), Some(Echo { port: after })) => {
            value("echo service port", before, after, said);
        }
        (None, None) => {}
    }
}

fn recording_changes(before: &Recording, after: &Recording, said: &mut Vec<String>) {
    if before.bodies != after.bodies {
        let change = if after.bodies {
            "now recorded"
        } else {
            "no longer recorded"
        };
        said.push(format!("bodies {change}"));
    }
    list(
        "masked header",
        &before.redact.headers,
        &after.redact.headers,
        said,
    );
    list(
        "masked field",
        &before.redact.fields,
        &after.redact.fields,
        said,
    );
    let rest = |recording: &Recording| Recording {
        bodies: true,
        redact: Redaction::default(),
        ..recording.clone()
    };
    settings(&rest(before), &rest(after), said);
}

/// What became of the settings under one name.
fn part<T: Serialize>(name: &str, before: &T, after: &T, said: &mut Vec<String>) {
    let written = |value: &T| serde_json::to_value(value).expect("a config is plain JSON");
    differences(name, &written(before), &written(after), said);
}

/// Says of every other setting what it was and what it is, by the name it has in the file. Reads
/// the settings as they are written, so that none can be forgotten.
fn settings<T: Serialize>(before: &T, after: &T, said: &mut Vec<String>) {
    let written = |value: &T| serde_json::to_value(value).expect("a config is plain JSON");
    differences("", &written(before), &written(after), said);
}

fn differences(at: &str, before: &Value, after: &Value, said: &mut Vec<String>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Value::Object(old), Value::Object(new)) => {
            let names = old
                .keys()
                .chain(new.keys().filter(|name| !old.contains_key(*name)));
            for name in names {
                let at = if at.is_empty() {
                    name.clone()
                } else {
                    format!("{at}.{name}")
                };
                let side =
                    |object: &Map<String, Value>| object.get(name).cloned().unwrap_or_default();
                differences(&at, &side(old), &side(new), said);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (n, (old, new)) in old.iter().zip(new).enumerate() {
                differences(&format!("{at}[{n}]"), old, new, said);
            }
        }
        (Value::Null, after) => said.push(format!("`{at}` set to {}", short(after))),
        (before, Value::Null) => said.push(format!("`{at}` removed (was {})", short(before))),
        (before, after) => said.push(format!("`{at}` {} → {}", short(before), short(after))),
    }
}

/// A value in a few words.
fn short(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().count() <= 80 => quote(text),
        Value::String(text) => quote(format!("{}…", text.chars().take(80).collect::<String>())),
        Value::Array(items) if items.is_empty() => "nothing".to_owned(),
        Value::Array(items) => match items.iter().all(|item| !item.is_object()) {
            true => items.iter().map(short).collect::<Vec<_>>().join(", "),
            false if items.len() == 1 => "1 entry".to_owned(),
            false => format!("{} entries", items.len()),
        },
        Value::Object(members) => {
            let members = members
                .iter()
                .filter(|(_, value)| !value.is_array() && !value.is_object());
            let members: Vec<_> = members
                .map(|(name, value)| format!("{name} {}", short(value)))
                .collect();
            match members.is_empty() {
                true => "its defaults".to_owned(),
                false => members.join(", "),
            }
        }
        other => other.to_string(),
    }
}

fn quote(value: impl Display) -> String {
    format!("`{value}`")
}

/// Says ``what before → after`` where they differ.
fn value<T: Display + PartialEq>(what: &str, before: &T, after: &T, said: &mut Vec<String>) {
    if before != after {
        said.push(format!("{what} {before} → {after}"));
    }
}

/// Says what became of the items of a list: what went is paired with what came, in order.
fn list(what: &str, before: &[String], after: &[String], said: &mut Vec<String>) {
    let mut went = before.iter().filter(|item| !after.contains(item));
    let mut came = after.iter().filter(|item| !before.contains(item));
    let first = said.len();
    loop {
        match (went.next(), came.next()) {
            (Some(old), Some(new)) => said.push(format!("{what} {old} → {new}")),
            (Some(old), None) => said.push(format!("{what} {old} removed")),
            (None, Some(new)) => said.push(format!("{what} {new} added")),
            (None, None) => break,
        }
    }
    if said.len() == first && before != after {
        said.push(format!("order of {what}s changed"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config() -> Value {
        json!({
            "version": 1,
            "services": [{ "name": "shop", "targets": [{ "url": "http://127.0.0.1:3000" }] }],
            "routes": [
                { "name": "orders", "service": "shop", "rate_limits": [
                    { "requests": 60, "per": "minute", "by": "key" },
                ]},
                { "name": "health", "service": "shop" },
            ],
        })
    }

    fn said(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut after = config();
        change(&mut after);
        let read = |value| serde_json::from_value::<Config>(value).unwrap();
        changes(&read(config()), &read(after))
    }

    #[test]
    fn versions_are_known_by_their_names_wherever_they_stand() {
        type Change = fn(&mut Value);
        let table: &[(Change, &[&str])] = &[
            (
                |v| v["list"][1]["service"] = json!("shop"),
                &["route `orders`: version `v2`: `service` set to `shop`"],
            ),
            (
                |v| v["list"] = json!([{ "name": "v2" }, { "name": "v1" }]),
                &["route `orders`: order of versions changed"],
            ),
            (
                |v| {
                    v["list"]
                        .as_array_mut()
                        .unwrap()
                        .insert(0, json!({ "name": "v3" }))
                },
                &["route `orders`: version `v3` added"],
            ),
            (
                |v| {
                    v["list"][0]["rate_limits"] = json!([
                        { "requests": 5, "per": "second", "by": "ip" }
                    ])
                },
                &["route `orders`: version `v1`: rate limit 5/s per IP added"],
            ),
            (
                |v| v["split"]["weights"][1]["weight"] = json!(50),
                &["route `orders`: share of version `v2` 10 → 50"],
            ),
            (
                |v| v["split"]["weights"] = json!([{ "version": "v1", "weight": 90 }]),
                &["route `orders`: share of version `v2` removed"],
            ),
            (
                |v| v["name"] = json!("X-V"),
                &["route `orders`: `versions.name` set to `X-V`"],
            ),
        ];
        let with = |versions: &Value| {
            let mut config = config();
            config["routes"][0]["versions"] = versions.clone();
            serde_json::from_value::<Config>(config).unwrap()
        };
        let before = json!({
            "by": "header",
            "split": { "weights": [
                { "version": "v1", "weight": 90 }, { "version": "v2", "weight": 10 },
            ]},
            "list": [{ "name": "v1" }, { "name": "v2" }],
        });
        for (change, sentences) in table {
            let mut after = before.clone();
            change(&mut after);
            assert_eq!(changes(&with(&before), &with(&after)), *sentences);
        }
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        assert!(said(|_| {}).is_empty());
    }

    #[test]
    fn each_change_is_a_sentence() {
        type Change = fn(&mut Value);
        let table: &[(Change, &str)] = &[
            (
                |c| c["listen"] = json!({ "port": 9090 }),
                "gateway address 127.0.0.1:8080 → 127.0.0.1:9090",
            ),
            (
                |c| c["echo"] = json!({ "port": 9 }),
                "echo service added on port 9",
            ),
            (
                |c| c["services"][0]["targets"][0]["url"] = json!("http://127.0.0.1:4000"),
                "service `shop`: target `http://127.0.0.1:3000` → `http://127.0.0.1:4000`",
            ),
            (
                |c| c["services"][0]["timeouts"] = json!({ "connect_ms": 5 }),
                "service `shop`: `timeouts.connect_ms` 2000 → 5",
            ),
            (
                |c| c["routes"][0]["rate_limits"][0]["requests"] = json!(30),
                "route `orders`: rate limit 60/min per key → 30/min per key",
            ),
            (
                |c| c["routes"][0]["rate_limits"] = json!([]),
                "route `orders`: rate limit 60/min per key removed",
            ),
            (
                |c| c["routes"][0]["authentication"] = json!({ "methods": ["api_key"] }),
                "route `orders`: needs an API key",
            ),
            (
                |c| c["routes"][0]["enabled"] = json!(false),
                "route `orders`: switched off",
            ),
            (
                |c| c["routes"][0]["match"] = json!({ "path": "/o" }),
                "route `orders`: path `/` → `/o`",
            ),
            (
                |c| c["routes"][0]["match"] = json!({ "methods": ["GET"] }),
                "route `orders`: method `GET` added",
            ),
            (
                |c| c["routes"][0]["strip_prefix"] = json!(true),
                "route `orders`: prefix now removed from the forwarded path",
            ),
            (
                |c| c["routes"][1]["name"] = json!("ping"),
                "route `health` renamed to `ping`",
            ),
            (
                |c| c["routes"].as_array_mut().unwrap().reverse(),
                "order of routes changed",
            ),
            (
                |c| c["routes"].as_array_mut().unwrap().truncate(1),
                "route `health` removed",
            ),
            (
                |c| c["services"][0]["health"] = json!({ "active": { "path": "/up" } }),
                "service `shop`: `health.active` set to kind `http`, path `/up`, interval_ms 5000, \
                 timeout_ms 1000, healthy_after 1, unhealthy_after 2",
            ),
            (
                |c| c["routes"][0]["response_headers"] = json!({ "remove": ["server"] }),
                "route `orders`: `response_headers.remove` nothing → `server`",
            ),
            (
                |c| c["recording"] = json!({ "bodies": false }),
                "bodies no longer recorded",
            ),
        ];
        for (change, sentence) in table {
            assert_eq!(said(change), [*sentence]);
        }
    }
}
