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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::matcher::{Lookup, Matched};
    use crate::snapshot::tests::compiled;
    use crate::snapshot::{Backend, Snapshot, answer::OwnAnswer};

    fn snapshot(route: &str) -> Snapshot {
        compiled(&format!(
            "{{version: 1, services: [{{name: s, targets: [{{url: 'http://a'}}]}}],
              routes: [{{name: r, {route}}}]}}"
        ))
    }

    /// What becomes of a path: the one to send on, the place to go to, or why neither.
    fn made(route: &str, target: &str) -> Result<String, &'static str> {
        let snapshot = snapshot(route);
        let (raw, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let normalised = path::normalise(raw).unwrap();
        let found = match snapshot.matcher.find(&Lookup {
            host: "shop.localhost",
            path: &normalised,
            method: &http::Method::GET,
            headers: &http::HeaderMap::new(),
            query,
        }) {
            Matched::Route(found) => found,
            Matched::OtherMethods(_) | Matched::Nothing => panic!("no route takes `{target}`"),
        };
        let paths = Paths {
            raw,
            normalised: &normalised,
        };
        let paths = paths.of(&found)?;
        match &found.route.backend {
            Backend::Own(OwnAnswer::Redirect(redirect)) => {
                let address = Address {
                    host: "shop.localhost",
                    query,
                };
                redirect.to.location(&found.route, paths, address)
            }
            _ => {
                let change = &found.route.path_change;
                change.apply(&found.route, paths).map(Cow::into_owned)
            }
        }
    }

    #[test]
    fn a_path_is_rewritten_with_what_was_sent_as_it_was_sent() {
        let template = "service: s, match: {path: '/orders/{id}/{rest...}', path_kind: template}";
        let regex = r"service: s, match: {path: '/(?P<a>[^/]+)/(?P<b>[^/]+)(/(?P<c>x))?', path_kind: regex}";
        let prefix = "service: s, match: {path: /orders}";
        for (route, rewrite, asked, wanted) in [
            (template, "/v2/{rest}/{id}", "/orders/7/a/b", "/v2/a/b/7"),
            (template, "/v2/{id}", "/orders/a%20b%3F/x", "/v2/a%20b%3F"),
            (template, "/v2/{rest}", "/orders/7/a%2Fb", "/v2/a%2Fb"),
            (template, "/x{path}", "/orders/7/a", "/x/orders/7/a"),
            (template, "/{id}", "/%6frders/7/a", "/7"),
            (template, "/{id}", "/orders/caf%C3%A9/a", "/caf%C3%A9"),
            (regex, "/{b}/{a}", "/1/2", "/2/1"),
            (regex, "/{b}/{c}", "/1/2/x", "/2/x"),
            (regex, "/{b}/{c}", "/1/%32", "/%32/"),
            (prefix, "/{rest}", "/orders", "/"),
            (prefix, "/v2/{rest}", "/orders/7/", "/v2/7/"),
            (prefix, "/fixed", "/orders/7", "/fixed"),
        ] {
            let route = format!("{route}, rewrite: '{rewrite}'");
            assert_eq!(
                made(&route, asked).as_deref(),
                Ok(wanted),
                "{rewrite} {asked}"
            );
        }
    }

    #[test]
    fn a_path_that_could_be_cut_in_two_ways_is_not_rewritten() {
        let template =
            "service: s, rewrite: '/{id}', match: {path: '/orders/{id}', path_kind: template}";
        let prefix = "service: s, rewrite: '/{rest}', match: {path: /orders}";
        let dots = r"service: s, rewrite: '/{a}{b}', match: {path: '/(?P<a>\.)x(?P<b>\.)', path_kind: regex}";
        for (route, asked) in [
            (template, "/orders//7"),
            (template, "/orders/7;v=1"),
            (prefix, "/%6frders/7"),
            (dots, "/.x."),
        ] {
            let made = made(route, asked);
            assert!(made.is_err(), "{asked}: {made:?}");
        }
    }

    #[test]
    fn a_version_before_the_path_is_no_part_of_it() {
        let route = "service: s, rewrite: '/new/{rest}', match: {path: /orders},
            versions: {by: path, list: [{name: v1}]}";
        assert_eq!(made(route, "/v1/orders/7").as_deref(), Ok("/new/7"));
        assert_eq!(made(route, "/orders/7").as_deref(), Ok("/new/7"));
        assert!(made(route, "/%761/orders/7").is_err());
        assert!(made(route, "//v1/orders/7").is_err());
    }

    #[test]
    fn prefixes_outside_ascii_can_be_stripped() {
        let route = "service: s, strip_prefix: true, match: {path: /café}";
        assert_eq!(made(route, "/caf%C3%A9/7").as_deref(), Ok("/7"));
    }

    #[test]
    fn a_redirect_says_where_and_never_to_whom_the_caller_likes() {
        let prefix = |to: &str| format!("redirect: {{to: '{to}'}}, match: {{path: /old}}");
        let all = |to: &str| format!("redirect: {{to: '{to}'}}");
        for (route, asked, wanted) in [
            (prefix("/new/{rest}"), "/old/7", "/new/7"),
            (
                prefix("/new/{rest}?{query}"),
                "/old/7?a=1&b",
                "/new/7?a=1&b",
            ),
            (prefix("/new/{rest}?{query}"), "/old/7", "/new/7"),
            (prefix("/new?x=1&{query}"), "/old", "/new?x=1"),
            (
                prefix("/find?q={rest}"),
                "/old/a&b=c+d",
                "/find?q=a%26b%3Dc%2Bd",
            ),
            (
                all("https://{host}{path}"),
                "/a?b",
                "https://shop.localhost/a",
            ),
            (
                all("https://{host}:8443{path}"),
                "//evil.com",
                "https://shop.localhost:8443//evil.com",
            ),
            (all("{path}/"), "//evil.com", "/evil.com/"),
            (prefix("/{rest}"), "/old//evil.com", "/evil.com"),
            (
                all("https://x.localhost/#{path}"),
                "/a",
                "https://x.localhost/#/a",
            ),
        ] {
            assert_eq!(
                made(&route, asked).as_deref(),
                Ok(wanted),
                "{route} {asked}"
            );
        }
    }
}
