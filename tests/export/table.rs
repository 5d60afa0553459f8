//! The table in `docs/exports.md`: what each product does of what a configuration may use, and what of
//! it is proved. Made from exports of the configurations that the tests prove.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use gateway_core::export::{Grade, Options, Product, Source, Standing, coverage, products};

use crate::realistic::ALL;
use crate::{EVERYTHING, EXAMPLE, config};

/// What no configuration of the tests uses but this one, which is not proved: some of it needs files,
/// certificates or services of others.
const REST: &str = include_str!("rest.yaml");

/// What requests cannot show, or not within the time of a test.
const NOT_COMPARED: [&str; 27] = [
    "ActiveHttp",
    "ActiveTcp",
    "Breaker",
    "CallerLimits",
    "Concurrency",
    "ConsistentHash",
    "Echo",
    "FirstByteTimeout",
    "Hold",
    "Http2Targets",
    "HttpsListener",
    "IdleTimeout",
    "Labels",
    "LeastInFlight",
    "LimitHeaders",
    "LocalIssuer",
    "Panic",
    "Passive",
    "PowerOfTwo",
    "Recording",
    "Retries",
    "RetryStatuses",
    "Split",
    "StickyCookie",
    "TlsTargets",
    "TlsUnchecked",
    "TotalTimeout",
];

/// How a product stands to a feature, over all configurations.
#[derive(Default)]
struct Cell {
    grades: BTreeSet<Option<Grade>>,
    proved: bool,
}

impl Cell {
    fn text(&self) -> String {
        let signs: Vec<_> = self.grades.iter().map(|grade| sign(*grade)).collect();
        let proved = if self.proved { " ✓" } else { "" };
        format!("{}{proved}", signs.join(" "))
    }
}

/// `None`: exact.
fn sign(grade: Option<Grade>) -> &'static str {
    match grade {
        None => "=",
        Some(Grade::Approximated) => "~",
        Some(Grade::LessStrict | Grade::NotExpressible) => "×",
        Some(Grade::NeedsPaid) => "$",
        Some(Grade::FillIn) => "fill in",
        Some(Grade::LeftOut) => "–",
    }
}

/// `ConsistentHash` as `consistent hash`.
fn words(feature: &str) -> String {
    let mut words = String::new();
    for (at, c) in feature.char_indices() {
        if c.is_ascii_uppercase() && at > 0 {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    match words.as_str() {
        "basic" => return "passwords".to_owned(),
        "rate" => return "rate limit".to_owned(),
        _ => {}
    }
    // Names of things keep their capitals.
    for (small, name) in [
        ("api keys", "API keys"),
        ("cors", "CORS"),
        ("http2", "HTTP/2"),
        ("https", "HTTPS"),
        ("jwt", "JSON Web Tokens"),
        ("tls", "TLS"),
        ("active http", "active HTTP"),
        ("active tcp", "active TCP"),
    ] {
        if let Some(rest) = words.strip_prefix(small) {
            return format!("{name}{rest}");
        }
    }
    words
}

fn table() -> String {
    let all: Vec<Product> = products();
    let mut rows: BTreeMap<String, BTreeMap<&str, Cell>> = BTreeMap::new();
    let proved = [EVERYTHING, EXAMPLE]
        .into_iter()
        .chain(ALL.iter().map(|(_, yaml)| *yaml));
    let configs = proved.map(|yaml| (yaml, true)).chain([(REST, false)]);
    for (yaml, is_proved) in configs {
        let config = config(yaml);
        let source = Source::of_file(&config);
        for product in &all {
            let found = coverage(product.id, &source, &Options::default()).unwrap();
            for Standing {
                feature,
                grade,
                closed,
            } in found
            {
                let cell = rows.entry(feature.clone()).or_default();
                let cell = cell.entry(product.id).or_default();
                cell.grades.insert(grade);
                let carried = matches!(grade, None | Some(Grade::Approximated));
                cell.proved |= product.program.is_some()
                    && is_proved
                    && carried
                    && !closed
                    && !NOT_COMPARED.contains(&feature.as_str());
            }
        }
    }
    let mut text = String::from("| |");
    for product in &all {
        write!(text, " {} |", product.title).unwrap();
    }
    text.push_str("\n| --- |");
    text.push_str(&" --- |".repeat(all.len()));
    text.push('\n');
    for (feature, cells) in &rows {
        write!(text, "| {} |", words(feature)).unwrap();
        for product in &all {
            let cell = cells.get(product.id).map_or(String::new(), Cell::text);
            write!(text, " {cell} |").unwrap();
        }
        text.push('\n');
    }
    text
}

fn products_table() -> String {
    let mut text = String::from(
        "| product | versions | edition | run in the tests with |\n| --- | --- | --- | --- |\n",
    );
    for product in products() {
        let run = match (product.proved_with, product.program) {
            (Some(version), Some(_)) => version,
            _ => "not run: held against its schema",
        };
        writeln!(
            text,
            "| `{}` | {} {} | {} | {run} |",
            product.id, product.title, product.versions, product.edition
        )
        .unwrap();
    }
    text
}

/// Puts a text between two marks of a document.
fn put(document: &str, name: &str, text: &str) -> String {
    let (begin, end) = (
        format!("<!-- {name}: written by a test, UPDATE_EXPORTS=1 -->\n"),
        format!("<!-- end of {name} -->\n"),
    );
    let from = document.find(&begin).expect("the document has its marks") + begin.len();
    let to = document.find(&end).expect("the document has its marks");
    format!("{}\n{text}\n{}", &document[..from], &document[to..])
}

/// Rewritten by `UPDATE_EXPORTS=1 cargo nextest run -p gateway-tests exports_is_up_to_date`.
#[test]
fn the_table_in_docs_exports_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/exports.md");
    let committed = std::fs::read_to_string(&path).unwrap();
    let text = put(&committed, "products", &products_table());
    let text = put(&text, "features", &table());
    if std::env::var_os("UPDATE_EXPORTS").is_some() {
        std::fs::write(&path, &text).unwrap();
        return;
    }
    assert!(
        committed == text,
        "run `UPDATE_EXPORTS=1 cargo nextest run -p gateway-tests exports_is_up_to_date`"
    );
}

#[test]
fn what_is_not_compared_is_there_to_be_compared() {
    let used = |yaml: &str| {
        let config = config(yaml);
        let source = Source::of_file(&config);
        let all = coverage("nginx", &source, &Options::default()).unwrap();
        all.into_iter()
            .map(|one| one.feature)
            .collect::<BTreeSet<_>>()
    };
    let all: BTreeSet<_> = [EVERYTHING, EXAMPLE, REST]
        .into_iter()
        .chain(ALL.iter().map(|(_, yaml)| *yaml))
        .flat_map(used)
        .collect();
    for feature in NOT_COMPARED {
        assert!(all.contains(feature), "no configuration uses {feature}");
    }
}
