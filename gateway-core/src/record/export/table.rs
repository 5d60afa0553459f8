//! Rows as CSV (RFC 4180), safe to open in a spreadsheet.

use super::word;
use crate::record::detail::ExchangeDetail;
use crate::record::summary::ExchangeSummary;

/// A line for each exchange, beneath one of names.
pub fn csv(exchanges: &[ExchangeDetail]) -> String {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let names = COLUMNS.map(|(name, _)| name);
    let mut write = |cells: &[String]| {
        writer
            .write_record(cells.iter().map(|cell| guarded(cell)))
            .expect("memory can be written to");
    };
    write(&names.map(str::to_owned));
    for exchange in exchanges {
        write(&COLUMNS.map(|(_, read)| read(&exchange.summary)));
    }
    let bytes = writer.into_inner().expect("memory can be written to");
    String::from_utf8(bytes).expect("only text was written")
}

/// A cell that no spreadsheet takes for a formula.
fn guarded(cell: &str) -> String {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

type Column = (&'static str, fn(&ExchangeSummary) -> String);

const COLUMNS: [Column; 26] = [
    ("id", |row| row.id.to_string()),
    ("started_at", |row| super::har::time(row.started_at_us)),
    ("method", |row| row.method.clone()),
    ("host", |row| row.host.clone()),
    ("path", |row| row.path.clone()),
    ("query", |row| row.query.clone().unwrap_or_default()),
    ("protocol", |row| row.protocol.clone()),
    ("status", |row| row.status.to_string()),
    ("answered_by", |row| word(&row.source)),
    ("ending", |row| word(&row.ending)),
    ("code", |row| {
        row.code
            .map_or_else(String::new, |code| code.as_str().to_owned())
    }),
    ("note", |row| row.note.clone().unwrap_or_default()),
    ("route", |row| text(row.route.as_ref())),
    ("version", |row| text(row.version.as_ref())),
    ("service", |row| text(row.service.as_ref())),
    ("target", |row| row.target.clone().unwrap_or_default()),
    ("key", |row| {
        row.key
            .as_ref()
            .map_or_else(String::new, |key| key.name.clone())
    }),
    ("consumer", |row| row.consumer.clone().unwrap_or_default()),
    ("plan", |row| text(row.plan.as_ref())),
    ("client_ip", |row| row.client_ip.clone()),
    ("tries", |row| row.tries.to_string()),
    ("request_bytes", |row| row.request_bytes.to_string()),
    ("response_bytes", |row| row.response_bytes.to_string()),
    ("duration_us", |row| row.duration_us.to_string()),
    ("replay_of", |row| text(row.replay_of.as_ref())),
    ("cache", |row| {
        row.cache.as_ref().map_or_else(String::new, word)
    }),
];

fn text(value: Option<&impl ToString>) -> String {
    value.map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixtures::{kept, row};

    /// reliability.md, item 32
    #[test]
    fn no_cell_is_a_formula_and_each_reads_back_as_it_was() {
        let hostile = [
            "=cmd|' /C calc'!A0",
            "+1",
            "-1",
            "@SUM(A1)",
            "\tx",
            "\rx",
            "a,\"b\"\nc",
        ];
        for path in hostile {
            let mut summary = row(1);
            summary.path = path.to_owned();
            let detail = ExchangeDetail {
                summary,
                sentence: String::new(),
                kept: kept(),
            };
            let text = csv(&[detail]);
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let column = reader
                .headers()
                .unwrap()
                .iter()
                .position(|name| name == "path");
            let record = reader.records().next().unwrap().unwrap();
            let cell = &record[column.unwrap()];
            assert_eq!(cell.trim_start_matches('\''), path);
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell:?}"
            );
        }
    }
}
