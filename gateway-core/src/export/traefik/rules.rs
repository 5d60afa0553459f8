//! Rules of routers. They are an expression language of its own; every text in them is quoted.

use crate::export::patterns::escaped;

/// A rule.
#[derive(Clone)]
pub(super) struct Rule(String);

impl Rule {
    /// Every request.
    pub(super) fn always() -> Self {
        call("PathRegexp", &["^"])
    }

    /// The path, as Traefik decodes it, matches an expression.
    pub(super) fn path(pattern: &str) -> Self {
        call("PathRegexp", &[pattern])
    }

    /// The host, in lower case and without its port, matches an expression.
    pub(super) fn host(pattern: &str) -> Self {
        call("HostRegexp", &[pattern])
    }

    /// The method is one of these.
    pub(super) fn method(methods: &[String]) -> Self {
        Self::any(methods.iter().map(|method| call("Method", &[method])))
    }

    /// One value of a header is this text.
    pub(super) fn header(name: &str, value: &str) -> Self {
        match value {
            // No text may be empty.
            "" => Self::header_matches(name, "\\A\\z"),
            value => call("Header", &[name, value]),
        }
    }

    /// One value of a header matches an expression.
    pub(super) fn header_matches(name: &str, pattern: &str) -> Self {
        match name.eq_ignore_ascii_case("host") {
            true => Self::host(pattern),
            false => call("HeaderRegexp", &[name, pattern]),
        }
    }

    /// A header is there.
    pub(super) fn has_header(name: &str) -> Self {
        Self::header_matches(name, "^")
    }

    /// One value of a query parameter, decoded, matches an expression.
    pub(super) fn query_matches(name: &str, pattern: &str) -> Self {
        call("QueryRegexp", &[name, pattern])
    }

    /// A query parameter is there.
    pub(super) fn has_query(name: &str) -> Self {
        Self::query_matches(name, "^")
    }

    /// The caller's address is in one of these networks.
    pub(super) fn client(networks: &[String]) -> Self {
        Self::any(networks.iter().map(|one| call("ClientIP", &[one])))
    }

    /// All of these hold.
    pub(super) fn all(rules: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(rules, " && ")
    }

    /// One of these holds.
    pub(super) fn any(rules: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(rules, " || ")
    }

    fn joined(rules: impl IntoIterator<Item = Self>, with: &str) -> Self {
        let rules: Vec<_> = rules.into_iter().map(|rule| rule.0).collect();
        match rules.as_slice() {
            [] => Self::always(),
            [one] => Self(one.clone()),
            many => Self(format!("({})", many.join(with))),
        }
    }

    /// The opposite.
    pub(super) fn not(self) -> Self {
        Self(format!("!{}", self.0))
    }

    /// As Traefik reads it.
    pub(super) fn text(self) -> String {
        self.0
    }
}

/// A text of JSON is a text of Go, as which rules are read.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn call(function: &str, texts: &[&str]) -> Rule {
    let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
    Rule(format!("{function}({})", texts.join(", ")))
}

/// An expression for all of a text.
pub(super) fn whole(pattern: &str) -> String {
    format!("\\A(?:{pattern})\\z")
}

/// An expression for every text but this one and the empty one, as expressions there know no
/// look-ahead.
pub(super) fn other_than(text: &str) -> String {
    let chars: Vec<_> = text.chars().collect();
    let mut ways = vec![format!(".{{{},}}", chars.len() + 1)];
    if chars.len() > 1 {
        ways.push(format!(".{{1,{}}}", chars.len() - 1));
    }
    for (n, c) in chars.iter().enumerate() {
        let before: String = chars[..n].iter().collect();
        let class: String = format!("[^\\x{{{:x}}}]", u32::from(*c));
        let after = chars.len() - 1 - n;
        ways.push(format!("{}{class}.{{{after}}}", escaped(&before)));
    }
    format!("(?s)\\A(?:{})\\z", ways.join("|"))
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn no_text_ends_its_quotes() {
        let rule = Rule::header("X", "a\" || PathRegexp(`^`) || \"\n\\");
        assert_eq!(
            rule.text(),
            r#"Header("X", "a\" || PathRegexp(`^`) || \"\n\\")"#
        );
    }

    #[test]
    fn every_other_text_is_matched() {
        let regex = Regex::new(&other_than("v1.0")).unwrap();
        for (text, other) in [
            ("v1.0", false),
            ("", false),
            ("v1", true),
            ("v1.00", true),
            ("v2.0", true),
            ("V1.0", true),
            ("v1x0", true),
        ] {
            assert_eq!(regex.is_match(text), other, "{text}");
        }
    }
}
