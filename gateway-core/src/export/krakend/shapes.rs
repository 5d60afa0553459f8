//! Paths as shapes: segments that are there, and segments that may be anything. Parameters are named
//! by their place, since two endpoints may not call the same place differently.

use crate::export::gate::{Entry, Gate, Route};
use crate::snapshot::matcher::paths::{End, PathForm, Segment};
use crate::snapshot::rewrite::{Part, PathChange, Template};
use crate::snapshot::versions::{Scheme, Unnamed, Version};

/// How many segments more a prefix takes.
const DEEPER: usize = 3;

/// A shape of a path, and what becomes of it.
#[derive(Clone)]
pub(super) struct Shape<'g> {
    /// `None` for a segment that may be anything.
    pub(super) segments: Vec<Option<String>>,
    /// The path to send on, without that of the target.
    pub(super) sent: String,
    pub(super) version: Option<&'g Version>,
}

impl Shape<'_> {
    /// As an endpoint has it.
    pub(super) fn endpoint(&self) -> String {
        written(&self.segments)
    }

    /// Whether it takes all that another one takes.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.segments.len() == other.segments.len()
            && self
                .segments
                .iter()
                .zip(&other.segments)
                .all(|(own, other)| own.is_none() || own == other)
    }
}

fn written(segments: &[Option<String>]) -> String {
    let segments = segments
        .iter()
        .enumerate()
        .map(|(n, segment)| match segment {
            Some(text) => text.clone(),
            None => parameter(n),
        });
    format!("/{}", segments.collect::<Vec<_>>().join("/"))
}

/// What a segment at a place that may be anything is called.
pub(super) fn parameter(place: usize) -> String {
    format!("{{p{}}}", place + 1)
}

/// Whether text may stand in an endpoint's path.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~!$'()+,;=@".contains(&b))
}

/// The shapes of an entry.
///
/// # Errors
/// Why its path cannot be said.
pub(super) fn of<'g>(gate: &'g Gate<'_>, entry: &Entry) -> Result<Vec<Shape<'g>>, &'static str> {
    let route = &gate.routes[entry.route];
    let (fixed, depth) = own(route)?;
    let Some(versions) = &route.compiled.versions else {
        return Ok(shapes(route, &fixed, depth, None, &[], 0));
    };
    let mut all = Vec::new();
    let named: Vec<_> = versions.list.iter().collect();
    let plain = named.iter().all(|version| is_plain(&version.value));
    match &versions.scheme {
        Scheme::FirstSegment if entry.after_version => {
            for version in named.iter().filter(|_| plain) {
                let before = [Some(version.value.clone())];
                all.extend(shapes(route, &fixed, depth, Some(version), &before, 0));
            }
            return Ok(all);
        }
        Scheme::AfterPrefix(_) => {
            for version in named.iter().filter(|_| plain) {
                let mut fixed = fixed.clone();
                fixed.push(Some(version.value.clone()));
                all.extend(shapes(route, &fixed, depth, Some(version), &[], 1));
            }
        }
        Scheme::FirstSegment
        | Scheme::Header(_)
        | Scheme::Query(_)
        | Scheme::Accept(_)
        | Scheme::Host(_) => {}
    }
    let default = match &versions.unnamed {
        Unnamed::Refused => return Ok(all),
        Unnamed::Default(version) => Some(&**version),
        Unnamed::Split(_) => {
            let weights = route.config.versions.iter().flat_map(|all| &all.split);
            let weights = weights.flat_map(|split| &split.weights);
            let most = weights.max_by_key(|weight| weight.weight);
            let mut list = versions.list.iter();
            let found = list.find(|one| Some(&one.name) == most.map(|weight| &weight.version));
            found.map(|version| &**version)
        }
    };
    all.extend(shapes(route, &fixed, depth, default, &[], 0));
    Ok(all)
}

/// The segments of a route's own path, and how many more it may have.
fn own(route: &Route<'_>) -> Result<(Vec<Option<String>>, usize), &'static str> {
    const ODD: &str = "a path with such characters cannot be written";
    match &route.compiled.path.form {
        PathForm::Regex(_) => Err("paths are no expressions there"),
        PathForm::Exact(text) => {
            let segments: Vec<_> = text.trim_start_matches('/').split('/').collect();
            match text == "/" || segments.iter().all(|segment| is_plain(segment)) {
                true if text == "/" => Ok((Vec::new(), 0)),
                true => Ok((
                    segments
                        .into_iter()
                        .map(|one| Some(one.to_owned()))
                        .collect(),
                    0,
                )),
                false => Err(ODD),
            }
        }
        PathForm::Segments(segments, end) => {
            let mut fixed = Vec::new();
            for segment in segments {
                fixed.push(match segment {
                    Segment::Literal(text) if is_plain(text) => Some(text.clone()),
                    Segment::Literal(_) => return Err(ODD),
                    Segment::Parameter(_) => None,
                });
            }
            let depth = match end {
                End::Here => 0,
                End::Anything => DEEPER,
                End::Parameter(_) => {
                    fixed.push(None);
                    DEEPER - 1
                }
            };
            Ok((fixed, depth))
        }
    }
}

/// The shapes of all depths. `before` stands before the path, and the last `after` segments of `fixed` are a
/// version after it.
fn shapes<'g>(
    route: &Route<'_>,
    fixed: &[Option<String>],
    depth: usize,
    version: Option<&'g Version>,
    before: &[Option<String>],
    after: usize,
) -> Vec<Shape<'g>> {
    let strip = route
        .compiled
        .versions
        .as_ref()
        .is_some_and(|versions| versions.strip);
    let change = version
        .and_then(|version| version.path_change.as_ref())
        .unwrap_or(&route.compiled.path_change);
    (0..=depth)
        .map(|more| {
            let mut segments = before.to_vec();
            segments.extend_from_slice(fixed);
            segments.extend(std::iter::repeat_n(None, more));
            let named: Vec<String> = segments
                .iter()
                .enumerate()
                .map(|(n, segment)| segment.clone().unwrap_or_else(|| parameter(n)))
                .collect();
            let prefix = before.len() + fixed.len() - after;
            let (lead, path) = named.split_at(before.len());
            // The path without the version, if that is taken away.
            let mut own: Vec<String> = path.to_vec();
            if after > 0 && strip {
                own.drain(fixed.len() - after..fixed.len());
            }
            let rest_at = prefix - before.len();
            let rest = own[rest_at.min(own.len())..].join("/");
            let kept = match strip || before.is_empty() {
                true => String::new(),
                false => format!("/{}", lead.join("/")),
            };
            let sent = match change {
                PathChange::Keep => format!("{kept}/{}", own.join("/")),
                PathChange::StripPrefix => format!("{kept}/{rest}"),
                PathChange::Rewrite(template) => {
                    format!("{kept}{}", filled(route, template, &own, &rest))
                }
            };
            Shape {
                segments,
                sent,
                version,
            }
        })
        .collect()
}

fn filled(route: &Route<'_>, template: &Template, own: &[String], rest: &str) -> String {
    let value = |name: &str| match &route.compiled.path.form {
        PathForm::Segments(segments, end) => {
            let at = segments
                .iter()
                .position(|segment| matches!(segment, Segment::Parameter(one) if one == name));
            match (at, end) {
                (Some(at), _) => own.get(at).cloned().unwrap_or_default(),
                (None, End::Parameter(last)) if last == name => {
                    own[segments.len().min(own.len())..].join("/")
                }
                (None, _) => String::new(),
            }
        }
        PathForm::Exact(_) | PathForm::Regex(_) => String::new(),
    };
    let mut made = String::new();
    for part in &template.0 {
        match part {
            Part::Literal(text) => made.push_str(text),
            Part::Path => {
                let path = own.join("/");
                made.push_str(&match made.ends_with('/') {
                    true => path,
                    false => format!("/{path}"),
                });
            }
            Part::Rest => made.push_str(rest),
            Part::Parameter(name) => made.push_str(&value(name)),
            Part::Host | Part::Query => {}
        }
    }
    made
}
