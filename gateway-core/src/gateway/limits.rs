//! How limits stand for a caller, without taking anything from them.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Gateway;
use crate::ids::{ConsumerName, KeyId, PlanName, RouteName, VersionName};
use crate::keys::ApiKey;
use crate::proxy::caller::Caller;
use crate::proxy::partition::Whose;
use crate::record::decision::{ConcurrencyFact, LimitFact, QuotaFact};
use crate::snapshot::Route;
use crate::snapshot::limits::Limit;
use crate::snapshot::limits::partition::By;
use crate::snapshot::limits::take::{Asking, Taken, take};

/// A caller, as far as one is asked about.
#[derive(Clone, Debug, Default)]
pub struct WhoseLimits {
    /// The route it calls. Absent: only limits of all routes and of its plan are told.
    pub route: Option<RouteName>,
    /// The version of the route.
    pub version: Option<VersionName>,
    /// Its API key.
    pub key: Option<KeyId>,
    /// The consumer; the key's, where that is absent.
    pub consumer: Option<ConsumerName>,
    /// Its address. Absent: limits that would count by it are not told.
    pub ip: Option<IpAddr>,
    /// What it has in each header and claim that a limit counts by. Absent: it has none of them.
    pub value: Option<String>,
}

/// How the limits stand that a caller meets. In each fact "before" and "after" are the same: nothing
/// was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct LimitsState {
    /// The caller's plan.
    pub plan: Option<PlanName>,
    /// Its rate limits: those of all routes, of its plan, of the route, of the version.
    pub limits: Vec<LimitFact>,
    /// Its quotas, in the same order.
    pub quotas: Vec<QuotaFact>,
    /// Its limits on running requests, in the same order.
    pub concurrency: Vec<ConcurrencyFact>,
    /// Why the counts of quotas cannot be kept on disk at the moment, in one sentence. Absent: they
    /// are kept.
    pub quotas_not_kept: Option<String>,
}

/// Something was asked about that is not there; the text names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchThing(pub String);

impl Gateway {
    /// How the limits stand that a caller meets.
    ///
    /// # Errors
    /// There is no such route, version or key.
    pub fn limits_state(&self, whose: &WhoseLimits) -> Result<LimitsState, NoSuchThing> {
        let snapshot = self.snapshot();
        let route = match &whose.route {
            None => None,
            Some(name) => {
                let found = snapshot.routes.iter().find(|route| route.name == *name);
                Some(found.ok_or_else(|| NoSuchThing(format!("route `{name}`")))?)
            }
        };
        let version = match (&whose.version, route.and_then(|r| r.versions.as_ref())) {
            (None, _) => None,
            (Some(name), versions) => {
                let list = versions.iter().flat_map(|versions| &versions.list);
                let found = list.into_iter().find(|version| version.name == *name);
                Some(found.ok_or_else(|| NoSuchThing(format!("version `{name}`")))?)
            }
        };
        let mut caller = self.caller(whose)?;
        let of_route = route.iter().flat_map(|route| &route.limits);
        let of_version = version.iter().flat_map(|version| &version.limits);
        let limits: Vec<_> = snapshot
            .limiting
            .beside(caller.plan.as_ref())
            .chain(of_route)
            .chain(of_version)
            .map(|limit| &**limit)
            .collect();
        let headers = values(&limits, whose.value.as_deref(), &mut caller);
        let no_route = RouteName::new("");
        let asked = Whose {
            caller: &caller,
            client: whose.ip.unwrap_or(Ipv4Addr::UNSPECIFIED.into()),
            headers: &headers,
            route: whose.route.as_ref().unwrap_or(&no_route),
        };
        let is_told = |limit: &&Limit| match limit.by {
            By::Key => caller.key.is_some() || whose.ip.is_some(),
            By::Consumer => caller.consumer.is_some() || whose.ip.is_some(),
            By::Ip => whose.ip.is_some(),
            By::Route => route.is_some(),
            By::Header(_) | By::Claim(_) | By::Global => true,
        };
        let wanted: Vec<_> = limits
            .into_iter()
            .filter(is_told)
            .map(|limit| (limit, asked.partition(&limit.by)))
            .collect();
        let Taken {
            admitted: _,
            limits,
            quotas,
            concurrency,
            running: _,
        } = take(&wanted, self.0.clock.now(), Asking::Look);
        Ok(LimitsState {
            plan: caller.plan,
            limits,
            quotas,
            concurrency,
            quotas_not_kept: self.0.quotas.not_kept(),
        })
    }

    /// The quota of which a key has used the largest share: of those that count it, or its consumer,
    /// on any route. `None`: no quota does.
    pub fn tightest_quota(&self, key: &ApiKey) -> Option<QuotaFact> {
        let snapshot = self.snapshot();
        let consumer = snapshot.consumers.get(&key.consumer);
        let of_consumer = || consumer.and_then(|consumer| consumer.plan.clone());
        let caller = Caller {
            plan: key.plan.clone().or_else(of_consumer),
            consumer: Some(key.consumer.as_str().into()),
            key: Some(Arc::new(key.clone())),
            ..Caller::default()
        };
        let of_versions = |route: &Route| {
            let versions = route.versions.iter().flat_map(|all| &all.list);
            let limits = versions.flat_map(|version| version.limits.iter().cloned());
            limits.collect::<Vec<_>>()
        };
        let beside = snapshot.limiting.beside(caller.plan.as_ref()).cloned();
        let of_routes = snapshot.routes.iter().flat_map(|route| {
            let own = route.limits.iter().cloned();
            own.chain(of_versions(route)).collect::<Vec<_>>()
        });
        let quotas: Vec<_> = beside
            .chain(of_routes)
            .filter(|limit| limit.is_quota() && matches!(limit.by, By::Key | By::Consumer))
            .collect();
        let no_route = RouteName::new("");
        let whose = Whose {
            caller: &caller,
            client: Ipv4Addr::UNSPECIFIED.into(),
            headers: &HeaderMap::new(),
            route: &no_route,
        };
        // Each by itself: a limit that two routes share is locked once.
        let facts = quotas.iter().flat_map(|limit| {
            let wanted = [(&**limit, whose.partition(&limit.by))];
            take(&wanted, self.0.clock.now(), Asking::Look).quotas
        });
        facts.max_by(|a, b| {
            let share = |fact: &QuotaFact| fact.used_before as f64 / fact.requests.max(1) as f64;
            let by_share = share(a).total_cmp(&share(b));
            by_share.then(b.requests.cmp(&a.requests))
        })
    }

    /// The caller as it would be known after authentication.
    pub(super) fn caller(&self, whose: &WhoseLimits) -> Result<Caller, NoSuchThing> {
        let key = match whose.key {
            None => None,
            Some(id) => {
                let found = self.0.keys.get(id);
                Some(found.ok_or_else(|| NoSuchThing(format!("API key `{id}`")))?)
            }
        };
        let of_key = || key.as_ref().map(|key| ConsumerName::new(&key.consumer));
        let consumer = whose.consumer.clone().or_else(of_key);
        let current = self.current();
        let listed = current.config.consumers.iter();
        let listed = listed
            .into_iter()
            .find(|listed| Some(&listed.name) == consumer.as_ref());
        Ok(Caller {
            plan: key
                .as_ref()
                .and_then(|key| key.plan.clone())
                .or_else(|| listed.and_then(|consumer| consumer.plan.clone())),
            consumer: consumer.map(|name| name.as_str().into()),
            key: key.map(Arc::new),
            ..Caller::default()
        })
    }
}

/// The headers and claims that limits count by, all with the same value.
fn values(limits: &[&Limit], value: Option<&str>, caller: &mut Caller) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Some(value) = value else {
        return headers;
    };
    let mut claims = Map::new();
    for limit in limits {
        match &limit.by {
            By::Header(name) => {
                if let Ok(value) = HeaderValue::from_str(value) {
                    headers.insert(name, value);
                }
            }
            By::Claim(name) => {
                claims.insert(name.clone(), Value::String(value.to_owned()));
            }
            By::Key | By::Consumer | By::Ip | By::Route | By::Global => {}
        }
    }
    caller.claims = Some(Arc::new(claims));
    headers
}
