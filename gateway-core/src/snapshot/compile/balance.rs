//! How a service's requests are spread and what is done when some fail, compiled. What counts is
//! taken over from the service of the same name, for each target of the same URL.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderName;

use crate::config::{self, Algorithm, HashBy, Issue};
use crate::snapshot::balance::{Balancer, Changes, Peer};
use crate::snapshot::breaker::{Breaker, BreakerRule};
use crate::snapshot::health::checked::{CheckRule, Checked};
use crate::snapshot::health::ejection::{Ejection, EjectionRule};
use crate::snapshot::{RetryRule, Service};

/// The balancer of a service.
pub(super) fn compile_balancer(
    service: &config::Service,
    at: &str,
    before: Option<&Arc<Service>>,
    issues: &mut Vec<Issue>,
) -> Balancer {
    check_targets(service, at, issues);
    check_balance(&service.balance, at, issues);
    check_health(&service.health, at, issues);
    let before = before.map(|service| &service.balancer);
    let changes = before.map_or_else(Arc::default, |before| before.changes.clone());
    let peers = service
        .targets
        .iter()
        .map(|target| {
            let old = before.and_then(|old| old.peers.iter().find(|peer| peer.url == target.url));
            compile_peer(service, target, old, &changes)
        })
        .collect();
    let mut balancer = Balancer::new(peers, &service.balance, service.health.panic_percent);
    balancer.breaker = compile_breaker(service.breaker.as_ref(), before, &changes);
    balancer.changes = changes;
    if let Some(before) = before {
        balancer.budget = before.budget.clone();
        balancer.inherit_turns(before);
    }
    balancer
}

fn compile_peer(
    service: &config::Service,
    target: &config::Target,
    old: Option<&Peer>,
    changes: &Arc<Changes>,
) -> Peer {
    let mut peer = Peer::new(service.name.as_str(), &target.url, target.weight);
    if let Some(old) = old {
        peer.load = old.load.clone();
    }
    peer.checked = service.health.active.as_ref().map(|active| {
        let rule = check_rule(active);
        let kept = old.and_then(|old| old.checked.as_ref());
        match kept.filter(|kept| kept.rule == rule) {
            Some(kept) => kept.clone(),
            None => Arc::new(Checked::new(rule, changes.clone())),
        }
    });
    peer.ejection = service.health.passive.as_ref().map(|passive| {
        let rule = ejection_rule(passive);
        let kept = old.and_then(|old| old.ejection.as_ref());
        match kept.filter(|kept| kept.rule == rule) {
            Some(kept) => kept.clone(),
            None => Arc::new(Ejection::new(rule, changes.clone())),
        }
    });
    peer
}

fn check_rule(active: &config::ActiveCheck) -> CheckRule {
    let config::ActiveCheck {
        kind,
        path,
        statuses,
        interval_ms,
        timeout_ms,
        healthy_after,
        unhealthy_after,
    } = active;
    CheckRule {
        kind: *kind,
        path: path.clone(),
        statuses: statuses.clone(),
        interval_ms: (*interval_ms).into(),
        timeout_ms: (*timeout_ms).into(),
        healthy_after: *healthy_after,
        unhealthy_after: *unhealthy_after,
    }
}

fn ejection_rule(passive: &config::PassiveCheck) -> EjectionRule {
    let config::PassiveCheck {
        failures,
        statuses,
        eject_ms,
    } = passive;
    EjectionRule {
        failures: (*failures).into(),
        statuses: statuses.clone(),
        eject_ns: ns(*eject_ms),
    }
}

fn compile_breaker(
    breaker: Option<&config::Breaker>,
    before: Option<&Balancer>,
    changes: &Arc<Changes>,
) -> Option<Arc<Breaker>> {
    let config::Breaker {
        failure_percent,
        min_requests,
        window_ms,
        open_ms,
        half_open_requests,
    } = breaker?;
    let rule = BreakerRule {
        failure_percent: *failure_percent,
        min_requests: *min_requests,
        window_ns: ns(*window_ms),
        open_ns: ns(*open_ms),
        half_open_requests: *half_open_requests,
    };
    let kept = before.and_then(|before| before.breaker.as_ref());
    Some(match kept.filter(|kept| kept.rule == rule) {
        Some(kept) => kept.clone(),
        None => Arc::new(Breaker::new(rule, changes.clone())),
    })
}

/// When its requests are tried again.
pub(super) fn compile_retries(
    retries: &config::Retries,
    at: &str,
    issues: &mut Vec<Issue>,
) -> RetryRule {
    let config::Retries {
        attempts,
        statuses,
        budget_percent,
    } = retries;
    for (n, status) in statuses.iter().enumerate() {
        if !(400..600).contains(status) {
            let message = format!("`{status}` is no failure; write statuses from 400 to 599");
            issues.push(Issue::error(format!("{at}.retries.statuses[{n}]"), message));
        }
    }
    RetryRule {
        attempts: *attempts,
        statuses: statuses.clone(),
        budget_percent: *budget_percent,
    }
}

/// A time that may be absent.
pub(super) fn duration(ms: Option<u32>) -> Option<Duration> {
    ms.map(|ms| Duration::from_millis(ms.into()))
}

fn ns(ms: u32) -> u64 {
    u64::from(ms) * 1_000_000
}

fn check_targets(service: &config::Service, at: &str, issues: &mut Vec<Issue>) {
    let targets = &service.targets;
    if !targets.is_empty() && targets.iter().all(|target| target.weight == 0) {
        let message = "every target has weight 0, so none would get a request; give one at least 1";
        issues.push(Issue::error(format!("{at}.targets"), message));
    }
    for (n, target) in targets.iter().enumerate() {
        if targets[..n].iter().any(|other| other.url == target.url) {
            let message = format!(
                "`{}` stands here twice; give it a weight instead",
                target.url
            );
            issues.push(Issue::error(format!("{at}.targets[{n}].url"), message));
        }
    }
}

fn check_balance(balance: &config::Balance, at: &str, issues: &mut Vec<Issue>) {
    let config::Balance {
        algorithm,
        hash_by,
        hash_name,
        sticky_cookie,
    } = balance;
    let at = format!("{at}.balance");
    let name = hash_name.as_deref().unwrap_or_default();
    let wrong = match (algorithm, hash_by) {
        (Algorithm::ConsistentHash, HashBy::Header | HashBy::Cookie) if name.is_empty() => {
            Some("say which header or cookie is hashed".to_owned())
        }
        (_, HashBy::Header) if !name.is_empty() && HeaderName::try_from(name).is_err() => {
            Some(format!("`{name}` is no name of a header"))
        }
        (_, HashBy::Cookie) if !name.is_empty() && !is_token(name) => {
            Some(format!("`{name}` is no name of a cookie"))
        }
        _ => None,
    };
    if let Some(message) = wrong {
        issues.push(Issue::error(format!("{at}.hash_name"), message));
    }
    if let Some(cookie) = sticky_cookie
        && !is_token(cookie)
    {
        let message = format!("`{cookie}` is no name of a cookie (RFC 6265, section 4.1.1)");
        issues.push(Issue::error(format!("{at}.sticky_cookie"), message));
    }
    if let (Some(sticky), HashBy::Cookie, Algorithm::ConsistentHash) =
        (sticky_cookie, hash_by, algorithm)
        && sticky == name
    {
        let message = "the cookie that is hashed cannot be the gateway's own";
        issues.push(Issue::error(format!("{at}.sticky_cookie"), message));
    }
}

fn check_health(health: &config::Health, at: &str, issues: &mut Vec<Issue>) {
    let at = format!("{at}.health");
    let mut check = |statuses: &[u16], at: String| {
        for (n, status) in statuses.iter().enumerate() {
            if !(100..600).contains(status) {
                let message = format!("`{status}` is no status; write some from 100 to 599");
                issues.push(Issue::error(format!("{at}.statuses[{n}]"), message));
            }
        }
    };
    if let Some(active) = &health.active {
        check(&active.statuses, format!("{at}.active"));
    }
    if let Some(passive) = &health.passive {
        check(&passive.statuses, format!("{at}.passive"));
    }
    let Some(active) = &health.active else { return };
    let is_path = active.path.starts_with('/')
        && http::uri::PathAndQuery::try_from(active.path.as_str()).is_ok();
    if !is_path {
        let message = format!("`{}` is no path; it begins with `/`", active.path);
        issues.push(Issue::error(format!("{at}.active.path"), message));
    }
    if active.timeout_ms > active.interval_ms {
        let message = "a check may take longer than the time between two; the next one then waits";
        issues.push(Issue::warning(format!("{at}.active.timeout_ms"), message));
    }
}

/// A token (RFC 9110, section 5.6.2), which names of cookies are.
fn is_token(name: &str) -> bool {
    let other = |b: u8| b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || other(b))
}

#[cfg(test)]
mod tests {
    use crate::config::file;
    use crate::snapshot::Snapshot;
    use crate::snapshot::compile::compile;

    /// What is said of a service with these settings, and where.
    fn issues(settings: &str) -> Vec<String> {
        let yaml = format!(
            "{{version: 1, services: [{{name: s, targets: [{{url: 'http://a'}}], {settings}}}]}}"
        );
        let config = file::parse(&yaml).unwrap();
        let found = match compile(&config, 1, &Snapshot::default()) {
            Ok(compiled) => compiled.warnings,
            Err(issues) => issues,
        };
        found.into_iter().map(|issue| issue.path).collect()
    }

    #[test]
    fn settings_that_could_have_no_effect_or_a_wrong_one_are_refused_at_their_place() {
        for (settings, place) in [
            (
                "balance: {algorithm: consistent_hash, hash_by: header}",
                "balance.hash_name",
            ),
            (
                "balance: {algorithm: consistent_hash, hash_by: cookie}",
                "balance.hash_name",
            ),
            (
                "balance: {hash_by: header, hash_name: 'a b'}",
                "balance.hash_name",
            ),
            (
                "balance: {hash_by: cookie, hash_name: 'a;b'}",
                "balance.hash_name",
            ),
            ("balance: {sticky_cookie: 'a=b'}", "balance.sticky_cookie"),
            ("balance: {sticky_cookie: ''}", "balance.sticky_cookie"),
            (
                "balance: {algorithm: consistent_hash, hash_by: cookie, hash_name: c, sticky_cookie: c}",
                "balance.sticky_cookie",
            ),
            (
                "health: {active: {statuses: [200, 99]}}",
                "health.active.statuses[1]",
            ),
            ("health: {active: {path: well}}", "health.active.path"),
            ("health: {active: {path: '/a b'}}", "health.active.path"),
            (
                "health: {active: {interval_ms: 100, timeout_ms: 200}}",
                "health.active.timeout_ms",
            ),
            (
                "health: {passive: {statuses: [600]}}",
                "health.passive.statuses[0]",
            ),
            ("retries: {statuses: [503, 302]}", "retries.statuses[1]"),
        ] {
            assert_eq!(
                issues(settings),
                [format!("services[0].{place}")],
                "{settings}"
            );
        }
        for settings in [
            "balance: {algorithm: consistent_hash}",
            "balance: {algorithm: consistent_hash, hash_by: consumer, sticky_cookie: gw}",
            "balance: {algorithm: consistent_hash, hash_by: header, hash_name: X-User}",
            "health: {active: {kind: tcp}, passive: {}}, breaker: {}, hold_ms: 1000",
        ] {
            assert_eq!(issues(settings), [""; 0], "{settings}");
        }
    }

    #[test]
    fn targets_must_differ_and_one_must_have_a_weight() {
        let with = |targets: &str| {
            let yaml = format!("{{version: 1, services: [{{name: s, targets: [{targets}]}}]}}");
            let config = file::parse(&yaml).unwrap();
            let found = compile(&config, 1, &Snapshot::default()).err();
            let first = found.and_then(|issues| issues.into_iter().next());
            first.map(|issue| issue.path)
        };
        let a = "{url: 'http://a', weight: 0}";
        assert_eq!(with(a).as_deref(), Some("services[0].targets"));
        let twice = "{url: 'http://a'}, {url: 'http://a'}";
        assert_eq!(with(twice).as_deref(), Some("services[0].targets[1].url"));
        assert_eq!(with(&format!("{a}, {{url: 'http://b'}}")), None);
    }
}
