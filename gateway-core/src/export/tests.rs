use super::*;
use crate::config::{Config, file};
use crate::ids::RouteName;

const SHOP: &str = include_str!("../../../docs/gatewright.yaml");

fn exported(product: &str, yaml: &str, options: &Options) -> Export {
    let config = file::parse(yaml).unwrap_or_else(|issues| panic!("{issues:#?}"));
    export(product, &Source::of_file(&config), options).unwrap()
}

/// EX-1
#[test]
fn the_same_configuration_gives_the_same_bytes() {
    for product in products() {
        let once = exported(product.id, SHOP, &Options::default());
        let again = exported(product.id, SHOP, &Options::default());
        assert_eq!(once, again, "{}", product.id);
    }
}

/// EX-2
#[test]
fn a_route_that_would_be_less_strict_is_closed_unless_a_person_says_otherwise() {
    let yaml = "
version: 1
services: [{name: shop, targets: [{url: 'http://127.0.0.1:3000'}]}]
routes:
  - {name: open, match: {path: /open}, service: shop}
  - name: counted
    match: {path: /counted}
    service: shop
    quotas: [{requests: 10, per: week, by: ip}]
";
    // A description refuses nothing, and closes nothing.
    for product in products().into_iter().filter(|one| one.id != "openapi") {
        let export = exported(product.id, yaml, &Options::default());
        let closed: Vec<_> = export.closed.keys().map(RouteName::as_str).collect();
        assert_eq!(closed, ["counted"], "{}", product.id);
        let first = &export.findings[0];
        assert_eq!(first.grade, Grade::LessStrict);
        assert_eq!(first.path, "routes[1].quotas[0]");
        assert!(first.closed && first.place.is_some(), "{first:?}");

        let options = Options {
            open: vec!["counted".into()],
            ..Options::default()
        };
        let export = exported(product.id, yaml, &options);
        assert!(export.closed.is_empty());
        assert_eq!(export.findings[0].grade, Grade::LessStrict);
        assert_eq!(export.fidelity(), Fidelity::Incomplete);
    }
}

#[test]
fn an_answer_of_several_services_is_kept_by_no_other_product_and_each_says_so() {
    let yaml = "
version: 1
services: [{name: shop, targets: [{url: 'http://127.0.0.1:3000'}]}]
routes:
  - name: together
    match: {path: /together, path_kind: exact}
    cache: {ttl_s: 60}
    aggregate: {parts: [{name: a, service: shop, path: /a}, {name: b, service: shop, path: /b}]}
";
    for product in products().into_iter().map(|product| product.id) {
        if product == "openapi" {
            continue;
        }
        let export = exported(product, yaml, &Options::default());
        let of_cache = export
            .findings
            .iter()
            .find(|one| one.path == "routes[0].cache");
        let finding = of_cache.unwrap_or_else(|| panic!("{product}: {:#?}", export.findings));
        assert_eq!(
            finding.grade,
            Grade::NotExpressible,
            "{product}: {finding:?}"
        );
        let why = match product {
            "krakend" => "parts are asked for each time",
            _ => "there is none to keep",
        };
        assert!(finding.note.contains(why), "{product}: {finding:?}");
    }
}

#[test]
fn an_answer_of_several_services_is_closed_where_it_cannot_be_made() {
    let yaml = "
version: 1
services: [{name: shop, targets: [{url: 'http://127.0.0.1:3000'}]}]
routes:
  - name: together
    match: {path: /together}
    aggregate: {parts: [{name: a, service: shop, path: /a}, {name: b, service: shop, path: '/b/{{a.id}}'}]}
";
    for product in ["nginx", "haproxy"] {
        let export = exported(product, yaml, &Options::default());
        let closed: Vec<_> = export.closed.keys().map(RouteName::as_str).collect();
        assert_eq!(closed, ["together"], "{product}");
        let finding = &export.findings[0];
        assert_eq!(finding.path, "routes[0].aggregate", "{product}");
        assert!(finding.place.is_some(), "{finding:?}");
        let options = Options {
            open: vec!["together".into()],
            ..Options::default()
        };
        let open = exported(product, yaml, &options);
        let says = |file: &File| file.text.contains("501");
        assert!(
            open.files.iter().any(says),
            "{product}: there is nothing behind it"
        );
    }
}

#[test]
fn each_finding_leads_to_a_line_that_is_there() {
    for product in products() {
        let export = exported(product.id, SHOP, &Options::default());
        for finding in &export.findings {
            let Some(place) = &finding.place else {
                continue;
            };
            let file = export
                .files
                .iter()
                .find(|file| file.name == place.file)
                .unwrap();
            assert!(place.line <= file.text.lines().count(), "{finding:?}");
        }
    }
}

#[test]
fn an_unknown_product_is_refused_with_those_there_are() {
    let config = Config::default();
    let error = export("abacus", &Source::of_file(&config), &Options::default()).unwrap_err();
    assert!(error.to_string().contains("nginx"), "{error}");
}
