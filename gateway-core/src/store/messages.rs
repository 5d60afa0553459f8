//! Messages of exchanges, to and from the database.

use rusqlite::{Row, Transaction};
use serde::Serialize;
use utoipa::ToSchema;

use super::LogStore;
use super::error::StoreError;
use super::exchange_row::{from_word, word};
use super::pins::IS_PINNED;
use crate::ids::ExchangeId;
use crate::record::messages::Message;

/// About how many bytes a page may have; the last message may go beyond.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Some messages of an exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessagePage {
    /// In the order they passed. Numbers that are missing were not kept.
    pub rows: Vec<Message>,
    /// What to give as `after` for the messages after these; absent at the end of what is kept.
    pub next: Option<u64>,
}

impl LogStore {
    /// At most `limit` messages of an exchange, after the one with the number `after`.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn messages(
        &self,
        exchange: ExchangeId,
        after: u64,
        limit: usize,
    ) -> Result<MessagePage, StoreError> {
        self.with(|db| {
            let mut statement = db.prepare_cached(
                "SELECT number, direction, kind, at_us, bytes, truncated, text, base64, event,
                        event_id, close_code
                 FROM messages WHERE exchange = ?1 AND number > ?2 ORDER BY number",
            )?;
            let after = i64::try_from(after).unwrap_or(i64::MAX);
            let mut found = statement.query((exchange.0, after))?;
            let (mut rows, mut bytes) = (Vec::new(), 0);
            while let Some(row) = found.next()? {
                if rows.len() >= limit || bytes >= PAGE_BYTES {
                    let next = rows.last().map(|last: &Message| last.number);
                    return Ok(MessagePage { rows, next });
                }
                let message = read(row)?;
                bytes += message.text.as_ref().map_or(0, String::len);
                bytes += message.base64.as_ref().map_or(0, String::len);
                rows.push(message);
            }
            Ok(MessagePage { rows, next: None })
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        number: row.get(0)?,
        direction: from_word(row, 1)?,
        kind: from_word(row, 2)?,
        at_us: row.get(3)?,
        bytes: row.get(4)?,
        truncated: row.get(5)?,
        text: row.get(6)?,
        base64: row.get(7)?,
        event: row.get(8)?,
        event_id: row.get(9)?,
        close_code: row.get(10)?,
    })
}

pub(super) fn insert(
    tx: &Transaction<'_>,
    messages: &[(ExchangeId, Message)],
) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO messages (exchange, number, direction, kind, at_us, bytes, truncated, text,
                               base64, event, event_id, close_code)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for (exchange, message) in messages {
        let Message {
            number,
            direction,
            kind,
            at_us,
            bytes,
            truncated,
            text,
            base64,
            event,
            event_id,
            close_code,
        } = message;
        insert.execute((
            exchange.0,
            number,
            word(direction),
            word(kind),
            at_us,
            bytes,
            truncated,
            text,
            base64,
            event,
            event_id,
            close_code,
        ))?;
    }
    Ok(())
}

/// Removes the messages of exchanges that are about to be removed: from one number to another.
pub(super) fn remove_between(tx: &Transaction<'_>, first: u64, last: u64) -> rusqlite::Result<()> {
    let sql = format!(
        "DELETE FROM messages WHERE exchange IN
         (SELECT id FROM exchanges
          WHERE seq >= ?1 AND seq <= ?2 AND messages > 0 AND NOT {IS_PINNED})"
    );
    tx.execute(&sql, [first, last]).map(drop)
}

/// About how many bytes the messages of an exchange take.
pub(super) fn bytes_of(tx: &Transaction<'_>, seq: u64) -> rusqlite::Result<u64> {
    let sql = "SELECT coalesce(sum(100 + coalesce(octet_length(text), octet_length(base64), 0)), 0)
               FROM messages
               WHERE exchange = (SELECT id FROM exchanges WHERE seq = ?1 AND messages > 0)";
    tx.prepare_cached(sql)?.query_row([seq], |row| row.get(0))
}

pub(super) fn remove_orphaned(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    let sql = "DELETE FROM messages WHERE exchange NOT IN (SELECT id FROM exchanges)";
    tx.execute(sql, []).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Retention;
    use crate::record::fixtures::{kept, row};
    use crate::record::messages::{Direction, MessageKind};
    use crate::store::Finished;

    fn message(number: u64, text: &str) -> Message {
        Message {
            number,
            direction: Direction::ToService,
            kind: MessageKind::Text,
            at_us: number,
            bytes: text.len() as u64,
            truncated: false,
            text: Some(text.to_owned()),
            base64: None,
            event: None,
            event_id: None,
            close_code: None,
        }
    }

    /// Messages of exchange `seq`.
    fn messages(seq: u64, count: u64, text: &str) -> Vec<(ExchangeId, Message)> {
        (1..=count)
            .map(|number| (row(seq).id, message(number, text)))
            .collect()
    }

    fn finished(seq: u64, messages: u64) -> Finished {
        let mut summary = row(seq);
        summary.messages = messages;
        Finished::new(summary, &kept())
    }

    #[test]
    fn messages_are_read_page_by_page_while_more_arrive() {
        let dir = tempfile::tempdir().unwrap();
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        let mut writer = log.writer().unwrap();
        let all = messages(1, 25, "a");
        writer.write_messages(&all[..20]).unwrap();
        writer.write_messages(&messages(2, 5, "b")).unwrap();
        let (mut seen, mut after) = (Vec::new(), 0);
        loop {
            let page = log.messages(row(1).id, after, 10).unwrap();
            seen.extend(page.rows);
            if after == 0 {
                writer.write_messages(&all[20..]).unwrap();
            }
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        let expected: Vec<_> = all.into_iter().map(|(_, message)| message).collect();
        assert_eq!(seen, expected);
        let large = messages(3, 20, &"x".repeat(1024 * 1024));
        writer.write_messages(&large).unwrap();
        let page = log.messages(row(3).id, 0, 100).unwrap();
        assert_eq!((page.rows.len(), page.next), (4, Some(4)));
    }

    /// LG-5
    #[test]
    fn messages_go_with_their_exchange() {
        let dir = tempfile::tempdir().unwrap();
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        let mut writer = log.writer().unwrap();
        for seq in 1..=3 {
            writer.write_messages(&messages(seq, 2, "a")).unwrap();
            writer.write(&[finished(seq, 2)]).unwrap();
        }
        // Still running.
        writer.write_messages(&messages(9, 2, "a")).unwrap();
        let retention = Retention {
            max_rows: 1,
            max_bytes: u64::MAX,
            max_age_days: 3_650,
        };
        while writer.trim(&retention, 0).unwrap() {}
        let left = |seq| log.messages(row(seq).id, 0, 10).unwrap().rows.len();
        assert_eq!([left(1), left(2), left(3), left(9)], [0, 0, 2, 2]);
        log.clear().unwrap();
        assert_eq!([left(3), left(9)], [0, 2], "what runs goes on");
        writer.remove_orphaned_messages().unwrap();
        assert_eq!(left(9), 0);
    }
}
