//! The look-up of a route among 10 and among 5,000: of each kind of path, found and not found. What
//! is of interest is that the two take the same time.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gateway_core::config::file;
use gateway_core::snapshot::Snapshot;
use gateway_core::snapshot::compile::compile;
use gateway_core::snapshot::matcher::{Lookup, Matched};
use http::{HeaderMap, Method};

/// As many routes, all with a path of one kind, some with a host or methods of their own.
fn snapshot(kind: &str, count: usize) -> Snapshot {
    let mut yaml =
        "version: 1\nservices: [{name: s, targets: [{url: 'http://a'}]}]\nroutes:\n".to_owned();
    for n in 0..count {
        let path = match kind {
            "template" => format!("/team-{n}/orders/{{id}}/items/{{item}}"),
            "regex" => format!("/team-{n}/orders/[0-9]+/items/[a-z]+"),
            _ => format!("/team-{n}/orders/7/items/x"),
        };
        let more = match n % 3 {
            0 => "",
            1 => ", hosts: ['*.localhost']",
            _ => ", methods: [GET, POST]",
        };
        writeln!(
            yaml,
            "  - {{name: r{n}, service: s, match: {{path: '{path}', path_kind: {kind}{more}}}}}"
        )
        .expect("text grows");
    }
    let config = file::parse(&yaml).expect("a good config");
    let compiled = compile(&config, 1, &Snapshot::default());
    compiled
        .map_err(|issues| issues.len())
        .expect("a good config")
        .snapshot
}

fn matcher(criterion: &mut Criterion) {
    let headers = HeaderMap::new();
    for kind in ["exact", "prefix", "template", "regex"] {
        let mut group = criterion.benchmark_group(kind);
        // Regular expressions are matched in one pass, but that pass knows them all.
        for count in [10, if kind == "regex" { 500 } else { 5_000 }] {
            let snapshot = snapshot(kind, count);
            let last = format!("/team-{}/orders/7/items/x", count - 1);
            for (name, path, found) in [
                ("found", last.as_str(), true),
                ("not found", "/team-x/orders/7/items/x", false),
            ] {
                let lookup = Lookup {
                    host: "shop.localhost",
                    path,
                    method: &Method::GET,
                    headers: &headers,
                    query: None,
                };
                group.bench_function(BenchmarkId::new(name, count), |bench| {
                    bench.iter(|| {
                        let matched = snapshot.matcher.find(black_box(&lookup));
                        assert_eq!(matches!(matched, Matched::Route(_)), found);
                    });
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, matcher);
criterion_main!(benches);
