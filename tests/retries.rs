//! Requests that fail are tried again where that is safe (LB-3), or wait for a target that restarts.

use std::sync::Arc;
use std::time::Duration;

use http::Method;

use crate::harness::{Mood, Moody, TestGateway, Upstream, full, gateway, upstream};

fn service(rest: &str, urls: &[String]) -> String {
    let urls: Vec<_> = urls.iter().map(|url| format!("{{url: '{url}'}}")).collect();
    format!(
        "{{version: 1, services: [{{name: shop, {rest}, targets: [{}]}}],
          routes: [{{name: all, service: shop}}]}}",
        urls.join(", ")
    )
}

async fn send(gateway: &TestGateway, method: Method, body: Vec<u8>) -> (u16, String) {
    let request = gateway.client.request(method, gateway.url("/")).body(body);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn dead() -> Moody {
    let dead = Moody::start("dead").await;
    dead.dies().await;
    dead
}

#[tokio::test]
async fn where_there_was_no_connection_any_method_is_tried_again_elsewhere() {
    for method in [Method::GET, Method::POST] {
        let (gone, b) = (dead().await, upstream("b").await);
        let gateway = gateway(&service("protocol: auto", &[gone.url(), b.url()])).await;
        for _ in 0..4 {
            let answer = send(&gateway, method.clone(), b"hello".to_vec()).await;
            assert_eq!(answer, (200, "b".to_owned()));
        }
        assert!(b.seen().iter().all(|seen| seen.body == "hello"));
        let rows = gateway.rows().await;
        let (_, kept) = gateway.gateway.log().exchange(rows[3].id).unwrap().unwrap();
        assert_eq!(kept.attempts.len(), 2);
        let chosen: Vec<_> = kept
            .attempts
            .iter()
            .map(|t| t.chosen.clone().unwrap())
            .collect();
        assert_eq!(
            chosen,
            [
                "round robin",
                "retry after upstream_refused, only target to choose"
            ]
        );
        let state = gateway.service();
        assert_eq!((state.retries_granted, state.retries_refused), (2, 0));
    }
}

#[tokio::test]
async fn what_may_have_been_read_is_only_repeated_where_twice_is_the_same_as_once() {
    for (method, status, tries) in [
        (Method::GET, 200, 2),
        (Method::PUT, 200, 2),
        (Method::DELETE, 200, 2),
        (Method::POST, 502, 1),
        (Method::PATCH, 502, 1),
    ] {
        for mood in [Mood::Reset, Mood::Noise] {
            let (a, b) = (Moody::start("a").await, upstream("b").await);
            a.becomes(mood);
            let gateway = gateway(&service("protocol: auto", &[a.url(), b.url()])).await;
            let answer = send(&gateway, method.clone(), b"hello".to_vec()).await;
            assert_eq!(answer.0, status, "{method} {mood:?}");
            let (summary, _, sentence) = gateway.newest().await;
            assert_eq!(summary.tries, tries, "{method} {mood:?}");
            match status {
                200 => assert_eq!(b.only().body, "hello"),
                _ => assert!(
                    sentence.ends_with("may have been read is not repeated."),
                    "{sentence}"
                ),
            }
        }
    }
}

#[tokio::test]
async fn a_timeout_is_tried_again_and_never_a_byte_after_an_answer_began() {
    let (a, b) = (Moody::start("a").await, upstream("b").await);
    let rest = "timeouts: {first_byte_ms: 50}";
    let gateway = gateway(&service(rest, &[a.url(), b.url()])).await;
    a.becomes(Mood::Hang);
    let asking = tokio::spawn(gateway.client.get(gateway.url("/")).send());
    gateway.eventually(|_| (a.asked() == 1).then_some(())).await;
    gateway.clock.advance(Duration::from_millis(50));
    let answer = asking.await.unwrap().unwrap();
    assert_eq!(answer.text().await.unwrap(), "b");

    a.becomes(Mood::Half);
    // The other target's turn, then the first one's.
    let answer = gateway.get("/").await;
    let answer = match answer.content_length() {
        Some(100) => answer,
        _ => gateway.get("/").await,
    };
    let asked = b.seen().len();
    assert!(
        answer.bytes().await.is_err(),
        "half an answer is never whole"
    );
    assert_eq!(b.seen().len(), asked);
    let (_, kept, sentence) = gateway.newest().await;
    assert_eq!(kept.attempts.len(), 1);
    assert!(
        sentence.contains("but broke off after 4 bytes: "),
        "{sentence}"
    );
}

#[tokio::test]
async fn statuses_that_are_configured_are_tried_again_and_the_last_one_is_passed_on() {
    let (a, b) = (Moody::start("a").await, Moody::start("b").await);
    a.becomes(Mood::Status(503));
    let rest = "retries: {attempts: 1, statuses: [503]}";
    let gateway = gateway(&service(rest, &[a.url(), b.url()])).await;
    for _ in 0..4 {
        assert_eq!(send(&gateway, Method::GET, Vec::new()).await.0, 200);
    }
    // Twice it was this one's turn.
    assert_eq!((a.asked(), b.asked()), (2, 4));
    b.becomes(Mood::Status(503));
    assert_eq!(send(&gateway, Method::GET, Vec::new()).await.0, 503);
    assert_eq!((a.asked(), b.asked()), (3, 5));
    assert_eq!(send(&gateway, Method::POST, Vec::new()).await.0, 503);
    assert_eq!(a.asked() + b.asked(), 9);
}

#[tokio::test]
async fn a_body_is_repeated_up_to_64_kib_and_a_longer_one_is_not() {
    for (bytes, status) in [(64 * 1024, 200), (64 * 1024 + 1, 502)] {
        // Reads the body whole before it fails.
        let a = Moody::start("a").await;
        a.becomes(Mood::Reset);
        let b = Upstream::start(|seen| http::Response::new(full(seen.body.clone()))).await;
        let gateway = gateway(&service("protocol: auto", &[a.url(), b.url()])).await;
        let body: Vec<u8> = (0..bytes).map(|n: usize| (n % 251) as u8).collect();
        let answer = gateway.client.put(gateway.url("/")).body(body.clone());
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status(), status, "{bytes}");
        match status {
            200 => assert_eq!(answer.bytes().await.unwrap(), body),
            _ => assert!(b.seen().is_empty()),
        }
    }
}

#[tokio::test]
async fn a_service_in_trouble_is_not_flooded_with_retries() {
    let (a, b) = (Moody::start("a").await, Moody::start("b").await);
    a.becomes(Mood::Hang);
    b.becomes(Mood::Hang);
    let rest = "retries: {attempts: 1, budget_percent: 1}, timeouts: {first_byte_ms: 50}";
    let gateway = gateway(&service(rest, &[a.url(), b.url()])).await;
    let asked = || a.asked() + b.asked();
    let asking: Vec<_> = (0..20)
        .map(|_| tokio::spawn(gateway.client.get(gateway.url("/")).send()))
        .collect();
    gateway.eventually(|_| (asked() == 20).then_some(())).await;
    gateway.clock.advance(Duration::from_millis(50));
    gateway.eventually(|_| (asked() == 23).then_some(())).await;
    gateway.clock.advance(Duration::from_millis(50));
    for answer in asking {
        assert_eq!(answer.await.unwrap().unwrap().status(), 504);
    }
    let state = gateway.service();
    assert_eq!((asked(), state.retries_granted), (23, 3));
    assert_eq!(state.retries_refused, 17);
}

/// Lets the gateway's time pass in small steps until something is done.
async fn while_time_passes<T>(gateway: &TestGateway, work: impl Future<Output = T>) -> T {
    let mut pause = tokio::time::interval(Duration::from_millis(2));
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = pause.tick() => gateway.clock.advance(Duration::from_millis(10)),
        }
    }
}

#[tokio::test]
async fn a_request_waits_for_a_target_that_restarts_and_the_log_says_how_long() {
    let shop = Moody::start("shop").await;
    let gateway = gateway(&service("hold_ms: 60000", &[shop.url()])).await;
    shop.dies().await;
    let asking = tokio::spawn(
        gateway
            .client
            .post(gateway.url("/"))
            .body("an order")
            .send(),
    );
    gateway
        .eventually(|_| (gateway.service().waiting == 1).then_some(()))
        .await;
    gateway.clock.advance(Duration::from_millis(840));
    shop.returns().await;
    let answer = while_time_passes(&gateway, asking).await.unwrap().unwrap();
    assert_eq!(answer.text().await.unwrap(), "shop");
    let (_, kept, sentence) = gateway.newest().await;
    assert!(sentence.contains("after waiting "), "{sentence}");
    let tries: Vec<_> = kept.attempts.iter().map(|tried| tried.code).collect();
    assert_eq!(
        tries.len(),
        2,
        "what was tried meanwhile is not told: {tries:?}"
    );
    let state = gateway.service();
    assert_eq!((state.waiting, state.held), (0, 1));
}

#[tokio::test]
async fn waiting_ends_with_hold_ms_and_a_hundred_may_wait() {
    let gone = dead().await;
    let gateway = gateway(&service("hold_ms: 2000", &[gone.url()])).await;
    let asking: Vec<_> = (0..101)
        .map(|_| tokio::spawn(gateway.client.get(gateway.url("/")).send()))
        .collect();
    gateway
        .eventually(|_| {
            let refused = gateway.gateway.recorder().status().in_flight == 100;
            (refused && gateway.service().waiting == 100).then_some(())
        })
        .await;
    let all = async {
        let mut statuses = Vec::new();
        for answer in asking {
            statuses.push(answer.await.unwrap().unwrap().status().as_u16());
        }
        statuses
    };
    let statuses = while_time_passes(&gateway, all).await;
    assert_eq!(statuses, [502; 101]);
    assert_eq!(gateway.service().held, 100);
}

#[tokio::test]
async fn an_answer_may_not_stand_still_nor_take_longer_than_in_all() {
    for (timeout, setting) in [("idle_ms: 500", "idle_ms"), ("total_ms: 500", "total_ms")] {
        let slow = Upstream::streaming(|_| {
            Box::pin(async {
                let first = http_body::Frame::data(bytes::Bytes::from_static(b"first"));
                let frames = futures_util::StreamExt::chain(
                    futures_util::stream::iter([Ok(first)]),
                    futures_util::stream::pending(),
                );
                let body = http_body_util::StreamBody::new(frames);
                http::Response::new(http_body_util::BodyExt::boxed(body))
            })
        })
        .await;
        let rest = format!("timeouts: {{{timeout}}}");
        let gateway = gateway(&service(&rest, &[slow.url()])).await;
        let mut answer = gateway.get("/").await;
        assert_eq!(answer.chunk().await.unwrap().unwrap(), "first");
        let more = while_time_passes(&gateway, answer.chunk()).await;
        assert!(more.is_err(), "{setting}: {more:?}");
        let (_, kept, sentence) = gateway.newest().await;
        assert_eq!(kept.attempts[0].code.unwrap().as_str(), "upstream_timeout");
        let setting = format!("within 500 ms (`timeouts.{setting}`).");
        assert!(sentence.ends_with(&setting), "{sentence}");
    }
}

#[tokio::test]
async fn a_head_that_takes_longer_than_in_all_is_a_timeout_and_not_tried_again() {
    let a = Moody::start("a").await;
    a.becomes(Mood::Hang);
    let gateway = gateway(&service("timeouts: {total_ms: 700}", &[a.url()])).await;
    let asking = tokio::spawn(gateway.client.get(gateway.url("/")).send());
    gateway.eventually(|_| (a.asked() == 1).then_some(())).await;
    gateway.clock.advance(Duration::from_millis(700));
    let answer = asking.await.unwrap().unwrap();
    assert_eq!(answer.status(), 504);
    let said = answer.text().await.unwrap();
    assert!(said.contains("`timeouts.total_ms`"), "{said}");
    assert_eq!(a.asked(), 1);
    let (_, kept, sentence) = gateway.newest().await;
    assert_eq!(kept.attempts[0].code.unwrap().as_str(), "upstream_timeout");
    assert!(sentence.contains("`timeouts.total_ms`"), "{sentence}");
}

/// One target dies, hangs, resets, breaks off, babbles and recovers, again and again, under load,
/// while another stays well. Each answer is whole and right, or says that it is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_fails_in_every_way_during_load_never_causes_a_wrong_answer() {
    let moody = Arc::new(Moody::start("moody").await);
    let well = Upstream::start(|seen| http::Response::new(full(seen.body.clone()))).await;
    let config = |failures: usize| {
        let rest = format!(
            "retries: {{attempts: 2, statuses: [503], budget_percent: 100}},
             health: {{passive: {{failures: {failures}, eject_ms: 100}}}},
             timeouts: {{first_byte_ms: 2000}}"
        );
        service(&rest, &[moody.url(), well.url()])
    };
    let gateway = gateway(&config(3)).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let (client, url, stopped) =
                (gateway.client.clone(), gateway.url("/"), stopped.clone());
            tokio::spawn(async move {
                let mut whole = 0_u32;
                let mut number = 0;
                while !*stopped.borrow() {
                    number += 1;
                    let body = format!("{caller}:{number}");
                    let Ok(answer) = client.put(&url).body(body.clone()).send().await else {
                        panic!("the gateway always answers");
                    };
                    let status = answer.status();
                    // Broken off: the caller knows.
                    let Ok(text) = answer.text().await else {
                        continue;
                    };
                    match status.as_u16() {
                        200 => assert!(text == body || text == "moody", "{text}"),
                        502..=504 => {
                            assert!(text.contains("\"code\"") || text == "moody", "{text}")
                        }
                        other => panic!("{other}: {text}"),
                    }
                    whole += u32::from(status == 200);
                }
                whole
            })
        })
        .collect();
    let work = async {
        for _ in 0..2 {
            let moods = [
                Mood::Reset,
                Mood::Well,
                Mood::Hang,
                Mood::Half,
                Mood::Well,
                Mood::Noise,
                Mood::Status(503),
            ];
            for (n, mood) in moods.into_iter().enumerate() {
                moody.becomes(mood);
                // Another rule also forgets for how long it would be left out by now.
                gateway.apply(&config(4 + n % 2)).await;
                let asked = moody.asked();
                gateway
                    .eventually(|_| (moody.asked() >= asked + 3).then_some(()))
                    .await;
            }
            moody.dies().await;
            let before = well.seen().len();
            gateway
                .eventually(|_| (well.seen().len() > before + 50).then_some(()))
                .await;
            moody.returns().await;
            gateway.apply(&config(3)).await;
        }
        stop.send(true).unwrap();
        let mut whole = 0;
        for caller in callers {
            whole += caller.await.unwrap();
        }
        whole
    };
    let whole = while_time_passes(&gateway, work).await;
    assert!(whole > 200, "{whole}");
    gateway
        .eventually(|_| {
            let state = gateway.service();
            let idle = state.targets.iter().all(|target| target.in_flight == 0);
            (idle && state.running == 0).then_some(())
        })
        .await;
}
