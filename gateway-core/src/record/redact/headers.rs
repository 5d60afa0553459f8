//! Headers whose values have a form of their own.

use super::patterns::JWT;
use super::{MASK, masked};

/// Keeps the scheme, and of a JWT what it claims.
pub(super) fn authorization(text: &str) -> String {
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

/// Keeps the names.
pub(super) fn cookies(text: &str) -> String {
    let cookies = text.split(';').map(|cookie| match cookie.split_once('=') {
        Some((name, _)) => format!("{}={MASK}", name.trim()),
        None => MASK.to_owned(),
    });
    cookies.collect::<Vec<_>>().join("; ")
}

/// Keeps the name and the attributes.
pub(super) fn set_cookie(text: &str) -> String {
    let (cookie, attributes) = text.split_once(';').unwrap_or((text, ""));
    let name = cookie.split_once('=').map_or("", |(name, _)| name.trim());
    match attributes {
        "" => format!("{name}={MASK}"),
        attributes => format!("{name}={MASK};{attributes}"),
    }
}
