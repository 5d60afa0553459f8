//! Which limit would be used up, and by how many requests. Sends nothing.

use std::net::{IpAddr, Ipv4Addr};

use super::{MOST, TripError, TripKind, TripPlan, TripWish, UNASKED};
use crate::config::{LimitMode, Per};
use crate::gateway::{Gateway, WhoseLimits};
use crate::proxy::accept::accept;
use crate::proxy::error::ProxyError;
use crate::proxy::match_route::match_route;
use crate::proxy::partition::Whose;
use crate::proxy::permit;
use crate::proxy::resolve_version::{Asking as AskingVersion, Turn, resolve_version};
use crate::record::decision::{LimitFact, QuotaFact};
use crate::snapshot::limits::take::{Asking, take};
use crate::snapshot::versions::{Unnamed, Version, Versions};
use crate::snapshot::{Backend, Route, Service};

/// Where requests inside this process come from.
pub(super) const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A limit that refuses, as it stands.
struct Candidate {
    name: String,
    kind: TripKind,
    partition: String,
    allowed: u64,
    left: u64,
    /// How long it takes to fill up, of a rate limit.
    per: Option<Per>,
}

impl Gateway {
    /// What would be sent to use up a limit.
    ///
    /// # Errors
    /// Nothing would be, and why.
    pub fn plan_trip(&self, wish: &TripWish) -> Result<TripPlan, TripError> {
        let snapshot = self.snapshot();
        let head = &wish.head;
        let accepted = accept(head, &snapshot.limits).map_err(|error| refused(&error))?;
        let matched = match_route(&snapshot, &accepted, head);
        let found = matched.result.map_err(|error| refused(&error))?;
        let route = &found.route;
        if let Some(wanted) = wish.route.as_ref().filter(|wanted| **wanted != route.name) {
            let taken_by = &route.name;
            return Err(TripError::Refused(format!(
                "This request is taken by the route `{taken_by}`, not by `{wanted}`; change its \
                 path, host or headers."
            )));
        }
        let whose = WhoseLimits {
            key: wish.key,
            ..WhoseLimits::default()
        };
        let caller = self.caller(&whose).map_err(TripError::NoSuchThing)?;
        let version = match &route.versions {
            None => None,
            Some(versions) => {
                let paths =
                    permit::paths(head, &accepted, &found).map_err(|error| refused(&error))?;
                let asking = AskingVersion {
                    found: &found,
                    head,
                    paths,
                    host: accepted.host_name(),
                    caller: &caller,
                    client: CLIENT,
                    now_s: self.clock().now().epoch_us.div_euclid(1_000_000),
                    turn: Turn::Look,
                };
                let resolved = resolve_version(route, versions, &asking);
                resolved.result.map_err(|error| refused(&error))?;
                resolved.version.map(|version| (version, resolved.named))
            }
        };
        let named = version.as_ref().filter(|(_, named)| *named);
        check_targets(route, named.map(|(version, _)| &**version))?;

        let limits = snapshot
            .limiting
            .beside(caller.plan.as_ref())
            .chain(&route.limits)
            .chain(version.iter().flat_map(|(version, _)| &version.limits));
        let asked = Whose {
            caller: &caller,
            client: CLIENT,
            headers: &head.headers,
            route: &route.name,
        };
        let wanted: Vec<_> = limits
            .map(|limit| (&**limit, asked.partition(&limit.by)))
            .collect();
        let stand = take(&wanted, self.clock().now(), Asking::Look);
        let candidates = candidates(&stand.limits, &stand.quotas);
        let limit = choose(candidates, wish.limit.as_deref(), wanted.is_empty())?;
        let requests = requests(&limit)?;
        Ok(TripPlan {
            method: head.method.to_string(),
            path: head.uri.to_string(),
            route: route.name.clone(),
            version: version.map(|(version, _)| version.name.clone()),
            limit: limit.name,
            kind: limit.kind,
            partition: limit.partition,
            per: limit.per,
            allowed: limit.allowed,
            left: limit.left,
            requests,
            is_many: requests > UNASKED,
        })
    }
}

fn refused(error: &ProxyError) -> TripError {
    TripError::Refused(format!(
        "The gateway would refuse this request with {}: {}",
        error.code().status().as_u16(),
        error.detail()
    ))
}

/// Only limits in force refuse anything.
fn candidates(rates: &[LimitFact], quotas: &[QuotaFact]) -> Vec<Candidate> {
    let rates = rates.iter().filter(|fact| fact.mode == LimitMode::Enforce);
    let rates = rates.map(|fact| Candidate {
        name: fact.name.clone(),
        kind: TripKind::Rate,
        partition: fact.partition.clone(),
        allowed: fact.burst,
        left: fact.remaining_before,
        per: Some(fact.per),
    });
    let quotas = quotas.iter().filter(|fact| fact.mode == LimitMode::Enforce);
    let quotas = quotas.map(|fact| Candidate {
        name: fact.name.clone(),
        kind: TripKind::Quota,
        partition: fact.partition.clone(),
        allowed: fact.requests,
        left: fact.requests.saturating_sub(fact.used_before),
        per: None,
    });
    rates.chain(quotas).collect()
}

fn choose(
    candidates: Vec<Candidate>,
    wanted: Option<&str>,
    no_limits: bool,
) -> Result<Candidate, TripError> {
    let none = match no_limits {
        true => "No rate limit and no quota counts this request, so nothing would refuse it.",
        false => {
            "What counts this request refuses nothing: its limits are in shadow mode, or bound \
             only how many requests run at once."
        }
    };
    match wanted {
        Some(name) => {
            let found = candidates.into_iter().find(|limit| limit.name == name);
            found.ok_or_else(|| {
                TripError::Refused(format!(
                    "No rate limit or quota named `{name}` that refuses counts this request."
                ))
            })
        }
        None => {
            let least = candidates.into_iter().min_by_key(|limit| limit.left);
            least.ok_or_else(|| TripError::Refused(none.to_owned()))
        }
    }
}

/// One more than the limit lets through at once; twice as many where it fills up while it is emptied.
/// Where few are left, few are enough.
fn requests(limit: &Candidate) -> Result<u64, TripError> {
    let needed = limit.left.saturating_add(1);
    if needed > MOST {
        let name = &limit.name;
        return Err(TripError::Refused(format!(
            "`{name}` has {} requests left; more than {MOST} are never sent from here.",
            limit.left
        )));
    }
    let times = match limit.per {
        Some(Per::Second) => 2,
        _ => 1,
    };
    let all = limit.allowed.saturating_mul(times).saturating_add(1);
    let all = all.min(MOST);
    Ok(match needed <= UNASKED {
        true => all.min(UNASKED),
        false => all,
    })
}

/// Whatever may answer has to be on this machine.
fn check_targets(route: &Route, named: Option<&Version>) -> Result<(), TripError> {
    let of_versions: Vec<&Version> = match (named, &route.versions) {
        (Some(version), _) => vec![version],
        (None, Some(versions)) => unnamed(versions),
        (None, None) => Vec::new(),
    };
    let own: Vec<&Service> = match &route.backend {
        Backend::Service(service) => vec![service],
        Backend::Aggregate(plan) => plan.parts.iter().map(|part| &*part.service).collect(),
        Backend::Own(_) => Vec::new(),
    };
    let services: Vec<&Service> = match of_versions.is_empty() {
        true => own,
        false => of_versions
            .iter()
            .flat_map(|version| match version.service.as_deref() {
                Some(service) => vec![service],
                None => own.clone(),
            })
            .collect(),
    };
    for service in services {
        let away = service.targets.iter().find(|t| !is_here(t.origin.host()));
        if let Some(target) = away {
            return Err(TripError::Refused(format!(
                "The service `{}` is not on this machine (`{}`). Limits are only used up in front \
                 of services that are.",
                service.name, target.url
            )));
        }
    }
    Ok(())
}

/// The versions that callers may get who name none.
fn unnamed(versions: &Versions) -> Vec<&Version> {
    match &versions.unnamed {
        Unnamed::Default(version) => vec![version],
        Unnamed::Refused | Unnamed::Split(_) => versions.list.iter().map(|v| &**v).collect(),
    }
}

/// Whether a host is this machine whatever its resolver says (RFC 6761, section 6.3).
fn is_here(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(allowed: u64, left: u64) -> Candidate {
        Candidate {
            name: "x".to_owned(),
            kind: TripKind::Rate,
            partition: String::new(),
            allowed,
            left,
            per: Some(Per::Minute),
        }
    }

    #[test]
    fn one_more_than_the_limit_is_sent_and_no_more_than_were_asked_for() {
        assert_eq!(requests(&limit(60, 60)), Ok(61));
        assert_eq!(requests(&limit(60, 0)), Ok(61), "it may fill up meanwhile");
        assert_eq!(requests(&limit(499, 499)), Ok(500));
        assert_eq!(requests(&limit(500, 500)), Ok(501), "this is asked for");
        assert_eq!(requests(&limit(20_000, 3)), Ok(500), "few are enough");
        assert_eq!(requests(&limit(20_000, 20_000)), Ok(20_001));
        assert!(requests(&limit(u64::MAX, u64::MAX)).is_err());
        let quick = Candidate {
            per: Some(Per::Second),
            ..limit(10, 10)
        };
        assert_eq!(requests(&quick), Ok(21));
    }

    #[test]
    fn only_this_machine_is_here() {
        for (host, here) in [
            ("127.0.0.1", true),
            ("127.8.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("localhost", true),
            ("Shop.Localhost.", true),
            ("localhost.example.com", false),
            ("10.0.0.1", false),
            ("0.0.0.0", false),
            ("notlocalhost", false),
        ] {
            assert_eq!(is_here(host), here, "{host}");
        }
    }
}
