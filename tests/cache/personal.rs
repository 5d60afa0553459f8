//! Personal answers never leak: no two consumers share one unless the route says so.

use proptest::prelude::*;

use super::{answer, config};
use crate::harness::{TestGateway, Upstream, gateway};

/// What the service says of its answers to a path.
const CONTROLS: [&str; 5] = [
    "max-age=600",
    "public, s-maxage=600",
    "public, max-age=600, stale-while-revalidate=600",
    "no-cache, public",
    "",
];

/// A service whose every answer says whose it is.
async fn personal() -> Upstream {
    Upstream::start(|request| {
        let who = request.headers.get("x-consumer-id");
        let who = who.map_or("nobody", |who| who.to_str().unwrap()).to_owned();
        let n: usize = request.uri.path()[1..].parse().unwrap_or(0);
        let control = CONTROLS[n % CONTROLS.len()];
        let own = &[("cache-control", control), ("etag", "\"same\"")];
        answer(200, own, who)
    })
    .await
}

fn with_keys(upstream: &Upstream, terms: &str) -> String {
    config(upstream, terms, "").replace(
        "service: shop,",
        "service: shop, authentication: {methods: [api_key], anonymous: true},",
    )
}

#[derive(Clone, Debug)]
struct Step {
    caller: usize,
    path: usize,
    is_head: bool,
    fields: Vec<(&'static str, &'static str)>,
    later_s: u64,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fields = prop::sample::subsequence(
        vec![
            ("cache-control", "no-cache"),
            ("cache-control", "max-stale"),
            ("accept-encoding", "gzip"),
            ("cookie", "a=b"),
            ("range", "bytes=0-100"),
        ],
        0..2,
    );
    let step = (
        0..4_usize,
        0..6_usize,
        prop::bool::weighted(0.1),
        fields,
        0..400_u64,
    );
    let step = step.prop_map(|(caller, path, is_head, fields, later_s)| Step {
        caller,
        path,
        is_head,
        fields,
        later_s,
    });
    prop::collection::vec(step, 1..40)
}

/// Whose answers the callers got, each beside who they are.
async fn run(gateway: &TestGateway, keys: &[String], steps: &[Step]) -> Vec<(String, String)> {
    let mut got = Vec::new();
    for step in steps {
        gateway
            .clock
            .advance(std::time::Duration::from_secs(step.later_s));
        let url = gateway.url(&format!("/{}", step.path));
        let mut request = match step.is_head {
            true => gateway.client.head(url),
            false => gateway.client.get(url),
        };
        for (name, value) in &step.fields {
            request = request.header(*name, *value);
        }
        let who = match keys.get(step.caller) {
            None => "nobody".to_owned(),
            Some(key) => {
                request = request.header("x-api-key", key);
                format!("consumer-{}", step.caller)
            }
        };
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        let body = answer.text().await.unwrap();
        if !body.is_empty() {
            got.push((who, body));
        }
    }
    got
}

async fn keyed(gateway: &TestGateway) -> Vec<String> {
    let mut keys = Vec::new();
    for n in 0..3 {
        keys.push(gateway.issue_key(&format!("consumer-{n}")));
    }
    keys
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// CA-2
    #[test]
    fn no_two_consumers_share_an_answer_unless_the_route_says_so(
        steps in steps(),
        ttl in prop::bool::ANY,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2).enable_all().build().unwrap();
        let got = runtime.block_on(async {
            let upstream = personal().await;
            let terms = if ttl { "ttl_s: 600, override_answer: true" } else { "" };
            let gateway = gateway(&with_keys(&upstream, terms)).await;
            let keys = keyed(&gateway).await;
            run(&gateway, &keys, &steps).await
        });
        for (who, whose) in got {
            prop_assert_eq!(who, whose);
        }
    }
}

#[tokio::test]
async fn a_route_that_says_so_shares_answers_among_consumers() {
    let upstream = personal().await;
    let gateway = gateway(&with_keys(&upstream, "audience: shared")).await;
    let keys = keyed(&gateway).await;
    for key in &keys {
        let answer = gateway.get_with_key("/0", key).await;
        assert_eq!(answer.text().await.unwrap(), "consumer-0");
    }
    assert_eq!(upstream.seen().len(), 1);
}
