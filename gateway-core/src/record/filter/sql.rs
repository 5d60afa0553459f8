//! A filter as a condition on the table `exchanges`. What a person typed is only ever bound.

use rusqlite::types::Value;

use super::Expression;
use super::test::{Column, Pattern, Property, SEARCHED, Test};

/// The condition, and the values of its `?`s.
pub(super) fn condition(expression: &Expression) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let sql = write(expression, &mut values);
    (sql, values)
}

fn write(expression: &Expression, values: &mut Vec<Value>) -> String {
    match expression {
        Expression::All(parts) => join(parts, " AND ", values),
        Expression::Any(parts) => join(parts, " OR ", values),
        Expression::Not(part) => format!("NOT {}", write(part, values)),
        Expression::Test(test) => format!("({})", write_test(test, values)),
    }
}

fn join(parts: &[Expression], with: &str, values: &mut Vec<Value>) -> String {
    let parts: Vec<_> = parts.iter().map(|part| write(part, values)).collect();
    format!("({})", parts.join(with))
}

fn write_test(test: &Test, values: &mut Vec<Value>) -> String {
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
        Test::Status(status, same) if status == same => {
            values.push(Value::from(i64::from(*status)));
            "status = ?".to_owned()
        }
        Test::Status(from, to) => {
            values.extend([Value::from(i64::from(*from)), Value::from(i64::from(*to))]);
            // `+` keeps it from the index, whose order over several statuses is not the log's: all
            // rows that match would be sorted to show the newest few.
            "+status BETWEEN ? AND ?".to_owned()
        }
        Test::Duration(from, to) => {
            let bound = |us: u64| Value::from(i64::try_from(us).unwrap_or(i64::MAX));
            values.extend([bound(*from), bound(*to)]);
            "duration_us BETWEEN ? AND ?".to_owned()
        }
        Test::Is(property) => match property {
            Property::Error => "+status >= 500",
            Property::Limited => "status = 429",
            Property::Unauthed => "+status IN (401, 403)",
            Property::Running => "ending = 'running'",
            Property::Replayed => "origin <> 'caller'",
            Property::Websocket => "stream IS 'websocket'",
            Property::EventStream => "stream IS 'event_stream'",
            Property::Grpc => "stream IS 'grpc'",
        }
        .to_owned(),
    }
}

/// A missing value is no text at all, so no test of it holds.
fn write_text(column: Column, pattern: &Pattern, values: &mut Vec<Value>) -> String {
    let column = match column {
        Column::Method => "method",
        Column::Path => "path",
        Column::Query => "query",
        Column::Host => "host",
        Column::Key => "key_name",
        Column::Route => "route",
        Column::Version => "version",
        Column::Service => "service",
        Column::Code => "code",
        Column::Source => "source",
        Column::Ip => "client_ip",
    };
    let (sql, value) = match pattern {
        Pattern::Contains(part) => (
            format!("instr(lower(ifnull({column}, '')), ?) > 0"),
            part.clone(),
        ),
        Pattern::Is(whole) => (format!("{column} = ? COLLATE NOCASE"), whole.clone()),
        Pattern::Glob(glob) => (
            format!("ifnull({column}, '') LIKE ? ESCAPE '\\'"),
            like(glob),
        ),
    };
    values.push(Value::from(value));
    format!("{column} IS NOT NULL AND {sql}")
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

fn like(glob: &str) -> String {
    let mut like = String::with_capacity(glob.len() + 8);
    for character in glob.chars() {
        match character {
            '*' => like.push('%'),
            '%' | '_' | '\\' => like.extend(['\\', character]),
            other => like.push(other),
        }
    }
    like
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, params_from_iter};

    use crate::record::filter::Filter;

    /// How SQLite goes about finding the newest rows that a filter shows.
    fn plan(filter: &str) -> String {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("../../store/migrations/log_1.sql"))
            .unwrap();
        let (condition, values) = Filter::parse(filter).unwrap().to_sql();
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT * FROM exchanges WHERE ({condition}) AND seq < 9 \
             ORDER BY seq DESC LIMIT 50"
        );
        let mut statement = db.prepare(&sql).unwrap();
        let steps = statement
            .query_map(params_from_iter(values), |row| row.get::<_, String>(3))
            .unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn the_newest_rows_are_found_without_sorting() {
        for (filter, index) in [
            ("", "PRIMARY KEY"),
            ("status:2xx", "PRIMARY KEY"),
            ("status:>=500", "PRIMARY KEY"),
            ("is:error", "PRIMARY KEY"),
            ("is:unauthed", "PRIMARY KEY"),
            ("status:429", "exchanges_status"),
            ("is:limited", "exchanges_status"),
            ("route:=orders", "exchanges_route"),
            ("key:=acme method:GET", "exchanges_key"),
            ("status:401,2xx", "PRIMARY KEY"),
            ("-status:429", "PRIMARY KEY"),
            ("path:/orders duration:>1s text", "PRIMARY KEY"),
        ] {
            let plan = plan(filter);
            assert!(plan.contains(index), "{filter}: {plan}");
            assert!(!plan.contains("B-TREE"), "{filter}: {plan}");
        }
    }
}
