//! Text that an expression matches, and paths that a route takes.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::export::gate::Route;
use crate::snapshot::matcher::paths::{End, PathForm, Segment};

/// Some text that all of `pattern` matches.
pub(super) fn text(pattern: &str) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut made = Vec::new();
    write(&hir, &mut made)?;
    String::from_utf8(made).ok()
}

fn write(hir: &Hir, made: &mut Vec<u8>) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => made.extend_from_slice(&literal.0),
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.ranges();
            // A letter or digit where there is one: nothing that a path has to encode.
            let plain = |c: char| c.is_ascii_alphanumeric();
            let found = ('0'..='z').filter(|c| plain(*c)).find(|c| {
                ranges
                    .iter()
                    .any(|range| (range.start()..=range.end()).contains(c))
            });
            let c = found.or_else(|| ranges.first().map(|range| range.start()))?;
            made.extend_from_slice(c.to_string().as_bytes());
        }
        HirKind::Class(Class::Bytes(class)) => made.push(class.ranges().first()?.start()),
        HirKind::Repetition(repetition) => {
            for _ in 0..repetition.min.max(u32::from(repetition.max != Some(0))) {
                write(&repetition.sub, made)?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, made)?,
        HirKind::Concat(all) => {
            for one in all {
                write(one, made)?;
            }
        }
        HirKind::Alternation(all) => write(all.first()?, made)?,
    }
    Some(())
}

/// A path that a route takes, without a version before it.
pub(super) fn path(route: &Route<'_>) -> String {
    match &route.compiled.path.form {
        PathForm::Exact(exact) => encoded(exact),
        PathForm::Regex(_) => {
            text(&route.config.matches.path).map_or_else(|| "/".to_owned(), |path| encoded(&path))
        }
        PathForm::Segments(segments, end) => {
            let mut path = String::new();
            for segment in segments {
                path.push('/');
                match segment {
                    Segment::Literal(name) => path.push_str(&encoded(name)),
                    Segment::Parameter(_) => path.push('7'),
                }
            }
            match end {
                End::Here | End::Anything if path.is_empty() => path.push('/'),
                End::Here | End::Anything => {}
                End::Parameter(_) => path.push_str("/some/rest"),
            }
            path
        }
    }
}

fn encoded(text: &str) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const ODD: &AsciiSet = &CONTROLS.add(b' ');
    utf8_percent_encode(text, ODD).to_string()
}
