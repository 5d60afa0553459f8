//! Paths and operations.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::security;
use crate::config::{self, ConditionTest};
use crate::export::document::Node;
use crate::export::gate::{Gate, LimitKind, Route};
use crate::snapshot::Backend;
use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::matcher::paths::{End, PathForm, Segment};
use crate::snapshot::versions::{Scheme, Unnamed, Version};

/// Paths in the order of the routes, and the routes that had no place beside another.
pub(super) fn written(gate: &Gate<'_>) -> (Vec<(String, Node)>, Vec<String>) {
    let mut paths = Paths::default();
    for (n, route) in gate.routes.iter().enumerate() {
        for place in places(route) {
            paths.put(gate, n, &place);
        }
    }
    let Paths { list, without, .. } = paths;
    let list = list.into_iter().map(|(path, members)| {
        let members = members.into_iter();
        (path, Node::Map(members.collect()))
    });
    (list.collect(), without.into_iter().collect())
}

/// A path of a route, for one of its versions.
struct Place<'r> {
    path: String,
    parameters: Vec<Value>,
    version: Option<&'r Version>,
}

/// What a path is made of: its text, and the parameters in it.
fn template(route: &Route<'_>, rest: bool) -> (String, Vec<Value>) {
    let parameter = |name: &str, more: Value| {
        let mut value = json!({ "name": name, "in": "path", "required": true });
        value["schema"] = json!({ "type": "string" });
        for (key, member) in more.as_object().into_iter().flatten() {
            match key.as_str() {
                "pattern" => value["schema"]["pattern"] = member.clone(),
                _ => value[key] = member.clone(),
            }
        }
        value
    };
    let several = json!({ "description": "one or more segments, with slashes between them" });
    let mut parameters = Vec::new();
    let mut text = String::new();
    match &route.compiled.path.form {
        PathForm::Exact(exact) => text.push_str(&plain(exact)),
        PathForm::Regex(_) => {
            let pattern = format!(
                "^{}$",
                route
                    .config
                    .matches
                    .path
                    .trim_start_matches('^')
                    .trim_end_matches('$')
            );
            let more = json!({ "description": "the whole path, its first slash included", "pattern": pattern });
            parameters.push(parameter("path", more));
            text.push_str("/{path}");
        }
        PathForm::Segments(segments, end) => {
            for segment in segments {
                text.push('/');
                match segment {
                    Segment::Literal(literal) => text.push_str(&plain(literal)),
                    Segment::Parameter(name) => {
                        text.push_str(&format!("{{{name}}}"));
                        parameters.push(parameter(name, Value::Null));
                    }
                }
            }
            match end {
                End::Parameter(name) => {
                    text.push_str(&format!("/{{{name}}}"));
                    parameters.push(parameter(name, several));
                }
                End::Anything if rest => {
                    text.push_str("/{rest}");
                    parameters.push(parameter("rest", several));
                }
                End::Anything | End::Here => {}
            }
        }
    }
    if text.is_empty() {
        text.push('/');
    }
    (text, parameters)
}

/// Text in a path: braces would begin a parameter.
fn plain(text: &str) -> String {
    text.replace('{', "%7B").replace('}', "%7D")
}

fn places<'r>(route: &'r Route<'_>) -> Vec<Place<'r>> {
    let open = matches!(
        route.compiled.path.form,
        PathForm::Segments(_, End::Anything)
    );
    let rests = if open { vec![false, true] } else { vec![false] };
    let mut places = Vec::new();
    for rest in rests {
        let (path, parameters) = template(route, rest);
        let Some(versions) = &route.compiled.versions else {
            places.push(Place {
                path,
                parameters,
                version: None,
            });
            continue;
        };
        for version in &versions.list {
            let value = plain(&version.value);
            let within = match &versions.scheme {
                Scheme::FirstSegment => format!("/{value}{}", path.trim_end_matches('/')),
                Scheme::AfterPrefix(_) => {
                    let front = path.trim_end_matches("{rest}").trim_end_matches('/');
                    match rest {
                        true => format!("{front}/{value}/{{rest}}"),
                        false => format!("{front}/{value}"),
                    }
                }
                Scheme::Header(_) | Scheme::Query(_) | Scheme::Accept(_) | Scheme::Host(_) => {
                    continue;
                }
            };
            places.push(Place {
                path: within,
                parameters: parameters.clone(),
                version: Some(version),
            });
        }
        let default = match &versions.unnamed {
            Unnamed::Default(version) => Some(&**version),
            Unnamed::Refused | Unnamed::Split(_) => None,
        };
        let in_path = matches!(
            versions.scheme,
            Scheme::FirstSegment | Scheme::AfterPrefix(_)
        );
        if !(in_path && matches!(versions.unnamed, Unnamed::Refused)) {
            let mut parameters = parameters;
            parameters.extend(named(route));
            places.push(Place {
                path,
                parameters,
                version: default,
            });
        }
    }
    places
}

/// The parameter by which callers name a version.
fn named(route: &Route<'_>) -> Option<Value> {
    let versions = route.compiled.versions.as_ref()?;
    let (place, name) = match &versions.scheme {
        Scheme::Header(name) => ("header", name.to_string()),
        Scheme::Query(name) => ("query", name.clone()),
        Scheme::FirstSegment | Scheme::AfterPrefix(_) | Scheme::Accept(_) | Scheme::Host(_) => {
            return None;
        }
    };
    let values: Vec<_> = versions.list.iter().map(|one| one.value.as_str()).collect();
    let mut schema = json!({ "type": "string", "enum": values });
    if let Unnamed::Default(version) = &versions.unnamed {
        schema["default"] = version.value.as_str().into();
    }
    let required = matches!(versions.unnamed, Unnamed::Refused);
    Some(
        json!({ "name": name, "in": place, "required": required, "description": "the version", "schema": schema }),
    )
}

#[derive(Default)]
struct Paths {
    list: Vec<(String, Vec<(String, Node)>)>,
    /// Paths without the names of their parameters.
    shapes: Vec<String>,
    ids: BTreeSet<String>,
    without: BTreeSet<String>,
}

impl Paths {
    fn put(&mut self, gate: &Gate<'_>, n: usize, place: &Place<'_>) {
        let route = &gate.routes[n];
        let shape = shape(&place.path);
        let known = self.shapes.iter().position(|one| *one == shape);
        if known.is_some_and(|known| self.list[known].0 != place.path) {
            // The same path with other names for its parameters would be the same path twice.
            self.without.insert(route.at.clone());
            return;
        }
        let at = known.unwrap_or_else(|| {
            self.list.push((place.path.clone(), Vec::new()));
            self.shapes.push(shape);
            self.list.len() - 1
        });
        let methods = &route.config.matches.methods;
        let usual = ["GET", "POST", "PUT", "PATCH", "DELETE"];
        let methods: Vec<&str> = match methods.is_empty() {
            true => usual.to_vec(),
            false => methods.iter().map(String::as_str).collect(),
        };
        for method in methods {
            let name = method.to_ascii_lowercase();
            let is_one = [
                "get", "put", "post", "delete", "options", "head", "patch", "trace",
            ];
            let taken = self.list[at].1.iter().any(|(one, _)| *one == name);
            if taken || !is_one.contains(&name.as_str()) {
                self.without.insert(route.at.clone());
                continue;
            }
            let version = place.version.map(|version| version.name.as_str());
            let mut id = format!("{}.{name}", route.config.name);
            if let Some(version) = version {
                id = format!("{}.{version}.{name}", route.config.name);
            }
            let plain = id.clone();
            let mut count = 2;
            while !self.ids.insert(id.clone()) {
                id = format!("{plain}.{count}");
                count += 1;
            }
            let operation = operation(gate, n, place, method, &id);
            self.list[at]
                .1
                .push((name, Node::from(operation).of(&route.at)));
        }
    }
}

/// A path with its parameters unnamed.
fn shape(path: &str) -> String {
    let segments = path
        .split('/')
        .map(|segment| match segment.starts_with('{') {
            true => "{}",
            false => segment,
        });
    segments.collect::<Vec<_>>().join("/")
}

fn operation(gate: &Gate<'_>, n: usize, place: &Place<'_>, method: &str, id: &str) -> Value {
    let route = &gate.routes[n];
    let version = place.version.map(|version| version.name.as_str());
    let mut words = described(gate, n, place);
    let mut parameters = place.parameters.clone();
    let matches = &route.config.matches;
    let conditions = matches.headers.iter().map(|one| ("header", one));
    for (within, condition) in conditions.chain(matches.query.iter().map(|one| ("query", one))) {
        let ignored = ["accept", "content-type", "authorization"];
        let known = parameters.iter().any(|one| {
            one["in"] == within
                && one["name"]
                    .as_str()
                    .is_some_and(|name| name.eq_ignore_ascii_case(&condition.name))
        });
        if known
            || within == "header" && ignored.contains(&condition.name.to_ascii_lowercase().as_str())
        {
            words.push(format!("There is a condition on `{}`.", condition.name));
            continue;
        }
        let value = condition.value.as_deref().unwrap_or_default();
        let schema = match condition.test {
            ConditionTest::Equals => json!({ "const": value }),
            ConditionTest::Matches => {
                json!({ "type": "string", "pattern": format!("^(?:{value})$") })
            }
            ConditionTest::Present => json!({ "type": "string" }),
            ConditionTest::Absent => {
                words.push(format!("`{}` must not be there.", condition.name));
                continue;
            }
        };
        parameters.push(
            json!({ "name": condition.name, "in": within, "required": true, "schema": schema }),
        );
    }
    let mut operation = json!({
        "operationId": id,
        "tags": [route.config.name],
        "summary": format!("{method} {}", place.path),
    });
    if !words.is_empty() {
        operation["description"] = words.join(" ").into();
    }
    if place
        .version
        .is_some_and(|version| !version.lifecycle.headers.is_empty())
    {
        operation["deprecated"] = true.into();
    }
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    operation["security"] = security::asked(gate, route, method, version);
    operation["responses"] = responses(gate, n, place);
    operation
}

fn responses(gate: &Gate<'_>, n: usize, place: &Place<'_>) -> Value {
    let route = &gate.routes[n];
    let mut responses = json!({});
    match &route.compiled.backend {
        Backend::Own(OwnAnswer::Redirect(redirect)) => {
            responses[redirect.status.as_str()] = json!({
                "description": "it is elsewhere",
                "headers": { "Location": { "schema": { "type": "string" } } },
            });
        }
        Backend::Own(OwnAnswer::Fixed(_)) => {
            if let Some(fixed) = &route.config.respond {
                responses[fixed.status.to_string()] = fixed_answer(fixed);
            }
        }
        Backend::Own(OwnAnswer::OnlyMock) => {
            responses["2XX"] = json!({ "description": "what a mock answers" });
        }
        Backend::Aggregate(_) => {
            responses["2XX"] = json!({ "description": "the answers of several services, as one" });
            responses["502"] = json!({ "description": "a part that has to be there is not" });
        }
        Backend::Service(_) => {
            let mut answer = json!({ "description": "what the service answers" });
            if let Some(versions) = &route.compiled.versions
                && let Scheme::Accept(name) = &versions.scheme
            {
                for version in &versions.list {
                    let kind = format!("application/json; {name}={}", version.value);
                    answer["content"][kind] = json!({});
                }
            }
            responses["2XX"] = answer;
            responses["503"] = json!({ "$ref": "#/components/responses/Unavailable" });
        }
    }
    let mut put = |status: &str, name: &str| {
        if responses.get(status).is_none() {
            responses[status] = json!({ "$ref": format!("#/components/responses/{name}") });
        }
    };
    if !route.config.authentication.methods.is_empty() {
        put("401", "Unauthorized");
    }
    if !route.config.authorization.is_empty() || !route.denials.is_empty() {
        put("403", "Forbidden");
    }
    if !gate.limits_of(n).is_empty() {
        put("429", "TooMany");
    }
    if route.config.max_request_body_bytes.is_some()
        || gate.config.listen.max_request_body_bytes.is_some()
    {
        put("413", "TooLarge");
    }
    if let Some(versions) = &route.compiled.versions {
        put("404", "NotFound");
        if matches!(versions.unnamed, Unnamed::Refused) {
            put("400", "BadRequest");
        }
        if place
            .version
            .is_some_and(|version| version.lifecycle.gone_from_s.is_some())
        {
            put("410", "Gone");
        }
    }
    responses
}

fn fixed_answer(fixed: &config::FixedAnswer) -> Value {
    let mut answer = json!({ "description": "always the same" });
    let mut kind = "text/plain";
    for line in &fixed.headers {
        match line.name.eq_ignore_ascii_case("content-type") {
            true => kind = &line.value,
            false => {
                answer["headers"][&line.name] = json!({ "schema": { "const": line.value } });
            }
        }
    }
    if !fixed.body.is_empty() {
        answer["content"][kind] = json!({ "example": fixed.body });
    }
    answer
}

/// What OpenAPI has no words for, in sentences.
fn described(gate: &Gate<'_>, n: usize, place: &Place<'_>) -> Vec<String> {
    let route = &gate.routes[n];
    let mut words = Vec::new();
    if route.config.matches.methods.is_empty() {
        words.push("Any method is taken.".to_owned());
    }
    if !route.config.matches.hosts.is_empty() {
        let hosts: Vec<_> = route
            .config
            .matches
            .hosts
            .iter()
            .map(|host| format!("`{host}`"))
            .collect();
        words.push(format!("Only for {}.", hosts.join(", ")));
    }
    if let Some(versions) = &route.compiled.versions {
        let values: Vec<_> = versions
            .list
            .iter()
            .map(|one| format!("`{}`", one.value))
            .collect();
        let place_of = match &versions.scheme {
            Scheme::FirstSegment | Scheme::AfterPrefix(_) => "in the path".to_owned(),
            Scheme::Header(name) => format!("in the header `{name}`"),
            Scheme::Query(name) => format!("in the query, as `{name}`"),
            Scheme::Accept(name) => format!("in `Accept`, as its parameter `{name}`"),
            Scheme::Host(_) => "in the host".to_owned(),
        };
        words.push(format!(
            "Versions, named {place_of}: {}.",
            values.join(", ")
        ));
        if let Unnamed::Split(split) = &versions.unnamed {
            words.push(format!(
                "Callers who name none are spread: {}.",
                split.told()
            ));
        }
    }
    let list = route.config.versions.iter().flat_map(|all| &all.list);
    let version = place
        .version
        .and_then(|version| list.clone().find(|one| one.name == version.name));
    if let Some(version) = version {
        if let Some(time) = &version.deprecated_at {
            words.push(format!("Deprecated from {time} on."));
        }
        if let Some(time) = &version.sunset_at {
            words.push(format!("It stops at {time}."));
        }
    }
    for limit in gate.limits_of(n) {
        let limit = &gate.limits[limit];
        let by = serde_json::to_value(limit.by).ok();
        let by = by
            .as_ref()
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        words.push(match &limit.kind {
            LimitKind::Rate(shape) => {
                format!(
                    "At most {} requests in {} s per {by}.",
                    shape.requests, shape.seconds
                )
            }
            LimitKind::Quota => format!("There is a quota per {by}."),
            LimitKind::Concurrency(most) => format!("At most {most} requests at once per {by}."),
        });
    }
    let most = route
        .config
        .max_request_body_bytes
        .or(gate.config.listen.max_request_body_bytes);
    if let Some(most) = most {
        words.push(format!("A body has at most {most} bytes."));
    }
    words
}
