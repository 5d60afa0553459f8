//! Paths that requests are sent on with, and places that callers are sent to.
//!
//! What is put into them is taken from the path as the caller sent it, percent-encoding and all, so
//! that nothing is decoded twice. Where that path could be cut in more than one way the request is
//! refused, and so is what would hold a dot segment once put together.

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::Route;
use super::matcher::Found;
use super::matcher::paths::{End, PathForm, split_first};
use super::path;

/// What becomes of a request's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathChange {
    /// It stays as it is.
    Keep,
    /// The route's prefix is taken away.
    StripPrefix,
    /// This takes its place.
    Rewrite(Template),
}

/// Text with places to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(pub Vec<Part>);

/// A piece of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// These characters.
    Literal(String),
    /// The whole path.
    Path,
    /// What follows a prefix, without the slash before it.
    Rest,
    /// A parameter of the route's path.
    Parameter(String),
    /// The caller's host without port.
    Host,
    /// The query, without `?`.
    Query,
}

/// A request's path in both of its spellings.
#[derive(Clone, Copy, Debug)]
pub struct Paths<'r> {
    /// As the caller sent it.
    pub raw: &'r str,
    /// As routes are matched against it.
    pub normalised: &'r str,
}

/// What a redirect may put into a place besides parts of the path.
#[derive(Clone, Copy, Debug)]
pub struct Address<'r> {
    /// The caller's host without port.
    pub host: &'r str,
    /// The query as sent.
    pub query: Option<&'r str>,
}

impl<'r> Paths<'r> {
    /// The paths that the route was found by: without the segment that was taken for a version.
    ///
    /// # Errors
    /// The segment is spelt in a way that leaves open where it ends.
    pub fn of(self, found: &Found) -> Result<Self, &'static str> {
        match found.version_segment {
            Some(_) => self.without_first_segment(),
            None => Ok(self),
        }
    }

    fn without_first_segment(self) -> Result<Self, &'static str> {
        let unclear = "its first segment is spelt in an unusual way";
        let (first, normalised) = split_first(self.normalised).ok_or("it has no first segment")?;
        let (raw_first, raw) = split_first(self.raw).ok_or(unclear)?;
        match raw_first == first {
            true => Ok(Self { raw, normalised }),
            false => Err(unclear),
        }
    }

    /// Where in the raw path each byte of the normalised one stands, and the raw path's length.
    /// `None` where the two differ by more than percent-encoding.
    fn offsets(self) -> Option<Cow<'r, [usize]>> {
        let raw = self.raw.as_bytes();
        let mut offsets = Vec::with_capacity(self.normalised.len() + 1);
        let mut at = 0;
        for byte in self.normalised.bytes() {
            let step = match raw.get(at)? {
                b'%' => {
                    let digits = std::str::from_utf8(raw.get(at + 1..at + 3)?).ok()?;
                    (u8::from_str_radix(digits, 16).ok()? == byte).then_some(3)?
                }
                plain => (*plain == byte).then_some(1)?,
            };
            offsets.push(at);
            at += step;
        }
        offsets.push(at);
        (at == raw.len()).then_some(Cow::Owned(offsets))
    }

    /// What stands in the raw path for a part of the normalised one.
    fn raw_part(self, range: Range<usize>) -> Result<&'r str, &'static str> {
        if self.raw == self.normalised {
            return Ok(&self.raw[range]);
        }
        let offsets = self
            .offsets()
            .ok_or("a parameter in it could be read in more than one way")?;
        Ok(&self.raw[offsets[range.start]..offsets[range.end]])
    }
}

impl PathChange {
    /// The path to send on, without that of the target's URL.
    ///
    /// # Errors
    /// Why the path cannot be cut or put together.
    pub fn apply<'r>(&self, route: &Route, paths: Paths<'r>) -> Result<Cow<'r, str>, &'static str> {
        match self {
            Self::Keep => Ok(Cow::Borrowed(paths.raw)),
            Self::StripPrefix => stripped(route, paths).map(Cow::Borrowed),
            Self::Rewrite(template) => {
                let path = template.fill(route, paths, None)?;
                path::normalise(&path)?;
                Ok(Cow::Owned(path))
            }
        }
    }
}

/// What of a URL is sent as it is; all else is percent-encoded. `%` is not among it: what is put in
/// is encoded already.
const NOT_IN_A_URL: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');

/// What would begin another parameter of a query.
const NOT_IN_A_VALUE: &AsciiSet = &NOT_IN_A_URL
    .add(b'&')
    .add(b'=')
    .add(b'+')
    .add(b';')
    .add(b'#');

impl Template {
    /// The place that a redirect sends a caller to.
    ///
    /// # Errors
    /// Why it cannot be put together.
    pub fn location(
        &self,
        route: &Route,
        paths: Paths<'_>,
        address: Address<'_>,
    ) -> Result<String, &'static str> {
        let filled = self.fill(route, paths, Some(address))?;
        let mut place = filled.as_str();
        if place.starts_with('/') {
            // `//` would be another host's name.
            while place.starts_with("//") {
                place = &place[1..];
            }
        }
        path::normalise(path_of(place))?;
        Ok(utf8_percent_encode(place, NOT_IN_A_URL).to_string())
    }

    fn fill(
        &self,
        route: &Route,
        paths: Paths<'_>,
        address: Option<Address<'_>>,
    ) -> Result<String, &'static str> {
        let mut text = String::with_capacity(paths.raw.len() + 32);
        let mut in_query = false;
        for part in &self.0 {
            let value = match part {
                Part::Literal(literal) => {
                    in_query |= literal.contains('?');
                    text.push_str(literal);
                    continue;
                }
                Part::Query => {
                    match address.and_then(|address| address.query) {
                        Some(query) => text.push_str(query),
                        None if text.ends_with(['?', '&']) => drop(text.pop()),
                        None => {}
                    }
                    continue;
                }
                Part::Host => address.map_or("", |address| address.host),
                Part::Path => paths.raw,
                Part::Rest => stripped(route, paths)?.trim_start_matches('/'),
                Part::Parameter(name) => match route.path.parameter(name, paths.normalised) {
                    Some(range) => paths.raw_part(range)?,
                    None => "",
                },
            };
            match in_query {
                true => text.extend(utf8_percent_encode(value, NOT_IN_A_VALUE)),
                false => text.push_str(value),
            }
        }
        Ok(text)
    }
}

/// The raw path without the route's prefix.
fn stripped<'r>(route: &Route, paths: Paths<'r>) -> Result<&'r str, &'static str> {
    match &route.path.form {
        PathForm::Segments(_, End::Anything) => {
            let prefix = utf8_percent_encode(&route.path.text, CONTROLS).to_string();
            path::strip(paths.raw, &prefix)
        }
        _ => Ok(paths.raw),
    }
}

/// The path of a URL or of a reference to one.
fn path_of(place: &str) -> &str {
    let end = place.find(['?', '#']).unwrap_or(place.len());
    let place = &place[..end];
    match place.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => place,
    }
}
