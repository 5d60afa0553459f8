//! Every answer of the gateway's own is decided by one stage, and what is in the log of a request
//! gives the same verdict again: a great many requests, made up, through every stage.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use gateway_core::gateway::{Explanation, Question};
use gateway_core::keys::{Grant, KeyAccess, NewKey};
use gateway_core::record::decision::{Decision, Facts, LimitFact, Stage, Verdict};
use gateway_core::record::detail::Kept;
use gateway_core::record::filter::Filter;
use gateway_core::record::summary::{ExchangeSummary, Source};
use http::{Method, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::harness::signers::{Signer, time};
use crate::harness::{TestGateway, Upstream, full, gateway, is_own};

const REQUESTS: usize = 10_000;
/// After so many, what is in the log is asked about again.
const BATCH: usize = 500;
const MOST_ROWS: u32 = 500;
const ISS: &str = "https://id.example/";
const PASSWORD: &str = "correct horse";

fn yaml(shop: &str, secret: &std::path::Path, hash: &str) -> String {
    format!(
        "
version: 1
listen: {{limits: {{max_uri_bytes: 300, max_headers: 20, max_header_bytes: 2048}}, max_request_body_bytes: 1000}}
api_keys: {{query: key}}
limits:
  time_zone: Europe/Berlin
  rate_limits: [{{requests: 400, per: second, burst: 2000, by: ip}}]
plans:
  - {{name: bronze, rate_limits: [{{requests: 6, per: second, by: key}}], quotas: [{{requests: 300, per: day, by: key}}]}}
consumers:
  - {{name: anna, groups: [staff], scopes: [own], password_hash: '{hash}'}}
  - {{name: app, groups: [apps], scopes: [read], plan: bronze}}
issuers:
  - {{name: id, issuer: '{ISS}', audiences: [shop], algorithms: [HS256], secret: {{file: '{secret}'}}, groups_claim: groups}}
services: [{{name: shop, targets: [{{url: '{shop}'}}]}}]
routes:
  - {{name: open, service: shop, match: {{path: /open, methods: [GET, POST]}},
      rate_limits: [{{requests: 5, per: second, by: ip, algorithm: fixed_window, count_rejected: true}},
                    {{requests: 1, per: minute, by: ip, mode: shadow}}]}}
  - {{name: keyed, respond: {{status: 200}}, match: {{path: /keyed}}, authentication: {{methods: [api_key]}},
      rate_limits: [{{requests: 20, per: second, by: key, algorithm: sliding_window}}],
      quotas: [{{requests: 25, per: day, by: consumer}}]}}
  - {{name: token, respond: {{status: 200}}, match: {{path: /token}}, authentication: {{methods: [jwt]}},
      authorization: [{{scopes_any: [read, write]}}, {{methods: [DELETE], scopes_all: [read, write], groups: [staff]}}],
      rate_limits: [{{requests: 30, per: minute, by: claim, of: sub}}]}}
  - {{name: password, respond: {{status: 200}}, match: {{path: /password}}, authentication: {{methods: [basic]}},
      authorization: [{{consumers: [anna]}}]}}
  - {{name: any, respond: {{status: 200}}, match: {{path: /any}},
      authentication: {{methods: [api_key, jwt, basic], anonymous: true}},
      authorization: [{{methods: [POST], groups: [staff, apps]}}]}}
  - {{name: all, respond: {{status: 200}}, match: {{path: /all}}, authentication: {{methods: [api_key, basic], require: all}}}}
  - {{name: network, service: shop, match: {{path: /network}},
      authorization: [{{deny_ips: [127.0.0.3/32]}}, {{methods: [PUT], allow_ips: [127.0.0.1/32]}}],
      concurrency: [{{requests: 1, by: header, of: X-Tenant}}]}}
  - {{name: pages, respond: {{status: 200}}, match: {{path: /pages, methods: [GET, PUT]}}, authentication: {{methods: [api_key]}},
      cors: {{origins: ['https://app.example'], headers: [x-one], methods: [GET]}}}}
  - {{name: versions, service: shop, match: {{path: /versions}},
      versions: {{by: header, split: {{weights: [{{version: v1, weight: 3}}, {{version: v2, weight: 1}}]}},
        list: [{{name: v1}}, {{name: v2, rate_limits: [{{requests: 3, per: second, by: route}}]}},
               {{name: old, sunset_at: '2025-06-01T00:00:00Z', enforce_sunset: true}}]}}}}
  - {{name: named, respond: {{status: 200}}, match: {{path: /named}}, versions: {{by: query, list: [{{name: v1}}]}}}}
  - {{name: cookie, respond: {{status: 200}}, match: {{path: /cookie}},
      versions: {{by: path, split: {{sticky: cookie, weights: [{{version: v1, weight: 1}}, {{version: v2, weight: 1}}]}},
        list: [{{name: v1}}, {{name: v2}}]}}}}
  - {{name: sticky, respond: {{status: 200}}, match: {{path: /sticky}},
      versions: {{by: accept, split: {{sticky: ip, weights: [{{version: v1, weight: 1}}, {{version: v2, weight: 1}}]}},
        list: [{{name: v1}}, {{name: v2}}]}}}}
  - {{name: moved, redirect: {{to: '/open{{rest}}', status: 308}}, match: {{path: /moved}}}}
  - {{name: teapot, respond: {{status: 418, body: no}}, match: {{path: /teapot}},
      rate_limits: [{{requests: 2, per: second, by: global}}]}}
",
        secret = secret.display()
    )
}

/// The same numbers in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.roll().is_multiple_of(n)
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let index = self.roll() % all.len() as u64;
        &all[usize::try_from(index).unwrap()]
    }
}

/// What callers may show.
struct Purse {
    keys: Vec<String>,
    tokens: Vec<String>,
}

impl Purse {
    /// Good and bad ones, of every kind.
    fn of(gateway: &TestGateway, signer: &Signer) -> Self {
        let issue = |new: NewKey| gateway.gateway.issue_key(new).unwrap();
        let revoked = issue(NewKey::new("revoked").everywhere());
        let grants = vec![Grant {
            route: "keyed".into(),
            versions: Vec::new(),
            methods: vec!["GET".to_owned()],
        }];
        let narrow = NewKey {
            access: KeyAccess::Selected { grants },
            ..NewKey::new("narrow")
        };
        let ending = NewKey {
            expires_at_us: Some(time(40) * 1_000_000),
            ..NewKey::new("ending").everywhere()
        };
        let keys = vec![
            issue(NewKey::new("one").of("app").everywhere()).secret,
            issue(NewKey::new("two").of("app").everywhere()).secret,
            issue(NewKey::new("free").everywhere()).secret,
            issue(narrow).secret,
            issue(ending).secret,
            revoked.secret,
            // Of the right form, but of nobody; and of none.
            issue_elsewhere(),
            "gw_dev_what".to_owned(),
            "abc".to_owned(),
        ];
        gateway.gateway.revoke_key(revoked.key.id).unwrap();
        let claims = |sub: &str, scope: &str, exp| {
            json!({"iss": ISS, "aud": "shop", "sub": sub, "jti": format!("{sub}-{scope}"), "exp": exp,
                   "scope": scope, "groups": ["staff"]})
        };
        let token = |claims| signer.token("HS256", "one", &claims);
        let elsewhere = json!({"iss": "https://other.example/", "sub": "anna", "exp": time(9_000)});
        let good = token(claims("anna", "read", time(90_000)));
        let tokens = vec![
            token(claims("anna", "read write", time(90_000))),
            token(claims("app", "write", time(90_000))),
            token(claims("app", "none", time(90_000))),
            token(claims("anna", "read", time(30))),
            token(claims("anna", "read", time(-9_000))),
            token(elsewhere),
            Signer::new("HS256").token("HS256", "one", &claims("anna", "read", time(90_000))),
            format!("{}x", &good[..good.len() - 4]),
            good,
            "opaque".to_owned(),
        ];
        Self { keys, tokens }
    }
}

/// A key with a checksum that is right, which this gateway has never issued.
fn issue_elsewhere() -> String {
    gateway_core::keys::format::generate()
}

/// A request that nobody thought of.
fn made_up(
    dice: &mut Dice,
    purse: &Purse,
    client: &reqwest::Client,
    base: &str,
) -> reqwest::Request {
    let paths = [
        "/open",
        "/open/7",
        "/keyed",
        "/keyed/a%2fb",
        "/token",
        "/password",
        "/any",
        "/any/1",
        "/all",
        "/network",
        "/pages",
        "/versions",
        "/versions/x",
        "/named",
        "/cookie",
        "/v1/cookie",
        "/v9/cookie",
        "/sticky",
        "/moved/there",
        "/teapot",
        "/nowhere",
        "/",
        "/open%00x",
    ];
    let mut path = (*dice.of(&paths)).to_owned();
    if dice.one_in(60) {
        path = format!("/open/{}", "x".repeat(400));
    }
    let mut query = Vec::new();
    if dice.one_in(8) {
        query.push(format!("version={}", dice.of(&["v1", "v2", ""])));
    }
    if dice.one_in(12) {
        query.push(format!("key={}", dice.of(&purse.keys)));
    }
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    let methods = [
        Method::GET,
        Method::GET,
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
        Method::HEAD,
        Method::TRACE,
    ];
    // A browser's question about a page.
    if dice.one_in(15) {
        let origin = *dice.of(&["https://app.example", "https://evil.example"]);
        let request = client.request(Method::OPTIONS, format!("{base}/pages"));
        let request = request.header("origin", origin);
        let asked = *dice.of(&["GET", "PUT"]);
        let request = request.header("access-control-request-method", asked);
        return request.build().unwrap();
    }
    let mut request = client.request(dice.of(&methods).clone(), format!("{base}{path}"));
    if dice.one_in(2) {
        request = request.header("x-api-key", dice.of(&purse.keys));
    }
    if dice.one_in(15) {
        request = request.header("x-api-key", dice.of(&purse.keys));
    }
    if dice.one_in(2) {
        request = match dice.roll() % 6 {
            0..=2 => request.bearer_auth(dice.of(&purse.tokens)),
            3 => request.bearer_auth(dice.of(&purse.keys)),
            _ => {
                // A wrong password takes its time to check.
                let password = if dice.one_in(25) { "wrong" } else { PASSWORD };
                let pair = STANDARD.encode(format!("anna:{password}"));
                request.header("authorization", format!("Basic {pair}"))
            }
        };
    }
    if dice.one_in(3) {
        request = request.header("x-tenant", *dice.of(&["full", "free"]));
    }
    if dice.one_in(4) {
        request = request.header("x-api-version", *dice.of(&["v1", "v2", "old", "v7"]));
    }
    if dice.one_in(6) {
        request = request.header(
            "accept",
            *dice.of(&["application/json; version=v2", "text/html"]),
        );
    }
    if dice.one_in(5) {
        request = request.header(
            "cookie",
            format!("a=b; gatewright_version={}", dice.of(&["v1", "v2", "v5"])),
        );
    }
    if dice.one_in(4) {
        request = request.header(
            "origin",
            *dice.of(&["https://app.example", "https://evil.example"]),
        );
        request = request.header(
            "access-control-request-method",
            *dice.of(&["GET", "PUT", "PATCH"]),
        );
        if dice.one_in(2) {
            request = request.header(
                "access-control-request-headers",
                *dice.of(&["x-one", "x-two"]),
            );
        }
    }
    if dice.one_in(40) {
        for n in 0..20 {
            request = request.header(format!("x-more-{n}"), "1");
        }
    }
    if dice.one_in(20) {
        request = request.body("b".repeat(usize::try_from(dice.roll() % 2_000).unwrap()));
    }
    if dice.one_in(50) {
        request = request.header("max-forwards", *dice.of(&["0", "3", "x"]));
    }
    request.build().unwrap()
}

/// A service that answers, but for `/network` of one tenant, which it never ends.
async fn shop() -> (
    Upstream,
    mpsc::Receiver<mpsc::Sender<Result<Frame<Bytes>, std::io::Error>>>,
) {
    let (begun, beginnings) = mpsc::channel(1);
    let shop = Upstream::streaming(move |request| {
        let begun = begun.clone();
        Box::pin(async move {
            if request.headers().contains_key("x-hold") {
                let (send, receive) = mpsc::channel(1);
                begun.send(send).await.unwrap();
                return Response::new(StreamBody::new(ReceiverStream::new(receive)).boxed());
            }
            Response::new(full("ok"))
        })
    });
    (shop.await, beginnings)
}

/// Moonshot 1: "Why?"
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_the_log_gives_the_same_verdict_again_for_ten_thousand_requests() {
    let (shop, mut beginnings) = shop().await;
    let dir = tempfile::tempdir().unwrap();
    let signer = Signer::new("HS256");
    let Signer::Secret(secret) = &signer else {
        panic!("HS256 has a secret");
    };
    let path = dir.path().join("secret");
    std::fs::write(&path, secret).unwrap();
    let hash = tokio::task::spawn_blocking(|| gateway_core::passwords::hash(PASSWORD));
    let gateway = gateway(&yaml(&shop.url(), &path, &hash.await.unwrap())).await;
    let purse = Purse::of(&gateway, &signer);
    let base = gateway.url("");
    let from = |last: u8| {
        let address = IpAddr::from([127, 0, 0, last]);
        let client = reqwest::Client::builder().local_address(address);
        let client = client.redirect(reqwest::redirect::Policy::none());
        client.build().unwrap()
    };
    let clients = [from(1), from(1), from(2), from(3)];
    let held = gateway.client.get(gateway.url("/network"));
    let held = held.header("x-tenant", "full").header("x-hold", "1");
    let held = held.send().await.unwrap();
    let _never_ends = beginnings.recv().await.unwrap();

    let mut dice = Dice(7);
    let mut seen = Seen::default();
    let mut last = 0;
    // A few are answered before they were requests, and are not in the log.
    while seen.requests < REQUESTS {
        for _ in 0..BATCH {
            gateway
                .clock
                .advance(Duration::from_millis(dice.roll() % 30));
            let client = dice.of(&clients).clone();
            let request = made_up(&mut dice, &purse, &client, &base);
            // Some break off where they are refused before their body was read.
            if let Ok(answer) = client.execute(request).await {
                let _ = answer.bytes().await;
            }
        }
        gateway.recorder_flushed().await;
        let log = gateway.gateway.log();
        let page = log.page(&Filter::default(), None, 2 * MOST_ROWS).unwrap();
        let newest = page.rows.first().map_or(last, |row| row.seq);
        for row in page
            .rows
            .into_iter()
            .filter(|row| row.seq > last && is_own(row))
        {
            let (summary, kept) = log.exchange(row.id).unwrap().unwrap();
            let question = Question {
                logged: Some((summary.clone(), kept.clone())),
                ..Question::default()
            };
            let again = gateway.gateway.explain(question).await.unwrap();
            seen.compare(&summary, &kept, &again);
        }
        last = newest;
    }
    drop(held);
    seen.assert_enough();
}

impl TestGateway {
    async fn recorder_flushed(&self) {
        self.gateway.recorder().flush().await;
    }
}

/// What was compared.
#[derive(Default)]
struct Seen {
    requests: usize,
    /// Stages that ended a request with an answer of the gateway's own, and how often.
    deciding: std::collections::BTreeMap<String, usize>,
    codes: std::collections::BTreeMap<String, usize>,
    /// What was not the same.
    faults: Vec<String>,
}

impl Seen {
    fn compare(&mut self, then: &ExchangeSummary, kept: &Kept, again: &Explanation) {
        self.requests += 1;
        let ends =
            |decision: &&Decision| matches!(decision.verdict, Verdict::Stopped | Verdict::Answered);
        let deciding: Vec<_> = kept.trace.iter().filter(ends).collect();
        let mut faults = Vec::new();
        if deciding.len() != 1 {
            faults.push(format!("{} stages decide", deciding.len()));
        }
        if let (Source::Gateway, Some(deciding)) = (then.source, deciding.first()) {
            let stage = format!("{:?}", deciding.stage);
            *self.deciding.entry(stage).or_default() += 1;
            let code = then.code.map_or("answer", |code| code.as_str());
            *self.codes.entry(code.to_owned()).or_default() += 1;
        }
        if again.trace.len() != kept.trace.len() {
            faults.push("it goes through other stages".to_owned());
        }
        for (was, is) in kept.trace.iter().zip(&again.trace) {
            if (was.stage, was.verdict) != (is.stage, is.verdict) || !same(&was.facts, &is.facts) {
                faults.push(format!("was {was:?}\n  is {is:?}"));
            }
        }
        let decided = (then.decided_by, &then.route, &then.version, &then.service);
        if (
            again.decided_by,
            &again.route,
            &again.version,
            &again.service,
        ) != decided
            || (again.code, &again.key) != (then.code, &then.key)
        {
            faults.push(format!("was {then:?}"));
        }
        let forwarded = then.decided_by == Some(Stage::Forward);
        if !forwarded && again.status != Some(then.status) {
            faults.push(format!("status was {}, is {:?}", then.status, again.status));
        }
        match &again.difference {
            Some(difference) if !difference.changes => {}
            other => faults.push(format!("{other:?}")),
        }
        if !faults.is_empty() {
            let (method, path, query) = (&then.method, &then.path, &then.query);
            let headers = &kept.client_request;
            self.faults.push(format!(
                "{method} {path}?{query:?} {headers:?}\n  {}\n  {}\n  assumed {:?}",
                faults.join("\n  "),
                again.sentence,
                again.assumed,
            ));
        }
    }

    fn assert_enough(&self) {
        let shown = &self.faults[..self.faults.len().min(8)];
        assert!(
            shown.is_empty(),
            "{} differ: {}",
            self.faults.len(),
            shown.join("\n\n")
        );
        assert!(self.requests >= REQUESTS, "{}", self.requests);
        for stage in [
            "Accept",
            "MatchRoute",
            "Cors",
            "Authenticate",
            "Version",
            "Authorise",
            "RateLimit",
            "Answer",
        ] {
            let count = self.deciding.get(stage).copied().unwrap_or(0);
            assert!(
                count >= 20,
                "{stage} decided {count} of {:?}",
                self.deciding
            );
        }
        for code in [
            "uri_too_long",
            "headers_too_large",
            "ambiguous_path",
            "body_too_large",
            "method_unsupported",
            "route_not_found",
            "method_not_allowed",
            "cors_refused",
            "key_missing",
            "key_malformed",
            "key_invalid",
            "key_revoked",
            "key_expired",
            "key_duplicate",
            "credential_missing",
            "token_invalid",
            "password_invalid",
            "version_unknown",
            "version_required",
            "version_gone",
            "insufficient_scope",
            "forbidden",
            "rate_limited",
            "quota_exceeded",
            "concurrency_exceeded",
            "answer",
        ] {
            assert!(
                self.codes.contains_key(code),
                "{code} is not among {:?}",
                self.codes
            );
        }
    }
}

/// Whether facts say the same; of limits, the numbers that decide.
fn same(was: &Facts, is: &Facts) -> bool {
    match (was, is) {
        (
            Facts::Limits {
                limits,
                quotas,
                concurrency,
            },
            Facts::Limits {
                limits: limits_again,
                quotas: quotas_again,
                concurrency: concurrency_again,
            },
        ) => {
            let numbers = |fact: &LimitFact| {
                let retry_after_ms = (!fact.admitted).then_some(fact.retry_after_ms);
                let left = (fact.remaining_before, fact.remaining_after);
                (
                    fact.name.clone(),
                    fact.partition.clone(),
                    fact.admitted,
                    left,
                    retry_after_ms,
                )
            };
            limits
                .iter()
                .map(numbers)
                .eq(limits_again.iter().map(numbers))
                && quotas == quotas_again
                && concurrency == concurrency_again
        }
        // Where it goes, not what came of it.
        (Facts::Forwarded { .. }, Facts::WouldForward { .. }) => true,
        // Of what was refused before it was read whole, it is not known how much there was.
        (Facts::NotAccepted { code, .. }, Facts::NotAccepted { code: again, .. }) => code == again,
        (was, is) => was == is,
    }
}
