//! What the list says of a request besides its status, in a few words.

use super::decision::{Decision, Facts};
use super::parts::PartEnd;
use super::summary::Ending;
use crate::config::LimitMode;
use crate::proxy::error::ErrorCode;

/// What became of a request, in a few words; `None` where there is nothing to say.
pub(super) fn note(
    code: Option<ErrorCode>,
    ending: Ending,
    deciding: Option<&Decision>,
    tries: usize,
    faulty: bool,
) -> Option<String> {
    if let Some(Facts::Limits {
        limits,
        quotas,
        concurrency,
    }) = deciding.map(|decision| &decision.facts)
    {
        let stops = |mode: LimitMode, admitted: bool| mode == LimitMode::Enforce && !admitted;
        let rates = limits.iter().filter(|fact| stops(fact.mode, fact.admitted));
        let rates = rates.map(|fact| fact.name.as_str());
        let quotas = quotas.iter().filter(|fact| stops(fact.mode, fact.admitted));
        let quotas = quotas.map(|fact| fact.name.as_str());
        let running = concurrency.iter();
        let running = running.filter(|fact| stops(fact.mode, fact.admitted));
        let running = running.map(|fact| fact.name.as_str());
        let full: Vec<_> = rates.chain(quotas).chain(running).collect();
        return Some(full.join(", "));
    }
    if let (None, Ending::Complete, Some(Facts::Aggregated { parts, .. })) =
        (code, ending, deciding.map(|decision| &decision.facts))
    {
        let missing = parts.iter().filter(|part| part.end != PartEnd::Ok).count();
        return match missing {
            0 => None,
            1 => Some("1 part missing".to_owned()),
            n => Some(format!("{n} parts missing")),
        };
    }
    if let Some(Facts::OwnAnswer { location, .. }) = deciding.map(|decision| &decision.facts) {
        let note = match location {
            Some(_) => "redirect",
            None => "fixed answer",
        };
        return Some(note.to_owned());
    }
    if let Some(Facts::Faults { faults }) = deciding.map(|decision| &decision.facts)
        && faults.iter().any(|fault| fault.forced().is_some())
    {
        // With what and how often, the status and the detail say: there is room for this alone.
        return Some("forced by a person".to_owned());
    }
    if let Some(Facts::Mocked { rule, .. }) = deciding.map(|decision| &decision.facts) {
        return Some(format!("mock, rule {rule}"));
    }
    let note = match code {
        Some(code) => in_few_words(code),
        None => match ending {
            Ending::CutOff if faulty => "cut off on purpose",
            Ending::Running | Ending::Complete if faulty => "fault on purpose",
            Ending::CutOff => "cut off",
            Ending::ClientClosed => "caller left",
            Ending::Running | Ending::Complete if tries > 1 => "retried",
            Ending::Running | Ending::Complete => return None,
        },
    };
    Some(note.to_owned())
}

/// Why the gateway answered, as short as a column of the list is narrow.
fn in_few_words(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::BadRequest => "not valid HTTP",
        ErrorCode::AmbiguousPath => "unclear path",
        ErrorCode::MethodUnsupported => "method refused",
        ErrorCode::TransferCodingUnsupported => "coding refused",
        ErrorCode::HttpVersionUnsupported => "HTTP version",
        ErrorCode::UriTooLong => "URI too long",
        ErrorCode::HeadersTooLarge => "large headers",
        ErrorCode::BodyTooLarge => "large body",
        ErrorCode::RequestTimeout => "stopped coming",
        ErrorCode::MockHasNoRule => "no rule of mock",
        ErrorCode::MockFailed => "mock failed",
        ErrorCode::FaultInjected => "fault on purpose",
        ErrorCode::FaultReset => "reset on purpose",
        ErrorCode::TooManyConnections => "too many open",
        ErrorCode::RouteNotFound => "no route",
        ErrorCode::MethodNotAllowed => "no such method",
        ErrorCode::VersionUnknown => "no such version",
        ErrorCode::VersionRequired => "no version",
        ErrorCode::VersionGone => "version gone",
        ErrorCode::KeyMissing => "no key",
        ErrorCode::KeyMalformed | ErrorCode::KeyInvalid => "bad key",
        ErrorCode::KeyRevoked => "revoked key",
        ErrorCode::KeyDuplicate => "two keys",
        ErrorCode::KeyExpired => "expired key",
        ErrorCode::CredentialMissing => "no credential",
        ErrorCode::PasswordInvalid => "bad password",
        ErrorCode::TokenInvalid => "bad token",
        ErrorCode::IssuerUnavailable => "no issuer keys",
        ErrorCode::ForwardAuthFailed => "auth service",
        ErrorCode::ForwardAuthTimeout => "auth timeout",
        ErrorCode::InsufficientScope => "lacks a scope",
        ErrorCode::Forbidden => "forbidden",
        ErrorCode::CorsRefused => "CORS refused",
        ErrorCode::RateLimited => "limited",
        ErrorCode::QuotaExceeded => "over quota",
        ErrorCode::ConcurrencyExceeded => "too many run",
        ErrorCode::UpstreamRefused => "refused",
        ErrorCode::UpstreamUnresolved => "unknown host",
        ErrorCode::UpstreamReset => "reset",
        ErrorCode::UpstreamInvalid => "not HTTP",
        ErrorCode::UpstreamForbidden => "forbidden target",
        ErrorCode::UpstreamTls => "TLS failed",
        ErrorCode::NoHealthyUpstream => "none healthy",
        ErrorCode::CircuitOpen => "breaker open",
        ErrorCode::ServiceStarting => "service starting",
        ErrorCode::ServiceStopped => "service stopped",
        ErrorCode::CrashLoop => "crash loop",
        ErrorCode::ProcessNotApproved => "not approved",
        ErrorCode::UpstreamConnectTimeout | ErrorCode::UpstreamTimeout => "timeout",
        ErrorCode::PartFailed => "part failed",
        ErrorCode::PartTimeout => "part timeout",
        ErrorCode::PartNeedsValue => "value missing",
        ErrorCode::AggregateTooLarge => "answer too long",
        ErrorCode::NotCached => "nothing kept",
        ErrorCode::ClientClosed => "caller left",
        ErrorCode::Internal => "gateway fault",
    }
}
