//! Where API keys are looked for: checked, and compiled.

use http::HeaderName;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST};

use crate::config::{ApiKeys, AuthenticationMethod, Issue, Route};
use crate::proxy::headers::{is_hop_by_hop, is_ours};
use crate::snapshot::key_places::KeyPlaces;

/// Headers that have another meaning, which no key should be mistaken for.
const TAKEN: [HeaderName; 4] = [COOKIE, HOST, CONTENT_LENGTH, CONTENT_TYPE];

/// Where keys are looked for on all routes that take them.
pub(super) fn compile_api_keys(
    api_keys: &ApiKeys,
    routes: &[Route],
    issues: &mut Vec<Issue>,
) -> KeyPlaces {
    let ApiKeys {
        headers,
        bearer,
        query,
        strip,
    } = api_keys;
    let mut compiled: Vec<HeaderName> = Vec::new();
    for (n, name) in headers.iter().enumerate() {
        let at = format!("api_keys.headers[{n}]");
        match header(name) {
            Ok(name) if compiled.contains(&name) => {
                issues.push(Issue::error(at, format!("`{name}` stands here twice")));
            }
            Ok(name) => compiled.push(name),
            Err(message) => issues.push(Issue::error(at, message)),
        }
    }
    match query.as_deref() {
        None => {}
        Some("") => issues.push(Issue::error("api_keys.query", "a name is missing")),
        Some(name) => issues.push(Issue::warning(
            "api_keys.query",
            format!(
                "keys as `?{name}=` end up in histories and in the logs of others; prefer a header"
            ),
        )),
    }
    let takes_keys = |route: &Route| {
        let methods = &route.authentication.methods;
        methods.contains(&AuthenticationMethod::ApiKey)
    };
    if headers.is_empty() && !bearer && query.is_none() && routes.iter().any(takes_keys) {
        let message = "there is no place left to look for keys, and routes ask for them";
        issues.push(Issue::error("api_keys", message));
    }
    KeyPlaces {
        headers: compiled,
        bearer: *bearer,
        query: query.clone(),
        strip: *strip,
    }
}

fn header(name: &str) -> Result<HeaderName, String> {
    let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
        return Err(format!("`{name}` is no name of a header"));
    };
    if name == AUTHORIZATION {
        return Err("`Authorization` carries keys where `bearer` is on".to_owned());
    }
    if is_hop_by_hop(&name) || is_ours(&name) || TAKEN.contains(&name) {
        return Err(format!("`{name}` has another meaning"));
    }
    Ok(name)
}
