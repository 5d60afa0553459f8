//! What is different between two configs, in plain sentences.

use std::fmt::Display;

use super::{
    Authentication, AuthenticationKind, Config, Echo, LimitBy, Listen, Match, Per, RateLimit,
    Recording, Redaction, Retention, Route, Service, Target, Timeouts,
};

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
        services,
        routes,
    } = after;
    listen_changes(&before.listen, listen, &mut said);
    echo_changes(before.echo.as_ref(), echo.as_ref(), &mut said);
    named(&before.services, services, &mut said);
    named(&before.routes, routes, &mut said);
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
        let Service {
            name: _,
            targets,
            timeouts,
        } = after;
        let urls = |targets: &[Target]| -> Vec<String> {
            targets
                .iter()
                .map(|Target { url }| format!("`{url}`"))
                .collect()
        };
        list("target", &urls(&self.targets), &urls(targets), said);
        let Timeouts {
            connect_ms,
            first_byte_ms,
        } = timeouts;
        value(
            "`timeouts.connect_ms`",
            &self.timeouts.connect_ms,
            connect_ms,
            said,
        );
        value(
            "`timeouts.first_byte_ms`",
            &self.timeouts.first_byte_ms,
            first_byte_ms,
            said,
        );
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
        let Route {
            name: _,
            enabled,
            matches,
            service,
            strip_prefix,
            authentication,
            rate_limits,
        } = after;
        if self.enabled != *enabled {
            said.push(
                if *enabled {
                    "switched on"
                } else {
                    "switched off"
                }
                .to_owned(),
            );
        }
        let Match {
            hosts,
            path_prefix,
            methods,
        } = matches;
        let quoted = |list: &[String]| -> Vec<String> {
            list.iter().map(|item| format!("`{item}`")).collect()
        };
        list("host", &quoted(&self.matches.hosts), &quoted(hosts), said);
        value(
            "path",
            &quote(&self.matches.path_prefix),
            &quote(path_prefix),
            said,
        );
        list(
            "method",
            &quoted(&self.matches.methods),
            &quoted(methods),
            said,
        );
        value("service", &quote(&self.service), &quote(service), said);
        if self.strip_prefix != *strip_prefix {
            let change = if *strip_prefix {
                "removed from"
            } else {
                "kept in"
            };
            said.push(format!("prefix now {change} the forwarded path"));
        }
        if self.authentication != *authentication {
            let Authentication { kind } = authentication;
            said.push(match kind {
                AuthenticationKind::None => "no API key needed any more".to_owned(),
                AuthenticationKind::ApiKey => "needs an API key".to_owned(),
            });
        }
        let labels =
            |limits: &[RateLimit]| -> Vec<String> { limits.iter().map(limit_label).collect() };
        list(
            "rate limit",
            &labels(&self.rate_limits),
            &labels(rate_limits),
            said,
        );
    }
}

/// A limit in a few words: `60/min per key`, with its name and its burst where they are given.
fn limit_label(limit: &RateLimit) -> String {
    let RateLimit {
        name,
        requests,
        per,
        by,
        burst,
    } = limit;
    let per = match per {
        Per::Second => "s",
        Per::Minute => "min",
        Per::Hour => "h",
        Per::Day => "day",
    };
    let by = match by {
        LimitBy::Key => "per key",
        LimitBy::Ip => "per IP",
        LimitBy::Route => "per route",
    };
    let name = name
        .as_ref()
        .map(|name| format!("`{name}` "))
        .unwrap_or_default();
    let burst = burst
        .map(|burst| format!(", at most {burst} at once"))
        .unwrap_or_default();
    format!("{name}{requests}/{per} {by}{burst}")
}

fn listen_changes(before: &Listen, after: &Listen, said: &mut Vec<String>) {
    let Listen {
        address,
        port,
        max_request_body_bytes,
    } = after;
    let at = |address, port| std::net::SocketAddr::new(address, port);
    value(
        "gateway address",
        &at(before.address, before.port),
        &at(*address, *port),
        said,
    );
    let size = |bytes: &Option<u64>| bytes.map_or("no limit".to_owned(), |b| format!("{b} bytes"));
    value(
        "largest request body",
        &size(&before.max_request_body_bytes),
        &size(max_request_body_bytes),
        said,
    );
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
    let Recording {
        bodies,
        max_body_bytes,
        redact,
        retention,
    } = after;
    if before.bodies != *bodies {
        let change = if *bodies {
            "now recorded"
        } else {
            "no longer recorded"
        };
        said.push(format!("bodies {change}"));
    }
    value(
        "bytes recorded of each body",
        &before.max_body_bytes,
        max_body_bytes,
        said,
    );
    let Redaction { headers, fields } = redact;
    list("masked header", &before.redact.headers, headers, said);
    list("masked field", &before.redact.fields, fields, said);
    let Retention {
        max_rows,
        max_bytes,
        max_age_days,
    } = retention;
    value(
        "most rows in the log",
        &before.retention.max_rows,
        max_rows,
        said,
    );
    value(
        "largest size of the log in bytes",
        &before.retention.max_bytes,
        max_bytes,
        said,
    );
    value(
        "days kept in the log",
        &before.retention.max_age_days,
        max_age_days,
        said,
    );
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
    use serde_json::{Value, json};

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
                |c| c["routes"][0]["authentication"] = json!({ "kind": "api_key" }),
                "route `orders`: needs an API key",
            ),
            (
                |c| c["routes"][0]["enabled"] = json!(false),
                "route `orders`: switched off",
            ),
            (
                |c| c["routes"][0]["match"] = json!({ "path_prefix": "/o" }),
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
                |c| c["recording"] = json!({ "bodies": false }),
                "bodies no longer recorded",
            ),
        ];
        for (change, sentence) in table {
            assert_eq!(said(change), [*sentence]);
        }
    }
}
