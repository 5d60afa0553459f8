//! Sums as they are shown: totals, groups, and a point for each stretch of time.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use utoipa::ToSchema;

use super::super::{LogStore, StoreError};
use super::query::{UsageQuery, series, visit};
use crate::latency::Latencies;
use crate::usage::{CacheCounts, Outcome, Sums};

/// Who used how much, and when.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Usage {
    /// When the first point begins, microseconds since 1970.
    pub since_us: i64,
    /// When the last point ends, microseconds since 1970.
    pub until_us: i64,
    /// How long a point is, in seconds.
    pub step_s: i64,
    /// All of them together.
    pub total: UsageGroup,
    /// Those with most requests first.
    pub groups: Vec<UsageGroup>,
    /// How many groups there are beyond.
    pub more_groups: usize,
}

/// Requests that are counted together.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct UsageGroup {
    /// What they have in common: a name, or the id of a key. Absent: they have none, or these are
    /// all.
    pub name: Option<String>,
    /// What to call it, where that is not its name.
    pub label: Option<String>,
    /// When the last of them began, whether in this time or not, microseconds since 1970. Absent: there
    /// was none.
    pub last_us: Option<i64>,
    /// Sums over the whole time.
    pub figures: UsageFigures,
    /// Sums of each stretch of it.
    pub points: UsagePoints,
}

/// Sums over a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct UsageFigures {
    /// Requests.
    pub requests: u64,
    /// What became of them.
    pub outcomes: OutcomeCounts,
    /// Bytes of the requests' bodies.
    pub request_bytes: u64,
    /// Bytes of the answers' bodies.
    pub response_bytes: u64,
    /// Tries beyond the first.
    pub retries: u64,
    /// What the cache did, on routes that keep answers.
    pub cache: CacheCounts,
    /// From arrival to the end of the answer, without WebSockets, tunnels and event streams.
    pub total: LatencyFigures,
    /// From what was sent on to the first byte of the answer, connecting included.
    pub upstream: LatencyFigures,
    /// In the gateway, before anything was sent on or answered.
    pub gateway: LatencyFigures,
}

/// How many requests became what: `401` and `429` are not in `4xx`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutcomeCounts {
    /// 1xx.
    pub informational: u64,
    /// 2xx.
    pub success: u64,
    /// 3xx.
    pub redirect: u64,
    /// 401.
    pub unauthenticated: u64,
    /// 429.
    pub limited: u64,
    /// 4xx but 401 and 429.
    pub caller_error: u64,
    /// 5xx.
    pub server_error: u64,
}

/// How long requests took, within 1 %, in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct LatencyFigures {
    /// How many were measured. The fewer, the less a percentile says: below 100, p99 is the longest
    /// or nearly.
    pub n: u64,
    /// Half took at most so long. Absent where nothing was measured, like the others.
    pub p50_us: Option<u64>,
    /// 90 % took at most so long.
    pub p90_us: Option<u64>,
    /// 95 % took at most so long.
    pub p95_us: Option<u64>,
    /// 99 % took at most so long.
    pub p99_us: Option<u64>,
    /// The longest took exactly so long.
    pub longest_us: Option<u64>,
}

/// Sums of each point, oldest first; all lists are as long as there are points.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct UsagePoints {
    /// What became of the requests.
    pub outcomes: OutcomePoints,
    /// Bytes of the requests' bodies.
    pub request_bytes: Vec<u64>,
    /// Bytes of the answers' bodies.
    pub response_bytes: Vec<u64>,
    /// Tries beyond the first.
    pub retries: Vec<u64>,
    /// What the cache did, on routes that keep answers.
    pub cache: CachePoints,
    /// From arrival to the end of the answer.
    pub total: LatencyPoints,
    /// From what was sent on to the first byte of the answer.
    pub upstream: LatencyPoints,
    /// In the gateway, before anything was sent on or answered.
    pub gateway: LatencyPoints,
    /// How the durations from arrival to the end of the answer spread, of all together; absent in
    /// groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spread: Vec<Vec<DurationCounts>>,
}

/// How many requests took about so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DurationCounts {
    /// At least so many microseconds, and less than twice that; 0: less than 128.
    pub from_us: u64,
    /// How many.
    pub requests: u64,
}

/// How many requests became what, point by point.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[allow(missing_docs, reason = "as in `OutcomeCounts`")]
pub struct OutcomePoints {
    pub informational: Vec<u64>,
    pub success: Vec<u64>,
    pub redirect: Vec<u64>,
    pub unauthenticated: Vec<u64>,
    pub limited: Vec<u64>,
    pub caller_error: Vec<u64>,
    pub server_error: Vec<u64>,
}

/// What the cache did, point by point.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[allow(missing_docs, reason = "as in `CacheCounts`")]
pub struct CachePoints {
    pub hits: Vec<u64>,
    pub revalidated: Vec<u64>,
    pub stale: Vec<u64>,
    pub misses: Vec<u64>,
    pub bypassed: Vec<u64>,
    pub saved_bytes: Vec<u64>,
}

/// How long requests took, point by point, in microseconds; `null` where nothing was measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct LatencyPoints {
    /// How many were measured.
    pub n: Vec<u64>,
    /// Half took at most so long.
    pub p50_us: Vec<Option<u64>>,
    /// 95 % took at most so long.
    pub p95_us: Vec<Option<u64>>,
    /// 99 % took at most so long.
    pub p99_us: Vec<Option<u64>>,
}

/// What is counted of a group in one stretch of time, or in all of it.
#[derive(Clone, Debug, Default)]
struct Counted {
    outcomes: OutcomeCounts,
    sums: Sums,
}

#[derive(Default)]
struct Group {
    last_us: Option<i64>,
    all: Counted,
    points: BTreeMap<usize, Counted>,
}

impl Counted {
    fn add(&mut self, outcome: Outcome, sums: &Sums) {
        *self.outcomes.of_mut(outcome) += sums.requests;
        self.sums.merge(sums);
    }
}

impl LogStore {
    /// Who used how much, and when.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn usage(&self, query: &UsageQuery, now_us: i64) -> Result<Usage, StoreError> {
        let (step, since, until) = query.points(now_us.div_euclid(1_000_000));
        let count = usize::try_from((until - since) / step).unwrap_or(0);
        let mut total = Group::default();
        let mut groups: HashMap<Option<String>, Group> = HashMap::new();
        self.in_one_read(|db| {
            let found = series(db, &query.filter)?;
            for (series, last_us) in found.values() {
                total.last_us = total.last_us.max(Some(*last_us));
                if let Some(by) = query.by {
                    let group = groups.entry(by.group(series)).or_default();
                    group.last_us = group.last_us.max(Some(*last_us));
                }
            }
            visit(db, step, (since, until), |at, id, sums| {
                let Some((series, _)) = found.get(&id) else {
                    return Ok(());
                };
                let sums = sums()?;
                let point = usize::try_from((at - since) / step).unwrap_or(0);
                let group = query.by.map(|by| by.group(series));
                let group = group.and_then(|name| groups.get_mut(&name));
                for counted in std::iter::once(&mut total).chain(group) {
                    counted.all.add(series.outcome, &sums);
                    let point = counted.points.entry(point).or_default();
                    point.add(series.outcome, &sums);
                }
                Ok(())
            })
        })?;
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by(|(a_name, a), (b_name, b)| {
            let requests = b.all.sums.requests.cmp(&a.all.sums.requests);
            requests
                .then(b.last_us.cmp(&a.last_us))
                .then(a_name.cmp(b_name))
        });
        let more_groups = groups.len().saturating_sub(query.most_groups);
        groups.truncate(query.most_groups);
        let mut all = shown(None, &total, count);
        all.points.spread = spread(&total, count);
        Ok(Usage {
            since_us: since.saturating_mul(1_000_000),
            until_us: until.saturating_mul(1_000_000),
            step_s: step,
            total: all,
            groups: groups
                .into_iter()
                .map(|(name, group)| shown(name, &group, count))
                .collect(),
            more_groups,
        })
    }
}

fn shown(name: Option<String>, group: &Group, count: usize) -> UsageGroup {
    let mut points = UsagePoints::default();
    let none = Counted::default();
    for index in 0..count {
        let Counted { outcomes, sums } = group.points.get(&index).unwrap_or(&none);
        points.outcomes.push(outcomes);
        points.request_bytes.push(sums.request_bytes);
        points.response_bytes.push(sums.response_bytes);
        points.retries.push(sums.retries);
        points.cache.push(&sums.cache);
        points.total.push(&sums.total);
        points.upstream.push(&sums.upstream);
        points.gateway.push(&sums.gateway);
    }
    let Counted { outcomes, sums } = &group.all;
    UsageGroup {
        name,
        label: None,
        last_us: group.last_us,
        figures: UsageFigures {
            requests: sums.requests,
            outcomes: outcomes.clone(),
            request_bytes: sums.request_bytes,
            response_bytes: sums.response_bytes,
            retries: sums.retries,
            cache: sums.cache,
            total: LatencyFigures::of(&sums.total),
            upstream: LatencyFigures::of(&sums.upstream),
            gateway: LatencyFigures::of(&sums.gateway),
        },
        points,
    }
}

fn spread(group: &Group, count: usize) -> Vec<Vec<DurationCounts>> {
    let none = Counted::default();
    let points = (0..count).map(|index| group.points.get(&index).unwrap_or(&none));
    points
        .map(|point| {
            let doublings = point.sums.total.doublings().into_iter();
            doublings
                .map(|(from_us, requests)| DurationCounts { from_us, requests })
                .collect()
        })
        .collect()
}

impl OutcomeCounts {
    fn of_mut(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Informational => &mut self.informational,
            Outcome::Success => &mut self.success,
            Outcome::Redirect => &mut self.redirect,
            Outcome::Unauthenticated => &mut self.unauthenticated,
            Outcome::Limited => &mut self.limited,
            Outcome::CallerError => &mut self.caller_error,
            Outcome::ServerError => &mut self.server_error,
        }
    }
}

impl OutcomePoints {
    fn push(&mut self, counts: &OutcomeCounts) {
        let OutcomeCounts {
            informational,
            success,
            redirect,
            unauthenticated,
            limited,
            caller_error,
            server_error,
        } = counts;
        self.informational.push(*informational);
        self.success.push(*success);
        self.redirect.push(*redirect);
        self.unauthenticated.push(*unauthenticated);
        self.limited.push(*limited);
        self.caller_error.push(*caller_error);
        self.server_error.push(*server_error);
    }
}

impl CachePoints {
    fn push(&mut self, counts: &CacheCounts) {
        let CacheCounts {
            hits,
            revalidated,
            stale,
            misses,
            bypassed,
            saved_bytes,
        } = counts;
        self.hits.push(*hits);
        self.revalidated.push(*revalidated);
        self.stale.push(*stale);
        self.misses.push(*misses);
        self.bypassed.push(*bypassed);
        self.saved_bytes.push(*saved_bytes);
    }
}

impl LatencyFigures {
    fn of(latencies: &Latencies) -> Self {
        Self {
            n: latencies.len(),
            p50_us: latencies.percentile_us(500),
            p90_us: latencies.percentile_us(900),
            p95_us: latencies.percentile_us(950),
            p99_us: latencies.percentile_us(990),
            longest_us: latencies.longest_us(),
        }
    }
}

impl LatencyPoints {
    fn push(&mut self, latencies: &Latencies) {
        self.n.push(latencies.len());
        self.p50_us.push(latencies.percentile_us(500));
        self.p95_us.push(latencies.percentile_us(950));
        self.p99_us.push(latencies.percentile_us(990));
    }
}
