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
mod tests;
