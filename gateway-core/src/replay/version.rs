//! The same request for another version: what names the version is changed as a caller would.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::ReplayRequest;
use crate::ids::VersionName;
use crate::proxy::query::without_parameter;
use crate::record::detail::HeaderLine;
use crate::snapshot::Route;
use crate::snapshot::versions::{Scheme, Versions};

/// Makes `request` one that asks `route` for this version.
///
/// # Errors
/// Why that cannot be said in a request, as a sentence.
pub fn name_version(
    route: &Route,
    version: &VersionName,
    request: &mut ReplayRequest,
) -> Result<(), String> {
    let versions = route.versions.as_ref();
    let versions = versions.ok_or_else(|| format!("Route `{}` has no versions.", route.name))?;
    let mut list = versions.list.iter();
    let Some(wanted) = list.find(|other| other.name == *version) else {
        return Err(format!(
            "Route `{}` has no version `{version}`.",
            route.name
        ));
    };
    let value = wanted.value.as_str();
    match &versions.scheme {
        Scheme::Header(name) => {
            request
                .headers
                .retain(|header| !header.name.eq_ignore_ascii_case(name.as_str()));
            request.headers.push(HeaderLine {
                name: name.to_string(),
                value: value.to_owned(),
            });
        }
        Scheme::Query(name) => {
            let (path, query) = split(&request.path);
            let mut query = query.map(str::to_owned);
            without_parameter(&mut query, name);
            let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let pair = format!("{}={}", encoded(name), encoded(value));
            request.path = match query {
                Some(others) => format!("{path}?{others}&{pair}"),
                None => format!("{path}?{pair}"),
            };
        }
        Scheme::Accept(parameter) => accept(request, parameter, value),
        Scheme::Host(pattern) => {
            let (host, port) = match request.host.rsplit_once(':') {
                Some((host, port)) if !port.contains(']') => (host, Some(port)),
                _ => (request.host.as_str(), None),
            };
            let is_version =
                |label: &str| versions.by_value.contains_key(label) || pattern.is_match(label);
            let host = match host.split_once('.') {
                // It names a whole host.
                _ if value.contains('.') => value.to_owned(),
                Some((label, rest)) if is_version(label) => format!("{value}.{rest}"),
                _ if host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('[') => {
                    let route = &route.name;
                    return Err(format!(
                        "Route `{route}` tells versions by the host, and `{host}` is an address; \
                         edit the host first."
                    ));
                }
                _ => format!("{value}.{host}"),
            };
            request.host = match port {
                Some(port) => format!("{host}:{port}"),
                None => host,
            };
        }
        Scheme::FirstSegment => {
            let looks_like_one = |segment: &str| {
                let known = versions.by_value.contains_key(segment);
                known
                    || route
                        .first_segment
                        .as_ref()
                        .is_some_and(|p| p.is_match(segment))
            };
            request.path = with_segment(&request.path, "", value, looks_like_one);
        }
        Scheme::AfterPrefix(pattern) => {
            let looks_like_one =
                |segment: &str| is_known(versions, segment) || pattern.is_match(segment);
            let prefix = route.path.text.trim_end_matches('/');
            if !request.path.starts_with(prefix) {
                return Err(format!("The path is not under `{prefix}`."));
            }
            request.path = with_segment(&request.path, prefix, value, looks_like_one);
        }
    }
    Ok(())
}

fn is_known(versions: &Versions, segment: &str) -> bool {
    versions.by_value.contains_key(segment)
}

fn split(target: &str) -> (&str, Option<&str>) {
    match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    }
}

/// `/prefix/v1/rest` → `/prefix/v2/rest`; put in where there is none.
fn with_segment(
    target: &str,
    prefix: &str,
    value: &str,
    is_version: impl Fn(&str) -> bool,
) -> String {
    let (path, query) = split(target);
    let rest = path.strip_prefix(prefix).unwrap_or(path);
    let inner = rest.strip_prefix('/').unwrap_or(rest);
    let (segment, after) = match inner.split_once('/') {
        Some((segment, after)) => (segment, Some(after)),
        None => (inner, None),
    };
    let left = match (is_version(segment), after) {
        (true, Some(after)) => format!("/{after}"),
        (true, None) => String::new(),
        (false, _) if inner.is_empty() && rest.is_empty() => String::new(),
        (false, _) => format!("/{inner}"),
    };
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    format!("{prefix}/{value}{left}{query}")
}

/// Each media range asks for the version.
fn accept(request: &mut ReplayRequest, parameter: &str, value: &str) {
    let with_version = |line: &str| {
        let ranges = line.split(',').map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or("*/*");
            let named = |part: &&str| {
                let name = part.split('=').next().unwrap_or_default().trim();
                !name.eq_ignore_ascii_case(parameter)
            };
            let others = parts.filter(named).map(|part| format!("; {part}"));
            format!("{kind}; {parameter}={value}{}", others.collect::<String>())
        });
        ranges.collect::<Vec<_>>().join(", ")
    };
    let mut found = false;
    for header in &mut request.headers {
        if header.name.eq_ignore_ascii_case("accept") {
            header.value = with_version(&header.value);
            found = true;
        }
    }
    if !found {
        request.headers.push(HeaderLine {
            name: "accept".to_owned(),
            value: with_version("*/*"),
        });
    }
}
