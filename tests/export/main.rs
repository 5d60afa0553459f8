//! Exports, run for real: the product beside Gatewright on the same services, request by request.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use gateway_core::config::{Config, file};
use gateway_core::export::{File, Options, Source, export, products};
use gateway_core::prove::{Badge, Proof, Tamper, Wish, markdown, prove};

const EVERYTHING: &str = include_str!("everything.yaml");
const EXAMPLE: &str = include_str!("../../docs/gatewright.yaml");

/// Where `scripts/setup test` unpacks the products' programs.
fn programs() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    vec![root.join("target/programs/bin")]
}

fn config(yaml: &str) -> Config {
    file::parse(yaml).unwrap_or_else(|issues| panic!("{issues:#?}"))
}

async fn proved(product: &str, yaml: &str, tamper: Option<&Tamper>) -> Proof {
    let config = config(yaml);
    let source = Source::of_file(&config);
    let wish = Wish {
        product,
        config: &config,
        keys: &source.keys,
        options: &Options::default(),
        folders: &programs(),
        tamper,
    };
    prove(&wish).await.unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn a_configuration_with_everything_answers_as_it_does_here() {
    for product in products() {
        let proof = proved(product.id, EVERYTHING, None).await;
        assert_eq!(proof.badge, Badge::Proved, "{}", markdown(&proof));
        let asked: usize = proof.classes.iter().map(|class| class.asked).sum();
        assert!(asked > 1_000, "only {asked} requests were sent");
        let classes: Vec<_> = proof.classes.iter().map(|class| class.name).collect();
        let all = [
            "bodies",
            "closed routes",
            "conditions",
            "cors",
            "hosts",
            "keys",
            "limits",
            "methods",
            "no route",
            "paths",
            "queries",
            "versions",
        ];
        assert_eq!(classes, all);
    }
}

#[tokio::test]
async fn the_example_in_the_documentation_answers_as_it_does_here() {
    for product in products() {
        let proof = proved(product.id, EXAMPLE, None).await;
        assert_eq!(proof.badge, Badge::Proved, "{}", markdown(&proof));
    }
}

/// A product, a line of its export, what it is changed into, and the class of requests that has to
/// see it.
const MUTATIONS: [(&str, &str, &str, &str); 18] = [
    (
        "nginx",
        "      if ($gw_slot = \"\") { return 401; }",
        "",
        "keys",
    ),
    ("nginx", "burst=4 nodelay", "burst=9 nodelay", "limits"),
    (
        "nginx",
        "(?:GET|HEAD) [^ ]* /orders(?:;[^/]*)?/[^/]+/?",
        "(?:GET) [^ ]* /orders(?:;[^/]*)?/[^/]+/?",
        "methods",
    ),
    (
        "nginx",
        "      proxy_set_header x-internal \"\";",
        "",
        "paths",
    ),
    ("nginx", "https://app\\\\.example", "https://app.*", "cors"),
    (
        "nginx",
        "\"v2\" \"http://gw_shop-next/base\";",
        "\"v2\" \"http://gw_shop\";",
        "versions",
    ),
    (
        "nginx",
        "client_max_body_size 64;",
        "client_max_body_size 65;",
        "bodies",
    ),
    (
        "nginx",
        "      proxy_set_header x-forwarded-for \"${remote_addr}\";",
        "",
        "hosts",
    ),
    (
        "nginx",
        "return 403; # closed",
        "return 204; # closed",
        "closed routes",
    ),
    (
        "haproxy",
        "  http-request return status 401 if r0 !{ var(txn.slot) -m found }",
        "",
        "keys",
    ),
    (
        "haproxy",
        "_gpc0_rate ge 5 }",
        "_gpc0_rate ge 6 }",
        "limits",
    ),
    (
        "haproxy",
        "{ method GET HEAD } { var(txn.path)",
        "{ method GET } { var(txn.path)",
        "methods",
    ),
    (
        "haproxy",
        "  http-request del-header x-internal if r0",
        "",
        "paths",
    ),
    (
        "haproxy",
        "https://app\\\\.example",
        "https://app.*",
        "cors",
    ),
    (
        "haproxy",
        "use_backend gw_shop-next if r0",
        "use_backend gw_shop if r0",
        "versions",
    ),
    (
        "haproxy",
        "{ req.hdr_val(content-length) gt 64 }",
        "{ req.hdr_val(content-length) gt 65 }",
        "bodies",
    ),
    (
        "haproxy",
        "  http-request set-header x-forwarded-for \"%[src]\" if r0",
        "",
        "hosts",
    ),
    (
        "haproxy",
        "  http-request return status 403 if r19",
        "  http-request return status 204 if r19",
        "closed routes",
    ),
];

/// The prover is proved: whichever line is changed, it says so.
#[tokio::test]
async fn one_changed_line_is_found() {
    for (product, line, changed, class) in MUTATIONS {
        let tamper = move |files: &mut Vec<File>| {
            let main = products()
                .into_iter()
                .find(|one| one.id == product)
                .unwrap();
            let conf = files
                .iter_mut()
                .find(|file| file.name == main.main_file)
                .unwrap();
            assert!(
                conf.text.contains(line),
                "{product}: `{line}` does not stand in the export"
            );
            conf.text = conf.text.replacen(line, changed, 1);
        };
        let proof = proved(product, EVERYTHING, Some(&tamper)).await;
        let found = proof.classes.iter().find(|one| one.name == class).unwrap();
        assert_ne!(
            found.badge,
            Badge::Proved,
            "{product}: `{line}` was changed unseen"
        );
        assert!(!found.different.is_empty());
    }
}

/// EX-3
#[tokio::test]
async fn whoever_has_not_filled_in_the_keys_lets_nobody_in() {
    for product in products() {
        let config = config(EVERYTHING);
        let unfilled = export(product.id, &Source::of_file(&config), &Options::default()).unwrap();
        let tamper = move |files: &mut Vec<File>| {
            for placeholder in &unfilled.placeholders {
                let file = files
                    .iter_mut()
                    .find(|file| file.name == placeholder.file)
                    .unwrap();
                let as_written = unfilled
                    .files
                    .iter()
                    .find(|one| one.name == file.name)
                    .unwrap();
                file.text.clone_from(&as_written.text);
            }
        };
        let proof = proved(product.id, EVERYTHING, Some(&tamper)).await;
        let keys = proof
            .classes
            .iter()
            .find(|class| class.name == "keys")
            .unwrap();
        assert!(!keys.different.is_empty());
        for line in &keys.different {
            assert!(line.contains("401 there"), "{line}");
        }
    }
}

/// Text that means something to one product or another.
const HOSTILE: [&str; 22] = [
    "\"",
    "'",
    ";",
    "{",
    "}",
    "\\",
    "$",
    "$host",
    "${uri}",
    "#",
    "`id`",
    "%",
    "%[src]",
    "*",
    "(",
    ")",
    "|",
    "\\n",
    "\\\"",
    "<%",
    "{{ env }}",
    "a b",
];

/// A configuration of routes whose texts are made of [`HOSTILE`], the same each time.
fn hostile() -> String {
    let mut state = 7_u64;
    let mut next = |most: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % most
    };
    let mut yaml = String::from(
        "version: 1\nservices: [{name: s, targets: [{url: 'http://127.0.0.1:1'}]}]\nroutes:\n",
    );
    for n in 0..60 {
        let mut text = || {
            let pieces: Vec<_> = (0..=next(6))
                .map(|_| HOSTILE[next(HOSTILE.len())])
                .collect();
            pieces.concat()
        };
        let (body, header, condition, query) = (text(), text(), text(), text());
        let header = header.replace("${", "$$ {").replace('$', "$$");
        let q = |text: &str| serde_json::to_string(text).unwrap();
        let common = format!(
            "match: {{path: /p{n}, headers: [{{name: X-C, value: {}}}], query: [{{name: {}, value: {}}}]}}",
            q(&format!("c{condition}c")),
            q(&format!("n{query}")),
            q(&condition)
        );
        let answer = match n % 2 {
            0 => format!(
                "respond: {{status: 200, headers: [{{name: X-Note, value: {}}}], body: {}}}",
                q(&format!("h{}h", header.replace("$$", "$"))),
                q(&format!("{body}\n{body}"))
            ),
            _ => format!(
                "service: s, request_headers: {{set: [{{name: X-Sent, value: {}}}]}}",
                q(&format!("h{header}h"))
            ),
        };
        writeln!(yaml, "  - {{name: r{n}, {common}, {answer}}}").unwrap();
    }
    yaml
}

/// reliability.md, item 31
#[tokio::test]
async fn no_text_can_say_more_than_itself() {
    let yaml = hostile();
    for product in products() {
        let proof = proved(product.id, &yaml, None).await;
        assert_eq!(proof.badge, Badge::Proved, "{}", markdown(&proof));
        let routes = proof
            .classes
            .iter()
            .find(|class| class.name == "queries")
            .unwrap();
        assert!(routes.asked >= 240, "{routes:?}");
    }
}
