//! What is written by an export and read again is what it was.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::schema;

/// Every place of a rich document that holds free text, given other text.
fn rewritten(document: &Value, texts: &mut impl Iterator<Item = String>, at: &str) -> Value {
    const FREE: [&str; 14] = [
        "path",
        "value",
        "body",
        "of",
        "to",
        "rewrite",
        "url",
        "issuer",
        "team",
        "server_name",
        "cookie",
        "pattern",
        "time_zone",
        "deprecation_link",
    ];
    match document {
        Value::String(text) if FREE.contains(&at) => {
            Value::String(texts.next().unwrap_or_else(|| text.clone()))
        }
        Value::Array(items) => items
            .iter()
            .map(|item| rewritten(item, texts, at))
            .collect(),
        Value::Object(members) => {
            let members = members.iter();
            members
                .map(|(name, member)| (name.clone(), rewritten(member, texts, name)))
                .collect()
        }
        other => other.clone(),
    }
}

fn rich() -> Value {
    json!({
        "version": 1,
        "listen": { "port": 8081, "max_request_body_bytes": 1_000 },
        "api_keys": { "headers": ["X-Key"], "bearer": false, "query": "key" },
        "issuers": [{ "name": "i", "issuer": "x", "algorithms": ["RS256"], "jwks": { "url": "http://x/y" } }],
        "limits": { "headers": "kong", "time_zone": "UTC", "quotas": [{ "requests": 5, "per": "month", "by": "header", "of": "X" }] },
        "plans": [{ "name": "gold", "rate_limits": [{ "requests": 5, "per": "hour", "by": "key", "burst": 9 }] }],
        "consumers": [{ "name": "anna", "labels": { "team": "x" }, "groups": ["a"], "plan": "gold" }],
        "services": [{ "name": "shop", "targets": [{ "url": "http://h:1", "weight": 3 }], "tls": { "server_name": "n" },
            "health": { "active": { "path": "/up" } }, "breaker": {}, "timeouts": { "idle_ms": 5 } }],
        "routes": [
            { "name": "r", "service": "shop", "priority": -3, "enabled": false, "rewrite": "/x",
              "match": { "hosts": ["h"], "path": "/p", "path_kind": "template", "methods": ["GET"],
                  "headers": [{ "name": "X", "test": "matches", "value": "a" }] },
              "request_headers": { "remove": ["A"], "set": [{ "name": "B", "value": "b" }] },
              "authentication": { "methods": ["api_key", "basic"], "require": "all", "anonymous": true },
              "authorization": [{ "methods": ["GET"], "groups": ["a"], "deny_ips": ["::1"] }],
              "cors": { "origins": ["*"] },
              "versions": { "by": "header", "pattern": "v", "list": [{ "name": "v1", "deprecation_link": "x" }],
                  "split": { "cookie": "c", "weights": [{ "version": "v1", "weight": 1 }] } } },
            { "name": "a", "respond": { "status": 204, "headers": [{ "name": "N", "value": "v" }], "body": "b" } },
            { "name": "b", "redirect": { "to": "/x", "status": 308 }, "tests": [
                { "request": "GET /p?a=1", "host": "h", "headers": [{ "name": "X", "value": "a" }], "version": "v1" },
            ] },
        ],
        "no_route_tests": [{ "request": "GET /none" }],
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// `import(export(x)) == x`: Gatewright's own file, and an OpenAPI document with its
    /// extension, as YAML and as JSON.
    #[test]
    fn what_is_written_is_what_is_imported(texts in proptest::collection::vec(any::<String>(), 0..40)) {
        let document = rewritten(&rich(), &mut texts.into_iter(), "");
        let config = schema::check(&document).expect("text is free where it was put");
        let own = file::to_yaml(&config);
        prop_assert_eq!(&read(&own, None).expect("it was written here").config, &config);
        let openapi = json!({
            "openapi": "3.1.0",
            "info": { "title": "t", "version": "1" },
            "paths": {},
            (OPENAPI_EXTENSION): config,
        });
        for text in [
            serde_json::to_string_pretty(&openapi).expect("it is plain data"),
            serde_saphyr::to_string(&openapi).expect("it is plain data"),
        ] {
            let imported = read(&text, None).map_err(|issues| TestCaseError::fail(format!("{issues:?}\n{text}")))?;
            prop_assert_eq!(&imported.config, &config);
        }
    }

    /// Whatever is read never panics, and what comes out can be written and read again.
    #[test]
    fn any_document_is_read_or_refused(
        path in any::<String>(),
        name in any::<String>(),
        value in any::<String>(),
    ) {
        let kong = json!({
            "_format_version": "3.0",
            "services": [{ "name": name, "url": value, "routes": [
                { "name": name, "paths": [path, format!("~{path}")], "hosts": [value], "headers": { "X": [value, "~*a"] } },
            ], "plugins": [
                { "name": "request-transformer", "config": { "replace": { "uri": value }, "add": { "headers": [value, format!("X:{value}")] } } },
                { "name": "cors", "config": { "origins": [value] } },
            ] }],
            "consumers": [{ "username": name, "acls": [{ "group": value }] }],
        });
        let openapi = json!({
            "openapi": "3.0.0",
            "info": { "title": name },
            "servers": [{ "url": value }],
            "paths": { format!("/{path}"): { "get": { "operationId": name } } },
        });
        for document in [kong, openapi] {
            let imported = read(&document.to_string(), None).expect("it is JSON");
            let again = file::parse(&file::to_yaml(&imported.config));
            prop_assert_eq!(again.as_ref(), Ok(&imported.config));
        }
    }
}
