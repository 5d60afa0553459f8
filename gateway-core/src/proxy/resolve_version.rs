//! Which version of the route does the caller want?

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use http::header::{COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

use super::answer::ambiguous;
use super::caller::Caller;
use super::error::{ErrorCode, ProxyError, VersionProblem};
use super::query::without_parameter;
use super::tracer::Tracer;
use super::what_if::is_masked;
use super::{accept_parameter, affinity};
use crate::config::Sticky;
use crate::ids::VersionName;
use crate::record::decision::{Facts, NamedBy, Stage, Verdict};
use crate::snapshot::Route;
use crate::snapshot::limits::calendar::Zone;
use crate::snapshot::matcher::Found;
use crate::snapshot::matcher::paths::split_first;
use crate::snapshot::rewrite::Paths;
use crate::snapshot::versions::{Scheme, Split, Unnamed, Version, Versions};

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

/// What the request calls the version it wants.
fn named<'r>(
    versions: &Versions,
    route: &Route,
    asking: &Asking<'r>,
) -> Result<Option<Cow<'r, str>>, ProxyError> {
    let head = asking.head;
    match &versions.scheme {
        Scheme::FirstSegment => Ok(asking.found.version_segment.as_deref().map(Cow::Borrowed)),
        Scheme::AfterPrefix(pattern) => {
            let rest = after_prefix(route, asking.paths.normalised);
            let segment = rest.and_then(split_first).map(|(segment, _)| segment);
            Ok(segment
                .filter(|segment| pattern.is_match(segment))
                .map(Cow::Borrowed))
        }
        Scheme::Header(name) => one_of(
            head.headers
                .get_all(name)
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes().trim_ascii())),
            &format!("header `{name}`"),
        ),
        Scheme::Query(name) => one_of(
            pairs(head.uri.query().unwrap_or_default())
                .filter(|(found, _)| found == name)
                .map(|(_, value)| value),
            &format!("query parameter `{name}`"),
        ),
        Scheme::Accept(parameter) => {
            let accepted = accept_parameter::wanted(&head.headers, parameter, |value| {
                versions.by_value.contains_key(value)
            });
            Ok(accepted.map(Cow::Owned))
        }
        Scheme::Host(pattern) => {
            if versions.by_value.contains_key(asking.host) {
                return Ok(Some(Cow::Borrowed(asking.host)));
            }
            // The numbers of an address are no labels.
            if asking.host.parse::<Ipv4Addr>().is_ok() {
                return Ok(None);
            }
            let label = asking.host.split_once('.').map(|(label, _)| label);
            Ok(label
                .filter(|label| pattern.is_match(label))
                .map(Cow::Borrowed))
        }
    }
}

/// The only value; an empty one names nothing. Different ones at once are refused: which of them
/// counts would be a guess.
fn one_of<'r>(
    values: impl Iterator<Item = Cow<'r, str>>,
    what: &str,
) -> Result<Option<Cow<'r, str>>, ProxyError> {
    let mut values = values.filter(|value| !value.is_empty());
    let Some(first) = values.next() else {
        return Ok(None);
    };
    if values.any(|other| other != first) {
        let reason = format!("The version was named more than once, differently, in the {what}.");
        return Err(ProxyError::Request(ErrorCode::BadRequest, reason.into()));
    }
    Ok(Some(first))
}

fn pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    query.split('&').map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = |text| percent_decode_str(text).decode_utf8_lossy();
        (decoded(name), decoded(value))
    })
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

fn shared(split: &Split, asking: &Asking<'_>) -> Choice {
    let address = || asking.client.to_canonical().to_string();
    let key = asking.caller.key.as_ref();
    let staying = match split.sticky {
        Sticky::None => None,
        Sticky::Ip => Some(address()),
        Sticky::Key => Some(key.map_or_else(address, |key| key.id.to_string())),
        Sticky::Consumer => {
            let consumer = asking.caller.consumer.as_deref();
            Some(consumer.map_or_else(address, str::to_owned))
        }
        Sticky::Cookie => return by_cookie(split, asking),
    };
    let version = match staying {
        Some(staying) => split.of(staying.as_bytes()),
        None => turn(split, asking),
    };
    Choice {
        version,
        by: NamedBy::Split,
        cookie: None,
    }
}

fn turn(split: &Split, asking: &Asking<'_>) -> Arc<Version> {
    match asking.turn {
        Turn::Take => split.next(),
        Turn::Look => split.coming(),
        Turn::Then(version, _) => split
            .remembered(version.as_str())
            .unwrap_or_else(|| split.coming()),
    }
}

fn by_cookie(split: &Split, asking: &Asking<'_>) -> Choice {
    let mut cookies = asking.head.headers.get_all(COOKIE).iter();
    let remembered = match asking.turn {
        // The cookies of a request in the log are masked.
        Turn::Then(version, NamedBy::Cookie)
            if cookies.any(|cookie| is_masked(cookie.as_bytes())) =>
        {
            split.remembered(version.as_str())
        }
        Turn::Take | Turn::Look | Turn::Then(..) => {
            affinity::cookie(&asking.head.headers, &split.cookie)
                .and_then(|name| split.remembered(&name))
        }
    };
    if let Some(version) = remembered {
        return Choice {
            version,
            by: NamedBy::Cookie,
            cookie: None,
        };
    }
    let version = turn(split, asking);
    let cookie = format!(
        "{}={}; Path=/; HttpOnly; SameSite=Lax",
        split.cookie, version.name
    );
    Choice {
        cookie: HeaderValue::from_str(&cookie).ok(),
        by: NamedBy::Split,
        version,
    }
}

/// Takes away what only the gateway needs to know: what named the version where it is to be
/// stripped, and the gateway's own cookie.
pub fn strip_name(versions: &Versions, headers: &mut HeaderMap, query: &mut Option<String>) {
    if let Unnamed::Split(split) = &versions.unnamed
        && split.sticky == Sticky::Cookie
    {
        affinity::take_cookie(headers, &split.cookie);
    }
    if !versions.strip {
        return;
    }
    match &versions.scheme {
        Scheme::Header(name) => {
            headers.remove(name);
        }
        Scheme::Query(name) => {
            without_parameter(query, name);
        }
        Scheme::FirstSegment | Scheme::AfterPrefix(_) | Scheme::Accept(_) | Scheme::Host(_) => {}
    }
}

/// The path that the route's own settings begin with, in both spellings, where it is another one
/// than was matched: without a version after the prefix.
///
/// # Errors
/// The path is spelt so that it is open where the version stands.
pub fn path_without_version(
    versions: &Versions,
    route: &Route,
    paths: Paths<'_>,
) -> Result<Option<(String, String)>, ProxyError> {
    if !versions.strip || !matches!(versions.scheme, Scheme::AfterPrefix(_)) {
        return Ok(None);
    }
    let unclear = || ambiguous("its version is spelt in an unusual way");
    let cut = |path: &str| -> Option<(String, String)> {
        let rest = after_prefix(route, path)?;
        let (segment, left) = split_first(rest)?;
        let prefix = &path[..path.len() - rest.len()];
        let whole = match left {
            "/" if !prefix.is_empty() && !rest[1..].contains('/') => prefix.to_owned(),
            left => format!("{prefix}{left}"),
        };
        Some((segment.to_owned(), whole))
    };
    let (segment, normalised) = cut(paths.normalised).ok_or_else(unclear)?;
    match cut(paths.raw) {
        Some((raw_segment, raw)) if raw_segment == segment => Ok(Some((raw, normalised))),
        _ => Err(unclear()),
    }
}

/// What follows the route's prefix, beginning with a slash.
fn after_prefix<'r>(route: &Route, path: &'r str) -> Option<&'r str> {
    path.strip_prefix(route.path.text.trim_end_matches('/'))
        .filter(|rest| rest.starts_with('/'))
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

fn scheme_name(scheme: &Scheme) -> NamedBy {
    match scheme {
        Scheme::FirstSegment | Scheme::AfterPrefix(_) => NamedBy::Path,
        Scheme::Header(_) => NamedBy::Header,
        Scheme::Query(_) => NamedBy::Query,
        Scheme::Accept(_) => NamedBy::Accept,
        Scheme::Host(_) => NamedBy::Host,
    }
}

fn problem(code: ErrorCode, detail: String, versions: &Versions) -> ProxyError {
    let values = versions.list.iter().map(|version| version.value.clone());
    ProxyError::Version(VersionProblem {
        code,
        detail,
        versions: values.collect(),
    })
}

fn unknown(versions: &Versions, asked: &str) -> ProxyError {
    let asked: String = asked.chars().take(64).collect();
    let detail = format!(
        "There is no version `{asked}`; there are {}.",
        listed(versions)
    );
    problem(ErrorCode::VersionUnknown, detail, versions)
}

fn required(versions: &Versions) -> ProxyError {
    let place = place(&versions.scheme);
    let detail = format!("Name a version {place}: {}.", listed(versions));
    problem(ErrorCode::VersionRequired, detail, versions)
}

/// Where callers name a version.
fn place(scheme: &Scheme) -> String {
    match scheme {
        Scheme::FirstSegment => "as the first segment of the path".to_owned(),
        Scheme::AfterPrefix(_) => "in the path, after the route's prefix".to_owned(),
        Scheme::Header(name) => format!("in the header `{name}`"),
        Scheme::Query(name) => format!("in the query parameter `{name}`"),
        Scheme::Accept(name) => format!("in `Accept`, as the parameter `{name}`"),
        Scheme::Host(_) => "as the first label of the host".to_owned(),
    }
}

fn gone(versions: &Versions, version: &Version) -> ProxyError {
    let advice = match &version.lifecycle.successor {
        Some(successor) => format!(" Use `{successor}`."),
        None => String::new(),
    };
    let since = version
        .lifecycle
        .gone_from_s
        .map_or(String::new(), |since_s| {
            let since_us = since_s.saturating_mul(1_000_000);
            format!(" since {}", Zone::utc().text_with_year(since_us))
        });
    let value = &version.value;
    let detail = format!("Version `{value}` has been switched off{since}.{advice}");
    problem(ErrorCode::VersionGone, detail, versions)
}

fn listed(versions: &Versions) -> String {
    let values: Vec<_> = versions
        .list
        .iter()
        .map(|version| format!("`{}`", version.value))
        .collect();
    values.join(", ")
}
