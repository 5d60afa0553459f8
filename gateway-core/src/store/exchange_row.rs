//! A row of the log, to and from the database.

use rusqlite::types::Type;
use rusqlite::{Row, ToSql};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ids::{ExchangeId, KeyId, PlanName, RouteName, ServiceName, VersionName};
use crate::record::summary::{ExchangeSummary, KeyName, Timing};

macro_rules! columns {
    () => {
        "seq, id, request_id, started_at_us, method, host, path, query, protocol, status, source, \
         ending, code, decided_by, note, route, service, target, key_id, key_name, client_ip, \
         tries, request_bytes, response_bytes, duration_us, gateway_us, connect_us, wait_us, \
         receive_us, stream, messages, version, origin, replay_of, consumer, plan, cache"
    };
}

/// The columns of a row in its table, in the order of [`values`].
pub(super) const STORED: &str = columns!();

/// Number of [`STORED`].
pub(super) const STORED_COUNT: usize = 37;

/// What [`read`] takes: the columns of a row, and whether it is pinned.
pub(super) const COLUMNS: &str = concat!(columns!(), ", seq IN (SELECT seq FROM pins)");

/// Number of [`COLUMNS`].
pub(super) const COUNT: usize = 38;

/// A value of an enum as its name in JSON.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("only enums without fields are stored as words: {other:?}"),
    }
}

/// What [`word`] wrote.
pub(super) fn from_word<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let word: String = row.get(column)?;
    serde_json::from_value(serde_json::Value::String(word)).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
    })
}

fn optional_word<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => from_word(row, column).map(Some),
    }
}

/// The values of a row.
pub(super) fn values(summary: &ExchangeSummary) -> [Box<dyn ToSql>; STORED_COUNT] {
    // No `..`: a new field does not compile until it is said where it is stored.
    let ExchangeSummary {
        seq,
        id,
        request_id,
        started_at_us,
        method,
        host,
        path,
        query,
        protocol,
        stream,
        messages,
        status,
        source,
        ending,
        code,
        decided_by,
        note,
        route,
        version,
        service,
        target,
        key,
        consumer,
        plan,
        client_ip,
        origin,
        replay_of,
        cache,
        // In a table of its own, since a row may become so later.
        pinned: _,
        tries,
        request_bytes,
        response_bytes,
        duration_us,
        timing:
            Timing {
                gateway_us,
                connect_us,
                wait_us,
                receive_us,
            },
    } = summary;
    [
        Box::new(*seq),
        Box::new(id.0),
        Box::new(request_id.clone()),
        Box::new(*started_at_us),
        Box::new(method.clone()),
        Box::new(host.clone()),
        Box::new(path.clone()),
        Box::new(query.clone()),
        Box::new(protocol.clone()),
        Box::new(*status),
        Box::new(word(source)),
        Box::new(word(ending)),
        Box::new(code.as_ref().map(word)),
        Box::new(decided_by.as_ref().map(word)),
        Box::new(note.clone()),
        Box::new(route.as_ref().map(ToString::to_string)),
        Box::new(service.as_ref().map(ToString::to_string)),
        Box::new(target.clone()),
        Box::new(key.as_ref().map(|key| key.id.0)),
        Box::new(key.as_ref().map(|key| key.name.clone())),
        Box::new(client_ip.clone()),
        Box::new(*tries),
        Box::new(*request_bytes),
        Box::new(*response_bytes),
        Box::new(*duration_us),
        Box::new(*gateway_us),
        Box::new(*connect_us),
        Box::new(*wait_us),
        Box::new(*receive_us),
        Box::new(stream.as_ref().map(word)),
        Box::new(*messages),
        Box::new(version.as_ref().map(ToString::to_string)),
        Box::new(word(origin)),
        Box::new(replay_of.map(|id| id.0)),
        Box::new(consumer.clone()),
        Box::new(plan.as_ref().map(ToString::to_string)),
        Box::new(cache.as_ref().map(word)),
    ]
}

/// A row of [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<ExchangeSummary> {
    let key_id: Option<uuid::Uuid> = row.get(18)?;
    let key_name: Option<String> = row.get(19)?;
    Ok(ExchangeSummary {
        seq: row.get(0)?,
        id: ExchangeId(row.get(1)?),
        request_id: row.get(2)?,
        started_at_us: row.get(3)?,
        method: row.get(4)?,
        host: row.get(5)?,
        path: row.get(6)?,
        query: row.get(7)?,
        protocol: row.get(8)?,
        stream: optional_word(row, 29)?,
        messages: row.get(30)?,
        status: row.get(9)?,
        source: from_word(row, 10)?,
        ending: from_word(row, 11)?,
        code: optional_word(row, 12)?,
        decided_by: optional_word(row, 13)?,
        note: row.get(14)?,
        route: row.get::<_, Option<String>>(15)?.map(RouteName::new),
        version: row.get::<_, Option<String>>(31)?.map(VersionName::new),
        service: row.get::<_, Option<String>>(16)?.map(ServiceName::new),
        target: row.get(17)?,
        key: key_id.zip(key_name).map(|(id, name)| KeyName {
            id: KeyId(id),
            name,
        }),
        consumer: row.get(34)?,
        plan: row.get::<_, Option<String>>(35)?.map(PlanName::new),
        client_ip: row.get(20)?,
        origin: from_word(row, 32)?,
        replay_of: row.get::<_, Option<uuid::Uuid>>(33)?.map(ExchangeId),
        cache: optional_word(row, 36)?,
        pinned: row.get(37)?,
        tries: row.get(21)?,
        request_bytes: row.get(22)?,
        response_bytes: row.get(23)?,
        duration_us: row.get(24)?,
        timing: Timing {
            gateway_us: row.get(25)?,
            connect_us: row.get(26)?,
            wait_us: row.get(27)?,
            receive_us: row.get(28)?,
        },
    })
}
