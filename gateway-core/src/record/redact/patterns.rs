//! What gives itself away by its form, wherever it stands.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::MASK;
use crate::keys::format;

// Constants, not state.
pub(super) static OWN_KEY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(format::PATTERN).expect("the pattern is tested"));
pub(super) static JWT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,})\.[A-Za-z0-9_-]*")
        .expect("the pattern is tested")
});
static CUT_OFF_KEY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(gw_[a-z0-9]+_)[0-9A-Za-z]{5,35}\z").expect("it is tested"));
static USERINFO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)([a-z][a-z0-9+.-]*://)[^/?#@\s]+@").expect("it is tested"));
/// Queries, and fragments, in which OAuth hands out tokens. Up to what can't stand in a URL: in HTML
/// or JSON it ends at a quote.
static QUERY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"([?#])([^#"<>\\ \t\r\n]*)"#).expect("the pattern is tested"));
static XML_ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(<(?:[\w-]+:)?([\w.-]+)(?:\s[^<>]*)?>)([^<]+)").expect("the pattern is tested")
});

/// Whether it is worth a closer look.
pub(super) fn may_hold_one(text: &str) -> bool {
    text.contains("gw_") || text.contains("eyJ")
}

/// Our own keys become their hints; tokens lose their signatures.
pub(super) fn own_keys_and_tokens(text: &str) -> Cow<'_, str> {
    if !may_hold_one(text) {
        return Cow::Borrowed(text);
    }
    let hint = |key: &Captures<'_>| format::hint(&key[0]);
    let without_keys = OWN_KEY.replace_all(text, hint);
    if !JWT.is_match(&without_keys) {
        return without_keys;
    }
    let unsigned = JWT.replace_all(&without_keys, format!("${{1}}.{MASK}"));
    Cow::Owned(unsigned.into_owned())
}

/// A key that the end of what was kept has cut in two is a secret all the same.
pub(super) fn cut_off_key(text: &str) -> Cow<'_, str> {
    CUT_OFF_KEY.replace(text, format!("${{1}}{MASK}"))
}

/// `http://user:password@host` loses what stands before the `@`.
pub(super) fn without_userinfo(text: &str) -> Cow<'_, str> {
    match text.contains('@') && text.contains("://") {
        true => USERINFO.replace_all(text, format!("${{1}}{MASK}@")),
        false => Cow::Borrowed(text),
    }
}

/// Replaces the query of each URL, and the fragment.
pub(super) fn each_query(text: &str, replace: impl Fn(&str) -> String) -> Cow<'_, str> {
    QUERY.replace_all(text, |found: &Captures<'_>| {
        format!("{}{}", &found[1], replace(&found[2]))
    })
}

/// Replaces the text of elements by their names, which come without prefix.
pub(super) fn each_element(text: &str, replace: impl Fn(&str, &str) -> String) -> Cow<'_, str> {
    XML_ELEMENT.replace_all(text, |found: &Captures<'_>| {
        format!("{}{}", &found[1], replace(&found[2], &found[3]))
    })
}
