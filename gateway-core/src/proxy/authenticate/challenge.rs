//! How callers may show who they are, as a 401 tells them (RFC 9110, section 11.6.1).

use crate::config::AuthenticationMethod;
use crate::snapshot::authentication::{Authentication, Method};
use crate::snapshot::key_places::KeyPlaces;

/// What a way is called in a sentence.
pub(super) fn named(kind: AuthenticationMethod) -> &'static str {
    match kind {
        AuthenticationMethod::ApiKey => "an API key",
        AuthenticationMethod::Basic => "a name with its password",
        AuthenticationMethod::Jwt => "a bearer token",
        AuthenticationMethod::Forward => "the consent of the service that is asked about callers",
    }
}

/// A challenge for each way that is taken; `bearer` says what is wrong with the bearer token that
/// was shown (RFC 6750, section 3.1).
pub(super) fn all(
    wanted: &Authentication,
    places: &KeyPlaces,
    bearer: Option<&'static str>,
) -> Vec<String> {
    let mut challenges = Vec::new();
    if (wanted.takes_keys() && places.bearer) || wanted.takes_tokens() {
        challenges.push(match bearer {
            None => "Bearer realm=\"gatewright\"".to_owned(),
            Some("") => "Bearer realm=\"gatewright\", error=\"invalid_token\"".to_owned(),
            Some(description) => format!(
                "Bearer realm=\"gatewright\", error=\"invalid_token\", \
                 error_description=\"{description}\""
            ),
        });
    }
    for method in &wanted.methods {
        match method {
            Method::ApiKey => challenges.push(places.challenge()),
            // RFC 7617, section 2.1
            Method::Basic => {
                challenges.push("Basic realm=\"gatewright\", charset=\"UTF-8\"".to_owned());
            }
            // The one is above; the other has a challenge of its own.
            Method::Jwt(_) | Method::Forward(_) => {}
        }
    }
    challenges
}
