//! What the ways to show who is calling use.

use super::Found;
use crate::config::{self, AuthenticationMethod, Require};
use crate::export::feature::Feature;
use crate::export::gate::Gate;
use crate::keys::KeyAccess;

pub(super) fn authentication_uses<'c>(
    gate: &Gate<'c>,
    authentication: &'c config::Authentication,
    at: &str,
    found: &mut Found<'c>,
) {
    let at = format!("{at}.authentication");
    let config::Authentication {
        methods,
        require,
        anonymous: _,
        issuers: _,
        forward: _,
    } = authentication;
    let by_key = methods.contains(&AuthenticationMethod::ApiKey);
    let mut others = Vec::new();
    for method in methods {
        match method {
            AuthenticationMethod::ApiKey => {
                found.add(Feature::ApiKeys, format!("{at}.methods"));
                let limited = gate
                    .slots
                    .iter()
                    .any(|slot| slot.key.access != KeyAccess::All);
                found.add_if(limited, Feature::KeyAccess, "api_keys");
            }
            AuthenticationMethod::Basic => others.push(Feature::Basic),
            AuthenticationMethod::Jwt => others.push(Feature::Jwt),
            AuthenticationMethod::Forward => others.push(Feature::ForwardAuth),
        }
    }
    // Where a key alone is enough, callers with something else are refused: stricter, not less so.
    match by_key && *require == Require::Any {
        true => found.add_if(
            !others.is_empty(),
            Feature::OtherWaysToo,
            format!("{at}.methods"),
        ),
        false => {
            for other in others {
                found.add(other, format!("{at}.methods"));
            }
        }
    }
}
