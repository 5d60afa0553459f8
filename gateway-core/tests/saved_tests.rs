//! `gatewright test` and `gatewright validate`, as they are typed, on a file with saved tests.

#![allow(clippy::unwrap_used, reason = "a fault in a test is a fault")]

mod command;

use std::fs;

use command::gatewright;

const SHOP: &str = "
version: 1
services: [{ name: shop, targets: [{ url: 'http://127.0.0.1:3000' }] }]
routes:
  - name: orders
    match: { path: /orders }
    service: shop
    tests:
      - request: GET /orders/8123
      - request: POST /orders
        headers: [{ name: X-Tester, value: '1' }]
no_route_tests:
  - request: GET /internal/metrics
";

const CATCH_ALL: &str = "
  - name: everything
    priority: 10
    match: { path: /, methods: [GET] }
    service: shop
no_route_tests:";

fn with(yaml: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("gatewright.yaml"), yaml).unwrap();
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn tests_that_pass_are_counted_and_end_with_0() {
    let folder = with(SHOP);
    let tested = gatewright(folder.path(), &["test"]);
    assert_eq!(text(&tested.stdout), "3 saved tests: all pass\n");
    assert_eq!(tested.status.code(), Some(0), "{}", text(&tested.stderr));
    let valid = gatewright(folder.path(), &["validate", "gatewright.yaml"]);
    assert_eq!(
        text(&valid.stdout),
        "gatewright.yaml is valid, and its 3 saved tests pass\n"
    );
    let none = with("version: 1\n");
    let tested = gatewright(none.path(), &["test"]);
    assert_eq!(text(&tested.stdout), "gatewright.yaml has no saved tests\n");
    assert_eq!(tested.status.code(), Some(0));
}

#[test]
fn a_test_that_fails_has_a_line_and_ends_with_1_while_the_file_stays_valid() {
    let folder = with(&SHOP.replace("\nno_route_tests:", CATCH_ALL));
    let tested = gatewright(folder.path(), &["test", "--config", "gatewright.yaml"]);
    assert_eq!(
        text(&tested.stdout),
        "failed: routes[0].tests[0]: `GET /orders/8123` matches `everything`; it belongs to `orders`\n\
         failed: no_route_tests[0]: `GET /internal/metrics` matches `everything`; no route is to take it\n\
         3 saved tests: 1 pass, 2 fail\n"
    );
    assert_eq!(tested.status.code(), Some(1));
    let valid = gatewright(folder.path(), &["validate", "gatewright.yaml"]);
    assert_eq!(valid.status.code(), Some(0), "{}", text(&valid.stderr));
    let said = text(&valid.stdout);
    assert!(
        said.contains("warning: routes[0].tests: 1 of 2 saved tests now matches another route: "),
        "{said}"
    );
    assert!(
        said.ends_with("is valid, but 2 of 3 saved tests fail; `gatewright test` says which\n"),
        "{said}"
    );
}

#[test]
fn all_results_can_be_had_as_json() {
    let folder = with(&SHOP.replace("\nno_route_tests:", CATCH_ALL));
    let tested = gatewright(folder.path(), &["test", "--json"]);
    assert_eq!(tested.status.code(), Some(1));
    let run: serde_json::Value = serde_json::from_slice(&tested.stdout).unwrap();
    assert_eq!((&run["passed"], &run["failed"]), (&1.into(), &2.into()));
    assert_eq!(run["results"][0]["outcome"], "other_route");
    assert_eq!(run["results"][0]["now"], "everything");
    assert_eq!(run["results"][1]["outcome"], "passes");
}

#[test]
fn a_file_that_is_not_right_ends_with_1_and_says_so() {
    let folder = with(&SHOP.replace("POST /orders", "post /orders"));
    let tested = gatewright(folder.path(), &["test"]);
    assert_eq!(tested.status.code(), Some(1));
    assert!(text(&tested.stderr).contains("`post` is no method"));
    let missing = gatewright(folder.path(), &["test", "--config", "none.yaml"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("cannot read none.yaml"));
}
