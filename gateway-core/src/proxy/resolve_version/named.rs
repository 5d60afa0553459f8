//! The version that a request names: where, and how what named it is taken away again.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use http::HeaderMap;
use percent_encoding::percent_decode_str;

use super::Asking;
use crate::config::Sticky;
use crate::proxy::answer::ambiguous;
use crate::proxy::error::{ErrorCode, ProxyError};
use crate::proxy::query::without_parameter;
use crate::proxy::{accept_parameter, affinity};
use crate::record::decision::NamedBy;
use crate::snapshot::Route;
use crate::snapshot::matcher::paths::split_first;
use crate::snapshot::rewrite::Paths;
use crate::snapshot::versions::{Scheme, Unnamed, Versions};

/// What the request calls the version it wants.
pub(super) fn named<'r>(
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

/// What names it, where it is named so.
pub(super) fn scheme_name(scheme: &Scheme) -> NamedBy {
    match scheme {
        Scheme::FirstSegment | Scheme::AfterPrefix(_) => NamedBy::Path,
        Scheme::Header(_) => NamedBy::Header,
        Scheme::Query(_) => NamedBy::Query,
        Scheme::Accept(_) => NamedBy::Accept,
        Scheme::Host(_) => NamedBy::Host,
    }
}

/// Where callers name a version.
pub(super) fn place(scheme: &Scheme) -> String {
    match scheme {
        Scheme::FirstSegment => "as the first segment of the path".to_owned(),
        Scheme::AfterPrefix(_) => "in the path, after the route's prefix".to_owned(),
        Scheme::Header(name) => format!("in the header `{name}`"),
        Scheme::Query(name) => format!("in the query parameter `{name}`"),
        Scheme::Accept(name) => format!("in `Accept`, as the parameter `{name}`"),
        Scheme::Host(_) => "as the first label of the host".to_owned(),
    }
}
