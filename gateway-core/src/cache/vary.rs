//! Which of several answers of one address a request gets (RFC 9111, section 4.1).

use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, ACCEPT_LANGUAGE, HeaderName, VARY};

use super::control::split_outside_quotes;

/// The values of the fields that an answer's `Vary` names, as the request had them.
pub type Selecting = Vec<(HeaderName, Option<Vec<u8>>)>;

/// What an answer's `Vary` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vary {
    /// It would not do for any other request.
    Always,
    /// It does for requests that have the same in these fields; perhaps in none.
    On(Vec<HeaderName>),
}

/// Reads `Vary`, however many lines it has. A name that is none makes it hold for no other request.
pub fn vary(headers: &HeaderMap) -> Vary {
    let mut names = Vec::new();
    for line in headers.get_all(VARY) {
        let Ok(line) = line.to_str() else {
            return Vary::Always;
        };
        for item in line
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
        {
            match item.parse() {
                Ok(name) if item != "*" => names.push(name),
                _ => return Vary::Always,
            }
        }
    }
    names.sort_unstable_by(|one: &HeaderName, other| one.as_str().cmp(other.as_str()));
    names.dedup();
    Vary::On(names)
}

/// A request's values of these fields.
pub fn selecting(names: &[HeaderName], request: &HeaderMap) -> Selecting {
    let values = names.iter();
    values
        .map(|name| (name.clone(), value_of(name, request)))
        .collect()
}

/// Whether a request has the same in all of these fields.
pub fn matches(selecting: &Selecting, request: &HeaderMap) -> bool {
    let mut all = selecting.iter();
    all.all(|(name, value)| value_of(name, request) == *value)
}

/// A request's value of a field, so written that what means the same is the same.
pub fn value_of(name: &HeaderName, request: &HeaderMap) -> Option<Vec<u8>> {
    let lines: Vec<_> = request.get_all(name).iter().collect();
    if lines.is_empty() {
        return None;
    }
    let joined = lines.iter().map(|line| line.as_bytes());
    let joined = joined.collect::<Vec<_>>().join(&b", "[..]);
    let text = match std::str::from_utf8(&joined) {
        Ok(text) if text.is_ascii() => text,
        _ => return Some(joined),
    };
    Some(match *name {
        ACCEPT_ENCODING => codings(text).into_bytes(),
        ACCEPT_LANGUAGE => {
            let items = items(text).map(|item| item.to_ascii_lowercase());
            let mut items: Vec<_> = items.collect();
            items.sort_unstable();
            items.join(",").into_bytes()
        }
        _ => items(text).collect::<Vec<_>>().join(",").into_bytes(),
    })
}

/// The items of a list, without the white space around them.
fn items(text: &str) -> impl Iterator<Item = &str> {
    split_outside_quotes(text)
        .map(|item| item.trim_matches([' ', '\t']))
        .filter(|item| !item.is_empty())
}

/// The codings that are taken, in the order of the alphabet, and those that are not though they
/// usually are. Which of several a caller likes best does not count: it takes any of them.
fn codings(text: &str) -> String {
    let mut taken = Vec::new();
    for item in items(text) {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let name = match name.as_str() {
            "x-gzip" => "gzip".to_owned(),
            _ => name,
        };
        let weight = parts.find_map(|part| {
            let (key, value) = part.split_once('=')?;
            key.trim().eq_ignore_ascii_case("q").then(|| value.trim())
        });
        let refused = weight.is_some_and(|weight| weight.parse::<f32>().is_ok_and(|q| q == 0.0));
        match (refused, name.as_str()) {
            (true, "identity" | "*") => taken.push(format!("{name};q=0")),
            // The same as not naming it.
            (true, _) | (false, "identity") => {}
            (false, _) => taken.push(name),
        }
    }
    taken.sort_unstable();
    taken.dedup();
    taken.join(",")
}

/// Tags by which answers are thrown away together: `Cache-Tag`, parted by commas, and
/// `Surrogate-Key`, parted by white space.
pub fn tags(headers: &HeaderMap) -> Vec<Box<str>> {
    let texts = |name: &str| -> Vec<String> {
        let lines = headers.get_all(name).iter();
        let texts = lines.filter_map(|line| line.to_str().ok());
        texts.map(str::to_owned).collect()
    };
    let by_comma = texts("cache-tag");
    let by_comma = by_comma.iter().flat_map(|text| text.split(','));
    let by_space = texts("surrogate-key");
    let by_space = by_space
        .iter()
        .flat_map(|text| text.split_ascii_whitespace());
    let all = by_comma.chain(by_space).map(str::trim);
    let mut tags: Vec<Box<str>> = all.filter(|tag| !tag.is_empty()).map(Into::into).collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    /// CA-1
    #[test]
    fn an_asterisk_anywhere_does_for_no_other_request() {
        for lines in [
            &[("vary", "*")][..],
            &[("vary", ", *")],
            &[("vary", "Foo, *")],
            &[("vary", ""), ("vary", "*")],
            &[("vary", "no name")],
        ] {
            assert_eq!(vary(&headers(lines)), Vary::Always, "{lines:?}");
        }
        let both = vary(&headers(&[("vary", "Foo,"), ("vary", "bar, foo")]));
        let names = ["bar", "foo"].map(HeaderName::from_static).to_vec();
        assert_eq!(both, Vary::On(names));
    }

    #[test]
    fn what_means_the_same_selects_the_same() {
        for (name, one, other, same) in [
            ("accept-encoding", "gzip, br", "br;q=0.8,  GZIP", true),
            ("accept-encoding", "gzip, br;q=0", "x-gzip", true),
            ("accept-encoding", "gzip", "gzip, identity;q=0", false),
            ("accept-encoding", "gzip", "br", false),
            ("accept-language", "en, de", "De , eN", true),
            ("accept-language", "en;q=0.5", "en", false),
            ("foo", "1, 2", " 1,2", true),
            ("foo", "1, 2", "2, 1", false),
            ("foo", "\"a, b\"", "\"a,b\"", false),
        ] {
            let of = |text| value_of(&HeaderName::from_static(name), &headers(&[(name, text)]));
            assert_eq!(of(one) == of(other), same, "{name}: {one} and {other}");
        }
        let foo = HeaderName::from_static("foo");
        let lines = headers(&[("foo", "1"), ("foo", "2")]);
        assert_eq!(value_of(&foo, &lines).unwrap(), b"1,2");
        assert_eq!(value_of(&foo, &HeaderMap::new()), None);
    }

    #[test]
    fn tags_are_read_from_both_fields() {
        let read = tags(&headers(&[("cache-tag", "a, b"), ("surrogate-key", "b c")]));
        assert_eq!(read, ["a", "b", "c"].map(Box::from));
    }
}
