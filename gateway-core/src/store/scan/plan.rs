//! How to go about a window: what is looked up, and whether the blocks are asked first.

use super::Scan;
use super::windows::FIRST_WINDOW;
use crate::store::lookup::{COUNTED, Lookup, lookup_of, rows_under};

/// Where more of the rows than that have the rarest letters of what is looked for, going through those
/// takes longer than asking the blocks.
const MOST_PART_BY_WORDS: f64 = if cfg!(test) { 0.5 } else { 0.05 };
/// Where the blocks let more of the rows pass than that, they are read faster in their order.
const MOST_PART_BY_BLOCKS: f64 = if cfg!(test) { 1.0 } else { 0.5 };

/// How to go about a window.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) lookup: Lookup,
    /// Whether the blocks are asked first, where there are any.
    pub(super) by_blocks: bool,
}

impl Scan<'_> {
    /// How to look through a window. The first is short and looked through as it is: mostly that is
    /// all it takes.
    pub(super) fn plan(&mut self, low: u64, high: u64) -> rusqlite::Result<Plan> {
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

#[cfg(test)]
mod tests {
    use rusqlite::params_from_iter;
    use rusqlite::types::Value;

    use super::*;
    use crate::record::filter::{Filter, When};
    use crate::record::fixtures::{kept, row};
    use crate::store::exchange_row::COLUMNS;
    use crate::store::lookup::{Source, different, sources};
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
            for Source { from, value } in sources(&lookup) {
                let sql = format!(
                    "EXPLAIN QUERY PLAN SELECT {COLUMNS} FROM {from} AND seq >= 0 AND seq < 9 \
                     AND ({}) ORDER BY seq DESC LIMIT 9",
                    scan.condition
                );
                let mut statement = db.prepare(&sql)?;
                let values = value.into_iter().chain(scan.values.iter().cloned());
                let rows =
                    statement.query_map(params_from_iter(values), |row| row.get::<_, String>(3))?;
                for step in rows {
                    steps.push(step?);
                }
            }
            if matches!(lookup, Lookup::Words(_)) {
                steps.push("WORDS".to_owned());
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
            ("path:/orders", "WORDS"),
            ("method:=GET", "WORDS"),
            ("acme", "WORDS"),
            ("path:/orders OR 429", "WORDS"),
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
