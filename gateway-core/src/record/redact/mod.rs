//! Masks secrets. The only place that does, and everything passes through it before it is shown or
//! stored.
//!
//! Text is never parsed as a whole: what was cut off in the middle, is several documents, or is no
//! document at all, is masked as far as it goes.

mod headers;
mod json;
mod multipart;
mod patterns;

use std::borrow::Cow;
use std::collections::HashSet;

use http::header::HeaderName;
use http::{HeaderMap, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::detail::HeaderLine;
use crate::config::{ApiKeys, Redaction};
use crate::keys::format;
use patterns::OWN_KEY;

/// Stands where a secret stood.
pub const MASK: &str = "•••";

/// How often text inside text is looked into, such as JSON in a string of a JSON document.
const DEEPEST: u8 = 4;

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

/// In any case, and with or without `_` and `-`: `accessToken` is one of them.
const FIELDS: [&str; 15] = [
    "access_token",
    "api_key",
    "client_secret",
    "code",
    "id_token",
    "key",
    "passwd",
    "password",
    "refresh_token",
    "secret",
    "session_token",
    "sig",
    "signature",
    "token",
    "x-api-key",
];

/// Knows which names hold secrets.
#[derive(Clone, Debug)]
pub struct Redactor {
    headers: HashSet<String>,
    fields: HashSet<String>,
}

impl Redactor {
    /// The built-in names and those of a config, among them those that carry API keys.
    pub fn new(redaction: &Redaction, api_keys: &ApiKeys) -> Self {
        let Redaction { headers, fields } = redaction;
        let with_keys = headers.iter().chain(&api_keys.headers);
        let more = with_keys.map(|name| dashed(name).to_ascii_lowercase());
        let built_in = HEADERS.iter().map(|name| (*name).to_owned());
        let more_fields = fields.iter().chain(&api_keys.query).map(String::as_str);
        Self {
            headers: built_in.chain(more).collect(),
            fields: FIELDS.into_iter().chain(more_fields).map(plain).collect(),
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
        match &*dashed(name.as_str()) {
            "authorization" | "proxy-authorization" => headers::authorization(&text),
            "cookie" => headers::cookies(&text),
            "set-cookie" => headers::set_cookie(&text),
            name if self.headers.contains(name) || self.is_secret(name) => masked(&text),
            // URLs, such as in `Referer` and `Location`, and whatever else programs put there.
            _ => self.text(&text),
        }
    }

    /// A query without `?`.
    pub fn query(&self, query: &str) -> String {
        patterns::own_keys_and_tokens(&self.pairs(query, DEEPEST)).into_owned()
    }

    /// A path, and a query behind `?` if there is one.
    pub fn path_and_query(&self, target: &str) -> String {
        match target.split_once('?') {
            Some((path, query)) => format!("{}?{}", self.text(path), self.query(query)),
            None => self.text(target),
        }
    }

    /// Any text, such as a path or a reason, which may hold a secret by mistake.
    pub fn text(&self, text: &str) -> String {
        // Most headers have nothing in which a secret could hide.
        if !text.contains(['"', '?', '#', '@']) && !patterns::may_hold_one(text) {
            return text.to_owned();
        }
        patterns::own_keys_and_tokens(&self.anything(text, DEEPEST)).into_owned()
    }

    /// The text of a body, by its `Content-Type`. Works on bodies that are cut off, too.
    pub fn body(&self, content_type: Option<&str>, text: &str) -> String {
        let kind = content_type.unwrap_or_default();
        let masked = match Kind::of(kind, text) {
            Kind::Form => self.pairs(text, DEEPEST),
            Kind::Multipart(boundary) => self.multipart(text, boundary),
            Kind::Xml => self.elements(&self.anything(text, DEEPEST)),
            Kind::Other => self.anything(text, DEEPEST),
        };
        patterns::cut_off_key(&patterns::own_keys_and_tokens(&masked)).into_owned()
    }

    /// The body of an answer that the gateway itself made. It holds no secrets of its own, only names
    /// that look like some, and what the caller sent as request id.
    pub fn own_body(&self, text: &str) -> String {
        patterns::own_keys_and_tokens(text).into_owned()
    }

    /// A body that is not text, such as an upload: what there is of text in it is masked, the rest
    /// stays as it is.
    pub fn binary_body(&self, content_type: Option<&str>, bytes: &[u8]) -> Vec<u8> {
        let as_text: String = bytes.iter().copied().map(char::from).collect();
        let masked = self.body(content_type, &as_text);
        if masked == as_text {
            return bytes.to_vec();
        }
        let mut bytes = Vec::with_capacity(masked.len());
        for character in masked.chars() {
            match u8::try_from(character) {
                Ok(byte) => bytes.push(byte),
                Err(_) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        bytes
    }

    /// Text of any kind: JSON and what looks like it, and URLs.
    fn anything(&self, text: &str, depth: u8) -> String {
        self.urls(&self.json(text, depth), depth)
    }

    /// URLs in a text: their user names and passwords, and secrets in their queries.
    fn urls(&self, text: &str, depth: u8) -> String {
        let text = patterns::without_userinfo(text);
        patterns::each_query(&text, |query| self.pairs(query, depth)).into_owned()
    }

    fn elements(&self, text: &str) -> String {
        patterns::each_element(text, |name, text| match self.is_secret(name) {
            true => masked(text),
            false => text.to_owned(),
        })
        .into_owned()
    }

    /// `a=1&token=2` → `a=1&token=•••`, for queries and forms.
    fn pairs(&self, text: &str, depth: u8) -> String {
        let pairs = text.split('&').map(|pair| match pair.split_once('=') {
            Some((name, value)) if !value.is_empty() => match self.is_secret(&form_text(name)) {
                true => Cow::Owned(format!("{name}={}", masked(value))),
                false => self.pair_with_text(pair, name, value, depth),
            },
            _ => Cow::Borrowed(pair),
        });
        pairs.collect::<Vec<_>>().join("&")
    }

    /// A pair whose value may itself hold secrets: a URL to return to, or a JSON document.
    fn pair_with_text<'a>(
        &self,
        pair: &'a str,
        name: &str,
        value: &str,
        depth: u8,
    ) -> Cow<'a, str> {
        let decoded = form_text(value);
        if depth == 0 {
            return Cow::Borrowed(pair);
        }
        let masked = self.anything(&decoded, depth - 1);
        let masked = patterns::own_keys_and_tokens(&masked);
        match masked == decoded {
            true => Cow::Borrowed(pair),
            false if decoded == value => Cow::Owned(format!("{name}={masked}")),
            false => {
                let encoded = utf8_percent_encode(&masked, NON_ALPHANUMERIC).to_string();
                let mask = utf8_percent_encode(MASK, NON_ALPHANUMERIC).to_string();
                Cow::Owned(format!("{name}={}", encoded.replace(&mask, MASK)))
            }
        }
    }

    /// Whether a field of this name holds a secret: `password`, `user[password]`, `user.password`.
    fn is_secret(&self, name: &str) -> bool {
        let last = name
            .rsplit(['[', '.', '?'])
            .map(|part| part.trim_end_matches(']'))
            .find(|part| !part.is_empty())
            .unwrap_or(name);
        self.fields.contains(&plain(last)) || self.fields.contains(&plain(name))
    }
}

/// How a body is read.
enum Kind<'a> {
    Form,
    /// With its boundary.
    Multipart(&'a str),
    Xml,
    Other,
}

impl<'a> Kind<'a> {
    fn of(content_type: &'a str, text: &str) -> Self {
        let kind = content_type.to_ascii_lowercase();
        // Forms are also sent without saying so.
        let looks_like_form = text.contains('=')
            && text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && !text.contains(|other: char| other.is_ascii_whitespace() || "<>{\"".contains(other));
        if kind.starts_with("application/x-www-form-urlencoded") || looks_like_form {
            return Self::Form;
        }
        match multipart::boundary(content_type) {
            Some(boundary) if kind.starts_with("multipart/") => Self::Multipart(boundary),
            // HTML is not meant: there, `<code>` is for people to read.
            _ if kind.contains("xml") && !kind.contains("html") => Self::Xml,
            _ => Self::Other,
        }
    }
}

/// Whether a secret stood in what the log holds: there is a mask instead, or the hint of one of our
/// own keys (`gw_dev_…3f9c`).
pub fn is_masked(text: &str) -> bool {
    let is_hint = |at: usize| {
        let environment = text[..at].rsplit_once("gw_").map_or("", |(_, rest)| rest);
        !environment.is_empty() && environment.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    text.contains(MASK) || text.match_indices("_…").any(|(at, _)| is_hint(at))
}

/// Nothing of a secret but, where it is one of our own keys, which.
fn masked(secret: &str) -> String {
    match OWN_KEY.find(secret) {
        Some(key) => format::hint(key.as_str()),
        None => MASK.to_owned(),
    }
}

/// A header's name as many servers read it, for which `_` is the same as `-`.
fn dashed(name: &str) -> Cow<'_, str> {
    match name.contains('_') {
        true => Cow::Owned(name.replace('_', "-")),
        false => Cow::Borrowed(name),
    }
}

/// A name as names are compared.
fn plain(name: &str) -> String {
    let letters = name.trim().chars().filter(|letter| !"_-".contains(*letter));
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// What was meant by a name or value of a form or query.
fn form_text(encoded: &str) -> String {
    // In HTML, `&` is written `&amp;`.
    let encoded = encoded.strip_prefix("amp;").unwrap_or(encoded);
    percent_decode_str(&encoded.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redactor() -> Redactor {
        let redaction = Redaction {
            headers: vec!["X-Mine".to_owned()],
            fields: vec!["Pin".to_owned()],
        };
        let api_keys = ApiKeys {
            headers: vec!["X-Shop-Pass".to_owned()],
            query: Some("pass".to_owned()),
            ..ApiKeys::default()
        };
        Redactor::new(&redaction, &api_keys)
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
            ("x-shop-pass", "abc", "•••"),
            ("X_Shop-Pass", "abc", "•••"),
            ("x_auth_token", "abc", "•••"),
            ("proxy_authorization", "Basic abc", "Basic •••"),
            ("set_cookie", "s=abc; Path=/", "s=•••; Path=/"),
            (
                "referer",
                "http://a/?pass=abc&b=1",
                "http://a/?pass=•••&b=1",
            ),
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

    #[test]
    fn names_are_the_same_however_they_are_spelled() {
        for (kind, text, shown) in [
            (
                "application/json",
                r#"{"accessToken":"x","client-secret":"x","API_Key":"x","keys":"y"}"#,
                r#"{"accessToken":"•••","client-secret":"•••","API_Key":"•••","keys":"y"}"#,
            ),
            (
                "application/x-www-form-urlencoded",
                "user[password]=x&user.token=x&a[]=y&user%5Bpin%5D=x",
                "user[password]=•••&user.token=•••&a[]=y&user%5Bpin%5D=•••",
            ),
            ("", "password=x&a=b", "password=•••&a=b"),
        ] {
            assert_eq!(redactor().body(Some(kind), text), shown, "{text}");
        }
        assert_eq!(header("apikey", "x"), "•••", "a field's name as a header's");
    }

    #[test]
    fn secrets_inside_of_text_inside_of_text_are_masked() {
        let json = "application/json";
        for (kind, text, shown) in [
            (
                json,
                r#"{"body":"{\"token\":\"x\",\"a\":\"{\\\"pin\\\":1}\"}"}"#,
                r#"{"body":"{\"token\":\"•••\",\"a\":\"{\\\"pin\\\":\\\"•••\\\"}\"}"}"#,
            ),
            (
                json,
                r#"{"body":"{\"token\":\"cut o"#,
                r#"{"body":"{\"token\":\"•••\""#,
            ),
            (
                json,
                r#"{"next":"https://u:p@a/b?token=x&c=1","d":"e"}"#,
                r#"{"next":"https://•••@a/b?token=•••&c=1","d":"e"}"#,
            ),
            (
                json,
                r#"{"next":"https:\/\/a\/?token=x"}"#,
                r#"{"next":"https://a/?token=•••"}"#,
            ),
            (
                "application/x-www-form-urlencoded",
                "payload=%7B%22token%22%3A%22x%22%7D",
                "payload=%7B%22token%22%3A%22•••%22%7D",
            ),
            (
                "text/event-stream",
                "event: a\ndata: {\"token\":\"x\"}\n\ndata: a 5\" pipe\ndata: {\"pin\":\"1\"}\n",
                "event: a\ndata: {\"token\":\"•••\"}\n\ndata: a 5\" pipe\ndata: {\"pin\":\"•••\"}\n",
            ),
            (
                "text/html",
                r#"<a href="/x?a=1&amp;token=x#b">y</a>"#,
                r#"<a href="/x?a=1&amp;token=•••#b">y</a>"#,
            ),
            (
                "application/soap+xml",
                "<a:password type='b'>x</a:password><c>d</c>",
                "<a:password type='b'>•••</a:password><c>d</c>",
            ),
        ] {
            assert_eq!(redactor().body(Some(kind), text), shown, "{text}");
        }
        for (location, shown) in [
            (
                "https://a/#access_token=x&b=c",
                "https://a/#access_token=•••&b=c",
            ),
            ("https://a/#/back?token=x", "https://a/#/back?token=•••"),
            (
                "/login?to=https%3A%2F%2Fb%2F%3Ftoken%3Dx",
                "/login?to=https%3A%2F%2Fb%2F%3Ftoken%3D•••",
            ),
            ("/a?b=c?token=x?y", "/a?b=c?token=•••"),
        ] {
            assert_eq!(header("location", location), shown);
        }
    }

    /// RFC 7578
    #[test]
    fn fields_of_forms_with_files_are_masked() {
        let form = "--x\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nann\r\n\
                    --x\r\ncontent-disposition: form-data; name=password\r\n\r\nse\r\ncret\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\
                    Content-Type: application/json\r\n\r\n{\"token\":\"secret\"}\r\n--x--\r\n";
        let shown = redactor().body(Some("multipart/form-data; boundary=\"x\""), form);
        let expected = form
            .replace("se\r\ncret", MASK)
            .replace("\"secret\"", "\"•••\"");
        assert_eq!(shown, expected);
        let cut = &form[..form.find("cret").unwrap()];
        let shown = redactor().body(Some("multipart/form-data; boundary=x"), cut);
        assert!(shown.trim_end().ends_with(MASK), "{shown}");
    }

    #[test]
    fn text_in_bodies_that_are_not_text_is_masked_and_the_rest_stays() {
        let body = b"\xff\0\xe9{\"token\":\"canary\"}\x80";
        let shown = redactor().binary_body(None, body);
        let expected = [b"\xff\0\xe9{\"token\":\"", MASK.as_bytes(), b"\"}\x80"].concat();
        assert_eq!(shown, expected);
        let image: Vec<u8> = (0..=255).collect();
        assert_eq!(redactor().binary_body(Some("image/png"), &image), image);
    }

    #[test]
    fn a_key_cut_in_two_by_the_end_of_what_is_kept_is_masked() {
        let key = format::generate();
        for length in 12..key.len() {
            let text = format!("the key is {}", &key[..length]);
            assert_eq!(redactor().body(None, &text), "the key is gw_dev_•••");
        }
    }

    #[test]
    fn many_quotes_take_no_longer_than_as_many_letters() {
        for text in [
            "\\\"".repeat(50_000),
            "\"".repeat(100_000),
            "\\".repeat(100_000),
        ] {
            let before = std::time::Instant::now();
            redactor().body(Some("application/json"), &text);
            redactor().body(Some("application/json"), &format!("{{\"a\":\"{text}"));
            assert!(before.elapsed().as_secs() < 10, "{}", &text[..2]);
        }
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
