//! Texts of a configuration of Caddy: braces begin nothing but what is meant to be filled in.

use crate::export::paths::Piece;
use crate::snapshot::header_edits::{ValuePart, ValueTemplate, Variable};

/// The raw path, as it was sent.
pub(super) const RAW_PATH: &str = "{http.regexp.raw.1}";

/// Text that stands for itself.
pub(super) fn literal(text: &str) -> String {
    text.replace('{', "\\{").replace('}', "\\}")
}

/// An expression for all of a text.
pub(super) fn whole(pattern: &str) -> String {
    format!("\\A(?:{pattern})\\z")
}

/// A header's value.
pub(super) fn value(template: &ValueTemplate, route: &str) -> String {
    let parts = template.0.iter().map(|part| match part {
        ValuePart::Literal(text) => literal(text),
        ValuePart::Variable(variable) => match variable {
            Variable::RequestId => "{http.request.uuid}".to_owned(),
            Variable::ClientIp => "{http.request.remote.host}".to_owned(),
            Variable::Host => "{http.vars.host_and_port}".to_owned(),
            Variable::Path => RAW_PATH.to_owned(),
            Variable::Route => literal(route),
            Variable::Version => "{http.vars.version}".to_owned(),
            Variable::Consumer => "{http.vars.consumer}".to_owned(),
        },
    });
    parts.collect()
}

/// What comes in the place of a path, with the groups of the expression that it is replaced by.
pub(super) fn replacement(pieces: &[Piece]) -> String {
    let made = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => literal(&text.replace('$', "$$")),
        // The braces are for the expression's engine, which reads them after Caddy has.
        Piece::Group(n) => format!("$\\{{{n}\\}}"),
        Piece::Host => "{http.vars.host}".to_owned(),
        Piece::Query(None) => "{http.request.uri.query}".to_owned(),
        Piece::Query(Some('?')) => "{http.request.uri.prefixed_query}".to_owned(),
        Piece::Query(Some(_)) => "{http.vars.more_query}".to_owned(),
    });
    made.collect()
}

/// A place to send callers to, with the groups that the matcher `cut` has captured.
pub(super) fn place(pieces: &[Piece]) -> String {
    let made = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => literal(text),
        Piece::Group(n) => format!("{{http.regexp.cut.{n}}}"),
        other => replacement(std::slice::from_ref(other)),
    });
    made.collect()
}
