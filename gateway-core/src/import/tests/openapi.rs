//! OpenAPI documents.

use super::*;

#[test]
fn an_openapi_document_becomes_routes_services_and_ways_to_show_who_one_is() {
    let text = include_str!("../../../tests/import/shop.openapi.yaml");
    let (imported, config) = planned(text);
    assert_eq!(imported.version.as_deref(), Some("3.1.0"));
    let urls: Vec<_> = config
        .services
        .iter()
        .map(|one| (one.name.as_str(), one.targets[0].url.as_str()))
        .collect();
    assert_eq!(
        urls,
        [
            ("shop", "https://api.shop.example"),
            ("files.shop.example", "https://files.shop.example")
        ]
    );
    let list = route(&config, "list-orders");
    assert_eq!(
        (list.matches.path.as_str(), &list.matches.methods[..]),
        ("/v1/orders", &["GET".to_owned()][..])
    );
    assert_eq!(list.authorization[0].scopes_all, ["orders:read"]);
    assert!(route(&config, "health").authentication.methods.is_empty());
    // A reference within the file.
    assert_eq!(route(&config, "get-order").matches.path, "/v1/orders/{id}");
    // A parameter within a segment comes before a whole one, and no parameter before both.
    let priority = |name: &str| route(&config, name).priority;
    assert!(
        priority("export-today") > priority("export") && priority("export") > priority("get-order")
    );
    // What cannot be asked here shuts the route.
    assert!(!route(&config, "partner").enabled);
    assert_eq!(config.api_keys.headers, ["X-Shop-Key"]);
    for (part, grade) in [
        ("leads out of the file", Grade::LeftOut),
        ("in a circle", Grade::LeftOut),
        ("another path takes the same requests", Grade::LeftOut),
        ("TRACE", Grade::NotExpressible),
        ("the first server was taken", Grade::LeftOut),
        ("deprecated", Grade::NeedsValue),
        ("of a field `x-internal`", Grade::LeftOut),
        ("of a field `colour`", Grade::LeftOut),
    ] {
        let found = imported
            .findings
            .iter()
            .find(|one| one.message.contains(part));
        let found = found.unwrap_or_else(|| panic!("{part}: {:#?}", imported.findings));
        assert_eq!(found.grade, grade, "{part}");
        assert!(found.line.is_some(), "{part}");
    }
}

#[test]
fn a_document_without_an_address_needs_one() {
    let text =
        "openapi: 3.0.3\ninfo: {title: Shop, version: '1'}\npaths: {/a: {get: {responses: {}}}}\n";
    let (imported, config) = planned(text);
    assert_eq!(config.services[0].targets[0].url, "http://upstream.invalid");
    let wishes = Wishes {
        upstreams: vec![Readdress {
            from: "http://upstream.invalid".to_owned(),
            to: "http://127.0.0.1:3000".to_owned(),
        }],
        ..Wishes::default()
    };
    let plan = plan(&Config::default(), &imported, &wishes);
    assert!(plan.upstreams[0].needs_another);
    assert_eq!(
        plan.config.services[0].targets[0].url,
        "http://127.0.0.1:3000"
    );
}

/// About the size of GitHub's own: 1,000 operations in several megabytes of JSON.
#[test]
fn a_document_of_several_megabytes_takes_seconds() {
    let mut paths = serde_json::Map::new();
    let schema = serde_json::json!({
        "type": "object",
        "properties": (0..40).map(|n| (format!("member_{n}"), serde_json::json!({
            "type": ["string", "null"], "description": "what it is, in a sentence of some length",
        }))).collect::<serde_json::Map<_, _>>(),
    });
    for n in 0..500 {
        let operation = |verb: &str| {
            serde_json::json!({
                "operationId": format!("area-{}/{verb}-thing-{n}", n % 30),
                "summary": "Does something", "tags": ["area"],
                "parameters": [{ "name": "owner", "in": "path", "required": true, "schema": { "type": "string" } }],
                "responses": { "200": { "description": "ok", "content": { "application/json": { "schema": schema } } } },
                "x-area": { "enabled": true },
            })
        };
        let path = format!("/areas/{{owner}}/{{repo}}/things-{n}/{{thing_id}}");
        paths.insert(
            path,
            serde_json::json!({ "get": operation("get"), "post": operation("create") }),
        );
    }
    let document = serde_json::json!({
        "openapi": "3.0.3",
        "info": { "title": "Large", "version": "1.1.4" },
        "servers": [{ "url": "https://api.large.example" }],
        "paths": paths,
    });
    let text = serde_json::to_string_pretty(&document).unwrap();
    assert!(text.len() > 5_000_000, "{}", text.len());
    let begun = Instant::now();
    let (imported, config) = planned(&text);
    let took = begun.elapsed();
    assert_eq!(config.routes.len(), 1_000);
    // One line for what is a thousand times the same.
    let of_area = about(&imported, "x-area");
    assert_eq!((of_area.len(), of_area[0].times), (1, 1_000));
    // Without optimisation, on a machine that does much else.
    assert!(took.as_secs() < 60, "{took:?}");
}
