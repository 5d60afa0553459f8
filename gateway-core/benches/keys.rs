//! API keys among 10 and among 100,000: showing a good one, an unknown one and a mistyped one, and a
//! change of one. What is of interest is that the two take the same time.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gateway_core::clock::Clock;
use gateway_core::keys::{Issued, KeyChange, KeyRing, NewKey, format};
use gateway_core::store::ConfigStore;
use rusqlite::Connection;

/// As many keys, of which one is known here.
fn ring(dir: &Path, count: u32) -> (KeyRing, Issued) {
    let path = dir.join("gatewright.db");
    let ring = || {
        let store = ConfigStore::open(&path).expect("it can be made");
        KeyRing::load(store, Clock::system()).expect("it can be read")
    };
    let known = ring().issue(NewKey::new("known").everywhere());
    let known = known.expect("it can be stored");
    // Issued one at a time they would each wait for the disk.
    let others = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
                  INSERT INTO api_keys (id, name, consumer, hint, hash, created_at_us, terms)
                  SELECT randomblob(16), 'key ' || i, 'consumer ' || i, hint, randomblob(32),
                         created_at_us, terms
                  FROM n, (SELECT * FROM api_keys LIMIT 1)";
    let database = Connection::open(&path).expect("it is there");
    let added = database
        .execute(others, [count])
        .expect("it can be written");
    assert_eq!(added + 1, usize::try_from(count).expect("a small number"));
    (ring(), known)
}

fn keys(criterion: &mut Criterion) {
    for count in [10, 100_000] {
        let dir = tempfile::tempdir().expect("a folder");
        let (ring, known) = ring(dir.path(), count);
        let unknown = format::generate();
        let mut mistyped = known.secret.clone();
        mistyped.replace_range(10..11, if &mistyped[10..11] == "a" { "b" } else { "a" });
        let mut group = criterion.benchmark_group("an API key is shown");
        for (kind, key, good) in [
            ("good", &known.secret, true),
            ("unknown", &unknown, false),
            ("mistyped", &mistyped, false),
        ] {
            group.bench_function(BenchmarkId::new(kind, count), |bench| {
                bench.iter(|| assert_eq!(ring.check(black_box(key)).is_ok(), good));
            });
        }
        group.finish();
        let mut group = criterion.benchmark_group("an API key is changed");
        group.sample_size(20);
        group.bench_function(BenchmarkId::new("scopes", count), |bench| {
            let change = KeyChange {
                scopes: Some(vec!["read".to_owned()]),
                ..KeyChange::default()
            };
            bench.iter(|| ring.change(known.key.id, &change).expect("it is stored"));
        });
        group.finish();
    }
}

criterion_group!(benches, keys);
criterion_main!(benches);
