//! Which version of the route does the caller want?

mod named;
mod refusals;
mod shared;

use std::net::IpAddr;
use std::sync::Arc;

use http::header::SET_COOKIE;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

use self::named::{named, place, scheme_name};
pub use self::named::{path_without_version, strip_name};
use self::refusals::{gone, required, unknown};
use self::shared::shared;
use super::caller::Caller;
use super::error::ProxyError;
use super::tracer::Tracer;
use crate::config::Sticky;
use crate::ids::VersionName;
use crate::record::decision::{Facts, NamedBy, Stage, Verdict};
use crate::snapshot::Route;
use crate::snapshot::matcher::Found;
use crate::snapshot::rewrite::Paths;
use crate::snapshot::versions::{Scheme, Unnamed, Version, Versions};

/// What a version is chosen by.
pub struct Asking<'r> {
    /// What was matched.
    pub found: &'r Found,
    /// The request.
    pub head: &'r Parts,
    /// Its path, without a version that stands first.
    pub paths: Paths<'r>,
    /// Host without port.
    pub host: &'r str,
    /// Who asks.
    pub caller: &'r Caller,
    /// Their address.
    pub client: IpAddr,
    /// Seconds since 1970-01-01 UTC.
    pub now_s: i64,
    /// What becomes of turns.
    pub turn: Turn<'r>,
}

/// What becomes of turns, where versions take them.
#[derive(Clone, Copy)]
pub enum Turn<'r> {
    /// One is taken.
    Take,
    /// Nothing is sent: what a caller would get is told, and nobody's turn is taken.
    Look,
    /// The same, but for a request that got this version before, by its turn or by a cookie.
    Then(&'r VersionName, NamedBy),
}

/// What was decided, for the trace, and the version.
pub struct Resolved {
    /// Whether the request goes on.
    pub verdict: Verdict,
    /// By what.
    pub facts: Facts,
    /// The version, known also where it is refused because it is gone.
    pub version: Option<Arc<Version>>,
    /// Whether the caller named one.
    pub named: bool,
    /// A cookie for the caller, to get the same version again.
    pub cookie: Option<HeaderValue>,
    /// Whether the request goes on, as an error to return.
    pub result: Result<(), ProxyError>,
}

/// How a version was chosen.
struct Choice {
    version: Arc<Version>,
    by: NamedBy,
    cookie: Option<HeaderValue>,
}

/// The version for a request, and whether the caller named it; `None` on a route without versions.
/// What was found out is written into `trace`, what a caller is told of versions on any answer into
/// `extra`.
///
/// # Errors
/// There is no such version, or it is gone.
pub(super) fn found(
    asking: &Asking<'_>,
    trace: &mut Tracer<'_>,
    extra: &mut HeaderMap,
) -> Result<Option<(Arc<Version>, bool)>, ProxyError> {
    let route = &asking.found.route;
    let Some(versions) = &route.versions else {
        return Ok(None);
    };
    let resolved = resolve_version(route, versions, asking);
    trace.note(Stage::Version, resolved.verdict, resolved.facts);
    if let Some(version) = &resolved.version {
        trace.exchange.version = Some(version.name.clone());
        describe(versions, version, extra);
    }
    resolved.result?;
    extra.extend(resolved.cookie.map(|cookie| (SET_COOKIE, cookie)));
    Ok(resolved.version.map(|version| (version, resolved.named)))
}

/// Finds the version for a request of a route that has versions.
pub fn resolve_version(route: &Route, versions: &Versions, asking: &Asking<'_>) -> Resolved {
    let asked = match named(versions, route, asking) {
        Ok(asked) => asked,
        Err(error) => return refused(None, None, error),
    };
    let choice = match &asked {
        Some(value) => match versions.by_value.get(value.as_ref()) {
            Some(version) => Choice {
                version: version.clone(),
                by: scheme_name(&versions.scheme),
                cookie: None,
            },
            None => {
                let error = unknown(versions, value);
                return refused(Some(value), None, error);
            }
        },
        None => match unnamed(versions, asking) {
            Some(choice) => choice,
            None => return refused(None, None, required(versions)),
        },
    };
    let version = &choice.version;
    if version
        .lifecycle
        .gone_from_s
        .is_some_and(|gone| asking.now_s >= gone)
    {
        let error = gone(versions, version);
        return refused(asked.as_deref(), Some(version.clone()), error);
    }
    Resolved {
        verdict: Verdict::Passed,
        facts: Facts::VersionChosen {
            version: version.name.clone(),
            by: choice.by,
        },
        named: asked.is_some(),
        version: Some(choice.version),
        cookie: choice.cookie,
        result: Ok(()),
    }
}

fn refused(asked: Option<&str>, version: Option<Arc<Version>>, error: ProxyError) -> Resolved {
    Resolved {
        verdict: Verdict::Stopped,
        facts: Facts::VersionRefused {
            code: error.code(),
            asked: asked.map(str::to_owned),
            reason: error.detail().into_owned(),
        },
        named: asked.is_some(),
        version,
        cookie: None,
        result: Err(error),
    }
}

fn unnamed(versions: &Versions, asking: &Asking<'_>) -> Option<Choice> {
    match &versions.unnamed {
        Unnamed::Refused => None,
        Unnamed::Default(version) => Some(Choice {
            version: version.clone(),
            by: NamedBy::Default,
            cookie: None,
        }),
        Unnamed::Split(split) => Some(shared(split, asking)),
    }
}

/// What is said of a version on each answer that comes from it, refusals too.
pub fn describe(versions: &Versions, version: &Version, headers: &mut HeaderMap) {
    for (name, value) in &version.lifecycle.headers {
        headers.append(name, value.clone());
    }
    if let Some(link) = successor_link(versions, version) {
        headers.append(HeaderName::from_static("link"), link);
    }
}

/// The successor, where its address differs from that of the request by the version alone and can be
/// said relative to it.
fn successor_link(versions: &Versions, version: &Version) -> Option<HeaderValue> {
    let successor = version.lifecycle.successor.as_deref()?;
    let target = match &versions.scheme {
        Scheme::FirstSegment => format!("/{successor}"),
        Scheme::Query(name) => format!("?{name}={successor}"),
        Scheme::Host(_) if successor.contains('.') => format!("//{successor}"),
        _ => return None,
    };
    HeaderValue::from_str(&format!("<{target}>; rel=\"successor-version\"")).ok()
}

/// How a request comes by its version, in words.
pub fn why(versions: &Versions, by: NamedBy) -> String {
    match (by, &versions.unnamed) {
        (NamedBy::Default, _) => "the default".to_owned(),
        (NamedBy::Split, Unnamed::Split(split)) => {
            let staying = match split.sticky {
                Sticky::None => "",
                Sticky::Key => "; it stays the same for an API key",
                Sticky::Consumer => "; it stays the same for a consumer",
                Sticky::Ip => "; it stays the same for an address",
                Sticky::Cookie => "; a cookie remembers it",
            };
            format!("share of the split: {}{staying}", split.told())
        }
        (NamedBy::Cookie, Unnamed::Split(split)) => {
            format!("remembered by the cookie `{}`", split.cookie)
        }
        _ => format!("named {}", place(&versions.scheme)),
    }
}
