//! May they do that?

use std::net::IpAddr;

use http::Method;

use super::caller::Caller;
use super::decided::Decided;
use super::error::{ErrorCode, ProxyError};
use crate::ids::VersionName;
use crate::keys::{ApiKey, KeyAccess, NotGranted};
use crate::record::decision::{Facts, Verdict};
use crate::snapshot::Route;
use crate::snapshot::access::AccessRule;

/// What is asked for.
pub struct Wish<'r> {
    /// On this route.
    pub route: &'r Route,
    /// In this version.
    pub version: Option<&'r VersionName>,
    /// With this method.
    pub method: &'r Method,
    /// By whom.
    pub caller: &'r Caller,
    /// From where.
    pub client: IpAddr,
}

/// A rule that says no.
struct Denial {
    code: ErrorCode,
    /// The setting.
    rule: String,
    /// For the log.
    reason: String,
    /// Scopes that would have done.
    scopes: Vec<String>,
}

/// Asks what the key that was shown may be used for, and then all rules of the route that concern
/// the request.
pub fn authorise(wish: &Wish<'_>) -> Decided<()> {
    let rules = &wish.route.access;
    let granted = wish.caller.key.as_ref();
    let granted = granted.filter(|key| key.access != KeyAccess::All);
    let concerned = rules
        .iter()
        .filter(|rule| rule.concerns(wish.method, wish.version));
    let not_granted = granted.and_then(|key| not_granted(key, wish));
    let asked = concerned.clone().count() + usize::from(granted.is_some());
    match not_granted.or_else(|| concerned.clone().find_map(|rule| denial(rule, wish))) {
        Some(denial) => Decided {
            verdict: Verdict::Stopped,
            facts: Facts::NotAuthorised {
                code: denial.code,
                rule: denial.rule,
                reason: denial.reason,
            },
            result: Err(ProxyError::lacking(denial.code, &denial.scopes)),
        },
        None if rules.is_empty() && granted.is_none() => Decided {
            verdict: Verdict::NotConfigured,
            facts: Facts::Authorised { rules: 0 },
            result: Ok(()),
        },
        None => Decided {
            verdict: Verdict::Passed,
            facts: Facts::Authorised {
                rules: u32::try_from(asked).unwrap_or(u32::MAX),
            },
            result: Ok(()),
        },
    }
}

/// Why the key that was shown may not be used for the request, if it may not (KEY-6).
fn not_granted(key: &ApiKey, wish: &Wish<'_>) -> Option<Denial> {
    let (route, method) = (&wish.route.name, wish.method.as_str());
    let why = key.access.check(route, wish.version, method).err()?;
    let (what, reason) = match (why, wish.version) {
        (NotGranted::Route, _) => ("routes", format!("on route `{route}`")),
        (NotGranted::Version, Some(version)) => (
            "versions",
            format!("for version `{version}` of route `{route}`"),
        ),
        (NotGranted::Version, None) => {
            let reason = format!("on route `{route}` without a version");
            ("versions", reason)
        }
        (NotGranted::Method, _) => ("methods", format!("for {method} on route `{route}`")),
    };
    Some(Denial {
        code: ErrorCode::Forbidden,
        rule: format!("{what} of key `{}`", key.name),
        reason: format!("the key `{}` may not be used {reason}", key.name),
        scopes: Vec::new(),
    })
}

/// Why a rule says no, if it does. Addresses come first: they need nobody to be known.
fn denial(rule: &AccessRule, wish: &Wish<'_>) -> Option<Denial> {
    let caller = wish.caller;
    let no = |code, field: &str, reason: String, scopes: &[String]| {
        Some(Denial {
            code,
            rule: format!("{}.{field}", rule.at),
            reason,
            scopes: scopes.to_vec(),
        })
    };
    let address = wish.client.to_canonical();
    if let Some(network) = rule.deny_ips.iter().find(|net| net.contains(&address)) {
        let reason = format!("the address {address} is in {network}, which may not call");
        return no(ErrorCode::Forbidden, "deny_ips", reason, &[]);
    }
    if !rule.allow_ips.is_empty() && !rule.allow_ips.iter().any(|net| net.contains(&address)) {
        let reason = format!("the address {address} is in no network that may call");
        return no(ErrorCode::Forbidden, "allow_ips", reason, &[]);
    }
    let who = caller.consumer.as_deref();
    if !rule.consumers.is_empty() && !rule.consumers.iter().any(|one| Some(one.as_str()) == who) {
        let reason = format!("{} is not among the consumers that may call", named(who));
        return no(ErrorCode::Forbidden, "consumers", reason, &[]);
    }
    if !rule.groups.is_empty() && !rule.groups.iter().any(|one| caller.groups.contains(one)) {
        let reason = format!(
            "{} is in none of the groups {}",
            named(who),
            list(&rule.groups)
        );
        return no(ErrorCode::Forbidden, "groups", reason, &[]);
    }
    let has = |scope: &&String| caller.scopes.contains(scope);
    if let Some(missing) = rule.scopes_all.iter().find(|scope| !has(scope)) {
        let reason = format!("{} lacks the scope `{missing}`", named(who));
        let code = ErrorCode::InsufficientScope;
        return no(code, "scopes_all", reason, &rule.scopes_all);
    }
    if !rule.scopes_any.is_empty() && !rule.scopes_any.iter().any(|scope| has(&scope)) {
        let reason = format!(
            "{} has none of the scopes {}",
            named(who),
            list(&rule.scopes_any)
        );
        let code = ErrorCode::InsufficientScope;
        return no(code, "scopes_any", reason, &rule.scopes_any);
    }
    None
}

fn named(consumer: Option<&str>) -> String {
    match consumer {
        Some(name) => format!("the consumer `{name}`"),
        None => "the caller, who showed nothing,".to_owned(),
    }
}

fn list(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
