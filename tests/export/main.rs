//! Exports, run for real: the product beside Gatewright on the same services, request by request.

mod api;
mod kubernetes;
mod mutations;
mod realistic;
mod table;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use gateway_core::config::{Config, Route, file};
use gateway_core::export::{File, Options, Product, SecretForm, Source, export, products};
use gateway_core::prove::{Badge, Proof, Tamper, Wish, markdown, prove};

const EVERYTHING: &str = include_str!("everything.yaml");
const EXAMPLE: &str = include_str!("../../docs/gatewright.yaml");

/// Where `scripts/setup test` unpacks the products' programs.
fn programs() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    vec![root.join("target/programs/bin")]
}

/// The products that are run.
fn run() -> impl Iterator<Item = Product> {
    products()
        .into_iter()
        .filter(|product| product.program.is_some())
}

fn config(yaml: &str) -> Config {
    file::parse(yaml).unwrap_or_else(|issues| panic!("{issues:#?}"))
}

async fn proved(product: &str, yaml: &str, tamper: Option<&Tamper>) -> Proof {
    proved_as(product, yaml, &Options::default(), tamper).await
}

async fn proved_as(product: &str, yaml: &str, options: &Options, tamper: Option<&Tamper>) -> Proof {
    let config = config(yaml);
    let source = Source::of_file(&config);
    let wish = Wish {
        product,
        config: &config,
        keys: &source.keys,
        options,
        folders: &programs(),
        recorded: &[],
        watch: None,
        tamper,
    };
    prove(&wish).await.unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn a_configuration_with_everything_answers_as_it_does_here() {
    for product in run() {
        let proof = proved(product.id, EVERYTHING, None).await;
        assert_eq!(proof.badge, Badge::Proved, "{}", markdown(&proof));
        let asked: usize = proof.classes.iter().map(|class| class.asked).sum();
        assert!(asked > 1_000, "only {asked} requests were sent");
        let classes: Vec<_> = proof.classes.iter().map(|class| class.name).collect();
        let mut all = vec![
            "bodies",
            "closed routes",
            "conditions",
            "cors",
            "hosts",
            "kept answers",
            "keys",
            "limits",
            "methods",
            "no route",
            "paths",
            "queries",
            "versions",
        ];
        if limited_are_closed(product.id) {
            // What cannot be limited there is exported closed, and asked about as such.
            all.retain(|name| *name != "limits");
        }
        if product.id != "nginx" {
            // Elsewhere no answers are kept.
            all.retain(|name| *name != "kept answers");
        }
        assert_eq!(classes, all);
    }
}

/// Whether a product has no rate limits, so that no route with one is open.
fn limited_are_closed(product: &str) -> bool {
    let config = config(EVERYTHING);
    let export = export(product, &Source::of_file(&config), &Options::default()).unwrap();
    let limited = |route: &&Route| !route.rate_limits.is_empty();
    let mut limited = config.routes.iter().filter(limited);
    limited.all(|route| export.closed.contains_key(&route.name))
}

#[tokio::test]
async fn the_example_in_the_documentation_answers_as_it_does_here() {
    for product in run() {
        let proof = proved(product.id, EXAMPLE, None).await;
        assert_eq!(proof.badge, Badge::Proved, "{}", markdown(&proof));
    }
}

/// EX-3
#[tokio::test]
async fn whoever_has_not_filled_in_the_keys_lets_nobody_in() {
    for product in run() {
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
            assert!(line.what.contains("401 there"), "{line}");
        }
    }
}

/// EX-3
#[tokio::test]
async fn hashes_that_are_taken_over_let_in_the_keys_of_today() {
    let options = Options {
        hashes: true,
        ..Options::default()
    };
    let source_config = config(EVERYTHING);
    let mut source = Source::of_file(&source_config);
    for key in &mut source.keys {
        key.sha256 = Some("a".repeat(64));
    }
    for product in run() {
        let export = export(product.id, &source, &options).unwrap();
        let unfilled = gateway_core::export::export(product.id, &source, &Options::default());
        let mut placeholders = unfilled.unwrap().placeholders.into_iter();
        let compares_hashes = placeholders.all(|one| one.form == SecretForm::Sha256);
        assert_eq!(
            export.placeholders.is_empty(),
            compares_hashes,
            "{}",
            product.id
        );
        let proof = proved_as(product.id, EVERYTHING, &options, None).await;
        assert_eq!(proof.badge, Badge::Proved, "{}", markdown(&proof));
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
    for product in run() {
        let proof = proved(product.id, &yaml, None).await;
        assert_eq!(proof.badge, Badge::Proved, "{}", markdown(&proof));
        let routes = proof
            .classes
            .iter()
            .find(|class| class.name == "queries")
            .unwrap();
        // Four of each that is not closed; those of a product without answers of its own are.
        let config = config(&yaml);
        let source = Source::of_file(&config);
        let closed = export(product.id, &source, &Options::default())
            .unwrap()
            .closed;
        let open = config.routes.len() - closed.len();
        assert!(open >= 30 && routes.asked >= 4 * open, "{routes:?}");
    }
}
