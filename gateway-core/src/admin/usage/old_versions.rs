//! Who still calls versions that are deprecated.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::blocking::run_blocking;
use super::super::extract::UrlQuery;
use super::super::problem::Problem;
use super::key_name;
use crate::gateway::Gateway;
use crate::ids::{RouteName, VersionName};
use crate::store::{UsageBy, UsageFilter, UsageQuery};

const DAY_S: i64 = 86_400;
/// Most callers told of one version.
const MOST_CALLERS: usize = 100;

/// How far back.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct OldVersionsQuery {
    /// The last so many seconds; 30 days unless told.
    #[param(minimum = 1)]
    last_s: Option<i64>,
}

/// A version that has a date of deprecation or of its end, and who called it.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct OldVersion {
    /// The route.
    pub route: RouteName,
    /// The version.
    pub version: VersionName,
    /// When it was or will be deprecated (RFC 3339).
    pub deprecated_at: Option<String>,
    /// When it stops (RFC 3339).
    pub sunset_at: Option<String>,
    /// Requests in this time.
    pub requests: u64,
    /// When the last of all was, microseconds since 1970; absent if it was never called.
    pub last_us: Option<i64>,
    /// Who called in this time, those with most requests first; 100 at most.
    pub callers: Vec<OldVersionCaller>,
}

/// A caller of such a version.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct OldVersionCaller {
    /// Id of the API key; absent for callers without one.
    pub key: Option<String>,
    /// Name of the key, or of the consumer; absent for callers who are nobody.
    pub name: Option<String>,
    /// Requests in this time.
    pub requests: u64,
    /// When the last was, microseconds since 1970.
    pub last_us: Option<i64>,
}

/// Lists versions that are deprecated or will end, and says who still calls them.
#[utoipa::path(
    get, path = "/usage/old-versions", tag = "traffic", operation_id = "usage_old_versions",
    params(OldVersionsQuery),
    responses((status = 200, body = Vec<OldVersion>), (status = "default", body = Problem)),
)]
pub(in super::super) async fn list(
    State(gateway): State<Gateway>,
    UrlQuery(OldVersionsQuery { last_s }): UrlQuery<OldVersionsQuery>,
) -> Result<Json<Vec<OldVersion>>, Problem> {
    let now_us = gateway.clock().now().epoch_us;
    let (since_s, until_s) = super::range(Some(last_s.unwrap_or(30 * DAY_S)), None, None, now_us)?;
    let current = gateway.current();
    let mut found = Vec::new();
    for route in &current.config.routes {
        for version in route.versions.iter().flat_map(|versions| &versions.list) {
            if version.deprecated_at.is_none() && version.sunset_at.is_none() {
                continue;
            }
            let query = |by, key| UsageQuery {
                since_s,
                until_s,
                most_points: 60,
                most_groups: MOST_CALLERS,
                filter: UsageFilter {
                    route: Some(route.name.to_string()),
                    version: Some(version.name.to_string()),
                    key,
                    ..UsageFilter::default()
                },
                by: Some(by),
                ..UsageQuery::default()
            };
            let (by_key, by_consumer) = (
                query(UsageBy::Key, None),
                query(UsageBy::Consumer, Some(None)),
            );
            let store = gateway.log().clone();
            let (keys, others) = run_blocking(move || {
                let keys = store.usage(&by_key, now_us)?;
                store
                    .usage(&by_consumer, now_us)
                    .map(|others| (keys, others))
            })
            .await?;
            let of_keys = keys.groups.iter().filter(|group| group.name.is_some());
            let mut callers: Vec<_> = of_keys
                .map(|group| (group, true))
                .chain(others.groups.iter().map(|group| (group, false)))
                .filter(|(group, _)| group.figures.requests > 0)
                .map(|(group, is_key)| OldVersionCaller {
                    key: group.name.clone().filter(|_| is_key),
                    name: match (&group.name, is_key) {
                        (Some(id), true) => key_name(&gateway, id),
                        (name, _) => name.clone(),
                    },
                    requests: group.figures.requests,
                    last_us: group.last_us,
                })
                .collect();
            callers.sort_by_key(|caller| std::cmp::Reverse(caller.requests));
            callers.truncate(MOST_CALLERS);
            found.push(OldVersion {
                route: route.name.clone(),
                version: version.name.clone(),
                deprecated_at: version.deprecated_at.clone(),
                sunset_at: version.sunset_at.clone(),
                requests: keys.total.figures.requests,
                last_us: keys.total.last_us,
                callers,
            });
        }
    }
    Ok(Json(found))
}
