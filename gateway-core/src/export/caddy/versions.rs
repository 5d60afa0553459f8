//! Which version of a route a request is for.

use serde_json::json;

use super::matching::QUERY;
use super::numbers::{STEPS, less_than};
use super::steps::{Step, When, set};
use super::words::{literal, whole};
use crate::config::Sticky;
use crate::export::gate::Route;
use crate::export::paths::version_segment;
use crate::export::patterns::{self, Capture, Spelling, any_spelling, escaped};
use crate::snapshot::matcher::paths::{End, PathForm};
use crate::snapshot::versions::{Scheme, Split, Unnamed, Version, Versions};

/// The steps that set `version`, refuse what names none there is, and tell callers of the version.
pub(super) fn steps(n: usize, route: &Route<'_>, versions: &Versions) -> Vec<Step> {
    let at = format!("{}.versions", route.at);
    let mut steps = Vec::new();
    let named = Named::of(n, route, versions);
    for (version, when) in versions.list.iter().zip(named.by_version) {
        let found = When::var("version", &[""]).and(when);
        steps.push(
            Step::when(found)
                .about(&at)
                .then(set(&[("version", version.name.as_str())])),
        );
    }
    for when in named.unclear {
        steps.push(Step::when(when).about(&at).refuse(400));
    }
    let none = || When::var("version", &[""]);
    if let Some(other) = named.other {
        steps.push(Step::when(none().and(other)).about(&at).refuse(404));
    }
    match &versions.unnamed {
        Unnamed::Refused => steps.push(Step::when(none()).about(&at).refuse(400)),
        Unnamed::Default(version) => {
            let usual = set(&[("version", version.name.as_str())]);
            let at = format!("{at}.default");
            steps.push(Step::when(none()).about(at).then(usual));
        }
        Unnamed::Split(split) => steps.extend(draw(route, split, &at)),
    }
    for version in &versions.list {
        let only = || When::var("version", &[version.name.as_str()]);
        let told = told(versions, version);
        if !told.is_empty() {
            steps.push(Step::when(only()).about(format!("{at}.list")).then_all(
                told.into_iter().map(|(name, value)| {
                    json!({
                        "handler": "headers",
                        "response": { "deferred": true, "add": { name: [value] } },
                    })
                }),
            ));
        }
        if let Some(from) = version.lifecycle.gone_from_s {
            let over = When::expression(format!("int({{time.now.unix}}) >= {from}"));
            steps.push(Step::when(only().and(over)).refuse(410));
        }
    }
    steps
}

/// How versions are named.
#[derive(Default)]
struct Named {
    /// When each of them is.
    by_version: Vec<When>,
    /// When more than one is.
    unclear: Vec<When>,
    /// When something is named at all.
    other: Option<When>,
}

impl Named {
    fn of(n: usize, route: &Route<'_>, versions: &Versions) -> Self {
        let all = |name: &dyn Fn(&Version) -> When| {
            versions.list.iter().map(|version| name(version)).collect()
        };
        match &versions.scheme {
            Scheme::Header(header) => {
                let header = header.as_str();
                let joined = format!("{{http.request.header.{header}}}");
                Self {
                    by_version: all(&|one| When::header(header, whole(&escaped(&one.value)), "")),
                    // One that is sent twice is seen as a list.
                    unclear: vec![When::regex(&joined, ",", "")],
                    other: Some(When::header(header, ".", "")),
                }
            }
            Scheme::Query(parameter) => Self::of_query(parameter, versions),
            Scheme::FirstSegment => {
                let after = When::var("entry", &[&format!("r{n}v")]);
                Self {
                    by_version: all(&|one| {
                        let pattern = format!("\\A/{}(?:/|\\z)", escaped(&one.value));
                        after.clone().and(path(pattern))
                    }),
                    unclear: Vec::new(),
                    other: Some(after),
                }
            }
            Scheme::AfterPrefix(_) => {
                let prefix = prefix(route);
                let after = |rest: &str| path(format!("\\A{prefix}/(?:{rest})(?:/|\\z)"));
                Self {
                    by_version: all(&|one| after(&escaped(&one.value))),
                    unclear: Vec::new(),
                    other: Some(after(&version_segment(route))),
                }
            }
            Scheme::Accept(parameter) => {
                let parameter = escaped(parameter);
                Self {
                    by_version: all(&|one| {
                        let value = escaped(&one.value);
                        let pattern = format!(
                            ";\\s*(?i:{parameter})\\s*=\\s*(?:{value}|\\x22{value}\\x22)\\s*(?:[;,]|\\z)"
                        );
                        When::header("Accept", pattern, "")
                    }),
                    ..Self::default()
                }
            }
            Scheme::Host(_) => {
                let name = || When::regex("host", "\\A[0-9.]+\\z", "").not();
                Self {
                    by_version: all(&|one| {
                        let value = escaped(&one.value.to_ascii_lowercase());
                        let pattern = format!("\\A(?:{value}\\z|{value}\\x2e)");
                        name().and(When::regex("host", pattern, ""))
                    }),
                    unclear: Vec::new(),
                    other: Some(name().and(When::regex(
                        "host",
                        format!("\\A(?:{})\\x2e", version_segment(route)),
                        "",
                    ))),
                }
            }
        }
    }

    fn of_query(parameter: &str, versions: &Versions) -> Self {
        let spelt = any_spelling(parameter);
        let is = |one: &Version| {
            let value = any_spelling(&one.value);
            When::regex(QUERY, format!("(?:\\A|&){spelt}={value}(?:&|\\z)"), "")
        };
        let some = When::regex(QUERY, format!("(?:\\A|&){spelt}=[^&]"), "");
        let plain = !parameter.contains(['{', '}']);
        let joined = format!("{{http.request.uri.query.{parameter}}}");
        let unclear = versions.list.iter().filter(|_| plain).map(|one| {
            // All that are given, decoded, with commas between them.
            let value = escaped(&one.value);
            let only_this = When::regex(&joined, format!("\\A,*{value}(?:,+{value})*,*\\z"), "");
            is(one).and(only_this.not())
        });
        Self {
            by_version: versions.list.iter().map(|one| is(one)).collect(),
            unclear: unclear.collect(),
            other: Some(some),
        }
    }
}

fn path(pattern: String) -> When {
    When::matcher("path_regexp", json!({ "pattern": pattern }))
}

/// The prefix of a route, decoded.
fn prefix(route: &Route<'_>) -> String {
    match &route.compiled.path.form {
        PathForm::Segments(segments, End::Anything) => {
            let form = PathForm::Segments(segments.clone(), End::Here);
            let text = patterns::path(&form, Capture::Nothing, Spelling::Decoded);
            text.unwrap_or_default().trim_end_matches("/?").to_owned()
        }
        PathForm::Exact(_) | PathForm::Segments(..) | PathForm::Regex(_) => String::new(),
    }
}

/// Spreads those who name no version.
fn draw(route: &Route<'_>, split: &Split, at: &str) -> Vec<Step> {
    let weights = route.config.versions.iter().flat_map(|all| &all.split);
    let weights: Vec<_> = weights
        .flat_map(|split| &split.weights)
        .filter(|weight| weight.weight > 0)
        .collect();
    let total: u64 = weights.iter().map(|weight| u64::from(weight.weight)).sum();
    let mut steps = Vec::new();
    let by_cookie = split.sticky == Sticky::Cookie;
    if by_cookie {
        for weight in &weights {
            let name = weight.version.as_str();
            let kept = format!(
                "(?:\\A|;\\s*){}={}(?:;|\\z)",
                escaped(&split.cookie),
                escaped(name)
            );
            let when = When::var("version", &[""]).and(When::header("Cookie", kept, ""));
            steps.push(Step::when(when).then(set(&[("version", name)])));
        }
    }
    let mut below = 0;
    for weight in &weights {
        below += u64::from(weight.weight);
        let share = (below * STEPS + total / 2) / total.max(1);
        let name = weight.version.as_str();
        let when = When::var("version", &[""]);
        let pattern = format!("(?:{})\\z", less_than(share));
        let drawn = when.and(When::regex("{http.request.uuid}", pattern, ""));
        let mut step = Step::when(drawn)
            .one_of("draw")
            .about(format!("{at}.split"))
            .then(set(&[("version", name)]));
        if by_cookie {
            let cookie = format!(
                "{}={}; Path=/; HttpOnly; SameSite=Lax",
                literal(&split.cookie),
                name
            );
            step = step.then(json!({
                "handler": "headers",
                "response": { "deferred": true, "add": { "Set-Cookie": [cookie] } },
            }));
        }
        steps.push(step);
    }
    steps
}

/// What callers are told of a version on every answer.
fn told(versions: &Versions, version: &Version) -> Vec<(String, String)> {
    let mut told: Vec<_> = version
        .lifecycle
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), literal(&value))
        })
        .collect();
    let successor = version.lifecycle.successor.as_deref();
    let target = match (&versions.scheme, successor) {
        (Scheme::FirstSegment, Some(next)) => Some(format!("/{next}")),
        (Scheme::Query(name), Some(next)) => Some(format!("?{name}={next}")),
        (Scheme::Host(_), Some(next)) if next.contains('.') => Some(format!("//{next}")),
        _ => None,
    };
    if let Some(target) = target {
        let link = literal(&format!("<{target}>; rel=\"successor-version\""));
        told.push(("Link".to_owned(), link));
    }
    told
}
