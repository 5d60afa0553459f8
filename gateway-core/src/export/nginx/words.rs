//! Words of a configuration of NGINX: nothing that is put into one can end it.

use crate::export::paths::Piece;
use crate::export::words::quoted;
use crate::snapshot::header_edits::{ValuePart, ValueTemplate, Variable};

/// A word that is taken as it is: a key of a map, an expression.
pub(super) fn plain(text: &str) -> String {
    quoted(text, &[])
}

/// An expression for all of a text.
pub(super) fn whole(pattern: &str) -> String {
    plain(&format!("~\\A{pattern}\\z"))
}

/// Text in which variables mean something; the text itself has none.
pub(super) fn literal(text: &str) -> String {
    // There is no other way to say a dollar sign.
    text.replace('$', "${gw_dollar}")
}

/// A word with variables, made by [`literal`] and names of variables.
pub(super) fn filled(text: &str) -> String {
    plain(text)
}

/// The name of the variable that holds a header of the request.
pub(super) fn header(name: &str) -> String {
    format!("${{http_{}}}", underscored(name))
}

/// The name of the variable that holds a header of the service's answer.
pub(super) fn answer_header(name: &str) -> String {
    format!("${{upstream_http_{}}}", underscored(name))
}

fn underscored(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

/// A header's value. `version` is the variable with the name of the version.
pub(super) fn value(template: &ValueTemplate, route: &str, version: &str) -> String {
    let parts = template.0.iter().map(|part| match part {
        ValuePart::Literal(text) => literal(text),
        ValuePart::Variable(variable) => match variable {
            Variable::RequestId => "${request_id}".to_owned(),
            Variable::ClientIp => "${remote_addr}".to_owned(),
            Variable::Host => "${host}${gw_port}".to_owned(),
            Variable::Path => "${gw_raw_path}".to_owned(),
            Variable::Route => literal(route),
            Variable::Version => version.to_owned(),
            Variable::Consumer => "${gw_consumer}".to_owned(),
        },
    });
    parts.collect()
}

/// What comes in the place of a path.
pub(super) fn pieces(pieces: &[Piece]) -> String {
    let made = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => literal(text),
        // One digit, whatever follows it; with braces it would be a name.
        Piece::Group(n) => format!("${n}"),
        Piece::Host => "${host}".to_owned(),
        Piece::Query(None) => "${args}".to_owned(),
        Piece::Query(Some('?')) => "${is_args}${args}".to_owned(),
        Piece::Query(Some(_)) => "${gw_more_args}".to_owned(),
    });
    made.collect()
}
