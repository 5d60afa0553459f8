//! Words of a configuration of HAProxy: nothing that is put into one can end it.

use crate::export::paths::Piece;
use crate::export::words::quoted;
use crate::snapshot::header_edits::{ValuePart, ValueTemplate, Variable};

/// A word that is taken as it is.
pub(super) fn plain(text: &str) -> String {
    quoted(text, &['$'])
}

/// An expression for all of a text.
pub(super) fn whole(pattern: &str) -> String {
    plain(&format!("\\A(?:{pattern})\\z"))
}

/// Text within a format: a percent sign begins nothing.
pub(super) fn literal(text: &str) -> String {
    text.replace('%', "%%")
}

/// A header's value, as a format.
pub(super) fn value(template: &ValueTemplate, route: &str) -> String {
    let parts = template.0.iter().map(|part| match part {
        ValuePart::Literal(text) => literal(text),
        ValuePart::Variable(variable) => match variable {
            Variable::RequestId => "%[var(txn.request_id)]".to_owned(),
            Variable::ClientIp => "%[src]".to_owned(),
            Variable::Host => "%[var(txn.host_and_port)]".to_owned(),
            Variable::Path => "%[var(txn.raw)]".to_owned(),
            Variable::Route => literal(route),
            Variable::Version => "%[var(txn.version)]".to_owned(),
            Variable::Consumer => "%[var(txn.consumer)]".to_owned(),
        },
    });
    parts.collect()
}

/// What comes in the place of a path, as a format with groups.
pub(super) fn pieces(pieces: &[Piece]) -> String {
    let made = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => literal(text),
        Piece::Group(n) => format!("\\{n}"),
        Piece::Host => "%[var(txn.host)]".to_owned(),
        Piece::Query(None) => "%[query]".to_owned(),
        Piece::Query(Some('?')) => "%[var(txn.query)]".to_owned(),
        Piece::Query(Some(_)) => "%[var(txn.more_query)]".to_owned(),
    });
    made.collect()
}
