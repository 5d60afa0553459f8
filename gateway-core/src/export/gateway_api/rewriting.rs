//! What becomes of a path on its way to a service.

use super::matching::raw;
use crate::export::gate::Route;
use crate::export::patterns::{self, Capture, Spelling};
use crate::snapshot::matcher::paths::{End, PathForm};
use crate::snapshot::rewrite::{Part, PathChange};

/// What comes before a route's path.
pub(super) struct Before {
    /// An expression for it.
    pub(super) pattern: String,
    /// Whether it stands behind the route's prefix.
    pub(super) after_prefix: bool,
    /// Whether it is taken away.
    pub(super) strip: bool,
}

/// An expression, and what comes in the place of all of the path that it matches; `None` where the
/// path stays as it is.
pub(super) fn rewritten(
    route: &Route<'_>,
    before: &Before,
    change: &PathChange,
    base: &str,
) -> Option<(String, String)> {
    let base = base.replace('\\', "\\\\");
    let text = route.compiled.path.text.trim_end_matches('/');
    let prefix = prefix(route);
    // What stands before what is changed, and what of it stays.
    let (lead, stays) = match (before.after_prefix, before.strip) {
        (false, true) => (before.pattern.clone(), String::new()),
        (false, false) if before.pattern.is_empty() => (String::new(), String::new()),
        (false, false) => (format!("({})", before.pattern), "\\1".to_owned()),
        (true, _) => (String::new(), String::new()),
    };
    let next = if stays.is_empty() { 1 } else { 2 };
    let whole = |pattern: String| format!("^{pattern}$");
    let escaped = |text: &str| text.replace('\\', "\\\\");
    if before.after_prefix && before.strip {
        let segment = &before.pattern;
        let rest = format!("{prefix}{segment}/?(.*)");
        return Some(match change {
            PathChange::Keep => (whole(rest), format!("{base}{}/\\1", escaped(text))),
            PathChange::StripPrefix => (whole(rest), format!("{base}/\\1")),
            PathChange::Rewrite(template) => {
                let made = template.0.iter().map(|part| match part {
                    Part::Literal(text) => escaped(text),
                    Part::Path => format!("{}/\\1", escaped(text)),
                    Part::Rest => "\\1".to_owned(),
                    Part::Parameter(_) | Part::Host | Part::Query => String::new(),
                });
                (whole(rest), format!("{base}{}", made.collect::<String>()))
            }
        });
    }
    match change {
        PathChange::Keep if base.is_empty() && (before.pattern.is_empty() || !before.strip) => None,
        PathChange::Keep => Some((
            whole(format!("{lead}/?(.*)")),
            format!("{base}{stays}/\\{next}"),
        )),
        PathChange::StripPrefix => Some((
            whole(format!("{lead}{prefix}/?(.*)")),
            format!("{base}{stays}/\\{next}"),
        )),
        PathChange::Rewrite(template) => {
            let inner = raw(route, Capture::Parameters);
            let names = patterns::captured(&route.compiled.path.form);
            let group = |name: &str| {
                let found = names.iter().position(|one| one.as_deref() == Some(name));
                found.map_or_else(String::new, |n| format!("\\{}", next + 1 + n))
            };
            let made = template.0.iter().map(|part| match part {
                Part::Literal(text) => escaped(text),
                Part::Path => format!("\\{next}"),
                Part::Rest => group("rest"),
                Part::Parameter(name) => group(name),
                Part::Host | Part::Query => String::new(),
            });
            let made: String = made.collect();
            Some((
                whole(format!("{lead}({inner})")),
                format!("{base}{stays}{made}"),
            ))
        }
    }
}

/// The prefix of a route as it is sent.
fn prefix(route: &Route<'_>) -> String {
    match &route.compiled.path.form {
        PathForm::Segments(segments, End::Anything) => {
            let form = PathForm::Segments(segments.clone(), End::Here);
            let text = patterns::path(&form, Capture::Nothing, Spelling::Raw).unwrap_or_default();
            text.trim_end_matches("/?").to_owned()
        }
        PathForm::Exact(_) | PathForm::Segments(..) | PathForm::Regex(_) => String::new(),
    }
}
