use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use rusqlite::params_from_iter;

use super::ask::places;
use super::*;
use crate::config::Retention;
use crate::record::filter::{Filter, Verdict, When};
use crate::record::fixtures::{kept, row};
use crate::record::summary::ExchangeSummary;
use crate::store::exchange_row::{STORED, STORED_COUNT, values};
use crate::store::log_writer::log_of_version;
use crate::store::{Finished, LogStore};

const NONE: [u64; 0] = [];

fn filter(text: &str) -> Filter {
    let when = When {
        now_us: 2_000_000_000_000_000,
        zone: TimeZone::UTC,
    };
    Filter::parse(text, &when).unwrap()
}

/// Rows of which each fifth is unlike the others.
fn rows(numbers: std::ops::RangeInclusive<u64>) -> Vec<ExchangeSummary> {
    let row = |seq: u64| ExchangeSummary {
        method: if seq.is_multiple_of(5) {
            "PURGE"
        } else {
            "GET"
        }
        .to_owned(),
        path: format!("/orders/{}", seq % 7),
        host: format!("h{seq}"),
        ..row(seq)
    };
    numbers.map(row).collect()
}

fn write(log: &LogStore, rows: Vec<ExchangeSummary>) {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| Finished::new(row, &kept()))
        .collect();
    let mut writer = log.writer().unwrap();
    for batch in rows.chunks(5) {
        writer.write(batch).unwrap();
    }
}

fn found(log: &LogStore, text: &str) -> Vec<u64> {
    let far_off = Instant::now() + Duration::from_secs(60);
    let page = log.page_until(&filter(text), None, 100, far_off).unwrap();
    page.rows.iter().map(|row| row.seq).collect()
}

/// The rows that the blocks let pass, of those that are in one.
fn passing(log: &LogStore, text: &str) -> Vec<u64> {
    log.with(|db| {
        let mut passing = Vec::new();
        if let Some(mut blocks) = Blocks::new(db, &filter(text))? {
            blocks.backwards(blocks.low, blocks.high, |seq| {
                passing.push(seq);
                Ok(true)
            })?;
        }
        Ok(passing)
    })
    .unwrap()
}

#[test]
fn a_block_is_made_once_it_is_full_and_tells_which_rows_may_be_meant() {
    let dir = tempfile::tempdir().unwrap();
    let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
    write(&log, rows(1..=20));
    assert_eq!(log.with(blocks).unwrap(), (0, 2), "the third is not full");
    assert_eq!(passing(&log, "method:=PURGE"), [15, 10, 5]);
    assert_eq!(passing(&log, "method:=PURGE -route:orders"), NONE);
    assert_eq!(
        passing(&log, "-method:=GET,PATCH service:shop"),
        [15, 10, 5]
    );
    assert_eq!(passing(&log, "status:503"), NONE);
    // Of more values than are told apart, those that are not may be anything.
    assert!(passing(&log, "host:=h9").contains(&9));
    assert!(passing(&log, "host:=nowhere").len() < 16);
    assert_eq!(found(&log, "method:=PURGE"), [20, 15, 10, 5]);
    assert_eq!(found(&log, "host:=h9"), [9]);
    assert_eq!(found(&log, "host:=nowhere"), NONE);
}

/// LG-5
#[test]
fn blocks_go_with_the_last_of_their_rows() {
    let dir = tempfile::tempdir().unwrap();
    let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
    write(&log, rows(1..=40));
    let there = || {
        let sql = "SELECT min(at & 0xffffffff), count(*) FROM exchange_columns";
        log.with(|db| db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))))
            .unwrap()
    };
    let all: (u64, u64) = there();
    assert_eq!(all.0, 0);
    let keep = |max_rows| Retention {
        max_rows,
        max_bytes: u64::MAX,
        max_age_days: 3_650,
    };
    let mut writer = log.writer().unwrap();
    while writer.trim(&keep(20), 0).unwrap() {}
    assert_eq!(log.with(blocks).unwrap(), (2, 5), "21 is in the third");
    assert_eq!(there(), (2, all.1 / 5 * 3));
    assert_eq!(found(&log, "method:=PURGE"), [40, 35, 30, 25]);
    drop(writer);
    assert_eq!(log.clear().unwrap(), 20);
    write(&log, rows(41..=48));
    assert_eq!(found(&log, "method:=PURGE"), [45]);
    let mut writer = log.writer().unwrap();
    while writer.tend_index().unwrap() {}
    assert_eq!(found(&log, "method:=PURGE path:/orders/3"), [45]);
}

#[test]
fn a_log_of_before_there_were_blocks_is_searched_as_it_is_and_put_into_them_bit_by_bit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("traffic.db");
    let old = log_of_version(8, &path);
    let slots = vec!["?"; STORED_COUNT].join(", ");
    for row in rows(1..=30) {
        let sql = format!("INSERT INTO exchanges ({STORED}) VALUES ({slots})");
        old.execute(&sql, params_from_iter(values(&row))).unwrap();
        let sql = "INSERT INTO details VALUES (?1, ?2)";
        let json = serde_json::to_string(&kept()).unwrap();
        old.execute(sql, (row.seq, json)).unwrap();
        // As words were written then.
        let words = format!("#{} {}?page=2\norders\nAcme CI", row.method, row.path);
        let sql = "INSERT INTO exchange_words (rowid, words) VALUES (?1, ?2)";
        old.execute(sql, (row.seq, words)).unwrap();
    }
    old.execute_batch("UPDATE log_rows SET rows = 30; UPDATE exchange_index SET from_seq = 0;")
        .unwrap();
    drop(old);

    let log = LogStore::open(&path).unwrap();
    assert!(dir.path().join("traffic.db.v8.bak").exists());
    let all_is_found = |newest: &[u64]| {
        let all = newest.iter().copied().chain((1..=30).rev());
        let with = |of: u64, rest: u64| -> Vec<u64> {
            all.clone().filter(|seq| seq % of == rest).collect()
        };
        let sevenths = with(7, 3);
        assert_eq!(found(&log, "path:/orders/3"), sevenths);
        assert_eq!(found(&log, "path:=/orders/3"), sevenths);
        assert_eq!(found(&log, "path:*/3"), sevenths);
        assert_eq!(found(&log, "path:/orders/3/x"), NONE);
        assert_eq!(found(&log, "host:=h9"), [9]);
        assert_eq!(found(&log, "method:=PURGE"), with(5, 0));
    };
    all_is_found(&[]);
    write(&log, rows(31..=50));
    let newest: Vec<u64> = (31..=50).rev().collect();
    all_is_found(&newest);
    let (first, end) = log.with(blocks).unwrap();
    assert_eq!((first, end), (4, 6), "new ones are made as they are full");
    let mut writer = log.writer().unwrap();
    for first in [3, 2, 1, 0] {
        writer.tend_index().unwrap();
        let (now, _) = log.with(blocks).unwrap();
        assert_eq!(
            now, first,
            "one block at a time, and the fourth is the last"
        );
        all_is_found(&newest);
    }
    while writer.tend_index().unwrap() {
        all_is_found(&newest);
    }
    assert_eq!(log.with(blocks).unwrap(), (0, 6));
    all_is_found(&newest);
}

#[test]
fn rows_with_a_value_are_found_alike_one_by_one_and_by_a_table() {
    let rows: Vec<u8> = (0..BLOCK * 16).map(|at| (at * at % 23) as u8).collect();
    let rows: Vec<u8> = rows.iter().map(|row| row * 11).collect();
    for (these, of) in [(1, 23), (4, 23), (9, 23), (20, 23), (23, 23), (0, 23)] {
        let verdicts: Vec<_> = (0..of)
            .map(|value| match value < these {
                true => (value * 11, Verdict::Holds),
                false => (value * 11, Verdict::Fails),
            })
            .collect();
        let bits = places(&rows, &verdicts, |told| told == Verdict::Holds);
        for (place, row) in rows.iter().enumerate() {
            assert_eq!(
                bits.has(place),
                *row < these * 11,
                "{these}: {place} is {row}"
            );
        }
    }
}

#[test]
fn names_of_all_kinds_are_read_as_they_were_written() {
    let names = [None, Some(""), Some("a\0b"), Some("é\n"), None];
    let written = write_names(names.iter().map(|name| name.map(Box::from)));
    assert_eq!(read_names(&written).collect::<Vec<_>>(), names);
    assert_eq!(read_names(&written[..written.len() - 5]).count(), 3);
}
