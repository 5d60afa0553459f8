//! How callers show who they are, in OpenAPI's words.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::config::{Authentication, AuthenticationMethod, Require};
use crate::export::document::Node;
use crate::export::gate::{Gate, Route};

/// Names of the schemes that a way can be shown by.
fn names(gate: &Gate<'_>, method: AuthenticationMethod) -> Vec<String> {
    let keys = &gate.config.api_keys;
    match method {
        AuthenticationMethod::ApiKey => {
            let headers = (0..keys.headers.len()).map(|n| format!("key{}", n + 1));
            let bearer = keys.bearer.then(|| "bearerKey".to_owned());
            let query = keys.query.as_ref().map(|_| "queryKey".to_owned());
            headers.chain(bearer).chain(query).collect()
        }
        AuthenticationMethod::Basic => vec!["password".to_owned()],
        AuthenticationMethod::Jwt => vec!["token".to_owned()],
        AuthenticationMethod::Forward => vec!["elsewhere".to_owned()],
    }
}

/// All schemes that some route asks for.
pub(super) fn schemes(gate: &Gate<'_>) -> Vec<(String, Node)> {
    let keys = &gate.config.api_keys;
    let mut schemes = Vec::new();
    let asked = |method: AuthenticationMethod| {
        let mut all = gate.routes.iter();
        all.any(|route| route.config.authentication.methods.contains(&method))
    };
    let mut put = |name: &str, at: &str, value: Value| {
        schemes.push((name.to_owned(), Node::from(value).of(at)));
    };
    for method in [
        AuthenticationMethod::ApiKey,
        AuthenticationMethod::Basic,
        AuthenticationMethod::Jwt,
        AuthenticationMethod::Forward,
    ] {
        if !asked(method) {
            continue;
        }
        match method {
            AuthenticationMethod::ApiKey => {
                for (n, header) in keys.headers.iter().enumerate() {
                    let value = json!({ "type": "apiKey", "in": "header", "name": header });
                    put(&format!("key{}", n + 1), "api_keys.headers", value);
                }
                if keys.bearer {
                    let value =
                        json!({ "type": "http", "scheme": "bearer", "description": "an API key" });
                    put("bearerKey", "api_keys.bearer", value);
                }
                if let Some(query) = &keys.query {
                    let value = json!({ "type": "apiKey", "in": "query", "name": query });
                    put("queryKey", "api_keys.query", value);
                }
            }
            AuthenticationMethod::Basic => {
                let value = json!({ "type": "http", "scheme": "basic", "description": "a consumer's name and password" });
                put("password", "consumers", value);
            }
            AuthenticationMethod::Jwt => {
                let issuers: Vec<_> = gate
                    .config
                    .issuers
                    .iter()
                    .map(|issuer| issuer.issuer.as_str())
                    .collect();
                let description = format!("a token of {}", issuers.join(" or "));
                let value = json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description });
                put("token", "issuers", value);
            }
            AuthenticationMethod::Forward => {
                let value = json!({ "type": "apiKey", "in": "header", "name": "Authorization", "description": "another service decides" });
                put("elsewhere", "routes", value);
            }
        }
    }
    schemes
}

/// What an operation asks for: a list of alternatives.
pub(super) fn asked(
    gate: &Gate<'_>,
    route: &Route<'_>,
    method: &str,
    version: Option<&str>,
) -> Value {
    let Authentication {
        methods,
        require,
        anonymous,
        issuers: _,
        forward: _,
    } = &route.config.authentication;
    let rules = route.config.authorization.iter().filter(|rule| {
        (rule.methods.is_empty() || rule.methods.iter().any(|one| one == method))
            && (rule.versions.is_empty()
                || version
                    .is_some_and(|version| rule.versions.iter().any(|one| one.as_str() == version)))
    });
    let scopes: BTreeSet<&String> = rules.flat_map(|rule| &rule.scopes_all).collect();
    let mut ways: Vec<Map<String, Value>> = Vec::new();
    match require {
        Require::Any => {
            for name in methods.iter().flat_map(|method| names(gate, *method)) {
                ways.push([(name, json!(scopes))].into_iter().collect());
            }
        }
        Require::All => {
            ways.push(Map::new());
            for method in methods {
                let mut more = Vec::new();
                for name in names(gate, *method) {
                    for way in &ways {
                        let mut way = way.clone();
                        way.insert(name.clone(), json!(scopes));
                        more.push(way);
                    }
                }
                ways = more;
            }
            ways.retain(|way| !way.is_empty());
        }
    }
    if *anonymous && !ways.is_empty() {
        ways.push(Map::new());
    }
    json!(ways)
}
