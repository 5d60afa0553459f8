use serde_json::Value;

use crate::config::file;
use crate::export::{Export, Grade, Options, Source, export};

const EVERYTHING: &str = include_str!("../../../../tests/export/everything.yaml");
const EXAMPLE: &str = include_str!("../../../../docs/gatewright.yaml");
const SCHEMA: &str = include_str!("../../../../tests/export/schemas/kong.json");

fn exported(yaml: &str) -> Export {
    let config = file::parse(yaml).unwrap_or_else(|issues| panic!("{issues:#?}"));
    export("kong", &Source::of_file(&config), &Options::default()).unwrap()
}

fn text(export: &Export) -> &str {
    let mut files = export.files.iter();
    &files.find(|file| file.name == "kong.yaml").unwrap().text
}

fn read(export: &Export) -> Value {
    let files = export.filled(|placeholder| Some(format!("gw_{}", placeholder.name)));
    let file = files.iter().find(|file| file.name == "kong.yaml").unwrap();
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(&file.text, options).unwrap()
}

/// decK's own schema, Apache-2.0: see `tests/export/schemas/README.md`.
fn assert_is_kong(document: &Value) {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<_> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn plugin<'d>(of: &'d Value, name: &str) -> Option<&'d Value> {
    let plugins = of["plugins"].as_array()?;
    let found = plugins.iter().find(|plugin| plugin["name"] == name)?;
    Some(&found["config"])
}

fn named<'d>(list: &'d Value, name: &str) -> &'d Value {
    let list = list.as_array().unwrap();
    list.iter()
        .find(|one| one["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {list:#?}"))
}

#[test]
fn exports_are_what_kongs_schema_describes_and_a_mistake_is_not() {
    for yaml in [EVERYTHING, EXAMPLE] {
        let mut document = read(&exported(yaml));
        assert_is_kong(&document);
        document["services"][0]["routes"][0]["strip_paths"] = true.into();
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        assert!(!jsonschema::is_valid(&schema, &document));
    }
}

/// EX-3
#[test]
fn a_file_whose_keys_are_not_filled_in_is_none_that_kong_reads() {
    let export = exported(EVERYTHING);
    let tokens: Vec<_> = export
        .placeholders
        .iter()
        .map(|one| one.token.as_str())
        .collect();
    assert_eq!(
        tokens,
        [
            r#"${{ env "DECK_KEY_ALICE" }}"#,
            r#"${{ env "DECK_KEY_BOB" }}"#,
            r#"${{ env "DECK_KEY_CAROL" }}"#
        ]
    );
    assert!(serde_saphyr::from_str::<Value>(text(&export)).is_err());
    let consumers = &read(&export)["consumers"];
    assert_eq!(
        consumers[0]["keyauth_credentials"][0]["key"],
        "gw_KEY_ALICE"
    );
    assert_eq!(
        consumers[0]["keyauth_credentials"][1]["key"],
        "Bearer gw_KEY_ALICE"
    );
}

#[test]
fn no_text_is_taken_for_a_place_to_fill_in_or_for_code() {
    let body = "${{ env \"DECK_KEY_ALICE\" }}\n- a: \u{85}b\u{2028}";
    let value = "$(os.exit()) ${{ env 'X' }} # {vault://env/x}";
    let yaml = format!(
        "
version: 1
services: [{{name: shop, targets: [{{url: 'http://127.0.0.1:3000'}}]}}]
routes:
  - {{name: fixed, match: {{path: /fixed}}, respond: {{body: {}}}}}
  - {{name: sent, match: {{path: /sent}}, service: shop, request_headers: {{set: [{{name: X-Sent, value: {}}}]}}}}
",
        Value::from(body),
        Value::from(value.replace("${", "$${").replace("$(", "$$("))
    );
    let export = exported(&yaml);
    assert!(!text(&export).contains("${{"), "{}", text(&export));
    let document = read(&export);
    let fixed = named(&document["services"], "fixed");
    assert_eq!(plugin(fixed, "request-termination").unwrap()["body"], body);
    let sent = named(&document["services"], "sent");
    let lines = plugin(sent, "request-transformer").unwrap()["append"]["headers"].to_string();
    assert!(lines.contains("x-sent:$('$')(os.exit())"), "{lines}");
}

#[test]
fn a_limit_of_a_route_is_that_of_its_service_so_that_it_counts_for_all_of_it() {
    let yaml = "
version: 1
services: [{name: shop, targets: [{url: 'http://127.0.0.1:3000'}]}]
routes:
  - name: shop
    match: {path: /shop, hosts: [a.example, b.example]}
    service: shop
    rate_limits: [{requests: 60, per: minute, by: ip, burst: 10}]
    quotas: [{requests: 1000, per: month, by: ip}]
";
    let export = exported(yaml);
    assert!(export.closed.is_empty(), "{:#?}", export.findings);
    let document = read(&export);
    let shop = named(&document["services"], "shop");
    let limits = plugin(shop, "rate-limiting").unwrap();
    assert_eq!(
        (&limits["second"], &limits["minute"], &limits["month"]),
        (&10.into(), &60.into(), &1000.into())
    );
    assert_eq!(limits["limit_by"], "ip");
    for route in shop["routes"].as_array().unwrap() {
        assert!(plugin(route, "rate-limiting").is_none());
    }
}

#[test]
fn limits_that_would_not_hold_beside_each_other_close_the_route() {
    let yaml = "
version: 1
limits: {rate_limits: [{requests: 1000, per: minute, by: ip}]}
services: [{name: shop, targets: [{url: 'http://127.0.0.1:3000'}]}]
routes:
  - {name: free, match: {path: /free}, service: shop}
  - {name: own, match: {path: /own}, service: shop, rate_limits: [{requests: 10, per: minute, by: ip}]}
";
    let export = exported(yaml);
    let closed: Vec<_> = export.closed.keys().map(|name| name.as_str()).collect();
    assert_eq!(closed, ["own"]);
    assert_eq!(export.findings[0].grade, Grade::LessStrict);
    assert_eq!(read(&export)["plugins"][0]["config"]["minute"], 1000);
}

/// Kong counts conditions before it looks at paths: a copy of the longer path asks for the same.
#[test]
fn a_route_with_a_condition_does_not_take_what_is_for_a_longer_path() {
    let yaml = "
version: 1
services: [{name: shop, targets: [{url: 'http://127.0.0.1:3000'}]}]
routes:
  - {name: beta, match: {path: /shop, headers: [{name: X-Beta, value: 'on'}]}, service: shop}
  - {name: cart, match: {path: /shop/cart}, service: shop}
  - {name: other, match: {path: /other}, service: shop}
";
    let document = read(&exported(yaml));
    let cart = named(&document["services"], "cart")["routes"]
        .as_array()
        .unwrap();
    assert_eq!(cart.len(), 2, "{cart:#?}");
    let beta = &named(&document["services"], "beta")["routes"][0];
    assert_eq!(cart[1]["headers"], beta["headers"]);
    assert!(cart[1]["regex_priority"].as_u64() > beta["regex_priority"].as_u64());
    assert_eq!(
        named(&document["services"], "other")["routes"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
