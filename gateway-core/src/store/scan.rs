//! Looks through the log window by window, each by the index under which there is least to look at.

use std::time::{Duration, Instant};

use regex::Regex;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use super::columns::Blocks;
use super::exchange_row::{COLUMNS, read};
use super::lookup::{COUNTED, Lookup, Source, lookup_of, rows_under, sources};
use super::row_index::{SPAN_US, from_seq};
use super::word_parts::words_from;
use crate::record::detail::Kept;
use crate::record::filter::{Filter, MATCHES_GLOB, MATCHES_REGEX, Pattern, term};
use crate::record::summary::ExchangeSummary;

/// Numbers that are looked through first, and at least. A few in tests, so that they go beyond.
const FIRST_WINDOW: u64 = if cfg!(test) { 4 } else { 4_096 };
/// How long looking through one window should take.
const WINDOW_TIME: Duration = Duration::from_millis(60);
/// Where more of the rows than that have the rarest letters of what is looked for, going through those
/// takes longer than asking the blocks.
const MOST_PART_BY_WORDS: f64 = if cfg!(test) { 0.5 } else { 0.05 };
/// Where the blocks let more of the rows pass than that, they are read faster in their order.
const MOST_PART_BY_BLOCKS: f64 = if cfg!(test) { 1.0 } else { 0.5 };

/// Makes what the conditions of filters call known to a connection.
pub(super) fn prepare(db: &Connection) -> rusqlite::Result<()> {
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

type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// The numbers that rows which began in a stretch of time can have: from one to before another.
pub(super) fn numbers(
    db: &Connection,
    since: Option<i64>,
    until: Option<i64>,
) -> rusqlite::Result<(u64, u64)> {
    let newest: u64 = db.query_row("SELECT coalesce(max(seq), 0) FROM exchanges", [], |row| {
        row.get(0)
    })?;
    let end = newest + 1;
    if (since, until) == (None, None) {
        return Ok((0, end));
    }
    let sql = "SELECT min(first_seq), max(last_seq) FROM exchange_spans
               WHERE span >= ?1 AND span <= ?2";
    let span = |us: Option<i64>, open: i64| us.map_or(open, |us| us.div_euclid(SPAN_US));
    let (first, last): (Option<u64>, Option<u64>) = db
        .prepare_cached(sql)?
        .query_row((span(since, i64::MIN), span(until, i64::MAX)), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    // Rows that are not in the index yet may have begun at any time.
    match from_seq(db)? {
        0 => Ok((first.unwrap_or(end), last.map_or(end, |last| last + 1))),
        from => Ok((0, last.map_or(from, |last| (last + 1).max(from)))),
    }
}

/// A look through the log, from the newest rows to the oldest.
pub(super) struct Scan<'a> {
    pub(super) db: &'a Connection,
    filter: &'a Filter,
    condition: String,
    values: Vec<Value>,
    /// The lowest number that is looked at, and the one before which it begins.
    pub(super) low: u64,
    pub(super) high: u64,
    /// What is known of rows before they are looked at.
    blocks: Option<Blocks<'a>>,
    /// From which number on the words of all rows can be looked up.
    words_from: u64,
    /// How to go about it, once that was found out.
    plan: Option<Plan>,
}

/// How to go about a window.
#[derive(Clone, Debug)]
struct Plan {
    lookup: Lookup,
    /// Whether the blocks are asked first, where there are any.
    by_blocks: bool,
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        db: &'a Connection,
        filter: &'a Filter,
        before: Option<u64>,
    ) -> rusqlite::Result<Self> {
        let (condition, values) = filter.to_sql();
        let (_, since, until) = filter.without_time();
        let (low, high) = numbers(db, since, until)?;
        Ok(Self {
            db,
            filter,
            condition,
            values,
            low,
            high: before.map_or(high, |before| before.min(high)),
            blocks: Blocks::new(db, filter)?,
            words_from: words_from(db)?,
            plan: None,
        })
    }

    /// Adds the rows of a window that match, newest first. Gives where it stopped, if time ran out.
    pub(super) fn each(
        &mut self,
        low: u64,
        high: u64,
        limit: usize,
        until: Instant,
        rows: &mut Vec<ExchangeSummary>,
    ) -> rusqlite::Result<Option<u64>> {
        let whole = self.filter.is_whole_in_sql();
        let most = if whole { limit } else { usize::MAX };
        let found = self.narrowed(low, high, most, COLUMNS, read)?;
        if whole {
            let before = rows.len();
            rows.extend(found);
            // Several names bring as many rows each.
            rows[before..].sort_unstable_by_key(|row| std::cmp::Reverse(row.seq));
            rows.dedup_by_key(|row| row.seq);
            rows.truncate(before + limit);
            return Ok(None);
        }
        let mut found = found;
        found.sort_unstable_by_key(|row| std::cmp::Reverse(row.seq));
        found.dedup_by_key(|row| row.seq);
        let (mut taken, began_with) = (0, rows.len());
        for row in found {
            if taken > 0 && taken % 64 == 0 && Instant::now() >= until {
                return Ok(Some(row.seq + 1));
            }
            taken += 1;
            let kept = match self.filter.needs_detail() {
                true => kept(self.db, row.seq)?,
                false => None,
            };
            if self.filter.matches(&row, kept.as_ref()) {
                rows.push(row);
                if rows.len() - began_with == limit {
                    break;
                }
            }
        }
        Ok(None)
    }

    /// Looks at a window of rows that meet the condition. Several names may bring a row twice.
    pub(super) fn narrowed<T>(
        &mut self,
        low: u64,
        high: u64,
        limit: usize,
        columns: &str,
        read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let Plan { lookup, by_blocks } = self.plan(low, high)?;
        if by_blocks {
            return self.narrowed_by_blocks(&lookup, (low, high), limit, columns, read);
        }
        let mut found = Vec::new();
        for Source { from, values, seq } in sources(&lookup, low, high) {
            let sql = format!(
                "SELECT {columns} FROM {from} AND {seq} >= ? AND {seq} < ? AND ({}) \
                 ORDER BY {seq} DESC LIMIT ?",
                self.condition
            );
            let values = self.bound(values, low, high);
            let most = Value::from(i64::try_from(limit).unwrap_or(i64::MAX));
            let mut statement = self.db.prepare_cached(&sql)?;
            let rows = statement
                .query_map(params_from_iter(values.into_iter().chain([most])), |row| {
                    read(row)
                })?;
            for row in rows {
                found.push(row?);
            }
            if matches!(lookup, Lookup::Words(_)) && found.len() >= limit {
                found.truncate(limit);
                break;
            }
        }
        Ok(found)
    }

    /// The same, of rows that the blocks let pass; and that have the words, where the lookup is by those.
    fn narrowed_by_blocks<T>(
        &mut self,
        lookup: &Lookup,
        (low, high): (u64, u64),
        limit: usize,
        columns: &str,
        read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let Some(blocks) = &mut self.blocks else {
            return Ok(Vec::new());
        };
        let condition = &self.condition;
        let sql = format!("SELECT {columns} FROM exchanges WHERE seq = ? AND ({condition})");
        let mut statement = self.db.prepare_cached(&sql)?;
        let number = |seq: u64| Value::from(i64::try_from(seq).unwrap_or(i64::MAX));
        let mut found = Vec::new();
        let mut look = |seq: u64| {
            let values = [number(seq)].into_iter().chain(self.values.iter().cloned());
            let mut rows = statement.query(params_from_iter(values))?;
            if let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
            Ok(found.len() < limit)
        };
        let Lookup::Words(words) = lookup else {
            blocks.backwards(low, high, look)?;
            return Ok(found);
        };
        'parts: for (table, text) in words.among(low, high) {
            let mut with_words = self.db.prepare_cached(&format!(
                "SELECT rowid FROM {table}
                 WHERE {table} MATCH ?1 AND rowid >= ?2 AND rowid < ?3 ORDER BY rowid DESC"
            ))?;
            let mut with_words = with_words.query((text, low, high))?;
            while let Some(row) = with_words.next()? {
                let seq = row.get(0)?;
                if blocks.may(seq)? && !look(seq)? {
                    break 'parts;
                }
            }
        }
        Ok(found)
    }

    /// Calls `count` with the time and the status of each row of a window that matches.
    pub(super) fn counted(
        &mut self,
        low: u64,
        high: u64,
        mut count: impl FnMut(i64, u16),
    ) -> rusqlite::Result<()> {
        if !self.filter.is_whole_in_sql() {
            let mut rows = Vec::new();
            let far_off = Instant::now() + Duration::from_secs(60);
            self.each(low, high, usize::MAX, far_off, &mut rows)?;
            for row in rows {
                count(row.started_at_us, row.status);
            }
            return Ok(());
        }
        let columns = "seq, started_at_us, status";
        let mut seen = self.narrowed(low, high, usize::MAX, columns, |row| {
            Ok((
                row.get::<_, u64>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, u16>(2)?,
            ))
        })?;
        let lookup = self.plan.as_ref().map(|plan| &plan.lookup);
        if matches!(lookup, Some(Lookup::Names(_, names)) if names.len() > 1) {
            seen.sort_unstable();
            seen.dedup_by_key(|(seq, ..)| *seq);
        }
        for (_, started, status) in seen {
            count(started, status);
        }
        Ok(())
    }

    fn bound(&self, mut values: Vec<Value>, low: u64, high: u64) -> Vec<Value> {
        let number = |seq: u64| Value::from(i64::try_from(seq).unwrap_or(i64::MAX));
        values.extend([number(low), number(high)]);
        values.extend(self.values.iter().cloned());
        values
    }

    /// The windows to look through, none of them half in blocks, or half in the index of words.
    pub(super) fn windows(&self) -> Windows {
        let blocks = self.blocks.as_ref();
        let [from, to] = blocks.map_or([0, 0], |blocks| [blocks.low, blocks.high]);
        Windows {
            low: self.low,
            high: self.high,
            width: FIRST_WINDOW,
            edges: [from, to, self.words_from],
        }
    }

    /// How to look through a window. The first is short and looked through as it is: mostly that is
    /// all it takes.
    fn plan(&mut self, low: u64, high: u64) -> rusqlite::Result<Plan> {
        if high - low <= FIRST_WINDOW {
            return Ok(Plan {
                lookup: Lookup::Table,
                by_blocks: false,
            });
        }
        let mut plan = match &self.plan {
            Some(plan) => plan.clone(),
            None => {
                let plan = self.best()?;
                self.plan = Some(plan.clone());
                plan
            }
        };
        let blocks = self.blocks.as_ref();
        plan.by_blocks &= blocks.is_some_and(|blocks| blocks.low <= low && high <= blocks.high);
        if matches!(plan.lookup, Lookup::Words(_)) && low < self.words_from {
            plan.lookup = Lookup::Table;
        }
        Ok(plan)
    }

    /// By which of a filter's hints there are fewest rows to look at, and whether the blocks rule out
    /// enough of them.
    fn best(&mut self) -> rusqlite::Result<Plan> {
        let (mut fewest, mut lookup) = (COUNTED * 50, Lookup::Table);
        for hint in self.filter.hints() {
            let Some(other) = lookup_of(self.db, &hint)? else {
                continue;
            };
            let rows = rows_under(self.db, &other)?;
            if rows < fewest {
                (fewest, lookup) = (rows, other);
            }
        }
        let mut plan = Plan {
            lookup,
            by_blocks: false,
        };
        let Some(blocks) = &mut self.blocks else {
            return Ok(plan);
        };
        let is_said_by_name = matches!(plan.lookup, Lookup::Names(..)) && blocks.questions() == 1;
        if fewest < COUNTED || is_said_by_name {
            return Ok(plan);
        }
        match &plan.lookup {
            // The blocks rule out what they can besides.
            Lookup::Words(words) if words.part <= MOST_PART_BY_WORDS => plan.by_blocks = true,
            _ => plan.by_blocks = blocks.part()? <= MOST_PART_BY_BLOCKS,
        }
        if let (true, Lookup::Words(words)) = (plan.by_blocks, &plan.lookup)
            && words.part > MOST_PART_BY_WORDS
        {
            plan.lookup = Lookup::Table;
        }
        Ok(plan)
    }
}

/// The windows of numbers a scan looks through, one after the other.
pub(super) struct Windows {
    low: u64,
    high: u64,
    width: u64,
    edges: [u64; 3],
}

impl Windows {
    pub(super) fn next(&mut self) -> Option<(u64, u64)> {
        if self.high <= self.low {
            return None;
        }
        let mut low = self.high.saturating_sub(self.width).max(self.low);
        for edge in self.edges {
            if low < edge && edge < self.high {
                low = edge;
            }
        }
        let window = (low, self.high);
        self.high = low;
        Some(window)
    }

    /// The next is as wide as it may be to be looked through soon.
    pub(super) fn looked(&mut self, took: Duration) {
        let took = took.as_micros().max(1);
        let factor = (WINDOW_TIME.as_micros() as f64 / took as f64).clamp(0.25, 16.0);
        self.width = ((self.width as f64 * factor) as u64).max(FIRST_WINDOW);
    }
}

/// The detail of a row.
fn kept(db: &Connection, seq: u64) -> rusqlite::Result<Option<Kept>> {
    let sql = "SELECT kept FROM details WHERE seq = ?1";
    let json: Option<String> = db
        .prepare_cached(sql)?
        .query_row([seq], |row| row.get(0))
        .optional()?;
    // A detail that cannot be read matches nothing.
    Ok(json.and_then(|json| serde_json::from_str(&json).ok()))
}

#[cfg(test)]
mod tests {
    use super::super::lookup::different;
    use super::*;
    use crate::record::filter::When;
    use crate::record::fixtures::{kept, row};
    use crate::store::{Finished, LogStore};

    fn filter(text: &str) -> Filter {
        let when = When {
            now_us: 2_000_000_000_000_000,
            zone: jiff::tz::TimeZone::UTC,
        };
        Filter::parse(text, &when).unwrap()
    }

    /// How SQLite goes about a window, and what is looked up.
    fn plan(log: &LogStore, text: &str) -> (Lookup, String) {
        let filter = filter(text);
        log.with(|db| {
            let mut scan = Scan::new(db, &filter, None)?;
            let Plan { lookup, .. } = scan.best()?;
            let mut steps = Vec::new();
            for Source { from, values, seq } in sources(&lookup, 0, u64::MAX) {
                let sql = format!(
                    "EXPLAIN QUERY PLAN SELECT {COLUMNS} FROM {from} AND {seq} >= ? AND {seq} < ? \
                     AND ({}) ORDER BY {seq} DESC LIMIT 9",
                    scan.condition
                );
                let mut statement = db.prepare(&sql)?;
                let values = scan.bound(values, 0, 9);
                let rows =
                    statement.query_map(params_from_iter(values), |row| row.get::<_, String>(3))?;
                for step in rows {
                    steps.push(step?);
                }
            }
            Ok((lookup, steps.join("; ")))
        })
        .unwrap()
    }

    /// A log in which each name is known.
    fn log(dir: &tempfile::TempDir) -> LogStore {
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        let mut writer = log.writer().unwrap();
        let rows: Vec<_> = (1..=40)
            .map(|seq| {
                let mut row = row(seq);
                row.status = [200, 404, 429, 503][usize::try_from(seq % 4).unwrap()];
                row.version = Some("v1".into());
                row.consumer = Some("Acme Corp".to_owned()).filter(|_| seq % 5 == 0);
                row.plan = Some("gold".into()).filter(|_| seq % 8 == 0);
                Finished::new(row, &kept())
            })
            .collect();
        writer.write(&rows).unwrap();
        log
    }

    #[test]
    fn what_has_an_index_is_looked_up_there_newest_first_without_sorting() {
        let dir = tempfile::tempdir().unwrap();
        let log = log(&dir);
        for (text, index) in [
            ("status:429", "exchanges_status"),
            ("is:error", "exchanges_status"),
            ("status:4xx,503", "exchanges_status"),
            ("key:acme", "exchanges_key"),
            ("route:=orders is:slow", "exchanges_route"),
            ("version:v1", "exchanges_version"),
            ("consumer:acme", "exchanges_consumer"),
            ("plan:gold is:slow", "exchanges_plan"),
            ("path:/orders", "VIRTUAL TABLE"),
            ("method:=GET", "VIRTUAL TABLE"),
            ("acme", "VIRTUAL TABLE"),
            ("path:/orders OR 429", "VIRTUAL TABLE"),
            ("", "INTEGER PRIMARY KEY"),
            ("-status:429", "INTEGER PRIMARY KEY"),
            ("status:429 OR host:x", "INTEGER PRIMARY KEY"),
            ("duration:>1s ip:127", "INTEGER PRIMARY KEY"),
        ] {
            let (_, plan) = plan(&log, text);
            assert!(plan.contains(index), "{text}: {plan}");
            assert!(!plan.contains("B-TREE"), "{text}: {plan}");
        }
        let (none, plan) = plan(&log, "route:nothing");
        assert!(matches!(none, Lookup::Names(_, names) if names.is_empty()));
        assert_eq!(plan, "", "nothing has to be asked");
    }

    #[test]
    fn the_different_names_are_found_by_jumps() {
        let dir = tempfile::tempdir().unwrap();
        let log = log(&dir);
        let found = log.with(|db| different(db, "status", "")).unwrap();
        assert_eq!(found, [200, 404, 429, 503].map(Value::from));
        let plan = log
            .with(|db| {
                let sql = "EXPLAIN QUERY PLAN SELECT min(route COLLATE NOCASE) FROM exchanges
                           WHERE route > 'a' COLLATE NOCASE AND route IS NOT NULL";
                db.query_row(sql, [], |row| row.get::<_, String>(3))
            })
            .unwrap();
        assert!(plan.contains("exchanges_route"), "{plan}");
    }
}
