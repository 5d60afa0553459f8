//! How long the answer takes, and which part decides.

use super::*;

/// A clock that is moved once everything waits.
async fn moved<T>(making: impl Future<Output = T>, hands: &ManualClock, by: &[u64]) -> T {
    tokio::pin!(making);
    for ms in by {
        for _ in 0..50 {
            tokio::select! {
                biased;
                made = &mut making => return made,
                () = tokio::task::yield_now() => {}
            }
        }
        hands.advance(Duration::from_millis(*ms));
    }
    making.await
}

#[tokio::test]
async fn a_slow_optional_part_delays_the_answer_until_its_timeout_and_not_longer() {
    let plan = plan(&json!({"parts": [
        part("quick", json!({})),
        part("slow", json!({"required": false, "timeout_ms": 300})),
        part("after", json!({"required": false, "path": "/after/{{slow.id}}"})),
    ]}));
    let played = Played::new(|call: &Call| {
        let slow = call.path == "/slow";
        async move {
            match slow {
                true => std::future::pending().await,
                false => reply(200, &json!({"v": 1})),
            }
        }
    });
    let (clock, hands) = Clock::manual(0);
    let input = Input::default();
    let making = made_by(&plan, &played, &input, &clock);
    let made = moved(making, &hands, &[299, 1]).await;
    assert_eq!(
        made.told(),
        (200, r#"{"quick":{"v":1}} slow+after"#.to_owned())
    );
    assert_eq!(clock.monotonic_ns(), 300_000_000);
    assert_eq!(
        made.ends(),
        [PartEnd::Ok, PartEnd::TimedOut, PartEnd::Skipped]
    );
    assert_eq!(made.parts[1].took_us, 300_000);
    assert_eq!(
        made.parts[1].reason.as_deref(),
        Some("no answer within its `timeout_ms` of 300 ms")
    );
    assert_eq!(
        played.running.load(Ordering::SeqCst),
        0,
        "the slow one is let go of"
    );
}

/// AG-5
#[tokio::test]
async fn the_whole_answer_ends_at_its_deadline_whatever_is_still_under_way() {
    let parts = |required: bool| {
        plan(&json!({"deadline_ms": 500, "parts": [
            part("a", json!({"timeout_ms": 400, "required": false})),
            part("b", json!({"timeout_ms": 400, "required": required, "path": "/b/{{a.id}}"})),
        ]}))
    };
    let played = || {
        Played::new(|call: &Call| {
            let first = call.path == "/a";
            async move {
                match first {
                    true => reply(200, &json!({"id": 1})),
                    false => std::future::pending().await,
                }
            }
        })
    };
    for (required, status, told) in [
        (false, 200, r#"{"a":{"id":1}} b"#),
        (true, 504, "b part_timeout"),
    ] {
        let (clock, hands) = Clock::manual(0);
        // The request arrived long before its parts are asked.
        hands.advance(Duration::from_millis(300));
        let (plan, played, input) = (parts(required), played(), Input::default());
        let made = moved(made_by(&plan, &played, &input, &clock), &hands, &[199, 1]).await;
        assert_eq!(made.told(), (status, told.to_owned()));
        assert_eq!(clock.monotonic_ns(), 500_000_000);
        let reason = made.parts[1].reason.clone().unwrap();
        assert_eq!(reason, "no answer within its `deadline_ms` of 500 ms");
    }
}

/// What decides is the first of the required parts in order, though another fails earlier.
#[tokio::test]
async fn which_required_part_decides_does_not_depend_on_which_fails_first() {
    let plan =
        plan(&json!({"parts": [part("a", json!({})), part("b", json!({})), part("c", json!({}))]}));
    for (order, decides) in [
        (["/a", "/b"], (404, "a passed on".to_owned())),
        (["/b", "/a"], (404, "a passed on".to_owned())),
    ] {
        let first_is_over = Arc::new(Notify::new());
        let played = Played::new(|call: &Call| {
            let (path, first_is_over) = (call.path.clone(), first_is_over.clone());
            async move {
                if path == "/c" {
                    return std::future::pending().await;
                }
                if path == order[1] {
                    first_is_over.notified().await;
                }
                first_is_over.notify_one();
                reply(if path == "/a" { 404 } else { 500 }, &json!({}))
            }
        });
        let made = made(&plan, &played, &Input::default()).await;
        assert_eq!(made.told(), decides, "{order:?}");
        assert_eq!(
            made.parts[2].end,
            PartEnd::Cancelled,
            "nobody waits for the third"
        );
    }
}
