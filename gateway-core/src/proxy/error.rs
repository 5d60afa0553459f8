//! Everything that can go wrong with a proxied request, and what it means to the caller.
//!
//! One enum; status, code and the rest are exhaustive matches, so a new way to fail does not
//! compile until each has been decided. The answer itself is built in [`super::problem`].

use std::borrow::Cow;

use http::StatusCode;

use crate::aggregate::merge::Refused;

pub use super::error_code::ErrorCode;

/// Why a request ended without the service's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ProxyError {
    /// The request itself is at fault; the text says how.
    Request(ErrorCode, Cow<'static, str>),
    /// No route takes the request.
    RouteNotFound,
    /// Some route takes the path with these methods.
    MethodNotAllowed(Vec<String>),
    /// No version of the route answers.
    Version(VersionProblem),
    /// There is no credential, or it is not good.
    Unauthenticated(Box<Unauthenticated>),
    /// It is known who is asking, and they may not do this.
    Forbidden(Box<Forbidden>),
    /// Limits that had no room; at least one.
    Limited(Vec<LimitHit>),
    /// The request could not be sent on or not answered; the text says how. It is for the log, and
    /// may name targets; only that of [`ErrorCode::UpstreamTimeout`] is also for callers.
    Upstream(ErrorCode, String),
    /// The service is not called at the moment.
    Unavailable {
        /// Why, as a stable code.
        code: ErrorCode,
        /// When it may be worth another try, in milliseconds.
        retry_after_ms: u64,
        /// Why, in one sentence, for the log.
        reason: String,
    },
    /// A fault that is switched on answers.
    Fault {
        /// With this status.
        status: StatusCode,
    },
    /// A fault that is switched on closes the connection.
    FaultReset,
    /// An answer made of several is not to be had.
    Aggregate(Box<Refused>),
    /// The program of the service does not run.
    Process(Box<ProcessProblem>),
    /// The body is longer than the gateway takes.
    BodyTooLarge {
        /// Most bytes that are taken.
        most: u64,
        /// How long it says it is, if it does.
        said: Option<u64>,
    },
}

/// Why the program of a service does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessProblem {
    /// Why, as a stable code.
    pub code: ErrorCode,
    /// When it may be worth another try, in milliseconds.
    pub retry_after_ms: u64,
    /// Why, in whole sentences.
    pub detail: String,
    /// What it wrote last on standard error, where it ended by itself.
    pub output: Vec<String>,
}

/// Why it is not known who is asking.
#[derive(Clone, Debug, PartialEq)]
pub struct Unauthenticated {
    /// Why, as a stable code.
    pub code: ErrorCode,
    /// Why, and what to do.
    pub detail: Cow<'static, str>,
    /// Ways to show who one is, each as `WWW-Authenticate` has it (RFC 9110, section 11.6.1).
    pub challenges: Vec<String>,
}

/// Why a caller may not do this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forbidden {
    /// Why, as a stable code.
    pub code: ErrorCode,
    /// Why, as far as callers are told.
    pub detail: Cow<'static, str>,
    /// Scopes that would have done, for `insufficient_scope`.
    pub scopes: Vec<String>,
}

/// Why no version of a route answers.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionProblem {
    /// Why, as a stable code.
    pub code: ErrorCode,
    /// Why, and what to do.
    pub detail: String,
    /// The versions there are, as callers write them.
    pub versions: Vec<String>,
}

/// A limit that had no room.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitHit {
    /// What kind of limit it is.
    pub kind: LimitKind,
    /// Name of the limit.
    pub name: String,
    /// Milliseconds until there is room for one request; 0 where that cannot be known.
    pub retry_after_ms: u64,
}

/// What kind of limit it is. Of several that had no room the last one here gives the answer its
/// code: it takes longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitKind {
    /// Too many run.
    Concurrency,
    /// Too many have come of late.
    Rate,
    /// Too many have come in a calendar period.
    Quota,
}

impl ProxyError {
    /// The caller may not do this; `detail` says what.
    pub fn forbidden(code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Forbidden(Box::new(Forbidden {
            code,
            detail: detail.into(),
            scopes: Vec::new(),
        }))
    }

    /// The caller may not do this, but with these scopes it might. Which rule said so is for the log.
    pub fn lacking(code: ErrorCode, scopes: &[String]) -> Self {
        let detail = match code {
            ErrorCode::InsufficientScope => {
                format!("This needs the scope {}.", scopes.join(" or "))
            }
            _ => "This caller may not call here.".to_owned(),
        };
        Self::Forbidden(Box::new(Forbidden {
            code,
            detail: detail.into(),
            scopes: scopes.to_vec(),
        }))
    }

    /// Why, as a stable code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Request(code, _) | Self::Upstream(code, _) => *code,
            Self::Unauthenticated(problem) => problem.code,
            Self::Forbidden(problem) => problem.code,
            Self::Unavailable { code, .. } => *code,
            Self::Process(problem) => problem.code,
            Self::Version(problem) => problem.code,
            Self::RouteNotFound => ErrorCode::RouteNotFound,
            Self::MethodNotAllowed(_) => ErrorCode::MethodNotAllowed,
            Self::Limited(hits) => limit_code(hits),
            Self::Aggregate(refused) => refused.code,
            Self::BodyTooLarge { .. } => ErrorCode::BodyTooLarge,
            Self::Fault { .. } => ErrorCode::FaultInjected,
            Self::FaultReset => ErrorCode::FaultReset,
        }
    }

    /// Status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Fault { status } => *status,
            other => other.code().status(),
        }
    }

    /// What this request's caller is told, in one sentence.
    pub fn detail(&self) -> Cow<'_, str> {
        match self {
            Self::Request(_, reason) => Cow::Borrowed(reason),
            Self::Version(problem) => Cow::Borrowed(&problem.detail),
            // Which timeout it was is the caller's to know (ERR-4); nothing of a target is.
            Self::Upstream(code @ ErrorCode::UpstreamTimeout, reason) => {
                Cow::Owned(format!("{} There was {reason}.", code.title()))
            }
            Self::Upstream(ErrorCode::UpstreamConnectTimeout, _) => Cow::Borrowed(
                "The service could not be connected to in time (`timeouts.connect_ms`).",
            ),
            Self::Upstream(code, _) => Cow::Borrowed(code.title()),
            Self::Fault { .. } => Cow::Borrowed(
                "This answer was made on purpose, to see what callers do; the service was not asked.",
            ),
            Self::FaultReset => Cow::Borrowed(ErrorCode::FaultReset.title()),
            Self::RouteNotFound => Cow::Borrowed("No route takes this host, path and method."),
            Self::MethodNotAllowed(methods) => {
                Cow::Owned(format!("This path takes {}.", methods.join(", ")))
            }
            Self::Unauthenticated(problem) => Cow::Borrowed(&problem.detail),
            Self::Forbidden(problem) => Cow::Borrowed(&problem.detail),
            Self::Aggregate(refused) => Cow::Borrowed(&refused.detail),
            Self::Limited(hits) => Cow::Owned(limit_sentence(hits)),
            Self::Unavailable {
                code,
                retry_after_ms,
                reason: _,
            } => {
                let wait = whole_seconds(*retry_after_ms);
                Cow::Owned(format!("{} Try again in {wait} s.", code.title()))
            }
            Self::Process(problem) => Cow::Borrowed(&problem.detail),
            Self::BodyTooLarge { most, said } => {
                let has = match said {
                    Some(said) => format!("this one has {said}"),
                    None => "more came".to_owned(),
                };
                Cow::Owned(format!(
                    "A request body may have at most {most} bytes; {has}."
                ))
            }
        }
    }
}

fn limit_code(hits: &[LimitHit]) -> ErrorCode {
    match hits.iter().map(|hit| hit.kind).max() {
        Some(LimitKind::Quota) => ErrorCode::QuotaExceeded,
        Some(LimitKind::Rate) | None => ErrorCode::RateLimited,
        Some(LimitKind::Concurrency) => ErrorCode::ConcurrencyExceeded,
    }
}

fn limit_sentence(hits: &[LimitHit]) -> String {
    let named = |kind| {
        let of_kind = hits.iter().filter(move |hit| hit.kind == kind);
        let names: Vec<_> = of_kind.map(|hit| format!("`{}`", hit.name)).collect();
        (!names.is_empty()).then(|| names.join(" and "))
    };
    let used_up = |what: &str, names: String| format!("{what} {names} is used up.");
    let sentences = [
        named(LimitKind::Rate).map(|names| used_up("Rate limit", names)),
        named(LimitKind::Quota).map(|names| used_up("Quota", names)),
        named(LimitKind::Concurrency)
            .map(|names| format!("As many requests are running as {names} allows.")),
    ];
    let sentences: Vec<_> = sentences.into_iter().flatten().collect();
    format!(
        "{} Try again in {} s.",
        sentences.join(" "),
        whole_seconds(limit_wait_ms(hits))
    )
}

/// Milliseconds until all limits have room for one more, as far as that can be known.
pub fn limit_wait_ms(hits: &[LimitHit]) -> u64 {
    let waits = hits.iter().map(|hit| hit.retry_after_ms);
    waits.max().unwrap_or_default()
}

/// Milliseconds as whole seconds, rounded up, at least one: what `Retry-After` carries.
pub fn whole_seconds(ms: u64) -> u64 {
    ms.div_ceil(1000).max(1)
}
