//! Kong's `request-transformer` and `response-transformer`: what there is here of them.

use super::super::fields::Fields;
use super::super::finding::{Findings, Grade};
use super::terms::{Reading, Terms};
use crate::config::{HeaderEdits, HeaderLine};

pub(super) fn request(reading: Reading<'_>, terms: &mut Terms, findings: &mut Findings) {
    let Reading { config: fields, .. } = reading;
    edits(&fields, &mut terms.request_headers, findings);
    if let Some(node) = fields.get("replace") {
        let replace = Fields::within(
            node,
            fields.about.clone(),
            &format!("{}.", fields.field("replace")),
            findings,
        );
        if let Some(uri) = replace.text("uri", findings) {
            terms.uri = Some(uri);
        }
    }
    fields.tell(
        "http_method",
        Grade::NotExpressible,
        "the method of a request is not changed here",
        findings,
    );
    fields.finish(findings);
}

pub(super) fn response(reading: Reading<'_>, terms: &mut Terms, findings: &mut Findings) {
    let Reading { config: fields, .. } = reading;
    edits(&fields, &mut terms.response_headers, findings);
    fields.finish(findings);
}

/// Reads `remove`, `replace`, `add`, `append` and `rename`.
fn edits(fields: &Fields<'_>, edits: &mut HeaderEdits, findings: &mut Findings) {
    let mut told = Vec::new();
    let mut lists: Vec<(&'static str, Vec<(String, u32)>)> = Vec::new();
    for what in ["remove", "replace", "add", "append", "rename"] {
        let Some(node) = fields.get(what) else {
            continue;
        };
        let prefix = format!("{}.", fields.field(what));
        let part = Fields::within(node, fields.about.clone(), &prefix, findings);
        lists.push((what, part.texts("headers", findings)));
        for name in ["querystring", "body", "json", "json_types", "if_status"] {
            if part.get(name).is_some_and(|node| !node.items().is_empty()) {
                let message = match name {
                    "querystring" => "the query is passed on as it is here",
                    "if_status" => "headers are changed whatever the status here",
                    _ => "bodies are passed on as they are here",
                };
                part.find(name, Grade::NotExpressible, message, findings);
            }
        }
        part.ignore(&["uri"]);
        part.finish(findings);
    }
    let names_of = |what: &str| -> Vec<String> {
        let of = lists.iter().filter(|(one, _)| *one == what);
        of.flat_map(|(_, list)| list)
            .filter_map(|(line, _)| Some(line.split_once(':')?.0.to_ascii_lowercase()))
            .collect()
    };
    let (added, replaced) = (names_of("add"), names_of("replace"));
    for (what, list) in &lists {
        for (line, at) in list {
            let field = fields.field(&format!("{what}.headers"));
            let place = super::super::finding::Place {
                about: &fields.about,
                field: &field,
                line: *at,
            };
            if *what == "remove" {
                edits.remove.push(line.clone());
                continue;
            }
            let Some((name, value)) = line.split_once(':') else {
                findings.add(
                    Grade::LeftOut,
                    place,
                    "this is not `name:value`; it was not read",
                );
                continue;
            };
            let (name, value) = (name.trim().to_owned(), value.trim());
            if *what == "rename" {
                let message = format!("headers are not renamed here: `{name}` keeps its name");
                findings.add(Grade::NotExpressible, place, message);
                continue;
            }
            let Some(value) = value_as_here(value) else {
                let message = format!("the value of `{name}` is made by code, which is never run");
                findings.add(Grade::NotExpressible, place, message);
                continue;
            };
            let lower = name.to_ascii_lowercase();
            let line = HeaderLine { name, value };
            match *what {
                "append" => edits.add.push(line),
                // Added where it is not there, and replaced where it is: set.
                "add" if replaced.contains(&lower) => {}
                "add" => {
                    told.push((
                        *at,
                        "add",
                        "it is put beside one that is there already; Kong leaves that alone",
                    ));
                    edits.add.push(line);
                }
                _ => {
                    if !added.contains(&lower) {
                        told.push((
                            *at,
                            "replace",
                            "it is put there even where there was none; Kong leaves it out then",
                        ));
                    }
                    edits
                        .set
                        .retain(|one| !one.name.eq_ignore_ascii_case(&line.name));
                    edits.set.push(line);
                }
            }
        }
    }
    for (line, what, message) in told {
        let field = fields.field(&format!("{what}.headers"));
        let place = super::super::finding::Place {
            about: &fields.about,
            field: &field,
            line,
        };
        findings.of_many(Grade::Approximate, place, message);
    }
}

/// A header's value as it is written here; `None` where code makes it.
fn value_as_here(value: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(code) = rest.strip_prefix('(') else {
            text.push_str("$$");
            continue;
        };
        let end = code.find(')')?;
        let plain = code[..end]
            .replace('"', "'")
            .replace(' ', "")
            .to_ascii_lowercase();
        match plain.as_str() {
            "headers['x-consumer-username']" | "headers.x_consumer_username" => {
                text.push_str("${consumer}")
            }
            "headers['host']" | "headers.host" => text.push_str("${host}"),
            _ => return None,
        }
        rest = &code[end + 1..];
    }
    text.push_str(rest);
    Some(text)
}

/// `replace.uri` as a path to send on. `groups`: names of the path's groups, by number from 1 for
/// those that had none.
///
/// # Errors
/// What cannot be said here.
pub(super) fn uri_as_here(uri: &str, groups: &[&str]) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = uri;
    while let Some(at) = rest.find("$(") {
        text.push_str(&escaped(&rest[..at])?);
        let code = &rest[at + 2..];
        let end = code.find(')').ok_or("a `$(` has no `)`")?;
        let plain = code[..end].trim().replace('"', "'");
        let name = plain
            .strip_prefix("uri_captures['")
            .and_then(|name| name.strip_suffix("']"))
            .map(str::to_owned)
            .or_else(|| plain.strip_prefix("uri_captures.").map(str::to_owned))
            .or_else(|| {
                let n = plain.strip_prefix("uri_captures[")?.strip_suffix(']')?;
                Some(format!("g{}", n.trim().parse::<u32>().ok()?))
            });
        let Some(name) = name else {
            return Err(format!("`$({plain})` is code, which is never run"));
        };
        if !groups.contains(&name.as_str()) {
            return Err(format!("the path has no group `{name}`"));
        }
        text.push_str(&format!("{{{name}}}"));
        rest = &code[end + 1..];
    }
    text.push_str(&escaped(rest)?);
    if !text.starts_with('/') {
        text.insert(0, '/');
    }
    Ok(text)
}

fn escaped(text: &str) -> Result<String, String> {
    match text.contains(['{', '}', '?', '#']) {
        true => Err(format!("`{text}` cannot stand in a path to send on here")),
        false => Ok(text.to_owned()),
    }
}
