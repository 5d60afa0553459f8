//! What is different between two configs, in plain sentences.

mod limits;
mod routes;
mod words;

use limits::limit_changes;
use routes::test_changes;
use words::{cut, list, part, quote, settings, value};

use super::{Config, Consumer, Echo, Issuer, Listen, Plan, Process, Recording, Redaction, Service};

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
        cache,
        plans,
        consumers,
        services,
        routes,
        no_route_tests,
    } = after;
    listen_changes(&before.listen, listen, &mut said);
    echo_changes(before.echo.as_ref(), echo.as_ref(), &mut said);
    named(&before.services, services, &mut said);
    named(&before.routes, routes, &mut said);
    test_changes(
        "saved test of no route",
        &before.no_route_tests,
        no_route_tests,
        &mut said,
    );
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
    part("cache", &before.cache, cache, &mut said);
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
            // That there is another process now says what all of it is.
            if self.process.is_none() || after.process.is_none() {
                rest.process = None;
            }
            rest
        };
        match (&self.process, &after.process) {
            (None, Some(process)) => said.push(format!("{} added", process_label(process))),
            (Some(process), None) => said.push(format!("{} removed", process_label(process))),
            (None, None) | (Some(_), Some(_)) => {}
        }
        settings(&rest(self), &rest(after), said);
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
        limit_changes(&self.rate_limits, &after.rate_limits, said);
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

/// ``process `node server.js` in `/srv/shop` ``
fn process_label(process: &Process) -> String {
    let command = quote(cut(&process.command));
    match &process.folder {
        Some(folder) => format!("process {command} in {}", quote(cut(folder))),
        None => format!("process {command}"),
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
    fn a_process_is_said_by_its_command_and_a_change_of_it_by_what_changed() {
        let with = |process: Value| {
            let mut config = config();
            config["services"][0]["process"] = process;
            serde_json::from_value::<Config>(config).unwrap()
        };
        let none = serde_json::from_value::<Config>(config()).unwrap();
        let small = with(json!({ "command": "npm start", "folder": "/srv/shop" }));
        assert_eq!(
            changes(&none, &small),
            ["service `shop`: process `npm start` in `/srv/shop` added"]
        );
        let long = with(json!({ "command": "x".repeat(100), "environment": { "A": "secret" } }));
        assert_eq!(
            changes(&long, &none),
            [format!(
                "service `shop`: process `{}…` removed",
                "x".repeat(80)
            )]
        );
        let other = json!({
            "command": "npm start", "max_instances": 3, "environment": { "A": "secret" },
        });
        assert_eq!(
            changes(&small, &with(other)),
            [
                "service `shop`: `process.folder` removed (was `/srv/shop`)",
                "service `shop`: `process.environment.A` changed",
                "service `shop`: `process.max_instances` 1 → 3",
            ]
        );
    }

    #[test]
    fn saved_tests_are_said_by_their_requests() {
        let tests = |tests: Value| {
            said(|c| {
                c["routes"][0]["tests"] = tests.clone();
                c["no_route_tests"] = tests;
            })
        };
        assert_eq!(
            tests(
                json!([{ "request": "GET /orders/7", "host": "shop.localhost", "version": "v2",
                "headers": [{ "name": "x-a", "value": "1" }, { "name": "x-b", "value": "2" }] }])
            ),
            [
                "route `orders`: saved test `GET /orders/7` on `shop.localhost` with `x-a: 1` and \
                 `x-b: 2` for version `v2` added",
                "saved test of no route `GET /orders/7` on `shop.localhost` with `x-a: 1` and \
                 `x-b: 2` for version `v2` added",
            ]
        );
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
