//! `Cache-Control`, as requests and answers have it (RFC 9111, section 5.2).

use http::HeaderMap;
use http::header::{CACHE_CONTROL, HeaderName, PRAGMA};

/// The directives of one message, in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives(Vec<Directive>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Directive {
    /// In lower case.
    name: String,
    /// Without quotes.
    value: Option<String>,
}

impl Directives {
    /// The directives of an answer.
    pub fn of_answer(headers: &HeaderMap) -> Self {
        Self::read(headers)
    }

    /// The directives of a request. `Pragma: no-cache` counts where there is no `Cache-Control`
    /// (section 5.4).
    pub fn of_request(headers: &HeaderMap) -> Self {
        let mut read = Self::read(headers);
        let pragma = || {
            let mut lines = headers.get_all(PRAGMA).iter();
            lines.any(|line| line.as_bytes().eq_ignore_ascii_case(b"no-cache"))
        };
        if !headers.contains_key(CACHE_CONTROL) && pragma() {
            read.0.push(Directive {
                name: "no-cache".to_owned(),
                value: None,
            });
        }
        read
    }

    fn read(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(CACHE_CONTROL).iter();
        let texts = lines.map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned());
        let all = texts.flat_map(|text| {
            let items = split_outside_quotes(&text);
            items.filter_map(directive).collect::<Vec<_>>()
        });
        Self(all.collect())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a directive is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|directive| directive.name == name)
    }

    /// Whether a directive is there that names no fields, and so is about the whole message.
    pub fn has_unqualified(&self, name: &str) -> bool {
        let mut all = self.0.iter().filter(|directive| directive.name == name);
        all.any(|directive| directive.value.is_none())
    }

    /// Seconds of a directive: of the first, where it stands there more than once. A value that is no
    /// number counts as 0, so that nothing stays fresh by a misreading (section 4.2.1).
    pub fn seconds(&self, name: &str) -> Option<u64> {
        let mut all = self.0.iter().filter(|directive| directive.name == name);
        let first = all.next()?;
        Some(first.value.as_deref().and_then(seconds).unwrap_or(0))
    }

    /// Whether a directive is there without a value: for `max-stale`, any staleness.
    pub fn is_bare(&self, name: &str) -> bool {
        let mut all = self.0.iter().filter(|directive| directive.name == name);
        all.next()
            .is_some_and(|directive| directive.value.is_none())
    }

    /// Fields that a directive such as `no-cache="set-cookie"` names.
    pub fn fields<'a>(&'a self, name: &'a str) -> impl Iterator<Item = HeaderName> + 'a {
        let all = self
            .0
            .iter()
            .filter(move |directive| directive.name == name);
        let values = all.filter_map(|directive| directive.value.as_deref());
        values
            .flat_map(|value| value.split(','))
            .filter_map(|field| field.trim().parse().ok())
    }
}

/// A number of seconds, as large as it may be.
fn seconds(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

fn directive(item: &str) -> Option<Directive> {
    let item = item.trim_matches([' ', '\t']);
    if item.is_empty() {
        return None;
    }
    let (name, value) = match item.split_once('=') {
        None => (item, None),
        Some((name, value)) => (name, Some(unquoted(value))),
    };
    Some(Directive {
        // A name with white space behind it keeps its value from being read, as one before a value.
        value: value.map(|value| match name.ends_with([' ', '\t']) {
            true => String::new(),
            false => value,
        }),
        name: name.trim_end_matches([' ', '\t']).to_ascii_lowercase(),
    })
}

fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
    let Some(inner) = inner else {
        return value.to_owned();
    };
    let mut text = String::with_capacity(inner.len());
    let mut escaped = false;
    for letter in inner.chars() {
        match (letter, escaped) {
            ('\\', false) => escaped = true,
            (letter, _) => {
                text.push(letter);
                escaped = false;
            }
        }
    }
    text
}

/// The items of a list, where commas between quotes are part of one.
pub(super) fn split_outside_quotes(text: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |letter| {
        if escaped {
            escaped = false;
            return false;
        }
        match letter {
            '"' => quoted = !quoted,
            '\\' if quoted => escaped = true,
            _ => {}
        }
        letter == ',' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn answer(lines: &[&'static str]) -> Directives {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(CACHE_CONTROL, HeaderValue::from_static(line));
        }
        Directives::of_answer(&headers)
    }

    /// CA-1
    #[test]
    fn what_cannot_be_read_as_a_number_of_seconds_keeps_nothing_fresh() {
        for (line, read) in [
            ("max-age=3600", Some(3600)),
            ("MaX-aGe=\"3600\"", Some(3600)),
            ("max-age=003600", Some(3600)),
            ("max-age=99999999999999999999", Some(u64::MAX)),
            ("max-age=-1", Some(0)),
            ("max-age='3600'", Some(0)),
            ("max-age=3600.0", Some(0)),
            ("max-age =3600", Some(0)),
            ("max-age= 3600", Some(0)),
            ("max-age", Some(0)),
            ("max-age=1, max-age=1800", Some(1)),
            ("extension=\"max-age=3600\", max-age=1", Some(1)),
            ("extension=\"a\\\", max-age=3600\"", None),
            ("public", None),
        ] {
            assert_eq!(answer(&[line]).seconds("max-age"), read, "{line}");
        }
        assert_eq!(
            answer(&["public", "s-maxage=5"]).seconds("s-maxage"),
            Some(5)
        );
    }

    #[test]
    fn a_directive_that_names_fields_is_about_them_alone() {
        let read = answer(&["no-cache=\"a, B\", private"]);
        assert!(!read.has_unqualified("no-cache"));
        assert!(read.has_unqualified("private"));
        let fields: Vec<_> = read.fields("no-cache").collect();
        assert_eq!(fields, ["a", "b"]);
    }

    #[test]
    fn pragma_counts_where_nothing_else_is_said() {
        let mut headers = HeaderMap::new();
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        assert!(Directives::of_request(&headers).has("no-cache"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=1"));
        assert!(!Directives::of_request(&headers).has("no-cache"));
    }
}
