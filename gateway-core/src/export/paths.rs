//! What becomes of a request's path, as a list of expressions for the path as it was sent. The first
//! that matches counts; where none does, the path can be cut in more than one way and is refused.

use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::matcher::paths::{End, PathForm};
use crate::snapshot::rewrite::{Part, PathChange, Template};
use crate::snapshot::versions::Scheme;
use crate::snapshot::{self, Backend};

use super::gate::Route;
use super::patterns::{self, Capture, Spelling};

/// An expression for a raw path, and what comes in its place.
pub(super) struct Line {
    /// Whether it is for paths whose first segment was taken for a version.
    pub(super) after_version: bool,
    /// The versions it is for.
    pub(super) versions: Versions,
    /// The expression, for all of the path.
    pub(super) pattern: String,
    /// What comes in its place; nothing where the path is refused.
    pub(super) made: Vec<Piece>,
}

/// The versions that a line is for. Those with lines of their own have no other: what none of theirs
/// matches is refused, and not cut as the other versions' paths are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Versions {
    /// All but these, and requests without one.
    AllBut(Vec<String>),
    /// This one.
    Only(String),
}

impl Versions {
    fn all() -> Self {
        Self::AllBut(Vec::new())
    }
}

impl Line {
    /// Whether a path that it matches can be cut in more than one way.
    pub(super) fn is_refused(&self) -> bool {
        self.made.is_empty()
    }

    /// Whether it is for requests of this version.
    pub(super) fn is_for(&self, version: Option<&str>) -> bool {
        match &self.versions {
            Versions::AllBut(others) => {
                version.is_none_or(|version| others.iter().all(|other| other != version))
            }
            Versions::Only(only) => version == Some(only),
        }
    }
}

/// A piece of what comes in the place of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// These characters.
    Text(String),
    /// What the group of this number captured.
    Group(usize),
    /// The host without port.
    Host,
    /// The query after this character, which is left out where there is none.
    Query(Option<char>),
}

/// Paths to send on.
pub(super) fn forwarded(route: &Route<'_>) -> Vec<Line> {
    let compiled = &route.compiled;
    let mut lines = Vec::new();
    let mut own = Vec::new();
    for version in compiled.versions.iter().flat_map(|all| &all.list) {
        if let Some(change) = &version.path_change {
            let name = version.name.to_string();
            change_lines(route, &Versions::Only(name.clone()), change, &mut lines);
            own.push(name);
        }
    }
    let others = Versions::AllBut(own);
    change_lines(route, &others, &compiled.path_change, &mut lines);
    lines
}

/// Places that a redirect leads to.
pub(super) fn redirected(route: &Route<'_>) -> Vec<Line> {
    let Backend::Own(OwnAnswer::Redirect(redirect)) = &route.compiled.backend else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for after_version in [true, false] {
        if after_version && route.compiled.first_segment.is_none() {
            continue;
        }
        let context = Context::new(route, after_version);
        lines.push(context.filled(&Versions::all(), &redirect.to));
    }
    lines
}

fn change_lines(
    route: &Route<'_>,
    versions: &Versions,
    change: &PathChange,
    lines: &mut Vec<Line>,
) {
    let compiled = &route.compiled;
    if compiled.first_segment.is_some() {
        let context = Context::new(route, true);
        context.changed(versions, change, lines);
    }
    if let (Some(Scheme::AfterPrefix(_)), true) = (
        compiled.versions.as_ref().map(|versions| &versions.scheme),
        strips(compiled),
    ) {
        after_prefix(route, versions, change, lines);
    }
    Context::new(route, false).changed(versions, change, lines);
}

fn strips(route: &snapshot::Route) -> bool {
    route
        .versions
        .as_ref()
        .is_some_and(|versions| versions.strip)
}

struct Context<'r> {
    route: &'r snapshot::Route,
    after_version: bool,
    form: &'r PathForm,
    regex: Option<String>,
}

impl<'r> Context<'r> {
    fn new(route: &'r Route<'_>, after_version: bool) -> Self {
        let form = &route.compiled.path.form;
        let regex = match form {
            PathForm::Regex(_) => patterns::portable(&route.config.matches.path).ok(),
            PathForm::Exact(_) | PathForm::Segments(..) => None,
        };
        Self {
            route: &route.compiled,
            after_version,
            form,
            regex,
        }
    }

    /// Groups before those of the path.
    fn before(&self) -> usize {
        usize::from(self.after_version)
    }

    fn line(&self, versions: &Versions, rest: &str, made: Vec<Piece>) -> Line {
        let first = match self.after_version {
            true => "(/[^/;%]+)",
            false => "",
        };
        Line {
            after_version: self.after_version,
            versions: versions.clone(),
            pattern: format!("{first}{rest}"),
            made,
        }
    }

    /// The segment with the version, where it stays.
    fn segment(&self) -> Vec<Piece> {
        match self.after_version && !strips(self.route) {
            true => vec![Piece::Group(1)],
            false => Vec::new(),
        }
    }

    fn changed(&self, versions: &Versions, change: &PathChange, lines: &mut Vec<Line>) {
        let next = Piece::Group(self.before() + 1);
        let mut put = |rest: &str, piece: Piece| {
            let mut made = self.segment();
            made.push(piece);
            lines.push(self.line(versions, rest, made));
        };
        match change {
            PathChange::Rewrite(template) => lines.push(self.filled(versions, template)),
            PathChange::StripPrefix if self.route.path.text != "/" => {
                let prefix = raw_prefix(self.route);
                put(&format!("{prefix}(/.*)"), next);
                put(&prefix, Piece::Text("/".to_owned()));
            }
            PathChange::Keep | PathChange::StripPrefix => {
                put("(/.*)", next);
                if self.after_version {
                    put("", Piece::Text("/".to_owned()));
                }
            }
        }
    }

    fn filled(&self, versions: &Versions, template: &Template) -> Line {
        let needs = template.0.iter().any(|part| match part {
            Part::Rest | Part::Parameter(_) => true,
            Part::Literal(_) | Part::Path | Part::Host | Part::Query => false,
        });
        let inner = match (&self.regex, needs) {
            (_, false) => "/.*".to_owned(),
            (Some(regex), true) => format!("(?:{regex})"),
            (None, true) => patterns::path(self.form, Capture::Parameters, Spelling::Raw)
                .unwrap_or_else(|| "/.*".to_owned()),
        };
        let names = patterns::captured(self.form);
        let whole = self.before() + 1;
        let mut made: Vec<Piece> = Vec::new();
        for part in &template.0 {
            let piece = match part {
                Part::Literal(text) => Piece::Text(text.clone()),
                Part::Path => Piece::Group(whole),
                Part::Rest => group(&names, "rest", whole),
                Part::Parameter(name) => group(&names, name, whole),
                Part::Host => Piece::Host,
                Part::Query => {
                    let lead = match made.last_mut() {
                        Some(Piece::Text(text)) if text.ends_with(['?', '&']) => text.pop(),
                        _ => None,
                    };
                    Piece::Query(lead)
                }
            };
            made.push(piece);
        }
        self.line(versions, &format!("({inner})"), made)
    }
}

fn group(names: &[Option<String>], name: &str, whole: usize) -> Piece {
    match names.iter().position(|one| one.as_deref() == Some(name)) {
        Some(n) => Piece::Group(whole + 1 + n),
        None => Piece::Text(String::new()),
    }
}

/// The prefix of a route as it is sent.
fn raw_prefix(route: &snapshot::Route) -> String {
    match &route.path.form {
        PathForm::Segments(segments, End::Anything) => {
            let form = PathForm::Segments(segments.clone(), End::Here);
            let text = patterns::path(&form, Capture::Nothing, Spelling::Raw).unwrap_or_default();
            text.trim_end_matches("/?").to_owned()
        }
        PathForm::Exact(_) | PathForm::Segments(..) | PathForm::Regex(_) => String::new(),
    }
}

/// Paths in which the version stands after the prefix, from where it is taken away.
fn after_prefix(
    route: &Route<'_>,
    versions: &Versions,
    change: &PathChange,
    lines: &mut Vec<Line>,
) {
    let compiled = &route.compiled;
    let prefix = raw_prefix(compiled);
    let segment = version_segment(route);
    let text = compiled.path.text.trim_end_matches('/').to_owned();
    let mut put = |rest: &str, made: Vec<Piece>| {
        lines.push(Line {
            after_version: false,
            versions: versions.clone(),
            pattern: format!("{prefix}/(?:{segment}){rest}"),
            made,
        });
    };
    let or_slash = |text: String| {
        if text.is_empty() {
            "/".to_owned()
        } else {
            text
        }
    };
    match change {
        PathChange::Keep => {
            put("(/.+)", vec![Piece::Text(text.clone()), Piece::Group(1)]);
            put("/?", vec![Piece::Text(or_slash(text))]);
        }
        PathChange::StripPrefix => {
            put("(/.+)", vec![Piece::Group(1)]);
            put("/?", vec![Piece::Text("/".to_owned())]);
        }
        PathChange::Rewrite(template) => {
            for (rest, has_rest) in [("/+(.+)", true), ("/?", false)] {
                let mut made = Vec::new();
                for part in &template.0 {
                    match part {
                        Part::Literal(literal) => made.push(Piece::Text(literal.clone())),
                        Part::Path => {
                            made.push(Piece::Text(match has_rest {
                                true => format!("{text}/"),
                                false => or_slash(text.clone()),
                            }));
                            made.extend(has_rest.then_some(Piece::Group(1)));
                        }
                        Part::Rest => made.extend(has_rest.then_some(Piece::Group(1))),
                        Part::Parameter(_) | Part::Host | Part::Query => {}
                    }
                }
                put(rest, made);
            }
        }
    }
    // A version is named all the same, and does not end where it seems to.
    put(";.*", Vec::new());
}

/// What a segment or label looks like that names a version, without groups that capture.
pub(super) fn version_segment(route: &Route<'_>) -> String {
    const USUAL: &str = r"v[0-9]+(?:\x2e[0-9]+)*";
    let Some(versions) = &route.config.versions else {
        return USUAL.to_owned();
    };
    let shape = match &versions.pattern {
        Some(pattern) => {
            let text = patterns::portable(pattern).unwrap_or_else(|_| USUAL.to_owned());
            without_capture(&text)
        }
        None => USUAL.to_owned(),
    };
    let compiled = route.compiled.versions.iter().flat_map(|all| &all.list);
    let values = compiled.map(|version| patterns::escaped(&version.value));
    values.chain([shape]).collect::<Vec<_>>().join("|")
}

fn without_capture(pattern: &str) -> String {
    pattern.replace('(', "(?:").replace("(?:?:", "(?:")
}
