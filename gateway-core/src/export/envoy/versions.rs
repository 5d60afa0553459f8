//! Which version of a route a request is for: a version of the route in Envoy for each that is named,
//! and one for requests that name none.

use serde_json::{Value, json};

use super::matching::{Match, fits, is};
use crate::config::Sticky;
use crate::export::gate::{Entry, Route};
use crate::export::paths::version_segment;
use crate::export::patterns::{self, Capture, Spelling, escaped};
use crate::snapshot::matcher::paths::{End, PathForm};
use crate::snapshot::versions::{Scheme, Unnamed, Version, Versions};

/// What becomes of some of the requests that an entry takes.
pub(super) enum Chosen<'v> {
    /// They go on with this version.
    Version {
        /// Which requests.
        matches: Match,
        /// The version; `None` where there are none.
        version: Option<&'v Version>,
        /// A cookie that the caller is told, so that it stays with the version.
        cookie: Option<String>,
    },
    /// They are refused.
    Refused {
        /// Which requests.
        matches: Match,
        /// The status.
        status: u16,
    },
}

/// What `callers.lua` has to find out about versions.
pub(super) fn wishes(route: &Route<'_>, wanted: &mut Value) {
    let Some(versions) = &route.compiled.versions else {
        return;
    };
    match &versions.scheme {
        Scheme::Header(name) => wanted["version_in_header"] = json!(name.as_str()),
        Scheme::Query(name) => wanted["version_in_query"] = json!(name),
        Scheme::Accept(name) => {
            let values: Vec<_> = versions.list.iter().map(|one| &one.value).collect();
            wanted["version_in_accept"] = json!(name);
            wanted["versions"] = json!(values);
        }
        Scheme::FirstSegment | Scheme::AfterPrefix(_) | Scheme::Host(_) => {}
    }
    if let Unnamed::Split(split) = &versions.unnamed {
        let shares: Vec<_> = shares(route)
            .map(|(name, weight)| json!({"version": name, "weight": weight}))
            .collect();
        wanted["split"] = json!({
            "shares": shares,
            "sticky": match split.sticky {
                Sticky::None => "none",
                Sticky::Key => "key",
                Sticky::Consumer => "consumer",
                Sticky::Ip => "ip",
                Sticky::Cookie => "cookie",
            },
            "cookie": split.cookie,
        });
    }
}

fn shares<'c>(route: &Route<'c>) -> impl Iterator<Item = (&'c str, u32)> {
    let versions: Option<&'c crate::config::Versions> = route.config.versions.as_ref();
    let split = versions.and_then(|all| all.split.as_ref());
    split
        .into_iter()
        .flat_map(|split| &split.weights)
        .filter(|weight| weight.weight > 0)
        .map(|weight| (weight.version.as_str(), weight.weight))
}

/// The versions of an entry, in the order in which they are asked.
pub(super) fn choices<'v>(route: &'v Route<'_>, entry: &Entry, base: &Match) -> Vec<Chosen<'v>> {
    let Some(versions) = &route.compiled.versions else {
        return vec![Chosen::Version {
            matches: base.clone(),
            version: None,
            cookie: None,
        }];
    };
    let mut choices = Vec::new();
    named(route, versions, entry, base, &mut choices);
    match &versions.unnamed {
        Unnamed::Refused => choices.push(Chosen::Refused {
            matches: base.clone(),
            status: 400,
        }),
        Unnamed::Default(version) => choices.push(Chosen::Version {
            matches: base.clone(),
            version: Some(version),
            cookie: None,
        }),
        Unnamed::Split(split) => {
            for (name, _) in shares(route) {
                let version = versions.list.iter().find(|one| one.name.as_str() == name);
                let cookie = (split.sticky == Sticky::Cookie)
                    .then(|| format!("{}={name}; Path=/; HttpOnly; SameSite=Lax", split.cookie));
                choices.push(Chosen::Version {
                    matches: base.and(is("drawn", name)),
                    version: version.map(std::ops::Deref::deref),
                    cookie,
                });
            }
            // Until one is drawn.
            choices.push(Chosen::Refused {
                matches: base.clone(),
                status: 400,
            });
        }
    }
    choices
}

/// Requests that name a version, or one that there is not.
fn named<'v>(
    route: &Route<'_>,
    versions: &'v Versions,
    entry: &Entry,
    base: &Match,
    choices: &mut Vec<Chosen<'v>>,
) {
    let mut name = |matches, version: &'v Version| {
        choices.push(Chosen::Version {
            matches,
            version: Some(version),
            cookie: None,
        });
    };
    let mut refused = Vec::new();
    match &versions.scheme {
        Scheme::Header(_) | Scheme::Query(_) | Scheme::Accept(_) => {
            for one in &versions.list {
                name(base.and(is("asked", &one.value)), one);
            }
            refused.push((base.and(fits("asked", ".+")), 404));
        }
        Scheme::FirstSegment if !entry.after_version => {}
        Scheme::FirstSegment => {
            for one in &versions.list {
                let pattern = format!("/{}(?:/.*)?", escaped(&one.value));
                name(base.and(fits("path", &pattern)), one);
            }
            refused.push((base.clone(), 404));
        }
        Scheme::AfterPrefix(_) => {
            let prefix = match &route.compiled.path.form {
                PathForm::Segments(segments, End::Anything) => {
                    let form = PathForm::Segments(segments.clone(), End::Here);
                    let text = patterns::path(&form, Capture::Nothing, Spelling::Decoded);
                    text.unwrap_or_default().trim_end_matches("/?").to_owned()
                }
                PathForm::Exact(_) | PathForm::Segments(..) | PathForm::Regex(_) => String::new(),
            };
            let after = |rest: &str| fits("path", &format!("{prefix}/(?:{rest})(?:/.*)?"));
            for one in &versions.list {
                name(base.and(after(&escaped(&one.value))), one);
            }
            refused.push((base.and(after(&version_segment(route))), 404));
        }
        Scheme::Host(_) => {
            for one in &versions.list {
                name(base.and(is("host", &one.value.to_ascii_lowercase())), one);
            }
            let label = |label: &str| {
                let base = base.and(super::matching::not(fits("host", "[0-9.]+")));
                base.and(fits("host", &format!("(?:{label})\\x2e.*")))
            };
            for one in &versions.list {
                name(label(&escaped(&one.value)), one);
            }
            refused.push((label(&version_segment(route)), 404));
        }
    }
    for (matches, status) in refused {
        choices.push(Chosen::Refused { matches, status });
    }
}
