//! Which sums are asked for, and how they are read.

use std::collections::HashMap;

use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::exchange_row::from_word;
use super::roll_up::KEPT;
use super::{SUMS, read, rolled_up};
use crate::ids::{KeyId, PlanName, RouteName, ServiceName, VersionName};
use crate::record::summary::Source;
use crate::usage::{Outcome, STEPS, Series, Sums};

/// How long a point can be, in seconds.
const POINTS: [i64; 12] = [
    1, 5, 15, 60, 300, 900, 3_600, 7_200, 21_600, 86_400, 604_800, 2_592_000,
];

/// Which sums.
#[derive(Clone, Debug, Default)]
pub struct UsageQuery {
    /// From when on, seconds since 1970.
    pub since_s: i64,
    /// Until before when, seconds since 1970.
    pub until_s: i64,
    /// How long a point is at least, in seconds.
    pub least_step_s: i64,
    /// How many points there are at most; at least one.
    pub most_points: u32,
    /// Which requests.
    pub filter: UsageFilter,
    /// By what groups are made; `None`: no groups.
    pub by: Option<UsageBy>,
    /// How many groups at most, those with most requests.
    pub most_groups: usize,
}

/// Which requests are counted. What is absent does not matter; empty text stands for those without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageFilter {
    /// Those with this API key; `Some(None)`: those without one that is known.
    pub key: Option<Option<KeyId>>,
    /// Those of this consumer.
    pub consumer: Option<String>,
    /// Those under this plan.
    pub plan: Option<String>,
    /// Those of this route.
    pub route: Option<String>,
    /// Those of this version, of whatever route.
    pub version: Option<String>,
    /// Those for this service.
    pub service: Option<String>,
    /// Those that asked this target last.
    pub target: Option<String>,
    /// Those of which this became.
    pub outcome: Option<Outcome>,
    /// Those answered by the service, or by the gateway.
    pub source: Option<Source>,
    /// Leaves out what the window sent, to repeat a request or to try a limit.
    pub callers_only: bool,
}

/// By what requests are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UsageBy {
    /// By API key.
    Key,
    /// By consumer.
    Consumer,
    /// By plan.
    Plan,
    /// By route.
    Route,
    /// By version, whatever the route.
    Version,
    /// By service.
    Service,
    /// By the target that was asked last.
    Target,
    /// By what became of them.
    Outcome,
}

impl UsageQuery {
    /// How long a point is, and when the first begins and the last ends, all in seconds. Points are
    /// so long that sums as fine are still kept.
    pub(super) fn points(&self, now_s: i64) -> (i64, i64, i64) {
        let length = self.until_s.saturating_sub(self.since_s).max(1);
        let most = i64::from(self.most_points.max(1));
        let age = now_s.saturating_sub(self.since_s);
        let finest = STEPS.into_iter().zip(KEPT).find(|(_, kept)| age <= *kept);
        let finest = finest.map_or(STEPS[3], |(step, _)| step);
        let least = self.least_step_s.max(finest);
        let fits = |step: &i64| *step >= least && length.div_euclid(*step) < most;
        let step = POINTS.into_iter().find(fits);
        // A day at a time, and as many days as it takes.
        let step =
            step.unwrap_or_else(|| length.div_euclid(most * 86_400).saturating_add(1) * 86_400);
        let since = self.since_s.div_euclid(step) * step;
        let until = self.until_s.saturating_add(step - 1).div_euclid(step) * step;
        (step, since, until.max(since + step))
    }
}

impl UsageFilter {
    pub(super) fn takes(&self, series: &Series) -> bool {
        fn is<T: AsRef<str>>(wanted: Option<&String>, found: Option<T>) -> bool {
            wanted.is_none_or(|wanted| wanted == found.as_ref().map_or("", AsRef::as_ref))
        }
        let Self {
            key,
            consumer,
            plan,
            route,
            version,
            service,
            target,
            outcome,
            source,
            callers_only,
        } = self;
        key.is_none_or(|key| key == series.key)
            && is(consumer.as_ref(), series.consumer.as_deref())
            && is(plan.as_ref(), series.plan.as_ref().map(PlanName::as_str))
            && is(route.as_ref(), series.route.as_ref().map(RouteName::as_str))
            && is(
                version.as_ref(),
                series.version.as_ref().map(VersionName::as_str),
            )
            && is(
                service.as_ref(),
                series.service.as_ref().map(ServiceName::as_str),
            )
            && is(target.as_ref(), series.target.as_deref())
            && outcome.is_none_or(|outcome| outcome == series.outcome)
            && source.is_none_or(|source| source == series.source)
            && !(*callers_only && series.from_window)
    }
}

impl UsageBy {
    /// The group of a series; `None`: those without.
    pub(super) fn group(self, series: &Series) -> Option<String> {
        match self {
            Self::Key => series.key.map(|key| key.to_string()),
            Self::Consumer => series.consumer.clone(),
            Self::Plan => series.plan.as_ref().map(ToString::to_string),
            Self::Route => series.route.as_ref().map(ToString::to_string),
            Self::Version => series.version.as_ref().map(ToString::to_string),
            Self::Service => series.service.as_ref().map(ToString::to_string),
            Self::Target => series.target.clone(),
            Self::Outcome => match serde_json::to_value(series.outcome) {
                Ok(serde_json::Value::String(name)) => Some(name),
                other => unreachable!("an outcome is a word: {other:?}"),
            },
        }
    }
}

/// Series by number, with the time of the last request of each.
pub(super) type Found = HashMap<i64, (Series, i64)>;

/// Series whose requests are counted.
pub(super) fn series(db: &Connection, filter: &UsageFilter) -> rusqlite::Result<Found> {
    let mut select = db.prepare_cached(
        "SELECT id, key_id, consumer, plan, route, version, service, target, outcome, source,
                from_window, last_us
         FROM usage_series",
    )?;
    let mut rows = select.query([])?;
    let mut found = HashMap::new();
    while let Some(row) = rows.next()? {
        let series = read_series(row)?;
        if filter.takes(&series) {
            found.insert(row.get(0)?, (series, row.get(11)?));
        }
    }
    Ok(found)
}

fn read_series(row: &Row<'_>) -> rusqlite::Result<Series> {
    let text = |column| -> rusqlite::Result<Option<String>> {
        let text: String = row.get(column)?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    };
    let key: Vec<u8> = row.get(1)?;
    let number: u16 = row.get(8)?;
    let outcome = Outcome::from_number(number)
        .ok_or_else(|| rusqlite::Error::IntegralValueOutOfRange(8, number.into()))?;
    Ok(Series {
        key: uuid::Uuid::from_slice(&key).ok().map(KeyId),
        consumer: text(2)?,
        plan: text(3)?.map(PlanName::new),
        route: text(4)?.map(RouteName::new),
        version: text(5)?.map(VersionName::new),
        service: text(6)?.map(ServiceName::new),
        target: text(7)?,
        outcome,
        source: from_word(row, 9)?,
        from_window: row.get(10)?,
    })
}

/// Gives each sum from `since` until before `until` once, with the second its time begins and the
/// number of its series; none is longer than `step`.
pub(super) fn visit(
    db: &Connection,
    step: i64,
    (since, until): (i64, i64),
    mut take: impl FnMut(i64, i64, &dyn Fn() -> rusqlite::Result<Sums>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let added_up = rolled_up(db)?;
    let mut select = db.prepare_cached(&format!(
        "SELECT at, series, {SUMS} FROM usage WHERE step = ?1 AND at >= ?2 AND at < ?3"
    ))?;
    let fitting = |level: &usize| step % STEPS[*level] == 0;
    let mut from = since;
    for level in (0..STEPS.len()).rev().filter(fitting) {
        // After that, only finer sums are whole.
        let to = until.min(added_up[level]);
        if from >= to {
            continue;
        }
        let mut rows = select.query((STEPS[level], from, to))?;
        while let Some(row) = rows.next()? {
            take(row.get(0)?, row.get(1)?, &|| read(row, 2))?;
        }
        from = to;
    }
    Ok(())
}
