//! Masks secrets. The only place that does, and everything passes through it before it is shown or
//! stored.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use http::header::HeaderName;
use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;
use regex::{Captures, Regex};

use super::detail::HeaderLine;
use crate::config::Redaction;
use crate::keys::format;

/// Stands where a secret stood.
pub const MASK: &str = "•••";

const HEADERS: [&str; 9] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "x-api-key",
    "x-auth-token",
    "x-csrf-token",
    "x-session-token",
    "x-xsrf-token",
];

const FIELDS: [&str; 15] = [
    "access_token",
    "api_key",
    "apikey",
    "client_secret",
    "code",
    "id_token",
    "key",
    "passwd",
    "password",
    "refresh_token",
    "secret",
    "sig",
    "signature",
    "token",
    "x-api-key",
];

// Constants, not state.
static OWN_KEY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(format::PATTERN).expect("the pattern is tested"));
static JWT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,})\.[A-Za-z0-9_-]*")
        .expect("the pattern is tested")
});
static USERINFO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)([a-z][a-z0-9+.-]*://)[^/?#@\s]+@").expect("it is tested"));
/// `?name=value` and `&name=value`, up to where a URL ends in prose, markup or JSON.
static PARAMETER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"([?&])([A-Za-z0-9_.%\-]+)=([^&#\s"'<>\\]+)"#).expect("the pattern is tested")
});

/// Knows which names hold secrets.
#[derive(Clone, Debug)]
pub struct Redactor {
    headers: HashSet<String>,
    fields: HashSet<String>,
}

impl Redactor {
    /// The built-in names and those of a config.
    pub fn new(redaction: &Redaction) -> Self {
        let all = |built_in: &[&str], more: &[String]| {
            let more = more.iter().map(|name| name.to_ascii_lowercase());
            built_in
                .iter()
                .map(|name| (*name).to_owned())
                .chain(more)
                .collect()
        };
        Self {
            headers: all(&HEADERS, &redaction.headers),
            fields: all(&FIELDS, &redaction.fields),
        }
    }

    /// Headers as text, in their order.
    pub fn headers(&self, headers: &HeaderMap) -> Vec<HeaderLine> {
        headers
            .iter()
            .map(|(name, value)| HeaderLine {
                name: name.as_str().to_owned(),
                value: self.header(name, value),
            })
            .collect()
    }

    fn header(&self, name: &HeaderName, value: &HeaderValue) -> String {
        let text = String::from_utf8_lossy(value.as_bytes());
        match name.as_str() {
            "authorization" | "proxy-authorization" => authorization(&text),
            "cookie" => cookies(&text),
            "set-cookie" => set_cookie(&text),
            name if self.headers.contains(name) => masked(&text),
            // Values that are URLs, such as `Referer` and `Location`.
            _ => self.url(&text),
        }
    }

    /// A query without `?`.
    pub fn query(&self, query: &str) -> String {
        patterns(&self.pairs(query)).into_owned()
    }

    /// Any other text, such as a path, which may hold a key by mistake.
    pub fn text(&self, text: &str) -> String {
        patterns(text).into_owned()
    }

    /// Text that may hold URLs.
    fn url(&self, text: &str) -> String {
        let text = USERINFO.replace_all(text, format!("${{1}}{MASK}@"));
        let text = PARAMETER.replace_all(&text, |found: &Captures<'_>| {
            let (mark, name, value) = (&found[1], &found[2], &found[3]);
            match self.is_secret(&form_name(name)) {
                true => format!("{mark}{name}={}", masked(value)),
                false => found[0].to_owned(),
            }
        });
        patterns(&text).into_owned()
    }

    /// `a=1&token=2` → `a=1&token=•••`, for queries and forms.
    fn pairs(&self, text: &str) -> String {
        let pairs = text.split('&').map(|pair| match pair.split_once('=') {
            Some((name, value)) if !value.is_empty() && self.is_secret(&form_name(name)) => {
                Cow::Owned(format!("{name}={}", masked(value)))
            }
            _ => Cow::Borrowed(pair),
        });
        pairs.collect::<Vec<_>>().join("&")
    }

    /// The text of a body, by its `Content-Type`. Works on bodies that are cut off, too.
    pub fn body(&self, content_type: Option<&str>, text: &str) -> String {
        let kind = content_type.unwrap_or_default().to_ascii_lowercase();
        if kind.starts_with("application/x-www-form-urlencoded") {
            return patterns(&self.pairs(text)).into_owned();
        }
        let looks_like_json = text.trim_start().starts_with(['{', '[', '"']);
        match kind.contains("json") || looks_like_json {
            true => self.url(&self.json(text)),
            false => self.url(text),
        }
    }

    /// JSON with the values of secret members masked. Not a parser: it walks from string to string,
    /// so that a body that is cut off, or is several values, is masked as far as it goes.
    fn json(&self, text: &str) -> String {
        let mut masked_text = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(quote) = rest.find('"') {
            let end = string_end(&rest[quote..]).map_or(rest.len(), |length| quote + length);
            let name = rest[quote..end].trim_matches('"');
            masked_text.push_str(&rest[..end]);
            rest = &rest[end..];
            let gap = rest.len() - rest.trim_start().len();
            if !rest[gap..].starts_with(':') || !self.is_secret(&unescaped(name)) {
                continue;
            }
            let after_colon = &rest[gap + 1..];
            let space = after_colon.len() - after_colon.trim_start().len();
            masked_text.push_str(&rest[..gap + 1 + space]);
            rest = &after_colon[space..];
            let length = value_length(rest);
            if length > 0 {
                masked_text.push_str(&format!("\"{}\"", masked(&rest[..length])));
            }
            rest = &rest[length..];
        }
        masked_text.push_str(rest);
        masked_text
    }

    fn is_secret(&self, name: &str) -> bool {
        self.fields.contains(&name.to_ascii_lowercase())
    }
}

/// Nothing of a secret but, where it is one of our own keys, which.
fn masked(secret: &str) -> String {
    match OWN_KEY.find(secret) {
        Some(key) => format::hint(key.as_str()),
        None => MASK.to_owned(),
    }
}

/// Keeps the scheme, and of a JWT what it claims.
fn authorization(text: &str) -> String {
    let Some((scheme, credentials)) = text.trim().split_once(' ') else {
        return MASK.to_owned();
    };
    let is_scheme = scheme.len() <= 16
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !is_scheme {
        return MASK.to_owned();
    }
    match JWT.captures(credentials) {
        Some(jwt) => format!("{scheme} {}.{MASK}", &jwt[1]),
        None => format!("{scheme} {}", masked(credentials)),
    }
}

fn cookies(text: &str) -> String {
    let cookies = text.split(';').map(|cookie| match cookie.split_once('=') {
        Some((name, _)) => format!("{}={MASK}", name.trim()),
        None => MASK.to_owned(),
    });
    cookies.collect::<Vec<_>>().join("; ")
}

fn set_cookie(text: &str) -> String {
    let (cookie, attributes) = text.split_once(';').unwrap_or((text, ""));
    let name = cookie.split_once('=').map_or("", |(name, _)| name.trim());
    match attributes {
        "" => format!("{name}={MASK}"),
        attributes => format!("{name}={MASK};{attributes}"),
    }
}

/// What gives itself away by its form, wherever it stands.
fn patterns(text: &str) -> Cow<'_, str> {
    let text = match OWN_KEY.is_match(text) {
        true => {
            let hint = |key: &Captures<'_>| format::hint(&key[0]);
            Cow::Owned(OWN_KEY.replace_all(text, hint).into_owned())
        }
        false => Cow::Borrowed(text),
    };
    match JWT.is_match(&text) {
        true => Cow::Owned(
            JWT.replace_all(&text, format!("${{1}}.{MASK}"))
                .into_owned(),
        ),
        false => text,
    }
}

fn form_name(name: &str) -> String {
    percent_decode_str(&name.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

/// A member's name without its escapes; `\u006bey` is `key`.
fn unescaped(name: &str) -> Cow<'_, str> {
    match name.contains('\\') {
        true => {
            serde_json::from_str(&format!("\"{name}\"")).map_or(Cow::Borrowed(name), Cow::Owned)
        }
        false => Cow::Borrowed(name),
    }
}

/// Length of the string at the beginning of `text`, quotes included; `None` if it has no end.
fn string_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// Length of the value at the beginning of `text`, or of all of it if the value has no end.
fn value_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => match string_end(&text[at..]) {
                Some(length) => at += length,
                None => return text.len(),
            },
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            b'}' | b']' | b',' if depth == 0 => return at,
            b'\n' | b'\r' if depth == 0 => return at,
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 {
            return at.min(text.len());
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redactor() -> Redactor {
        Redactor::new(&Redaction {
            headers: vec!["X-Mine".to_owned()],
            fields: vec!["Pin".to_owned()],
        })
    }

    fn header(name: &str, value: &str) -> String {
        redactor().header(&name.parse().unwrap(), &value.parse().unwrap())
    }

    /// LG-3
    #[test]
    fn headers_that_hold_credentials_are_masked() {
        for (name, value, shown) in [
            ("Authorization", "Bearer abc", "Bearer •••"),
            ("authorization", "Basic dXNlcjpwYXNz", "Basic •••"),
            ("authorization", "abc", "•••"),
            (
                "authorization",
                "Bearer eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl",
                "Bearer eyJhbGciOi.eyJzdWIiOi.•••",
            ),
            ("cookie", "a=1; session=2", "a=•••; session=•••"),
            (
                "set-cookie",
                "s=abc; Path=/; HttpOnly",
                "s=•••; Path=/; HttpOnly",
            ),
            ("x-mine", "abc", "•••"),
            ("x-auth-token", "abc", "•••"),
            (
                "referer",
                "https://u:p@a/b?token=abc&c=1#d",
                "https://•••@a/b?token=•••&c=1#d",
            ),
            ("accept", "text/html", "text/html"),
        ] {
            assert_eq!(header(name, value), shown, "{name}: {value}");
        }
    }

    #[test]
    fn our_own_keys_are_masked_wherever_they_stand_and_still_tell_which() {
        let key = format::generate();
        let hint = format::hint(&key);
        assert_eq!(header("x-api-key", &key), hint);
        assert_eq!(
            header("x-other", &format!("is {key}!")),
            format!("is {hint}!")
        );
        assert_eq!(redactor().query(&format!("a={key}")), format!("a={hint}"));
        assert_eq!(redactor().text(&format!("/x/{key}")), format!("/x/{hint}"));
        assert_eq!(
            redactor().body(None, &format!("<k>{key}</k>")),
            format!("<k>{hint}</k>")
        );
    }

    #[test]
    fn fields_of_queries_forms_and_json_are_masked() {
        let form = "application/x-www-form-urlencoded";
        for (kind, text, shown) in [
            (
                form,
                "user=a&PassWord=b&pin=1&pass%77ord=c",
                "user=a&PassWord=•••&pin=•••&pass%77ord=•••",
            ),
            (
                "application/json",
                r#"{"token": "a\"b", "n": 1}"#,
                r#"{"token": "•••", "n": 1}"#,
            ),
            (
                "application/json",
                r#"{"secret":{"a":["b"]},"x":"y"}"#,
                r#"{"secret":"•••","x":"y"}"#,
            ),
            (
                "application/json",
                r#"[{"pin":1234},{"pin":null}]"#,
                r#"[{"pin":"•••"},{"pin":"•••"}]"#,
            ),
            (
                "application/json",
                r#"{"p\u0069n":"1"}"#,
                r#"{"p\u0069n":"•••"}"#,
            ),
            (
                "application/json",
                r#"{"a":"token","b":"x"}"#,
                r#"{"a":"token","b":"x"}"#,
            ),
            (
                "application/problem+json",
                r#"{"password":"cut o"#,
                r#"{"password":"•••""#,
            ),
            ("text/plain", r#"{"password":"b"}"#, r#"{"password":"•••"}"#),
            ("application/json", r#"{"password":"#, r#"{"password":"#),
        ] {
            assert_eq!(redactor().body(Some(kind), text), shown, "{text}");
        }
        assert_eq!(redactor().query("a=1&api_key=x&b"), "a=1&api_key=•••&b");
    }

    fn json_value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::hash_map("[a-z\"\\\\]{0,6}", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_secret_gets_through_wherever_json_is_cut_off(
            before in json_value(),
            around in json_value(),
            cut in 0.0..1.0_f64,
        ) {
            const CANARY: &str = "canary";
            let document = serde_json::json!([
                before, {"password": CANARY}, {"token": [around, CANARY, {"x": CANARY}]},
            ]);
            prop_assume!(!before.to_string().contains(CANARY));
            for text in [document.to_string(), serde_json::to_string_pretty(&document).unwrap()] {
                let mut end = (text.len() as f64 * cut) as usize;
                while !text.is_char_boundary(end) {
                    end -= 1;
                }
                for text in [&text[..], &text[..end]] {
                    let shown = redactor().body(Some("application/json"), text);
                    for length in 2..=CANARY.len() {
                        let part = &CANARY[..length];
                        let others = before.to_string().contains(part);
                        prop_assert!(others || !shown.contains(&format!("\"{part}")), "{shown}");
                    }
                }
            }
        }

        #[test]
        fn masking_never_panics(text in any::<String>(), kind in "(application/json|text/plain|application/x-www-form-urlencoded)") {
            redactor().body(Some(&kind), &text);
            redactor().query(&text);
            redactor().text(&text);
        }
    }
}
