//! One answer made of several: a backend for each part, whose answers KrakenD puts together by itself.

use serde_json::{Map, Value, json};

use super::backend;
use super::shapes::parameter;
use crate::config::{Aggregate, Part};
use crate::export::document::Node;
use crate::export::gate::{Gate, Route};
use crate::export::support::Support;
use crate::snapshot::matcher::paths::{End, PathForm, Segment};

/// How KrakenD stands to an answer that is made of these parts.
pub(super) fn support(aggregate: &Aggregate) -> Support {
    if let Err(why) = are_simple(aggregate) {
        return Support::none(why);
    }
    Support::about(
        "a part that fails is missing from an answer of 200, required or not, and 500 comes only where \
         all fail; only GET is taken; a part that is a list stands under `collection`; one time holds \
         for all parts; bytes are not counted; `X-KrakenD-Completed` says whether parts are missing",
    )
}

/// Whether each part is a question that needs no other's answer, with a place of its own.
///
/// # Errors
/// What cannot be said, as one sentence.
fn are_simple(aggregate: &Aggregate) -> Result<(), String> {
    let Aggregate {
        parts,
        deadline_ms: _,
        max_bytes: _,
        meta,
    } = aggregate;
    if *meta {
        return Err("an answer does not say in itself which parts are missing".to_owned());
    }
    parts.iter().try_for_each(is_simple)
}

fn is_simple(part: &Part) -> Result<(), String> {
    let Part {
        name,
        service: _,
        method,
        path,
        query,
        headers,
        body,
        timeout_ms: _,
        required: _,
        retries: _,
        mount,
        hidden,
        select,
        drop,
        rename,
        default,
        max_bytes: _,
        for_each,
    } = part;
    let refuse = |why: &str| Err(format!("{why}, as part `{name}` would have it"));
    let has_place = |text: &String| text.contains("{{");
    let is_deep = |text: &str| text.contains('.');
    if method != "GET" || body.is_some() {
        refuse("parts are asked for by GET alone")
    } else if for_each.is_some() {
        refuse("a part cannot be asked for each entry of a list")
    } else if *hidden {
        refuse("a part cannot be left out of the answer")
    } else if default.is_some() {
        refuse("nothing can stand in the place of a part that fails")
    } else if words(path).is_none()
        || query.iter().any(|one| has_place(&one.value))
        || headers.iter().any(|one| has_place(&one.value))
    {
        refuse("only parameters of the path can be put into what is asked")
    } else if mount.as_deref().is_some_and(is_deep) {
        refuse("parts stand one beside the other")
    } else if !select.is_empty() && !drop.is_empty() {
        refuse("fields are either kept or taken away")
    } else if rename
        .iter()
        .any(|one| is_deep(&one.from) || is_deep(&one.to))
    {
        refuse("only the fields of a part itself are called otherwise")
    } else {
        Ok(())
    }
}

/// A piece of a path.
enum Word<'t> {
    /// Text.
    Text(&'t str),
    /// The parameter of the caller's path of this name.
    Parameter(&'t str),
}

/// A path taken apart; `None` where it holds anything but parameters of the caller's.
fn words(path: &str) -> Option<Vec<Word<'_>>> {
    let mut words = Vec::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once("{{") {
        let (inside, behind) = after.split_once("}}")?;
        words.push(Word::Text(before));
        words.push(Word::Parameter(
            inside.trim().strip_prefix("request.path.")?,
        ));
        rest = behind;
    }
    words.push(Word::Text(rest));
    let plain = |word: &Word<'_>| match word {
        Word::Text(text) => !text.contains(['{', '}', '?']),
        Word::Parameter(_) => true,
    };
    words.iter().all(plain).then_some(words)
}

/// The path of a part with the endpoint's names in the place of the caller's parameters.
fn path(route: &Route<'_>, part: &Part) -> Option<String> {
    let place = |name: &str| match &route.compiled.path.form {
        PathForm::Segments(segments, End::Here) => segments
            .iter()
            .position(|one| matches!(one, Segment::Parameter(own) if own == name)),
        PathForm::Segments(..) | PathForm::Exact(_) | PathForm::Regex(_) => None,
    };
    let mut made = String::new();
    for word in words(&part.path)? {
        match word {
            Word::Text(text) => made.push_str(text),
            Word::Parameter(name) => made.push_str(&parameter(place(name)?)),
        }
    }
    Some(made)
}

/// Why parts of a route cannot be asked for though each of them is simple.
pub(super) fn why_not(route: &Route<'_>) -> Option<&'static str> {
    let aggregate = route.config.aggregate.as_ref()?;
    are_simple(aggregate).ok()?;
    if route.compiled.versions.is_some() {
        return Some("an answer made of several has no versions there");
    }
    let all = aggregate.parts.iter();
    all.map(|part| path(route, part))
        .any(|path| path.is_none())
        .then_some("a parameter of the path stands for one segment there")
}

/// The backends of a route whose answer is made of several, and how long they may take, in
/// milliseconds; `None` where it is no such route.
pub(super) fn backends(gate: &Gate<'_>, route: &Route<'_>) -> Option<(Vec<Node>, u32)> {
    let aggregate = route.config.aggregate.as_ref()?;
    if are_simple(aggregate).is_err() || why_not(route).is_some() {
        return None;
    }
    let all = aggregate.parts.iter().enumerate();
    let nodes = all.map(|(n, part)| {
        let at = format!("{}.aggregate.parts[{n}]", route.at);
        Some(backend_of(gate, route, part)?.of(at))
    });
    let longest = aggregate.parts.iter().map(|part| part.timeout_ms).max();
    let most = longest.unwrap_or(aggregate.deadline_ms);
    Some((
        nodes.collect::<Option<_>>()?,
        most.min(aggregate.deadline_ms),
    ))
}

fn backend_of(gate: &Gate<'_>, route: &Route<'_>, part: &Part) -> Option<Node> {
    let mut services = gate.config.services.iter();
    let service = services.find(|service| service.name == part.service)?;
    let (hosts, base) = backend::hosts(service);
    let mut query = form_urlencoded::Serializer::new(String::new());
    for one in &part.query {
        query.append_pair(&one.name, &one.value);
    }
    let query = match query.finish() {
        query if query.is_empty() => String::new(),
        query => format!("?{query}"),
    };
    let mut node = Node::map([
        ("host", json!(hosts).into()),
        (
            "url_pattern",
            format!("{base}{}{query}", path(route, part)?).into(),
        ),
        ("method", "GET".into()),
        // Lists too: they are put under `collection`.
        ("encoding", "safejson".into()),
        ("sd", "static".into()),
    ]);
    match part.mount.as_deref() {
        None => node.put("group", part.name.as_str()),
        Some("") => {}
        Some(mount) => node.put("group", mount),
    }
    if !part.select.is_empty() {
        node.put("allow", json!(part.select));
    }
    if !part.drop.is_empty() {
        node.put("deny", json!(part.drop));
    }
    let renamed = part.rename.iter();
    let renamed: Map<String, Value> = renamed
        .map(|one| (one.from.clone(), json!(one.to)))
        .collect();
    if !renamed.is_empty() {
        node.put("mapping", Value::Object(renamed));
    }
    let mut changes = backend::changes(route, None, &mut Vec::new());
    // What is asked for is a whole answer that can be read.
    let of_one = [
        "Accept-Encoding",
        "If-Modified-Since",
        "If-None-Match",
        "Range",
    ];
    changes.push(json!({ "header.Blacklist": { "scope": ["request"], "names": of_one } }));
    for line in &part.headers {
        changes.push(json!({ "header.Modifier": {
            "scope": ["request"], "name": line.name, "value": line.value,
        } }));
    }
    let martian = json!({ "modifier/martian": { "fifo.Group": {
        "scope": ["request", "response"], "aggregateErrors": true, "modifiers": changes,
    } } });
    node.put("extra_config", martian);
    Some(node)
}
