//! Exports to a product that is not run, proved by what the import makes of them: a second gateway
//! runs the configuration that is read back, and has to answer as the first one does.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Badge, Class, ask, compare, echo};
use crate::clock::Clock;
use crate::config::{Config, file};
use crate::export::gate::Gate;
use crate::export::{self, Export, Options as ExportOptions, Source};
use crate::gateway::{Change, Gateway, Options};
use crate::import::{self, Format};
use crate::keys::NewKey;
use crate::store::Actor;

async fn open(folder: &Path) -> Gateway {
    let options = Options {
        data_dir: folder.to_owned(),
        config_file: None,
        clock: Clock::system(),
    };
    Gateway::open(options).await.unwrap()
}

async fn apply(gateway: &Gateway, config: &Config) {
    let change = Change {
        config: config.clone(),
        expected: None,
        actor: Actor::Api,
        note: String::new(),
    };
    gateway
        .apply(change)
        .await
        .unwrap_or_else(|error| panic!("{error:?}"));
}

/// Copies a data folder. The databases by SQLite: a gateway that has ended lets go of them a moment
/// later, and their companions come and go.
fn copy_data(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("db") => {
                let database = rusqlite::Connection::open(&path).unwrap();
                let copy = copy.to_str().unwrap();
                database.execute("VACUUM INTO ?1", [copy]).unwrap();
            }
            Some("db-wal" | "db-shm") => {}
            _ if path.is_file() => {
                std::fs::copy(&path, &copy).unwrap();
            }
            _ => {}
        }
    }
}

/// Exports, reads back, and asks both. `change` is made to the text before it is read.
async fn compared(yaml: &str, change: impl Fn(String) -> String) -> (Export, Vec<Class>) {
    let (product, main_file, format) = ("kong", "kong.yaml", Format::Kong);
    let config = file::parse(yaml).unwrap_or_else(|issues| panic!("{issues:#?}"));
    let upstreams = echo::Upstreams::start(&config).await.unwrap();
    let mut config = upstreams.config.clone();
    config.listen.port = 0;
    config.listen.https = None;
    config.echo = None;
    config.local_issuer = None;
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    let gateway = open(&here).await;
    apply(&gateway, &config).await;
    let mut secrets = Vec::new();
    for key in Source::of_file(&config).keys {
        let key = NewKey {
            name: key.name,
            consumer: Some(key.consumer),
            access: key.access,
            ..NewKey::default()
        };
        secrets.push(gateway.issue_key(key).unwrap().secret);
    }
    gateway.shutdown().await;
    drop(gateway);
    // The same keys are good there.
    copy_data(&here, &there);
    let first = open(&here).await;
    let options = ExportOptions::default();
    let source = Source::with_keys(&config, &first.keys().all_good(), &options);
    let export = export::export(product, &source, &options).unwrap();
    let mut gate = Gate::of(&source).unwrap();
    for route in &mut gate.routes {
        route.closed = export.closed.get(&route.config.name).cloned();
    }
    let by_name: BTreeMap<_, _> = gate
        .slots
        .iter()
        .zip(&secrets)
        .map(|(slot, secret)| (slot.placeholder.clone(), secret.clone()))
        .collect();
    let files = export.filled(|placeholder| by_name.get(&placeholder.name).cloned());
    let text = &files
        .iter()
        .find(|file| file.name == main_file)
        .unwrap()
        .text;
    let text = change(text.clone());
    let imported =
        import::read(&text, Some(format)).unwrap_or_else(|issues| panic!("{issues:#?}\n{text}"));
    let mut back = imported.config;
    back.listen = config.listen.clone();
    let second = open(&there).await;
    apply(&second, &back).await;
    let addresses = (first.start().await.unwrap(), second.start().await.unwrap());
    let snapshot = first.snapshot();
    let asked = ask::requests(&gate, &secrets, |_| false);
    let mut classes = Vec::new();
    for group in asked.chunk_by(|a, b| a.class == b.class) {
        let both = compare::Both {
            snapshot: &snapshot,
            here: addresses.0,
            there: addresses.1,
        };
        let class = compare::class(&export.product, &gate, group, both, |_| {});
        classes.push(class.await.unwrap());
    }
    first.shutdown().await;
    second.shutdown().await;
    (export, classes)
}

const EVERYTHING: &str = include_str!("../../../tests/export/everything.yaml");
const EXAMPLE: &str = include_str!("../../../docs/gatewright.yaml");

fn told(classes: &[Class]) -> String {
    let mut told = String::new();
    for class in classes {
        told.push_str(&format!(
            "{} {:?} {} {:?}\n",
            class.name, class.badge, class.asked, class.known
        ));
        for line in &class.different {
            told.push_str(&format!("   {line}\n"));
        }
    }
    told
}

#[tokio::test]
async fn what_kong_is_told_is_read_back_as_what_is_here() {
    for yaml in [EVERYTHING, EXAMPLE] {
        let (export, classes) = compared(yaml, |text| text).await;
        let alike = classes.iter().all(|class| class.badge == Badge::Proved);
        assert!(alike, "{}{:#?}", told(&classes), export.closed);
        let asked: usize = classes.iter().map(|class| class.asked).sum();
        assert!(asked > 150, "only {asked} requests were sent");
    }
}

/// A proof that finds nothing wrong with a broken export proves nothing.
#[tokio::test]
async fn a_line_that_says_something_else_is_found() {
    for (line, other) in [
        ("allow: [\"staff\"]", "allow: [\"guests\"]"),
        ("minute: 5", "minute: 7"),
        ("x-powered-by", "x-powered-bye"),
        ("status_code: 418", "status_code: 419"),
        ("allow: [\"10.0.0.0/8\"]", "allow: [\"127.0.0.0/8\"]"),
        ("/internal/", "/external/"),
        ("name: \"key-auth\"", "name: \"prometheus\""),
    ] {
        let change = |text: String| {
            assert!(text.contains(line), "no `{line}` in\n{text}");
            text.replace(line, other)
        };
        let (_, classes) = compared(EVERYTHING, change).await;
        let found = classes.iter().any(|class| class.badge != Badge::Proved);
        assert!(
            found,
            "`{line}` was changed to `{other}`, and nothing was found"
        );
    }
}
