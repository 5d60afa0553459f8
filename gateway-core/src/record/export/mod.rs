//! Exchanges of the log in forms that other programs read.
//!
//! The log holds no secrets, so no form has any. What it keeps of credentials beside them (the claims
//! of a token, the names of cookies) helps on one's own machine and tells others about people, so it
//! is taken out here too.

pub mod har;
mod sanitise;
mod table;

use serde::Serialize;
use utoipa::ToSchema;

use super::detail::ExchangeDetail;

pub use sanitise::sanitise;
pub use table::csv;

/// Something that is not in what was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Removed {
    /// What, such as ``header `authorization` ``.
    #[schema(example = "header `authorization`")]
    pub what: String,
    /// How often it was there.
    pub count: u64,
}

/// A JSON document a line, one for each exchange.
pub fn json_lines(exchanges: &[ExchangeDetail]) -> String {
    let mut text = String::new();
    for exchange in exchanges {
        text.push_str(&serde_json::to_string(exchange).expect("an exchange is plain JSON"));
        text.push('\n');
    }
    text
}

/// A value of an enum as it stands in JSON.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("only enums without fields are words: {other:?}"),
    }
}
