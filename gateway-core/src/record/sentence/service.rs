//! Answers of a service, or that it gave none.

use super::{About, milliseconds};
use crate::proxy::error::ErrorCode;
use crate::record::decision::{Facts, Try};
use crate::record::detail::Kept;
use crate::record::summary::{Ending, ExchangeSummary, StreamKind};

impl About<'_> {
    /// `None`: none was to be asked.
    pub(super) fn answered_by_service(&self, facts: &Facts) -> Option<String> {
        Some(match facts {
            Facts::Forwarded {
                service,
                tries,
                code: Some(_),
                reason,
                held_ms,
                started_ms,
                not_retried,
            } => {
                let reason = reason.as_deref().unwrap_or("no reason is known");
                let what = match tries {
                    0 => format!("Not sent to service `{service}`"),
                    _ => format!("Service `{service}` gave no answer"),
                };
                let held = held(*held_ms, *started_ms).unwrap_or_default();
                let not_retried = not_retried.as_ref();
                let end =
                    not_retried.map_or(String::new(), |why| format!(" Not tried again: {why}."));
                format!("{what}{held}: {}.{end}", reason.trim_end_matches('.'))
            }
            Facts::Forwarded {
                service,
                held_ms,
                started_ms,
                ..
            } => {
                let how = held(*held_ms, *started_ms).or_else(|| retried(&self.kept.attempts));
                let how = how.unwrap_or_default();
                answered(self.summary, self.kept, service.as_str(), &how)
            }
            Facts::WouldForward { service, url, .. } => {
                let route = &self.route;
                match url {
                    Some(url) => format!("Would be sent{route} to service `{service}`: {url}."),
                    None => format!("Would be sent{route} to service `{service}`."),
                }
            }
            _ => return None,
        })
    }
}

/// That a request had to wait for a target to listen, or for its program to be started.
fn held(held_ms: Option<u64>, started_ms: Option<u64>) -> Option<String> {
    let waited = milliseconds(held_ms? * 1_000);
    Some(match started_ms {
        Some(ms) => {
            let took = milliseconds(ms * 1_000);
            format!(", after waiting {waited} for its program, which was started in {took}")
        }
        None => format!(", after waiting {waited} for it to listen"),
    })
}

/// That a request was tried before, and what came of that the last time.
fn retried(tries: &[Try]) -> Option<String> {
    let (_, before) = tries.split_last()?;
    let failed = before.last()?;
    let why = match (failed.code, failed.status) {
        (Some(code), _) => code.as_str().to_owned(),
        (None, Some(status)) => format!("status {status}"),
        (None, None) => return None,
    };
    let number = tries.len();
    Some(format!(
        ", at try {number}; the one before ended with {why} at {}",
        failed.target
    ))
}

fn answered(summary: &ExchangeSummary, kept: &Kept, service: &str, how: &str) -> String {
    let target = summary.target.as_deref().unwrap_or_default();
    let time = milliseconds(summary.duration_us);
    let status = summary.status;
    if status == 101 {
        return switched(summary, service, target, &time);
    }
    match summary.ending {
        Ending::Complete => {
            format!("Answered by service `{service}` ({target}) with {status} in {time}{how}.")
        }
        Ending::Running => {
            format!("Service `{service}` ({target}) is answering with {status}, for {time} so far.")
        }
        Ending::CutOff
            if kept.attempts.last().and_then(|last| last.code) == Some(ErrorCode::KeyRevoked) =>
        {
            format!(
                "Service `{service}` ({target}) answered with {status}; the gateway ended that \
                 after {} bytes, because the API key was revoked.",
                summary.response_bytes
            )
        }
        Ending::CutOff
            if kept.attempts.last().and_then(|last| last.code)
                == Some(ErrorCode::FaultInjected) =>
        {
            format!(
                "Service `{service}` ({target}) answered with {status}; a fault that is switched on \
                 broke that off after {} bytes.",
                summary.response_bytes
            )
        }
        Ending::CutOff => {
            let why = kept.attempts.last().and_then(|last| last.reason.as_deref());
            format!(
                "Service `{service}` ({target}) answered with {status}, but broke off after {} \
                 bytes{}.",
                summary.response_bytes,
                why.map_or(String::new(), |why| format!(
                    ": {}",
                    why.trim_end_matches('.')
                )),
            )
        }
        Ending::ClientClosed => format!(
            "Service `{service}` ({target}) answered with {status}; the caller left after {} bytes.",
            summary.response_bytes
        ),
    }
}

fn switched(summary: &ExchangeSummary, service: &str, target: &str, time: &str) -> String {
    let what = match summary.stream {
        Some(StreamKind::Websocket) => "a WebSocket",
        _ => "another protocol",
    };
    let how_long = match summary.ending {
        Ending::Running => format!("open for {time} so far"),
        Ending::Complete => format!("closed after {time}"),
        Ending::CutOff => format!("broken off after {time}, not by the caller"),
        Ending::ClientClosed => format!("left by the caller after {time}"),
    };
    format!("Switched by service `{service}` ({target}) to {what}, {how_long}.")
}
