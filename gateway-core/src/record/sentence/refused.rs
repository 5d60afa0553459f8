//! Requests that were refused before a service was asked.

use super::{About, lower_first};
use crate::config::LimitMode;
use crate::proxy::error::{ErrorCode, whole_seconds};
use crate::record::decision::{ConcurrencyFact, Facts, LimitFact, QuotaFact};
use crate::snapshot::limits::calendar::Zone;

impl About<'_> {
    /// `None`: it was not.
    pub(super) fn refused(&self, facts: &Facts) -> Option<String> {
        let route = &self.route;
        Some(match facts {
            Facts::Cache(fact) => format!(
                "Refused{route}: the request takes only an answer that is kept (`only-if-cached`); {}.",
                fact.reason
            ),
            Facts::NotAccepted { reason, .. } => format!("Refused: {}", lower_first(reason)),
            Facts::NoRoute {
                code: ErrorCode::MethodNotAllowed,
                allowed_methods,
                ..
            } => format!(
                "Refused: a route takes `{}`, but only with {}.",
                self.summary.path,
                allowed_methods.join(", ")
            ),
            Facts::NoRoute { near_misses, .. } => match near_misses.first() {
                Some(near) => format!(
                    "No route takes this request. The nearest is `{}`: {}.",
                    near.route, near.reason
                ),
                None => "No route takes this request; there is no route yet.".to_owned(),
            },
            Facts::KeyRefused {
                code,
                name,
                ended_at_us,
                ..
            } => key_refused(*code, name.as_deref(), *ended_at_us, route),
            Facts::VersionRefused { reason, .. }
            | Facts::CallerRefused { reason, .. }
            | Facts::NotAuthorised { reason, .. } => {
                format!("Refused{route}: {}", lower_first(reason))
            }
            Facts::RefusedElsewhere { url, status } => {
                format!("Refused{route}: `{url}` was asked and answered {status}.")
            }
            Facts::Limits {
                limits,
                quotas,
                concurrency,
            } => limited(limits, quotas, concurrency, route),
            _ => return None,
        })
    }
}

fn key_refused(
    code: ErrorCode,
    name: Option<&str>,
    ended_at_us: Option<i64>,
    route: &str,
) -> String {
    let named = name.unwrap_or_default();
    let when = ended_at_us.map_or(String::new(), |at_us| {
        format!(" on {}", Zone::utc().text_with_year(at_us))
    });
    let what = match code {
        ErrorCode::KeyMissing => "no API key was sent, and one is needed".to_owned(),
        ErrorCode::KeyMalformed => {
            "what was sent as API key has the wrong form or checksum".to_owned()
        }
        ErrorCode::KeyRevoked => match when.as_str() {
            "" => format!("the API key `{named}` has been revoked"),
            when => format!("the API key `{named}` was revoked{when}"),
        },
        ErrorCode::KeyExpired => match when.as_str() {
            "" => format!("the API key `{named}` has expired"),
            when => format!("the API key `{named}` expired{when}"),
        },
        ErrorCode::KeyDuplicate => "several different API keys were sent".to_owned(),
        _ => "the API key was never issued here".to_owned(),
    };
    format!("Refused: {what}{route}.")
}

/// Each limit that stopped it, the numbers, and when that passes.
fn limited(
    limits: &[LimitFact],
    quotas: &[QuotaFact],
    concurrency: &[ConcurrencyFact],
    route: &str,
) -> String {
    let stops = |mode, admitted: bool| mode == LimitMode::Enforce && !admitted;
    let rates = limits.iter().filter(|fact| stops(fact.mode, fact.admitted));
    let rates = rates.map(|fact| {
        let LimitFact { name, burst, .. } = fact;
        let used = burst.saturating_sub(fact.remaining_before);
        let wait = whole_seconds(fact.retry_after_ms);
        format!("rate limit `{name}`{route}: {used} of {burst} used; room for one more in {wait} s")
    });
    let quotas = quotas.iter().filter(|fact| stops(fact.mode, fact.admitted));
    let quotas = quotas.map(|fact| {
        let QuotaFact {
            name,
            requests,
            used_before,
            ..
        } = fact;
        let anew = Zone::named(&fact.time_zone).unwrap_or(Zone::utc());
        let anew = anew.text(fact.resets_at_us);
        format!("quota `{name}`{route}: {used_before} of {requests} used; begins anew on {anew}")
    });
    let running = concurrency.iter();
    let running = running.filter(|fact| stops(fact.mode, fact.admitted));
    let running = running.map(|fact| {
        let ConcurrencyFact {
            name,
            requests,
            running_before,
            ..
        } = fact;
        format!(
            "limit on running requests `{name}`{route}: {running_before} of {requests} were \
             running; room for one more as soon as one of them ends"
        )
    });
    let all: Vec<_> = rates.chain(quotas).chain(running).collect();
    format!("Stopped by {}.", all.join(", and by "))
}
