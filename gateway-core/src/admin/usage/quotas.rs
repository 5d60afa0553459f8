//! How fast quotas are used up, and when there will be nothing left.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::super::blocking::run_blocking;
use super::super::extract::UrlQuery;
use super::super::problem::Problem;
use crate::config::{Config, LimitBy};
use crate::gateway::{Gateway, WhoseLimits};
use crate::ids::{KeyId, RouteName, VersionName};
use crate::keys::ApiKey;
use crate::record::decision::{LimitOwner, QuotaFact};
use crate::snapshot::limits::calendar::{Period, Zone};
use crate::store::{UsageBy, UsageFilter, UsageQuery};

const SECOND_US: i64 = 1_000_000;
const HOUR_US: i64 = 3_600 * SECOND_US;
/// Most keys looked at where none is named: those that asked most in the last day.
const MOST_KEYS: usize = 20;
/// Most quotas told of.
const MOST_QUOTAS: usize = 50;

/// Whose quotas.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct QuotasQuery {
    /// Id of an API key. Absent: the keys that asked most in the last 24 hours.
    key: Option<KeyId>,
}

/// How a quota is used up.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct QuotaBurn {
    /// Id of the key.
    pub key: KeyId,
    /// Its name.
    pub key_name: String,
    /// The quota as it stands for this key now.
    pub quota: QuotaFact,
    /// When its period began, microseconds since 1970.
    pub since_us: i64,
    /// How long a point is, in seconds.
    pub step_s: i64,
    /// What was left at the end of each point since the period began. Empty where requests of others
    /// count too that are not counted by themselves.
    pub left: Vec<u64>,
    /// Requests an hour lately. Absent where that cannot be said.
    pub per_hour: Option<f64>,
    /// When nothing will be left if it goes on like this, microseconds since 1970. Absent where the
    /// next period begins before, or that cannot be said.
    pub runs_out_at_us: Option<i64>,
}

/// Says how API keys use up their quotas, those with the least left first, and when nothing will be
/// left if it goes on like this.
#[utoipa::path(
    get, path = "/usage/quotas", tag = "traffic", operation_id = "usage_quotas",
    params(QuotasQuery),
    responses(
        (status = 200, body = Vec<QuotaBurn>),
        (status = 404, body = Problem, description = "No such key."),
        (status = "default", body = Problem),
    ),
)]
pub(in super::super) async fn list(
    State(gateway): State<Gateway>,
    UrlQuery(QuotasQuery { key }): UrlQuery<QuotasQuery>,
) -> Result<Json<Vec<QuotaBurn>>, Problem> {
    let now_us = gateway.clock().now().epoch_us;
    let keys = match key {
        Some(id) => {
            let key = gateway.keys().get(id);
            vec![key.ok_or_else(|| Problem::not_found(format!("API key `{id}`")))?]
        }
        None => busiest(&gateway, now_us).await?,
    };
    let current = gateway.current();
    let mut found: Vec<_> = keys
        .into_iter()
        .flat_map(|key| {
            let quotas = quotas_of(&gateway, &current.config, &key);
            quotas.into_iter().map(move |quota| (key.clone(), quota))
        })
        .collect();
    found.sort_by(|(_, a), (_, b)| share(b).total_cmp(&share(a)));
    found.truncate(MOST_QUOTAS);
    let store = gateway.log().clone();
    run_blocking(move || {
        let burns = found.into_iter();
        burns
            .map(|(key, quota)| {
                let (query, period) = history(&key, &quota, now_us);
                let usage = query.map(|query| store.usage(&query, now_us)).transpose()?;
                let points = usage.map(|usage| {
                    let outcomes = usage.total.points.outcomes;
                    let counted = (0..outcomes.success.len()).map(|index| {
                        // What was refused for its credentials or a limit was not counted.
                        outcomes.informational[index]
                            + outcomes.success[index]
                            + outcomes.redirect[index]
                            + outcomes.caller_error[index]
                            + outcomes.server_error[index]
                    });
                    (usage.since_us, usage.step_s, counted.collect::<Vec<_>>())
                });
                Ok(burn((key.id, key.name), quota, period, points, now_us))
            })
            .collect::<Result<_, crate::store::StoreError>>()
    })
    .await
    .map(Json)
}

fn share(quota: &QuotaFact) -> f64 {
    quota.used_after as f64 / quota.requests.max(1) as f64
}

async fn busiest(gateway: &Gateway, now_us: i64) -> Result<Vec<ApiKey>, Problem> {
    let now_s = now_us.div_euclid(SECOND_US);
    let query = UsageQuery {
        since_s: now_s - 86_400,
        until_s: now_s + 1,
        most_points: 30,
        by: Some(UsageBy::Key),
        most_groups: MOST_KEYS + 1,
        ..UsageQuery::default()
    };
    let store = gateway.log().clone();
    let usage = run_blocking(move || store.usage(&query, now_us)).await?;
    let ids = usage
        .groups
        .iter()
        .filter_map(|group| group.name.as_deref());
    let keys = gateway.keys();
    Ok(ids
        .filter_map(|id| keys.get(KeyId(Uuid::parse_str(id).ok()?)))
        .take(MOST_KEYS)
        .collect())
}

/// Quotas that count requests of a key: those of all routes, of its plan, of routes and of versions.
fn quotas_of(gateway: &Gateway, config: &Config, key: &ApiKey) -> Vec<QuotaFact> {
    let mut places: Vec<(Option<RouteName>, Option<VersionName>)> = vec![(None, None)];
    for route in &config.routes {
        if !route.quotas.is_empty() {
            places.push((Some(route.name.clone()), None));
        }
        let versions = route.versions.iter().flat_map(|versions| &versions.list);
        for version in versions.filter(|version| !version.quotas.is_empty()) {
            places.push((Some(route.name.clone()), Some(version.name.clone())));
        }
    }
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (route, version) in places {
        let whose = WhoseLimits {
            route,
            version,
            key: Some(key.id),
            ..WhoseLimits::default()
        };
        // It may have gone since the configuration was read.
        let Ok(state) = gateway.limits_state(&whose) else {
            continue;
        };
        for quota in state.quotas {
            let owner = quota.owner.as_ref().map(ToString::to_string);
            if seen.insert((owner, quota.name.clone())) {
                found.push(quota);
            }
        }
    }
    found
}

/// Which requests a quota counted since its period began, where that can be asked.
fn history(key: &ApiKey, quota: &QuotaFact, now_us: i64) -> (Option<UsageQuery>, Period) {
    let zone = Zone::named(&quota.time_zone).unwrap_or_else(Zone::utc);
    let period = zone.period(quota.per, quota.resets_at_us.saturating_sub(1));
    let (route, version) = match &quota.owner {
        None | Some(LimitOwner::Gateway | LimitOwner::Plan { .. }) => (None, None),
        Some(LimitOwner::Route { route }) => (Some(route), None),
        Some(LimitOwner::Version { route, version }) => (Some(route), Some(version)),
    };
    let mut filter = UsageFilter {
        route: route.map(ToString::to_string),
        version: version.map(ToString::to_string),
        ..UsageFilter::default()
    };
    let is_known = match quota.by {
        LimitBy::Key => {
            filter.key = Some(Some(key.id));
            true
        }
        LimitBy::Consumer => {
            filter.consumer = Some(key.consumer.clone());
            true
        }
        LimitBy::Route => route.is_some(),
        LimitBy::Global => !matches!(quota.owner, Some(LimitOwner::Plan { .. })),
        LimitBy::Ip | LimitBy::Header | LimitBy::Claim => false,
    };
    let since_s = period.start_us.div_euclid(SECOND_US);
    let until_s = now_us.div_euclid(SECOND_US) + 1;
    let query = (is_known && since_s < until_s).then_some(UsageQuery {
        since_s,
        until_s,
        most_points: 300,
        filter,
        ..UsageQuery::default()
    });
    (query, period)
}

/// `points` are what was counted from a moment on: that, how long each is in seconds, and how many.
fn burn(
    (key, key_name): (KeyId, String),
    quota: QuotaFact,
    period: Period,
    points: Option<(i64, i64, Vec<u64>)>,
    now_us: i64,
) -> QuotaBurn {
    let used = quota.used_after;
    let mut burn = QuotaBurn {
        key,
        key_name,
        since_us: period.start_us,
        step_s: 1,
        left: Vec::new(),
        per_hour: None,
        runs_out_at_us: None,
        quota,
    };
    let Some((since_us, step_s, counted)) = points else {
        return burn;
    };
    burn.since_us = since_us;
    burn.step_s = step_s;
    // The quota's own count is the true one; the line is made to end there.
    let mut before = used.saturating_sub(counted.iter().sum());
    for count in &counted {
        before += count;
        burn.left
            .push(burn.quota.requests.saturating_sub(before.min(used)));
    }
    // A tenth of the period: two hours of a day, three days of a month.
    let length_us = period.end_us.saturating_sub(period.start_us);
    let elapsed_us = now_us.saturating_sub(period.start_us).max(1);
    let lately_us = (length_us / 10).min(elapsed_us).max(step_s * SECOND_US);
    let points = usize::try_from(lately_us / (step_s * SECOND_US)).unwrap_or(1);
    let recent: u64 = counted.iter().rev().take(points.max(1)).sum();
    let per_hour = recent as f64 * HOUR_US as f64 / lately_us as f64;
    burn.per_hour = Some(per_hour);
    let left = burn.quota.requests.saturating_sub(used);
    if left == 0 {
        burn.runs_out_at_us = Some(now_us);
    } else if per_hour > 0.0 {
        let in_us = left as f64 / per_hour * HOUR_US as f64;
        let at_us = now_us.saturating_add(in_us as i64);
        burn.runs_out_at_us = Some(at_us).filter(|at_us| *at_us < period.end_us);
    }
    burn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CalendarPeriod, LimitMode};

    fn quota(requests: u64, used: u64) -> QuotaFact {
        QuotaFact {
            name: "a day".to_owned(),
            owner: None,
            by: LimitBy::Key,
            partition: "key".to_owned(),
            mode: LimitMode::Enforce,
            requests,
            per: CalendarPeriod::Day,
            used_before: used,
            used_after: used,
            let_through: false,
            admitted: true,
            resets_at_us: 24 * HOUR_US,
            time_zone: "UTC".to_owned(),
            retry_after_ms: 0,
        }
    }

    fn of(requests: u64, used: u64, hourly: Vec<u64>) -> QuotaBurn {
        let period = Period {
            start_us: 0,
            end_us: 24 * HOUR_US,
        };
        let now_us = i64::try_from(hourly.len()).unwrap() * HOUR_US;
        let key = (KeyId(Uuid::nil()), "acme".to_owned());
        burn(
            key,
            quota(requests, used),
            period,
            Some((0, 3_600, hourly)),
            now_us,
        )
    }

    #[test]
    fn what_is_used_lately_says_when_nothing_is_left() {
        let burn = of(1_000, 400, vec![100, 0, 0, 0, 0, 0, 0, 0, 150, 150]);
        assert_eq!(
            burn.left,
            [900, 900, 900, 900, 900, 900, 900, 900, 750, 600]
        );
        let per_hour = burn.per_hour.unwrap();
        assert!(
            (per_hour - 125.0).abs() < 1.0,
            "300 in 2.4 hours, not {per_hour}"
        );
        let hours = burn.runs_out_at_us.unwrap() as f64 / HOUR_US as f64;
        assert!((hours - 14.8).abs() < 0.1, "{hours}");
    }

    #[test]
    fn a_quota_that_lasts_until_the_next_period_does_not_run_out() {
        let burn = of(10_000, 20, vec![10, 10]);
        assert_eq!(burn.runs_out_at_us, None);
        assert_eq!(of(20, 20, vec![10, 10]).runs_out_at_us, Some(2 * HOUR_US));
        assert_eq!(of(20, 0, vec![0, 0]).runs_out_at_us, None);
    }

    #[test]
    fn what_the_log_did_not_see_is_taken_to_be_used_before_it_did() {
        assert_eq!(of(100, 50, vec![10, 10]).left, [60, 50]);
        assert_eq!(of(100, 5, vec![10, 10]).left, [95, 95]);
    }
}
