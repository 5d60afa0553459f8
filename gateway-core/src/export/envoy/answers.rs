//! Answers that no service is asked for.

use serde_json::{Value, json};

use super::headers::{Edits, Verb, fact, header, literal};
use super::{METADATA, PLACE, pages, route};
use crate::export::document::about;
use crate::export::gate::Route;
use crate::export::paths::{Line, Piece};
use crate::snapshot::answer::{FixedAnswer, OwnAnswer};
use crate::snapshot::versions::Version;

/// Writes a fixed answer or a redirect, whose place is made of the path as `line` says.
pub(super) fn write(
    route: &Route<'_>,
    own: &OwnAnswer,
    line: Option<&Line>,
    version: Option<&Version>,
    said: &mut Value,
) {
    let mut told = Edits::default();
    match own {
        // Such a route is closed.
        OwnAnswer::OnlyMock => said["direct_response"] = json!({"status": 403}),
        OwnAnswer::Fixed(FixedAnswer {
            status,
            headers,
            body,
        }) => {
            let mut answer = json!({"status": status.as_u16()});
            if !body.is_empty() {
                let text = String::from_utf8_lossy(body);
                answer["body"] = json!({"inline_string": text});
            }
            said["direct_response"] = answer;
            for (n, (name, value)) in headers.iter().enumerate() {
                let before = headers.iter().take(n).any(|(other, _)| other == name);
                let verb = if before { Verb::Add } else { Verb::Set };
                let value = literal(&String::from_utf8_lossy(value.as_bytes()));
                told.add.push(header(verb, name.as_str(), &value));
            }
            about(said, format!("{}.respond", route.at));
        }
        OwnAnswer::Redirect(redirect) => {
            said["direct_response"] = json!({"status": redirect.status.as_u16()});
            if let Some(line) = line {
                let place = place(line, said);
                told.add.push(header(Verb::Set, "location", &place));
            }
            about(said, format!("{}.redirect", route.at));
        }
    }
    let name = route.config.name.as_str();
    let of_version = version.map_or("", |version| version.name.as_str());
    told.make(&route.compiled.response_headers, name, of_version);
    if let Some(version) = version {
        told.make(&version.response_headers, name, of_version);
        route::lifecycle(route, version, &mut told);
    }
    if let Some(cors) = &route.config.cors {
        pages::on_answers(cors, &mut told);
    }
    told.write("response", said);
}

/// The place that a redirect leads to, as a format. What it takes of the path is cut out of it by a
/// filter before.
fn place(line: &Line, said: &mut Value) -> String {
    let mut format = String::new();
    let mut rules = Vec::new();
    let mut cut = String::new();
    let mut flush = |cut: &mut String, format: &mut String| {
        if cut.is_empty() {
            return;
        }
        let key = format!("place_{}", rules.len());
        format.push_str(&fact(&key));
        rules.push(json!({
            "header": PLACE,
            "on_header_present": {
                "metadata_namespace": METADATA,
                "key": key,
                "regex_value_rewrite": {
                    "pattern": {"regex": format!("^(?:{})$", line.pattern)},
                    "substitution": std::mem::take(cut),
                },
            },
        }));
    };
    for piece in &line.made {
        match piece {
            Piece::Group(_) => cut.push_str(&route::piece(piece)),
            Piece::Text(text) => {
                flush(&mut cut, &mut format);
                format.push_str(&literal(text));
            }
            Piece::Host => {
                flush(&mut cut, &mut format);
                format.push_str(&fact("host"));
            }
            Piece::Query(before) => {
                flush(&mut cut, &mut format);
                format.push_str(&fact(match before {
                    None => "query",
                    Some('?') => "whole_query",
                    Some(_) => "more_query",
                }));
            }
        }
    }
    flush(&mut cut, &mut format);
    if !rules.is_empty() {
        said["typed_per_filter_config"][super::CUTTER] = json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.http.header_to_metadata.v3.Config",
            "request_rules": rules,
        });
    }
    format
}
