//! A filter as a condition on the table `exchanges`. What a person typed is only ever bound.
//!
//! Where a test cannot be said in SQL, the condition takes every row that could pass it, and the test
//! itself decides about each of them.

use rusqlite::types::Value;

use super::Expression;
use super::range::Range;
use super::test::{
    Column, Measure, NOT_CONNECTED, Pattern, Property, SEARCHED, SLOW_US, Test, UNMATCHED,
};
use crate::proxy::error::ErrorCode;

/// Name of the SQL function that puts text to a regular expression.
pub(crate) const MATCHES_REGEX: &str = "gatewright_matches";
/// Name of the one that puts text to a glob.
pub(crate) const MATCHES_GLOB: &str = "gatewright_glob";

/// What stands in SQL for a test that cannot be said in it.
#[derive(Clone, Copy)]
enum Undecided {
    Passes,
    Fails,
}

/// The condition, and the values of its `?`s. All rows that the expression shows meet it.
pub(super) fn condition(expression: &Expression) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let sql = write(expression, Undecided::Passes, &mut values);
    (sql, values)
}

fn write(expression: &Expression, undecided: Undecided, values: &mut Vec<Value>) -> String {
    match expression {
        Expression::All(parts) => join(parts, " AND ", undecided, values),
        Expression::Any(parts) => join(parts, " OR ", undecided, values),
        Expression::Not(part) => {
            let turned = match undecided {
                Undecided::Passes => Undecided::Fails,
                Undecided::Fails => Undecided::Passes,
            };
            format!("NOT {}", write(part, turned, values))
        }
        Expression::Test(test) => format!("({})", write_test(test, undecided, values)),
    }
}

fn join(parts: &[Expression], with: &str, undecided: Undecided, values: &mut Vec<Value>) -> String {
    let parts: Vec<_> = parts
        .iter()
        .map(|part| write(part, undecided, values))
        .collect();
    format!("({})", parts.join(with))
}

fn write_test(test: &Test, undecided: Undecided, values: &mut Vec<Value>) -> String {
    match test {
        Test::Text(column, pattern) => write_text(*column, pattern, values),
        Test::Id(id) => write_id(id, values),
        Test::Under(prefix) => {
            values.extend([
                Value::from(prefix.clone()),
                Value::from(format!("{prefix}/")),
            ]);
            // `LIKE` would read `%` and `_` in a path as wildcards.
            "lower(path) = ? OR instr(lower(path), ?) = 1".to_owned()
        }
        Test::Anywhere(text) => {
            let pattern = Pattern::Contains(text.clone());
            let columns = SEARCHED.map(|column| write_text(column, &pattern, values));
            columns.join(" OR ")
        }
        Test::Number(measure, range) => write_number(*measure, *range, values),
        Test::Is(property) => write_property(*property),
        Test::Parameter(..) => match undecided {
            Undecided::Passes => "query IS NOT NULL",
            Undecided::Fails => "0",
        }
        .to_owned(),
        Test::Deep(_) => match undecided {
            Undecided::Passes => "1",
            Undecided::Fails => "0",
        }
        .to_owned(),
    }
}

fn write_number(measure: Measure, range: Range, values: &mut Vec<Value>) -> String {
    let Range::Between(from, to) = range else {
        return "0".to_owned();
    };
    if measure == Measure::Status && from == to {
        values.push(Value::from(from));
        return "status = ?".to_owned();
    }
    let number = match measure {
        // `+` keeps it from the index, whose order over several statuses is not the log's: all
        // rows that match would be sorted to show the newest few.
        Measure::Status => "+status",
        Measure::Duration => "duration_us",
        Measure::FirstByte => "gateway_us + connect_us + wait_us",
        Measure::Upstream => "tries > 0 AND connect_us + wait_us + receive_us",
        Measure::Started => "started_at_us",
        Measure::ResponseBytes => "response_bytes",
        Measure::RequestBytes => "request_bytes",
    };
    values.extend([Value::from(from), Value::from(to)]);
    format!("{number} BETWEEN ? AND ?")
}

fn write_property(property: Property) -> String {
    match property {
        Property::Error => "+status >= 500",
        Property::Slow => return format!("duration_us >= {SLOW_US}"),
        Property::Limited => "status = 429",
        Property::Unauthed => "+status IN (401, 403)",
        Property::Retried => "tries > 1",
        Property::Replayed => "origin NOT IN ('caller', 'refresh')",
        Property::Refresh => "origin = 'refresh'",
        Property::Running => "ending = 'running'",
        Property::Pinned => crate::store::IS_PINNED,
        Property::Unmatched => return one_of(&UNMATCHED),
        Property::Websocket => "stream IS 'websocket'",
        Property::EventStream => "stream IS 'event_stream'",
        Property::Grpc => "stream IS 'grpc'",
        Property::HasBody => "request_bytes > 0 OR response_bytes > 0",
        Property::HasQuery => "query IS NOT NULL",
        Property::HasKey => "key_name IS NOT NULL",
        Property::HasConsumer => "consumer IS NOT NULL",
        Property::HasPlan => "plan IS NOT NULL",
        Property::HasRoute => "route IS NOT NULL",
        Property::HasError => "code IS NOT NULL",
        Property::HasMessages => "messages > 0",
        Property::DecidedBy(stage) => {
            return format!("decided_by IS '{}'", crate::store::word(&stage));
        }
        Property::NotConnected => return one_of(&NOT_CONNECTED),
    }
    .to_owned()
}

fn one_of(codes: &[ErrorCode]) -> String {
    let codes: Vec<_> = codes
        .iter()
        .map(|code| format!("'{}'", code.as_str()))
        .collect();
    format!("code IS NOT NULL AND code IN ({})", codes.join(", "))
}

/// A missing value is no text at all, so no test of it holds.
fn write_text(column: Column, pattern: &Pattern, values: &mut Vec<Value>) -> String {
    let column = name(column);
    let (sql, value) = match pattern {
        Pattern::Contains(part) => (
            format!("instr(lower(ifnull({column}, '')), ?) > 0"),
            part.clone(),
        ),
        Pattern::Is(whole) => (format!("{column} = ? COLLATE NOCASE"), whole.clone()),
        // `LIKE` reads no further than a NUL.
        Pattern::Glob(glob) => (
            format!("{MATCHES_GLOB}(?, ifnull({column}, ''))"),
            glob.clone(),
        ),
        Pattern::Regex(regex) => (
            format!("{MATCHES_REGEX}(?, ifnull({column}, ''))"),
            regex.as_str().to_owned(),
        ),
    };
    values.push(Value::from(value));
    format!("{column} IS NOT NULL AND {sql}")
}

fn name(column: Column) -> &'static str {
    match column {
        Column::Method => "method",
        Column::Path => "path",
        Column::Query => "query",
        Column::Host => "host",
        Column::Key => "key_name",
        Column::Consumer => "consumer",
        Column::Plan => "plan",
        Column::Route => "route",
        Column::Version => "version",
        Column::Service => "service",
        Column::Upstream => "target",
        Column::Code => "code",
        Column::Note => "note",
        Column::Source => "source",
        Column::Cache => "cache",
        Column::Ip => "client_ip",
        Column::Protocol => "protocol",
    }
}

/// Ids are stored as 16 bytes.
fn write_id(id: &str, values: &mut Vec<Value>) -> String {
    values.push(Value::from(id.to_owned()));
    let request_id = "lower(request_id) = ?";
    match id.parse::<uuid::Uuid>() {
        Ok(id) => {
            values.push(Value::from(id.as_bytes().to_vec()));
            format!("{request_id} OR id = ?")
        }
        Err(_) => request_id.to_owned(),
    }
}
