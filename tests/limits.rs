//! Limits, from the caller's side: what is counted together, what is told, and when there is more.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use gateway_core::gateway::WhoseLimits;
use gateway_core::keys::NewKey;
use gateway_core::record::decision::{Facts, LimitFact, QuotaFact, Stage, Verdict};
use http::{HeaderMap, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::harness::{TestGateway, Upstream, full, gateway, upstream};

/// Routes `a` at `/a` and `b` at `/b`, with `top` beside the routes and `limits` on `a`. Where those
/// count by key or consumer it asks for a key.
async fn in_front_of(shop: &Upstream, top: &str, limits: &str) -> TestGateway {
    gateway(&yaml(&shop.url(), top, limits)).await
}

fn yaml(url: &str, top: &str, limits: &str) -> String {
    let authentication = match limits.contains("by: key") || limits.contains("by: consumer") {
        true => "authentication: {methods: [api_key]},",
        false => "",
    };
    format!(
        "{{version: 1, {top} services: [{{name: s, targets: [{{url: '{url}'}}]}}],
          routes: [{{name: a, service: s, match: {{path: /a}}, {authentication} {limits}}},
                   {{name: b, service: s, match: {{path: /b}}}}]}}"
    )
}

fn rate(rest: &str) -> String {
    format!("rate_limits: [{{name: x, requests: 1, per: minute, {rest}}}]")
}

/// Statuses of a request each, with these headers.
async fn statuses(gateway: &TestGateway, path: &str, callers: &[(&str, &str)]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for (name, value) in callers {
        let mut request = gateway.client.get(gateway.url(path));
        if !name.is_empty() {
            request = request.header(*name, *value);
        }
        statuses.push(request.send().await.unwrap().status().as_u16());
    }
    statuses
}

/// What the newest exchange was decided by.
async fn facts(gateway: &TestGateway) -> (Verdict, Vec<LimitFact>, Vec<QuotaFact>) {
    let (_, kept, _) = gateway.newest().await;
    let decision = kept.trace.into_iter().find(|d| d.stage == Stage::RateLimit);
    let decision = decision.expect("the limits were asked");
    match decision.facts {
        Facts::Limits { limits, quotas, .. } => (decision.verdict, limits, quotas),
        other => panic!("these are no limits: {other:?}"),
    }
}

async fn partition(gateway: &TestGateway) -> String {
    facts(gateway).await.1[0].partition.clone()
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    let value = headers.get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn each_key_has_its_own() {
    let shop = upstream("ok").await;
    let gateway = in_front_of(&shop, "", &rate("by: key")).await;
    let (one, two) = (gateway.issue_key("one"), gateway.issue_key("two"));
    let callers = [
        ("x-api-key", one.as_str()),
        ("x-api-key", &one),
        ("x-api-key", &two),
    ];
    assert_eq!(statuses(&gateway, "/a", &callers).await, [200, 429, 200]);
    assert!(partition(&gateway).await.starts_with("key "));
}

#[tokio::test]
async fn all_keys_of_a_consumer_are_one() {
    let shop = upstream("ok").await;
    let gateway = in_front_of(&shop, "", &rate("by: consumer")).await;
    let key = |name, consumer| {
        let new = NewKey::new(name).of(consumer).everywhere();
        gateway.gateway.issue_key(new).unwrap().secret
    };
    let (one, same, other) = (key("a", "app"), key("b", "app"), key("c", "other"));
    let callers = [
        ("x-api-key", one.as_str()),
        ("x-api-key", &same),
        ("x-api-key", &other),
    ];
    assert_eq!(statuses(&gateway, "/a", &callers).await, [200, 429, 200]);
    assert_eq!(partition(&gateway).await, "consumer other");
}

#[tokio::test]
async fn each_address_has_its_own() {
    let shop = upstream("ok").await;
    let gateway = in_front_of(&shop, "", &rate("by: ip")).await;
    assert_eq!(
        statuses(&gateway, "/a", &[("", ""), ("", "")]).await,
        [200, 429]
    );
    assert_eq!(partition(&gateway).await, "ip 127.0.0.1");
    let elsewhere = reqwest::Client::builder()
        .local_address(IpAddr::from([127, 0, 0, 2]))
        .build()
        .unwrap();
    let answer = elsewhere.get(gateway.url("/a")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(partition(&gateway).await, "ip 127.0.0.2");
}

#[tokio::test]
async fn each_value_of_a_header_has_its_own_and_those_without_share_one() {
    let shop = upstream("ok").await;
    let gateway = in_front_of(&shop, "", &rate("by: header, of: X-Tenant")).await;
    let acme = ("x-tenant", "acme");
    let callers = [acme, acme, ("x-tenant", "other"), ("", ""), ("", "")];
    assert_eq!(
        statuses(&gateway, "/a", &callers).await,
        [200, 429, 200, 200, 429]
    );
    assert_eq!(partition(&gateway).await, "no header x-tenant");
    statuses(&gateway, "/a", &[acme]).await;
    assert_eq!(partition(&gateway).await, "header x-tenant");
}

#[tokio::test]
async fn limits_of_all_routes_count_routes_apart_or_all_requests_together() {
    let shop = upstream("ok").await;
    let top = |by: &str| format!("limits: {{{}}},", rate(&format!("by: {by}")));
    let apart = in_front_of(&shop, &top("route"), "strip_prefix: false").await;
    assert_eq!(
        statuses(&apart, "/a", &[("", ""), ("", "")]).await,
        [200, 429]
    );
    assert_eq!(
        statuses(&apart, "/b", &[("", ""), ("", "")]).await,
        [200, 429]
    );
    assert_eq!(partition(&apart).await, "route b");
    let together = in_front_of(&shop, &top("global"), "strip_prefix: false").await;
    assert_eq!(statuses(&together, "/a", &[("", "")]).await, [200]);
    assert_eq!(statuses(&together, "/b", &[("", "")]).await, [429]);
    assert_eq!(partition(&together).await, "all requests");
}

/// RL-7
#[tokio::test]
async fn who_has_nothing_to_count_by_is_counted_by_address_and_that_is_said() {
    let shop = upstream("ok").await;
    for by in ["key", "consumer"] {
        let top = format!("limits: {{{}}},", rate(&format!("by: {by}")));
        let gateway = gateway(&format!(
            "{{version: 1, {top} services: [{{name: s, targets: [{{url: '{}'}}]}}],
              routes: [{{name: open, service: s}}]}}",
            shop.url()
        ))
        .await;
        assert_eq!(
            statuses(&gateway, "/", &[("", ""), ("", "")]).await,
            [200, 429]
        );
        let said = format!("ip 127.0.0.1, for want of a {by}");
        assert_eq!(partition(&gateway).await, said);
    }
}

/// RL-9
#[tokio::test]
async fn a_limit_in_shadow_tells_and_never_stops_and_one_that_is_off_does_neither() {
    let shop = upstream("ok").await;
    let gateway = in_front_of(&shop, "", &rate("by: ip, mode: shadow")).await;
    let mut told = Vec::new();
    for _ in 0..2 {
        let answer = gateway.get("/a").await;
        assert_eq!(answer.status(), 200);
        told.push(header(answer.headers(), "ratelimit").to_owned());
    }
    assert_eq!(told, ["\"x\";r=0;t=60", "\"x\";r=0;t=60"]);
    let (verdict, limits, _) = facts(&gateway).await;
    assert_eq!(verdict, Verdict::Passed);
    assert!(!limits[0].admitted, "it would have been refused");

    let gateway = in_front_of(&shop, "", &rate("by: ip, mode: off")).await;
    for _ in 0..2 {
        let answer = gateway.get("/a").await;
        assert_eq!(answer.status(), 200);
        assert!(!answer.headers().contains_key("ratelimit"));
    }
}

/// RL-6
#[tokio::test]
async fn waiting_as_long_as_every_algorithm_says_succeeds() {
    let shop = upstream("ok").await;
    for algorithm in ["token_bucket", "fixed_window", "sliding_window"] {
        let limit =
            format!("rate_limits: [{{requests: 7, per: minute, by: ip, algorithm: {algorithm}}}]");
        let gateway = in_front_of(&shop, "", &limit).await;
        loop {
            let answer = gateway.get("/a").await;
            gateway.clock.advance(Duration::from_millis(333));
            if answer.status() == 429 {
                let seconds: u64 = header(answer.headers(), "retry-after").parse().unwrap();
                assert!(seconds >= 1);
                // The third of a second is over.
                gateway
                    .clock
                    .advance(Duration::from_millis(seconds * 1_000 - 333 - 1_000));
                assert_eq!(gateway.get("/a").await.status(), 429, "{algorithm}");
                gateway.clock.advance(Duration::from_secs(1));
                assert_eq!(gateway.get("/a").await.status(), 200, "{algorithm}");
                break;
            }
        }
    }
}

/// RL-3
#[tokio::test]
async fn a_request_refused_by_one_of_all_kinds_is_counted_by_none() {
    let shop = upstream("ok").await;
    let top = "limits: {rate_limits: [{requests: 9, per: hour, by: global}],
                        quotas: [{requests: 9, per: day, by: global}]},";
    let limits = "rate_limits: [{name: wide, requests: 9, per: hour, by: ip,
                                 algorithm: sliding_window}],
                  quotas: [{name: narrow, requests: 1, per: month, by: ip}],
                  concurrency: [{requests: 5, by: ip}]";
    let gateway = in_front_of(&shop, top, limits).await;
    assert_eq!(
        statuses(&gateway, "/a", &[("", ""); 4]).await,
        [200, 429, 429, 429]
    );
    let (verdict, limits, quotas) = facts(&gateway).await;
    assert_eq!(verdict, Verdict::Stopped);
    assert!(
        limits.iter().all(|fact| fact.remaining_after == 8),
        "{limits:#?}"
    );
    let used: Vec<_> = quotas.iter().map(|fact| fact.used_after).collect();
    assert_eq!(used, [1, 1]);
    assert_eq!(shop.seen().len(), 1);
}

/// RL-4
#[tokio::test]
async fn each_set_of_headers_tells_on_every_answer_also_of_a_refusal() {
    let shop = upstream("ok").await;
    let limits = "rate_limits: [{name: rate, requests: 2, per: minute, by: ip}],
                  quotas: [{name: quota, requests: 5, per: day, by: ip}]";
    let names = |headers: &HeaderMap| {
        let names = headers.keys().map(|name| name.as_str().to_owned());
        let mut names: Vec<_> = names.filter(|name| name.contains("ratelimit")).collect();
        names.sort();
        names
    };
    for (set, expected) in [
        ("ietf", &["ratelimit", "ratelimit-policy"][..]),
        (
            "legacy",
            &[
                "x-ratelimit-limit",
                "x-ratelimit-remaining",
                "x-ratelimit-reset",
            ],
        ),
        (
            "kong",
            &[
                "ratelimit-limit",
                "ratelimit-remaining",
                "ratelimit-reset",
                "x-ratelimit-limit-day",
                "x-ratelimit-limit-minute",
                "x-ratelimit-remaining-day",
                "x-ratelimit-remaining-minute",
            ],
        ),
        ("none", &[]),
    ] {
        let top = format!("limits: {{headers: {set}}},");
        let gateway = in_front_of(&shop, &top, limits).await;
        for (status, left, left_of_quota) in [(200, "1", "4"), (200, "0", "3"), (429, "0", "3")] {
            let answer = gateway.get("/a").await;
            let headers = answer.headers();
            assert_eq!(answer.status(), status);
            assert_eq!(names(headers), expected, "{set}");
            assert_eq!(headers.contains_key("retry-after"), status == 429);
            match set {
                "ietf" => {
                    let policy = "\"rate\";q=2;w=60, \"quota\";q=5;w=86400";
                    assert_eq!(header(headers, "ratelimit-policy"), policy);
                    let state = header(headers, "ratelimit");
                    let expected =
                        format!("\"rate\";r={left};t=30, \"quota\";r={left_of_quota};t=86400");
                    assert_eq!(state, expected);
                }
                "legacy" => {
                    assert_eq!(header(headers, "x-ratelimit-limit"), "2");
                    assert_eq!(header(headers, "x-ratelimit-remaining"), left);
                    assert_eq!(header(headers, "x-ratelimit-reset"), "30");
                }
                "kong" => {
                    assert_eq!(header(headers, "ratelimit-limit"), "2");
                    assert_eq!(header(headers, "ratelimit-remaining"), left);
                    assert_eq!(header(headers, "ratelimit-reset"), "30");
                    assert_eq!(header(headers, "x-ratelimit-limit-minute"), "2");
                    assert_eq!(header(headers, "x-ratelimit-remaining-minute"), left);
                    assert_eq!(header(headers, "x-ratelimit-limit-day"), "5");
                    assert_eq!(header(headers, "x-ratelimit-remaining-day"), left_of_quota);
                }
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn a_used_up_quota_is_429_and_says_when_it_begins_anew() {
    let shop = upstream("ok").await;
    let top = "limits: {time_zone: Europe/Berlin},";
    let limits = "quotas: [{requests: 2, per: month, by: ip}]";
    let gateway = in_front_of(&shop, top, limits).await;
    assert_eq!(
        statuses(&gateway, "/a", &[("", ""), ("", "")]).await,
        [200, 200]
    );
    let answer = gateway.get("/a").await;
    assert_eq!(answer.status(), 429);
    // The tests' clock begins with the year in UTC, an hour into it in Berlin.
    let month_s = 31 * 86_400 - 3_600;
    assert_eq!(header(answer.headers(), "retry-after"), month_s.to_string());
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["code"], "quota_exceeded");
    let kind = "https://iana.org/assignments/http-problem-types#quota-exceeded";
    assert_eq!(body["type"], kind);
    assert_eq!(body["violated-policies"], json!(["2 a month per IP"]));
    let (_, _, text) = gateway.newest().await;
    assert_eq!(
        text,
        "Stopped by quota `2 a month per IP` on route `a`: 2 of 2 used; begins anew on \
         1 February 00:00 (Europe/Berlin)."
    );
    gateway.clock.advance(Duration::from_secs(month_s - 1));
    assert_eq!(gateway.get("/a").await.status(), 429);
    gateway.clock.advance(Duration::from_secs(1));
    assert_eq!(gateway.get("/a").await.status(), 200);
}

/// RL-8: days of 23, 24 and 25 hours, the end of a month and a leap day, each as its clocks make it.
#[tokio::test]
async fn a_quota_begins_anew_when_its_day_does_whatever_clocks_do() {
    let shop = upstream("ok").await;
    let top = "limits: {time_zone: Europe/Berlin},";
    let limits = "quotas: [{name: daily, requests: 1, per: day, by: ip}]";
    let gateway = in_front_of(&shop, top, limits).await;
    let day_s = 86_400;
    // The tests' clock begins an hour into the year in Berlin.
    let mut now_s = 3_600;
    // Days from the beginning of 2026 there, how long the day is, and how much of it is gone ten hours
    // after it would have begun by the clocks of the winter.
    for (day, hours, gone) in [
        (30, 24, 10),             // 31 January
        (58, 24, 10),             // 28 February, no leap year
        (87, 23, 10),             // 29 March: clocks go forward
        (297, 25, 11),            // 25 October: clocks go back
        (365 + 365 + 59, 24, 10), // 29 February 2028
    ] {
        let then_s = day * day_s + 10 * 3_600;
        gateway.clock.advance(Duration::from_secs(then_s - now_s));
        now_s = then_s;
        assert_eq!(statuses(&gateway, "/a", &[("", "")]).await, [200]);
        let refused = gateway.get("/a").await;
        assert_eq!(refused.status(), 429);
        let left_s = (hours - gone) * 3_600;
        assert_eq!(
            header(refused.headers(), "retry-after"),
            left_s.to_string(),
            "day {day}"
        );
        gateway.clock.advance(Duration::from_secs(left_s - 1));
        assert_eq!(gateway.get("/a").await.status(), 429, "day {day}");
        gateway.clock.advance(Duration::from_secs(1));
        assert_eq!(gateway.get("/a").await.status(), 200, "day {day}");
        now_s += left_s;
    }
}

/// RL-8
#[tokio::test]
async fn a_restart_forgets_nothing_of_a_quota() {
    let shop = upstream("ok").await;
    let limits = "quotas: [{name: x, requests: 3, per: week, by: ip}]";
    let gateway = in_front_of(&shop, "", limits).await;
    assert_eq!(
        statuses(&gateway, "/a", &[("", ""), ("", "")]).await,
        [200, 200]
    );
    let dir = gateway.stop().await;
    let gateway = TestGateway::in_dir(dir, None).await;
    assert_eq!(
        statuses(&gateway, "/a", &[("", ""), ("", "")]).await,
        [200, 429]
    );
    let (_, _, quotas) = facts(&gateway).await;
    assert_eq!((quotas[0].used_before, quotas[0].used_after), (3, 3));
}

/// A service whose answers end when they are told to.
async fn slow() -> (
    Upstream,
    mpsc::Receiver<mpsc::Sender<Result<Frame<Bytes>, std::io::Error>>>,
) {
    let (begun, beginnings) = mpsc::channel(16);
    let service = Upstream::streaming(move |_| {
        let begun = begun.clone();
        Box::pin(async move {
            let (send, receive) = mpsc::channel(1);
            begun.send(send).await.unwrap();
            let body = StreamBody::new(ReceiverStream::new(receive));
            Response::new(BodyExt::boxed(body))
        })
    });
    (service.await, beginnings)
}

/// How many requests run, as the limit sees it.
fn running(gateway: &gateway_core::Gateway) -> u64 {
    let whose = WhoseLimits {
        route: Some("a".into()),
        ip: Some(IpAddr::from([127, 0, 0, 1])),
        ..WhoseLimits::default()
    };
    gateway.limits_state(&whose).unwrap().concurrency[0].running_before
}

#[tokio::test]
async fn a_request_runs_until_the_last_byte_of_its_answer_or_its_caller_has_gone() {
    let (service, mut beginnings) = slow().await;
    let gateway = in_front_of(&service, "", "concurrency: [{requests: 2, by: ip}]").await;
    let first = gateway.get("/a").await;
    let second = gateway.get("/a").await;
    let (first_end, second_end) = (
        beginnings.recv().await.unwrap(),
        beginnings.recv().await.unwrap(),
    );
    let refused = gateway.get("/a").await;
    assert_eq!(refused.status(), 429);
    assert_eq!(header(refused.headers(), "retry-after"), "1");
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["code"], "concurrency_exceeded");
    assert_eq!(body["violated-policies"], json!(["2 at once per IP"]));
    let (_, _, text) = gateway.newest().await;
    assert_eq!(
        text,
        "Stopped by limit on running requests `2 at once per IP` on route `a`: 2 of 2 were running; \
         room for one more as soon as one of them ends."
    );

    first_end.send(Ok(Frame::data("all".into()))).await.unwrap();
    let mut answer = first.bytes_stream();
    assert_eq!(answer.next().await.unwrap().unwrap(), "all");
    assert_eq!(running(&gateway.gateway), 2, "more may come");
    drop(first_end);
    assert!(answer.next().await.is_none());
    gateway
        .eventually(|gateway| (running(gateway) == 1).then_some(()))
        .await;

    drop(second);
    gateway
        .eventually(|gateway| (running(gateway) == 0).then_some(()))
        .await;
    drop(second_end);
}

#[tokio::test]
async fn a_request_that_fails_runs_no_longer() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let gateway = gateway(&yaml(&url, "", "concurrency: [{requests: 1, by: ip}]")).await;
    for _ in 0..3 {
        assert_eq!(gateway.get("/a").await.status(), 502);
    }
    gateway
        .eventually(|gateway| (running(gateway) == 0).then_some(()))
        .await;
}

#[tokio::test]
async fn a_caller_who_leaves_before_the_answer_runs_no_longer() {
    let (begun, mut beginnings) = mpsc::channel(1);
    let service = Upstream::streaming(move |_| {
        let begun = begun.clone();
        Box::pin(async move {
            begun.send(()).await.unwrap();
            std::future::pending().await
        })
    })
    .await;
    let gateway = in_front_of(&service, "", "concurrency: [{requests: 1, by: ip}]").await;
    let asking = tokio::spawn(gateway.client.get(gateway.url("/a")).send());
    beginnings.recv().await.unwrap();
    assert_eq!(running(&gateway.gateway), 1);
    asking.abort();
    gateway
        .eventually(|gateway| (running(gateway) == 0).then_some(()))
        .await;
}

#[tokio::test]
async fn a_tunnel_runs_until_it_closes() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let service = tokio::spawn(async move {
        let (stream, _) = socket.accept().await.unwrap();
        let mut messages = tokio_tungstenite::accept_async(stream).await.unwrap();
        while let Some(Ok(_)) = messages.next().await {}
    });
    let gateway = gateway(&yaml(&url, "", "concurrency: [{requests: 1, by: ip}]")).await;
    let url = gateway.url("/a").replace("http://", "ws://");
    let request = url.into_client_request().unwrap();
    let (mut tunnel, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    assert_eq!(gateway.get("/a").await.status(), 429);
    assert_eq!(running(&gateway.gateway), 1);
    tunnel.close(None).await.unwrap();
    while let Some(Ok(_)) = tunnel.next().await {}
    gateway
        .eventually(|gateway| (running(gateway) == 0).then_some(()))
        .await;
    service.await.unwrap();
}

#[tokio::test]
async fn a_change_of_configuration_gives_nobody_a_second_helping() {
    let shop = upstream("ok").await;
    let limits = |requests: u64| {
        format!(
            "rate_limits: [{{name: rate, requests: 1, per: hour, by: ip}}],
             quotas: [{{name: quota, requests: {requests}, per: day, by: ip}}]"
        )
    };
    let gateway = in_front_of(&shop, "", &limits(5)).await;
    assert_eq!(gateway.get("/a").await.status(), 200);
    gateway.apply(&yaml(&shop.url(), "", &limits(6))).await;
    assert_eq!(gateway.get("/a").await.status(), 429);
    let (_, limits, quotas) = facts(&gateway).await;
    assert_eq!(limits[0].remaining_before, 0);
    assert_eq!((quotas[0].used_before, quotas[0].requests), (1, 6));
}

#[tokio::test]
async fn looking_at_limits_takes_nothing_from_them() {
    let shop = upstream("ok").await;
    let top = "limits: {quotas: [{name: all, requests: 9, per: day, by: global}]},";
    let limits = "rate_limits: [{name: own, requests: 3, per: hour, by: key},
                                {name: tenant, requests: 3, per: hour, by: header, of: x-tenant}]";
    let gateway = in_front_of(&shop, top, limits).await;
    let key = gateway.issue_key("app");
    gateway.get_with_key("/a", &key).await;
    let whose = WhoseLimits {
        route: Some("a".into()),
        key: Some(gateway.gateway.keys().list()[0].id),
        value: Some("acme".to_owned()),
        ..WhoseLimits::default()
    };
    for _ in 0..3 {
        let state = gateway.gateway.limits_state(&whose).unwrap();
        let left: Vec<_> = state
            .limits
            .iter()
            .map(|fact| {
                (
                    fact.name.as_str(),
                    fact.remaining_before,
                    fact.remaining_after,
                )
            })
            .collect();
        assert_eq!(left, [("own", 2, 2), ("tenant", 3, 3)]);
        assert_eq!(state.quotas[0].used_before, 1);
        assert_eq!(state.quotas_not_kept, None);
    }
    let unknown = WhoseLimits {
        route: Some("nowhere".into()),
        ..WhoseLimits::default()
    };
    assert!(gateway.gateway.limits_state(&unknown).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_at_the_same_time_get_exactly_what_is_left() {
    let shop = Upstream::start(|_| Response::new(full("ok"))).await;
    let limits = "rate_limits: [{requests: 10, per: hour, by: ip, algorithm: sliding_window},
                                {requests: 20, per: hour, by: ip}],
                  quotas: [{requests: 15, per: day, by: ip}]";
    let gateway = in_front_of(&shop, "", limits).await;
    let asking = (0..60).map(|_| gateway.client.get(gateway.url("/a")).send());
    let answers = futures_util::future::join_all(asking).await;
    let statuses = answers.into_iter().map(|answer| answer.unwrap().status());
    assert_eq!(statuses.filter(|status| *status == 200).count(), 10);
    assert_eq!(shop.seen().len(), 10);
}
