use serde_json::{Value, json};

use crate::config::file;
use crate::export::{Export, Options, Source, export};

const EVERYTHING: &str = include_str!("../../../../tests/export/everything.yaml");
const EXAMPLE: &str = include_str!("../../../../docs/gatewright.yaml");

fn exported(yaml: &str) -> Export {
    let config = file::parse(yaml).unwrap_or_else(|issues| panic!("{issues:#?}"));
    export("apisix", &Source::of_file(&config), &Options::default()).unwrap()
}

fn text(export: &Export) -> String {
    let files = export.filled(|placeholder| Some(format!("gw_{}", placeholder.name)));
    files
        .into_iter()
        .find(|file| file.name == "apisix.yaml")
        .unwrap()
        .text
}

fn read(export: &Export) -> Value {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(&text(export), options).unwrap()
}

fn route<'d>(document: &'d Value, name: &str) -> &'d Value {
    let all = document["routes"].as_array().unwrap();
    all.iter()
        .find(|one| one["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {document:#}"))
}

/// What of APISIX's form the export uses, written after its documentation: its own schemas are code.
fn form() -> Value {
    let object = |properties: Value, required: Value| json!({ "type": "object", "additionalProperties": false, "properties": properties, "required": required });
    let text = || json!({ "type": "string", "minLength": 1 });
    let texts =
        || json!({ "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } });
    let count = || json!({ "type": "integer", "minimum": 0 });
    let headers = || json!({ "type": "object", "minProperties": 1, "propertyNames": { "pattern": "^[^:]+$" }, "additionalProperties": { "type": "string" } });
    let key = json!({ "key": text(), "key_type": { "enum": ["var", "constant"] }, "rejected_code": { "const": 429 }, "allow_degradation": { "const": false } });
    let limit = |more: Value, required: Value| {
        let mut all = key.clone();
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        object(all, required)
    };
    let edits = object(
        json!({ "set": headers(), "add": headers(), "remove": texts() }),
        json!([]),
    );
    let plugins = object(
        json!({
            "cors": object(json!({
                "allow_origins": { "type": "string", "pattern": r"^(\*|\*\*|null|\w+://[^,]+(,\w+://[^,]+)*)$" },
                "allow_origins_by_regex": texts(), "allow_methods": text(), "allow_headers": text(),
                "expose_headers": text(), "allow_credential": { "type": "boolean" }, "max_age": count(),
            }), json!(["allow_origins"])),
            "key-auth": object(json!({ "header": text(), "query": text(), "hide_credentials": { "type": "boolean" }, "anonymous_consumer": text() }), json!(["header", "query"])),
            "consumer-restriction": object(json!({ "whitelist": texts(), "rejected_code": { "const": 403 } }), json!(["whitelist"])),
            "ip-restriction": object(json!({ "whitelist": texts(), "blacklist": texts(), "response_code": { "const": 403 } }), json!([])),
            "client-control": object(json!({ "max_body_size": { "type": "integer", "minimum": 1 } }), json!(["max_body_size"])),
            "limit-count": limit(json!({ "count": { "type": "integer", "minimum": 1 }, "time_window": { "type": "integer", "minimum": 1 }, "window_type": { "enum": ["fixed", "sliding"] }, "group": text(), "policy": { "const": "local" } }), json!(["count", "time_window"])),
            "limit-req": limit(json!({ "rate": { "type": "number", "exclusiveMinimum": 0 }, "burst": count(), "nodelay": { "const": true } }), json!(["rate", "burst", "key"])),
            "limit-conn": limit(json!({ "conn": { "type": "integer", "minimum": 1 }, "burst": count(), "default_conn_delay": { "type": "number", "exclusiveMinimum": 0 } }), json!(["conn", "burst", "default_conn_delay", "key"])),
            "proxy-rewrite": object(json!({ "regex_uri": { "type": "array", "minItems": 2, "items": { "type": "string" } }, "headers": edits }), json!([])),
            "response-rewrite": object(json!({ "headers": object(json!({ "set": headers(), "remove": texts() }), json!([])) }), json!(["headers"])),
            "proxy-cache": object(json!({
                "cache_strategy": { "const": "memory" }, "cache_zone": { "const": "memory_cache" },
                "cache_key": { "type": "array", "minItems": 1, "items": { "type": "string", "pattern": r"(^[^$].+$|^\$[0-9a-zA-Z_]+$)" } },
                "cache_method": { "type": "array", "minItems": 1, "items": { "enum": ["GET", "POST", "HEAD"] } },
                "cache_http_status": { "type": "array", "minItems": 1, "items": { "type": "integer", "minimum": 200, "maximum": 599 } },
                "cache_bypass": texts(), "no_cache": texts(), "cache_control": { "type": "boolean" },
                "consumer_isolation": { "type": "boolean" }, "cache_set_cookie": { "type": "boolean" }, "cache_ttl": { "type": "integer", "minimum": 1 },
            }), json!(["cache_strategy", "cache_zone", "cache_key", "cache_bypass", "no_cache", "consumer_isolation"])),
            "redirect": object(json!({ "uri": { "type": "string", "minLength": 2 }, "ret_code": count(), "append_query_string": { "type": "boolean" } }), json!(["uri"])),
            "fault-injection": object(json!({ "abort": object(json!({ "http_status": { "type": "integer", "minimum": 200 }, "body": { "type": "string" }, "headers": headers() }), json!(["http_status"])) }), json!(["abort"])),
            "traffic-split": object(json!({ "rules": { "type": "array", "items": object(json!({ "weighted_upstreams": { "type": "array", "minItems": 1, "items": object(json!({ "upstream_id": text(), "weight": count() }), json!(["upstream_id", "weight"])) } }), json!(["weighted_upstreams"])) } }), json!(["rules"])),
        }),
        json!([]),
    );
    let id = json!({ "type": "string", "pattern": "^[a-zA-Z0-9-_.]+$", "maxLength": 64 });
    let route = object(
        json!({
            "id": id, "name": { "type": "string", "minLength": 1, "maxLength": 256 }, "uri": { "const": "/*" },
            "methods": { "type": "array", "items": { "enum": ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE", "PURGE"] } },
            "vars": { "type": "array", "minItems": 1, "items": { "type": "array", "minItems": 3, "maxItems": 4, "items": { "type": "string" } } },
            "priority": { "type": "integer" }, "plugins": plugins, "upstream_id": id,
        }),
        json!(["id", "uri", "vars", "priority", "plugins"]),
    );
    let upstream = object(
        json!({
            "id": id, "name": text(), "scheme": { "enum": ["http", "https"] },
            "type": { "enum": ["roundrobin", "least_conn", "chash"] },
            "hash_on": { "enum": ["vars", "header", "cookie", "consumer"] }, "key": text(),
            "nodes": { "type": "array", "items": object(json!({ "host": text(), "port": { "type": "integer", "minimum": 1 }, "weight": count() }), json!(["host", "port", "weight"])) },
            "pass_host": { "enum": ["pass", "node", "rewrite"] }, "upstream_host": text(),
            "timeout": object(json!({ "connect": { "type": "number", "exclusiveMinimum": 0 }, "send": { "type": "number", "exclusiveMinimum": 0 }, "read": { "type": "number", "exclusiveMinimum": 0 } }), json!(["connect", "send", "read"])),
            "retries": count(), "tls": { "type": "object" }, "checks": { "type": "object" },
        }),
        json!(["id", "type", "nodes"]),
    );
    let consumer = object(
        json!({
            "username": { "type": "string", "pattern": r"^[a-zA-Z0-9_\-]+$" },
            "plugins": object(json!({ "key-auth": object(json!({ "key": text() }), json!(["key"])) }), json!([])),
        }),
        json!(["username"]),
    );
    object(
        json!({
            "upstreams": { "type": "array", "items": upstream },
            "routes": { "type": "array", "items": route },
            "consumers": { "type": "array", "items": consumer },
        }),
        json!(["upstreams", "routes"]),
    )
}

#[test]
fn exports_have_the_form_that_apisix_reads_and_a_mistake_has_not() {
    let validator = jsonschema::validator_for(&form()).unwrap();
    for yaml in [EVERYTHING, EXAMPLE] {
        let export = exported(yaml);
        assert!(text(&export).ends_with("#END\n"));
        let mut document = read(&export);
        let wrong: Vec<_> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        document["routes"][0]["plugins"]["key_auth"] = json!({});
        assert!(!validator.is_valid(&document));
    }
}

#[test]
fn routes_are_asked_in_the_order_in_which_they_are_here() {
    let yaml = "
version: 1
services: [{name: shop, targets: [{url: 'http://127.0.0.1:3000/base'}]}]
routes:
  - {name: all, match: {path: /shop}, service: shop, strip_prefix: true}
  - {name: one, match: {path: '/shop/{id}', path_kind: template, methods: [GET], query: [{name: q, value: '1'}]}, service: shop, rewrite: '/one/{id}'}
  - {name: first, priority: 5, match: {path: /, headers: [{name: X-First, test: absent}]}, service: shop}
";
    let export = exported(yaml);
    assert!(export.closed.is_empty(), "{:#?}", export.findings);
    let document = read(&export);
    let priority = |name: &str| route(&document, name)["priority"].as_u64().unwrap();
    assert!(priority("first") > priority("one") && priority("one") > priority("all"));
    let one = route(&document, "one");
    assert_eq!(one["vars"][1], json!(["arg_q", "==", "1"]));
    assert_eq!(
        route(&document, "first")["vars"][1],
        json!(["http_x_first", "!", "~~", "\\A"])
    );
    let uri = &one["plugins"]["proxy-rewrite"]["regex_uri"];
    assert_eq!(uri[1], "/base/one/${2}", "{uri}");
}

/// EX-3
#[test]
fn a_key_that_is_not_filled_in_keeps_apisix_from_reading_the_file() {
    let export = exported(EVERYTHING);
    // `${{KEY}}` without such a variable is an error there; nothing is served by a file with one.
    let tokens: Vec<_> = export
        .placeholders
        .iter()
        .map(|one| one.token.as_str())
        .collect();
    assert_eq!(tokens, ["${{KEY_ALICE}}", "${{KEY_BOB}}", "${{KEY_CAROL}}"]);
    let consumers = &read(&export)["consumers"];
    assert_eq!(consumers[0]["plugins"]["key-auth"]["key"], "gw_KEY_ALICE");
}

#[test]
fn no_text_is_filled_in_from_the_environment_or_from_the_request() {
    let yaml = "
version: 1
services: [{name: shop, targets: [{url: 'http://127.0.0.1:3000'}]}]
routes:
  - {name: braces, match: {path: /a}, service: shop, request_headers: {set: [{name: X-A, value: 'x $$ {{ KEY_ALICE }}'}]}}
  - {name: variable, match: {path: /b}, service: shop, request_headers: {set: [{name: X-B, value: '$$host'}]}}
  - {name: body, match: {path: /c}, respond: {body: '${{KEY_ALICE}} $remote_addr'}}
  - {name: secret, match: {path: /d, headers: [{name: X-D, value: '$env://PATH'}]}, service: shop}
";
    let export = exported(yaml);
    let closed: Vec<_> = export.closed.keys().map(|name| name.as_str()).collect();
    assert_eq!(closed, ["body", "secret"], "{:#?}", export.findings);
    assert!(
        export
            .findings
            .iter()
            .any(|one| one.path == "routes[1].request_headers.set[0]")
    );
    let files = &export.files;
    let raw = &files
        .iter()
        .find(|file| file.name == "apisix.yaml")
        .unwrap()
        .text;
    assert!(!raw.contains("${{"), "{raw}");
}

#[test]
fn a_bucket_is_a_bucket_there_and_several_routes_share_a_window() {
    let yaml = "
version: 1
services: [{name: shop, targets: [{url: 'http://127.0.0.1:3000'}]}]
routes:
  - {name: one, match: {path: /one}, service: shop, rate_limits: [{requests: 120, per: minute, by: ip, burst: 10}]}
  - {name: two, match: {path: /two, hosts: [a.example, b.example]}, service: shop, rate_limits: [{requests: 120, per: minute, by: ip, burst: 10}]}
";
    let document = read(&exported(yaml));
    let bucket = &route(&document, "one")["plugins"]["limit-req"];
    assert_eq!(
        (&bucket["rate"], &bucket["burst"]),
        (&json!(2.0), &json!(9))
    );
    let window = &route(&document, "two")["plugins"]["limit-count"];
    assert_eq!(
        (&window["count"], &window["time_window"]),
        (&json!(10), &json!(5))
    );
    assert!(window["group"].is_string());
}

#[test]
fn only_answers_that_cannot_reach_another_caller_are_kept() {
    let yaml = "
version: 1
consumers: [{name: alice}]
services: [{name: shop, targets: [{url: 'http://127.0.0.1:3000'}]}]
routes:
  - {name: own, match: {path: /own}, service: shop, authentication: {methods: [api_key]}, cache: {headers: [X-Tenant]}}
  - {name: page, match: {path: /page}, service: shop, cache: {ttl_s: 60, override_answer: true, audience: shared}}
  - {name: shared, match: {path: /shared}, service: shop, authentication: {methods: [api_key]}, cache: {audience: shared}}
  - {name: counted, match: {path: /counted}, service: shop, cache: {}, rate_limits: [{requests: 5, per: minute, by: ip}]}
  - {name: few, match: {path: /few}, service: shop, cache: {query: none}}
";
    let export = exported(yaml);
    let document = read(&export);
    let plugin = |name: &str| route(&document, name)["plugins"]["proxy-cache"].clone();
    let own = plugin("own");
    assert_eq!(own["consumer_isolation"], true);
    assert_eq!(own["cache_control"], true);
    assert_eq!(
        own["no_cache"],
        json!(["$http_authorization", "$http_cookie"])
    );
    assert_eq!(own["cache_key"][4], "$http_x_tenant");
    let page = plugin("page");
    assert_eq!(
        (&page["cache_control"], &page["cache_ttl"]),
        (&json!(false), &json!(60))
    );
    for (n, name) in [(2, "shared"), (3, "counted"), (4, "few")] {
        assert_eq!(plugin(name), Value::Null);
        let path = format!("routes[{n}].cache");
        let found = export.findings.iter().find(|one| one.path == path).unwrap();
        assert!(
            found.note.ends_with("every request goes to the service"),
            "{}",
            found.note
        );
    }
}
