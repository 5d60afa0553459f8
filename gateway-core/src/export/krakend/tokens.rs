//! JSON Web Tokens: `auth/validator`.

use serde_json::{Map, Value, json};

use crate::config::{AccessRule, AuthenticationMethod, Issuer, TokenAlgorithm};
use crate::export::gate::{Gate, Route};

/// The validator of a route; `None` where it takes no tokens.
///
/// # Errors
/// Why it cannot be said.
pub(super) fn validator(
    gate: &Gate<'_>,
    route: &Route<'_>,
    method: &str,
) -> Result<Option<Map<String, Value>>, &'static str> {
    let authentication = &route.config.authentication;
    let rules: Vec<&AccessRule> = route
        .config
        .authorization
        .iter()
        .filter(|rule| rule.methods.is_empty() || rule.methods.iter().any(|one| one == method))
        .collect();
    if authentication.methods.is_empty() {
        return match rules.is_empty() {
            true => Ok(None),
            false => Err("without tokens nobody is known, and addresses are not looked at"),
        };
    }
    if authentication.methods != [AuthenticationMethod::Jwt] {
        return Err("callers can show a token and nothing else");
    }
    if authentication.anonymous {
        return Err("a token is needed or not looked at");
    }
    let wanted = &authentication.issuers;
    let issuers: Vec<&Issuer> = gate
        .config
        .issuers
        .iter()
        .filter(|issuer| wanted.is_empty() || wanted.contains(&issuer.name))
        .collect();
    let [issuer] = issuers[..] else {
        return Err("tokens of one issuer can be taken, and of no more");
    };
    let Issuer {
        name: _,
        issuer: iss,
        audiences,
        algorithms,
        jwks,
        secret: _,
        consumer_claim,
        scope_claims,
        groups_claim: _,
        leeway_s,
    } = issuer;
    let [algorithm] = algorithms[..] else {
        return Err("one algorithm can be taken, and no more");
    };
    let Some(jwks) = jwks else {
        return Err(
            "a shared secret has to be in a key set there, which would be a secret in a file",
        );
    };
    if audiences.len() > 1 {
        return Err("all of several audiences would be asked for, and one of them is enough here");
    }
    let mut config = Map::new();
    config.insert("alg".to_owned(), name(algorithm).into());
    match (&jwks.url, &jwks.file) {
        (Some(url), _) => {
            config.insert("jwk_url".to_owned(), json!(url));
            if url.starts_with("http://") {
                config.insert("disable_jwk_security".to_owned(), json!(true));
            }
        }
        (None, Some(file)) => {
            config.insert("jwk_local_path".to_owned(), json!(file));
        }
        (None, None) => return Err("there is no key set"),
    }
    config.insert("issuer".to_owned(), json!(iss));
    if !audiences.is_empty() {
        config.insert("audience".to_owned(), json!(audiences));
    }
    config.insert("leeway".to_owned(), format!("{leeway_s}s").into());
    config.insert(
        "propagate_claims".to_owned(),
        json!([[consumer_claim, "X-Consumer-Id"]]),
    );
    scopes(&rules, scope_claims, &mut config)?;
    Ok(Some(config))
}

fn scopes(
    rules: &[&AccessRule],
    claims: &[String],
    config: &mut Map<String, Value>,
) -> Result<(), &'static str> {
    let [rule] = rules[..] else {
        return match rules.is_empty() {
            true => Ok(()),
            false => Err("one rule about scopes can be written"),
        };
    };
    let AccessRule {
        methods: _,
        versions,
        scopes_any,
        scopes_all,
        groups,
        consumers,
        allow_ips,
        deny_ips,
    } = rule;
    let others = !(versions.is_empty()
        && groups.is_empty()
        && consumers.is_empty()
        && allow_ips.is_empty()
        && deny_ips.is_empty());
    let [claim] = claims else {
        return Err("scopes can be in one claim, and no more");
    };
    let (matcher, scopes) = match (scopes_any.is_empty(), scopes_all.is_empty()) {
        _ if others => return Err("a rule can be about scopes alone"),
        (true, false) => ("all", scopes_all),
        (false, true) => ("any", scopes_any),
        _ => return Err("some of the scopes or all of them can be asked for, and not both"),
    };
    config.insert("scopes_key".to_owned(), json!(claim));
    config.insert("scopes".to_owned(), json!(scopes));
    config.insert("scopes_matcher".to_owned(), matcher.into());
    Ok(())
}

fn name(algorithm: TokenAlgorithm) -> &'static str {
    match algorithm {
        TokenAlgorithm::HS256 => "HS256",
        TokenAlgorithm::HS384 => "HS384",
        TokenAlgorithm::HS512 => "HS512",
        TokenAlgorithm::RS256 => "RS256",
        TokenAlgorithm::RS384 => "RS384",
        TokenAlgorithm::RS512 => "RS512",
        TokenAlgorithm::PS256 => "PS256",
        TokenAlgorithm::PS384 => "PS384",
        TokenAlgorithm::PS512 => "PS512",
        TokenAlgorithm::ES256 => "ES256",
        TokenAlgorithm::ES384 => "ES384",
        TokenAlgorithm::EdDSA => "EdDSA",
    }
}
