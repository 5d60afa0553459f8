//! What the conditions of filters call.

use regex::Regex;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use crate::record::filter::{MATCHES_GLOB, MATCHES_REGEX, Pattern, term};

type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// Makes what the conditions of filters call known to a connection.
pub(in crate::store) fn prepare(db: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    db.create_scalar_function(MATCHES_REGEX, 2, flags, |context| {
        let regex = context.get_or_create_aux(0, |source| -> Result<Regex, BoxedError> {
            Ok(term::compile(source.as_str()?)?)
        })?;
        let text = context.get_raw(1).as_str()?;
        Ok(regex.is_match(text))
    })?;
    db.create_scalar_function(MATCHES_GLOB, 2, flags, |context| {
        let glob = context.get_or_create_aux(0, |source| -> Result<Pattern, BoxedError> {
            Ok(Pattern::Glob(source.as_str()?.to_owned()))
        })?;
        let text = context.get_raw(1).as_str()?;
        Ok(glob.matches(text))
    })
}
