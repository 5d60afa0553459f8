//! Whether an answer is kept at all, for how long, and what becomes of it then.

use super::*;

#[tokio::test]
async fn the_part_that_is_stale_first_decides_how_long_and_age_counts() {
    for (a, b, cache, left_s) in [
        (
            FRESH,
            &[("cache-control", "max-age=30"), ("age", "10")][..],
            json!({}),
            20,
        ),
        (FRESH, &[], json!({"ttl_s": 5}), 5),
        (
            &[("cache-control", "max-age=1")],
            &[],
            json!({"ttl_s": 90, "override_answer": true}),
            90,
        ),
        (
            &[("cache-control", "max-age=600, s-maxage=7")],
            FRESH,
            json!({}),
            7,
        ),
    ] {
        let (a, b) = (saying(a).await, saying(b).await);
        let gateway = keeping(&a, &b, cache).await;
        ask(&gateway, "/dash/7", &[]).await;
        gateway.clock.advance(Duration::from_secs(left_s - 1));
        let last = ask(&gateway, "/dash/7", &[]).await;
        assert_eq!(
            last.field("cache-status"),
            "gatewright; hit; ttl=1",
            "{left_s}"
        );
        gateway.clock.advance(Duration::from_secs(1));
        let anew = ask(&gateway, "/dash/7", &[]).await;
        assert_eq!(
            anew.field("cache-status"),
            "gatewright; fwd=stale; stored",
            "{left_s}"
        );
        assert_eq!((a.seen().len(), b.seen().len()), (2, 2));
        // All of it is new, also what was still fresh.
        assert!(anew.body.contains(r#""n":1"#), "{}", anew.body);
    }
}

#[tokio::test]
async fn one_part_that_is_not_for_others_keeps_the_whole_from_being_kept() {
    for (fields, cache, why) in [
        (
            &[("cache-control", "no-store")][..],
            json!({}),
            "part `b`: it says `no-store`",
        ),
        (
            &[("cache-control", "private, max-age=60")],
            json!({"ttl_s": 60, "override_answer": true}),
            "part `b`: it says `private`",
        ),
        (
            &[("cache-control", "no-cache"), ("etag", "\"1\"")],
            json!({}),
            "part `b`: it says `no-cache`: its service would have to be asked each time",
        ),
        (
            &[("cache-control", "max-age=60"), ("vary", "x, *")],
            json!({}),
            "part `b`: its `Vary`",
        ),
        (
            &[("cache-control", "max-age=60"), ("set-cookie", "a=b")],
            json!({}),
            "part `b`: it sets a cookie",
        ),
        (
            &[("cache-control", "max-age=60"), ("age", "61")],
            json!({}),
            "part `b`: it was 61 s old when it came",
        ),
        (
            &[],
            json!({}),
            "part `b`: nothing says for how long it is fresh",
        ),
    ] {
        let (a, b) = (saying(FRESH).await, saying(fields).await);
        let gateway = keeping(&a, &b, cache).await;
        for _ in 0..2 {
            let got = ask(&gateway, "/dash/7", &[]).await;
            assert_eq!(got.status, 200);
            assert_eq!(
                got.field("cache-status"),
                "gatewright; fwd=uri-miss",
                "{why}"
            );
        }
        let said = fact(&gateway).await;
        assert_eq!(said.stored, Some(false));
        let reason = said.stored_reason.unwrap();
        assert!(reason.starts_with(why), "{reason}");
        assert_eq!((a.seen().len(), b.seen().len()), (2, 2));
    }
    let cookie: Fields = &[("cache-control", "max-age=60"), ("set-cookie", "a=b")];
    let (a, b) = (saying(FRESH).await, saying(cookie).await);
    let gateway = keeping(&a, &b, json!({"store_set_cookie": true})).await;
    ask(&gateway, "/dash/7", &[]).await;
    assert!(ask(&gateway, "/dash/7", &[]).await.is_hit());
}

#[tokio::test]
async fn an_answer_with_a_part_missing_is_never_kept_and_leaves_what_is_kept_alone() {
    let good = saying(FRESH).await;
    let moody = Moody::start("[1]").await;
    for (part, status) in [
        (json!({"required": false}), 200),
        (json!({"required": false, "default": []}), 200),
        (json!({"required": true}), 502),
    ] {
        let mut config = two(&good.url(), &moody.url(), &json!({"ttl_s": 60}));
        let whole = &mut config["routes"][0]["aggregate"]["parts"][1];
        for (name, value) in part.as_object().unwrap() {
            whole[name] = value.clone();
        }
        whole["retries"] = json!(0);
        moody.becomes(Mood::Status(500));
        let gateway = gateway(&config.to_string()).await;
        for _ in 0..2 {
            let got = ask(&gateway, "/dash/7", &[]).await;
            assert_eq!((got.status, got.is_hit()), (status, false), "{part}");
        }
        if status == 200 {
            let said = fact(&gateway).await;
            let why = "not all of its parts are there";
            assert_eq!(said.stored_reason.as_deref(), Some(why), "{part}");
        }
        assert_eq!(gateway.gateway.cache_state().answers, 0, "{part}");
        // Kept once it is whole; it does not stand in unless somebody says so.
        moody.becomes(Mood::Well);
        ask(&gateway, "/dash/7", &[]).await;
        assert!(ask(&gateway, "/dash/7", &[]).await.is_hit(), "{part}");
        moody.becomes(Mood::Status(500));
        assert!(ask(&gateway, "/dash/7", &[]).await.is_hit(), "{part}");
        gateway.clock.advance(Duration::from_secs(61));
        let got = ask(&gateway, "/dash/7", &[]).await;
        assert_eq!((got.status, got.is_hit()), (status, false), "{part}");
        assert_eq!(gateway.gateway.cache_state().answers, 1, "{part}");
    }
}

#[tokio::test]
async fn what_was_whole_stands_in_for_a_required_part_that_fails_where_all_parts_let_it() {
    let stale = "max-age=10, stale-if-error=60";
    for (control, status) in [
        (stale, 200),
        ("max-age=10", 502),
        ("s-maxage=10, stale-if-error=60", 502),
    ] {
        let fails = Arc::new(AtomicUsize::new(0));
        let failing = fails.clone();
        let a = saying(&[("cache-control", "max-age=100, stale-if-error=30")]).await;
        let b = Upstream::start(move |_| {
            let status = if failing.load(Ordering::SeqCst) == 0 {
                200
            } else {
                503
            };
            let answer = Response::builder().status(status);
            let answer = answer.header("cache-control", control);
            answer.body(full("{}")).unwrap()
        })
        .await;
        let gateway = keeping(&a, &b, json!({})).await;
        let whole = ask(&gateway, "/dash/7", &[]).await;
        fails.store(1, Ordering::SeqCst);
        gateway.clock.advance(Duration::from_secs(20));
        let got = ask(&gateway, "/dash/7", &[]).await;
        assert_eq!(got.status, status, "{control}");
        if status == 200 {
            assert_eq!(got.body, whole.body);
            assert_eq!(got.field("cache-status"), "gatewright; fwd=stale; ttl=-10");
            let (row, _, sentence) = gateway.newest().await;
            assert_eq!(
                (row.source, row.cache),
                (Source::Cache, Some(CacheResult::Stale))
            );
            assert!(
                sentence.contains("part `b` is not there (part_failed)"),
                "{sentence}"
            );
            // The shortest of what parts allow.
            gateway.clock.advance(Duration::from_secs(21));
            assert_eq!(ask(&gateway, "/dash/7", &[]).await.status, 502);
        }
    }
}

#[tokio::test]
async fn a_stale_answer_is_not_fetched_anew_in_the_background() {
    let fields: Fields = &[("cache-control", "max-age=10, stale-while-revalidate=60")];
    let (a, b) = (saying(fields).await, saying(fields).await);
    let gateway = keeping(&a, &b, json!({})).await;
    ask(&gateway, "/dash/7", &[]).await;
    gateway.clock.advance(Duration::from_secs(15));
    let got = ask(&gateway, "/dash/7", &[]).await;
    assert!(
        !got.is_hit() && got.body.contains(r#""n":1"#),
        "{}",
        got.body
    );
    assert_eq!(gateway.rows().await.len(), 2);
    assert_eq!((a.seen().len(), b.seen().len()), (2, 2));
}
