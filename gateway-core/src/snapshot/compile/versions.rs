//! The versions of a route, compiled.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderName, HeaderValue, Uri};
use regex::Regex;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::header_edits::compile_header_edits;
use super::limits::{LimitCompiler, Written};
use super::mocks::compile_mock;
use super::rewrites::compile_rewrite;
use crate::config::{self, Issue, PathKind, Sticky, VersionPlace, VersionScheme};
use crate::ids::{ServiceName, VersionName};
use crate::record::decision::LimitOwner;
use crate::snapshot::Service;
use crate::snapshot::matcher::paths::{PathPattern, whole};
use crate::snapshot::rewrite::PathChange;
use crate::snapshot::versions::{Lifecycle, Scheme, Split, Unnamed, Version, Versions};

/// What a version in a path or a host looks like, unless told otherwise.
pub(super) const USUAL: &str = r"v[0-9]+(\.[0-9]+)*";

/// What the versions of a route are compiled with.
pub(super) struct Around<'a> {
    /// The route.
    pub route: &'a config::Route,
    /// Where it stands, such as `routes[0]`.
    pub at: &'a str,
    /// Its path, if it is right.
    pub path: Option<&'a PathPattern>,
    /// All services.
    pub services: &'a HashMap<ServiceName, Arc<Service>>,
    /// The limits that its requests meet besides.
    pub limits: &'a Written<'a>,
}

/// The versions of a route, or `None` where it has none or they are wrong.
pub(super) fn compile_versions(
    around: &Around<'_>,
    limiting: &mut LimitCompiler<'_>,
    issues: &mut Vec<Issue>,
) -> Option<Versions> {
    let versions = around.route.versions.as_ref()?;
    let config::Versions {
        by: _,
        name: _,
        place: _,
        pattern: _,
        strip,
        default,
        split,
        list,
    } = versions;
    let at = format!("{}.versions", around.at);
    if list.is_empty() {
        issues.push(Issue::error(format!("{at}.list"), "add a version"));
    }
    let scheme = compile_scheme(versions, around, issues);
    let mut compiled = Vec::new();
    let mut by_value = HashMap::new();
    for (n, version) in list.iter().enumerate() {
        let at = format!("{at}.list[{n}]");
        if list[..n].iter().any(|other| other.name == version.name) {
            let message = format!("another version is named `{}` too", version.name);
            issues.push(Issue::error(format!("{at}.name"), message));
        }
        let one = Arc::new(compile_version(
            version, &at, list, around, limiting, issues,
        ));
        if by_value.insert(one.value.clone(), one.clone()).is_some() {
            let message = format!("another version is written `{}` too", one.value);
            issues.push(Issue::error(format!("{at}.value"), message));
        }
        compiled.push(one);
    }
    let find = |name: &VersionName| {
        compiled
            .iter()
            .find(|version| version.name == *name)
            .cloned()
    };
    let unknown = |name: &VersionName| format!("no version is named `{name}`");
    let unnamed = match (default, split) {
        (Some(_), Some(_)) => {
            let message = "either a default or a split: both say what callers get who name none";
            issues.push(Issue::error(format!("{at}.split"), message));
            Unnamed::Refused
        }
        (Some(name), None) => match find(name) {
            Some(version) => Unnamed::Default(version),
            None => {
                issues.push(Issue::error(format!("{at}.default"), unknown(name)));
                Unnamed::Refused
            }
        },
        (None, Some(split)) => {
            compile_split(split, &at, find, issues).map_or(Unnamed::Refused, Unnamed::Split)
        }
        (None, None) => Unnamed::Refused,
    };
    Some(Versions {
        scheme: scheme?,
        strip: *strip,
        unnamed,
        list: compiled,
        by_value,
    })
}

/// What a version in a path or a host looks like: `pattern`, or any of the values.
///
/// # Errors
/// The pattern is no regular expression.
pub(super) fn compile_pattern(versions: &config::Versions) -> Result<Regex, String> {
    let pattern = versions.pattern.as_deref().unwrap_or(USUAL);
    // Alone first: brackets that are open must not close ours.
    whole(pattern)?;
    let values = versions.list.iter().map(|version| {
        let value = version.value.as_deref().unwrap_or(version.name.as_str());
        regex::escape(value)
    });
    let any = values.fold(format!("(?:{pattern})"), |any, value| {
        format!("{any}|{value}")
    });
    let too_many = |_| "there are too many versions for one route".to_owned();
    Regex::new(&format!(r"\A(?:{any})\z")).map_err(too_many)
}

fn compile_scheme(
    versions: &config::Versions,
    around: &Around<'_>,
    issues: &mut Vec<Issue>,
) -> Option<Scheme> {
    let at = format!("{}.versions", around.at);
    let mut wrong = |field: &str, message: String| {
        issues.push(Issue::error(format!("{at}.{field}"), message));
        None
    };
    let name = versions.name.as_deref();
    match versions.by {
        VersionScheme::Path => {
            let pattern = match compile_pattern(versions) {
                Ok(pattern) => pattern,
                Err(message) => return wrong("pattern", message),
            };
            for (n, version) in versions.list.iter().enumerate() {
                let value = version.value.as_deref().unwrap_or(version.name.as_str());
                if value.is_empty() || value.contains(['/', '?', '#', '%']) {
                    return wrong(
                        &format!("list[{n}].value"),
                        format!("`{value}` is no segment of a path"),
                    );
                }
            }
            match versions.place {
                VersionPlace::First => Some(Scheme::FirstSegment),
                VersionPlace::AfterPrefix if around.route.matches.path_kind != PathKind::Prefix => {
                    wrong(
                        "place",
                        "`after_prefix` needs a route whose `match.path_kind` is `prefix`"
                            .to_owned(),
                    )
                }
                VersionPlace::AfterPrefix => Some(Scheme::AfterPrefix(pattern)),
            }
        }
        VersionScheme::Host => match compile_pattern(versions) {
            Ok(pattern) => Some(Scheme::Host(pattern)),
            Err(message) => wrong("pattern", message),
        },
        VersionScheme::Header => match name.unwrap_or("x-api-version").parse::<HeaderName>() {
            Ok(name) => Some(Scheme::Header(name)),
            Err(_) => wrong(
                "name",
                format!("`{}` is no name of a header", name.unwrap_or_default()),
            ),
        },
        VersionScheme::Query => match name.unwrap_or("version") {
            "" => wrong("name", "give the query parameter a name".to_owned()),
            name => Some(Scheme::Query(name.to_owned())),
        },
        VersionScheme::Accept => match name.unwrap_or("version") {
            name if is_token(name) => Some(Scheme::Accept(name.to_ascii_lowercase())),
            name => wrong("name", format!("`{name}` is no name of a parameter")),
        },
    }
}

fn compile_version(
    version: &config::Version,
    at: &str,
    all: &[config::Version],
    around: &Around<'_>,
    limiting: &mut LimitCompiler<'_>,
    issues: &mut Vec<Issue>,
) -> Version {
    let config::Version {
        name,
        value,
        service,
        mock,
        rewrite,
        request_headers,
        response_headers,
        rate_limits,
        quotas,
        concurrency,
        deprecated_at: _,
        sunset_at: _,
        enforce_sunset: _,
        deprecation_link: _,
        sunset_link: _,
        successor: _,
    } = version;
    let service = service.as_ref().and_then(|service| {
        let found = around.services.get(service).cloned();
        if found.is_none() {
            let message = format!("no service is named `{service}`");
            issues.push(Issue::error(format!("{at}.service"), message));
        }
        found
    });
    let path_change = rewrite.as_deref().and_then(|rewrite| {
        compile_rewrite(rewrite, around.path)
            .map(PathChange::Rewrite)
            .map_err(|message| issues.push(Issue::error(format!("{at}.rewrite"), message)))
            .ok()
    });
    let written = Written {
        owner: &LimitOwner::Version {
            route: around.route.name.clone(),
            version: name.clone(),
        },
        at,
        rates: rate_limits,
        quotas,
        concurrency,
        authentication: Some(&around.route.authentication),
    };
    Version {
        name: name.clone(),
        value: value.clone().unwrap_or_else(|| name.to_string()),
        service,
        mock: mock.as_ref().map(|mock| compile_mock(mock, at, issues)),
        path_change,
        request_headers: compile_header_edits(
            request_headers,
            &format!("{at}.request_headers"),
            issues,
        ),
        response_headers: compile_header_edits(
            response_headers,
            &format!("{at}.response_headers"),
            issues,
        ),
        limits: limiting.compile(&written, &[around.limits], issues),
        lifecycle: compile_lifecycle(version, at, all, issues),
    }
}

fn compile_lifecycle(
    version: &config::Version,
    at: &str,
    all: &[config::Version],
    issues: &mut Vec<Issue>,
) -> Lifecycle {
    let mut moment = |field: &str, text: Option<&String>| {
        let text = text?;
        let parsed = OffsetDateTime::parse(text, &Rfc3339);
        if parsed.is_err() {
            let message = format!("`{text}` is no moment; write it like `2026-12-01T00:00:00Z`");
            issues.push(Issue::error(format!("{at}.{field}"), message));
        }
        parsed.ok().map(OffsetDateTime::unix_timestamp)
    };
    let deprecated_s = moment("deprecated_at", version.deprecated_at.as_ref());
    let sunset_s = moment("sunset_at", version.sunset_at.as_ref());
    if let (Some(deprecated), Some(sunset)) = (deprecated_s, sunset_s)
        && sunset < deprecated
    {
        let message = "the sunset may not be before the deprecation (RFC 9745, section 4)";
        issues.push(Issue::error(format!("{at}.sunset_at"), message));
    }
    if version.enforce_sunset && version.sunset_at.is_none() {
        let message = "say when: `sunset_at` is missing";
        issues.push(Issue::error(format!("{at}.enforce_sunset"), message));
    }
    let mut headers = Vec::new();
    let mut add = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.push((HeaderName::from_static(name), value));
        }
    };
    if let Some(seconds) = deprecated_s {
        add("deprecation", format!("@{seconds}"));
    }
    if let Some(seconds) = sunset_s {
        let since = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        add("sunset", httpdate::fmt_http_date(UNIX_EPOCH + since));
    }
    for (field, link, relation) in [
        ("deprecation_link", &version.deprecation_link, "deprecation"),
        ("sunset_link", &version.sunset_link, "sunset"),
    ] {
        let Some(link) = link else { continue };
        if link.parse::<Uri>().is_err() || link.contains(['<', '>', '"']) {
            let message = format!("`{link}` is no URL");
            issues.push(Issue::error(format!("{at}.{field}"), message));
        }
        add("link", format!("<{link}>; rel=\"{relation}\""));
    }
    Lifecycle {
        headers,
        gone_from_s: sunset_s.filter(|_| version.enforce_sunset),
        successor: successor(version, at, all, issues),
    }
}

fn successor(
    version: &config::Version,
    at: &str,
    all: &[config::Version],
    issues: &mut Vec<Issue>,
) -> Option<String> {
    let name = version.successor.as_ref()?;
    let at = format!("{at}.successor");
    if *name == version.name {
        issues.push(Issue::error(at, "a version does not succeed itself"));
        return None;
    }
    let found = all.iter().find(|other| other.name == *name);
    if found.is_none() {
        issues.push(Issue::error(at, format!("no version is named `{name}`")));
    }
    found.map(|found| {
        found
            .value
            .clone()
            .unwrap_or_else(|| found.name.to_string())
    })
}

fn compile_split(
    split: &config::Split,
    at: &str,
    find: impl Fn(&VersionName) -> Option<Arc<Version>>,
    issues: &mut Vec<Issue>,
) -> Option<Split> {
    let config::Split {
        sticky,
        cookie,
        weights,
    } = split;
    let at = format!("{at}.split");
    let mut shares: Vec<(Arc<Version>, u32)> = Vec::new();
    for (n, config::VersionWeight { version, weight }) in weights.iter().enumerate() {
        let at = format!("{at}.weights[{n}].version");
        match find(version) {
            None => issues.push(Issue::error(at, format!("no version is named `{version}`"))),
            Some(found) if shares.iter().any(|(other, _)| other.name == found.name) => {
                issues.push(Issue::error(at, format!("`{version}` stands here twice")));
            }
            Some(found) => shares.push((found, *weight)),
        }
    }
    if shares.iter().all(|(_, weight)| *weight == 0) {
        let message = "one weight at least must be more than 0";
        issues.push(Issue::error(format!("{at}.weights"), message));
        return None;
    }
    let cookie = cookie.as_deref().unwrap_or("gatewright_version");
    if *sticky == Sticky::Cookie && !is_token(cookie) {
        let message = format!("`{cookie}` is no name of a cookie");
        issues.push(Issue::error(format!("{at}.cookie"), message));
    }
    Some(Split::new(*sticky, cookie.to_owned(), shares))
}

/// RFC 9110, section 5.6.2.
fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
