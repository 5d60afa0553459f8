//! Parts that are asked once for each item of a list.

use super::*;

fn fan_out(required: bool, more: Value) -> Arc<Plan> {
    let mut each = part(
        "each",
        json!({"path": "/item/{{item.id}}", "required": required,
               "for_each": {"list": "list.items", "concurrency": 7, "max_items": 200}}),
    );
    if let (Value::Object(each), Value::Object(more)) = (&mut each, more) {
        each.extend(more);
    }
    plan(&json!({"max_bytes": 100_000, "parts": [part("list", json!({"hidden": true})), each]}))
}

fn items(n: usize) -> Value {
    let items: Vec<_> = (0..n).map(|id| json!({"id": id})).collect();
    json!({"items": items})
}

#[tokio::test]
async fn a_list_of_two_hundred_is_asked_for_seven_at_a_time_and_stays_in_its_order() {
    let plan = fan_out(true, json!({}));
    let played = Played::new(|call: &Call| {
        let (path, entry) = (call.path.clone(), call.entry);
        async move {
            if path == "/list" {
                return reply(200, &items(200));
            }
            // Later ones are quicker.
            for _ in 0..(200 - entry.unwrap_or(0)) % 13 {
                tokio::task::yield_now().await;
            }
            reply(200, &json!(path))
        }
    });
    let made = made(&plan, &played, &Input::default()).await;
    let whole: Vec<_> = (0..200).map(|n| format!("/item/{n}")).collect();
    assert_eq!(made.told(), (200, json!({"each": whole}).to_string()));
    assert_eq!(played.most.load(Ordering::SeqCst), 7);
    assert_eq!((made.parts[1].asked, made.parts[1].calls.len()), (200, 50));
}

#[tokio::test]
async fn a_list_never_reads_more_than_all_parts_may_have() {
    let plan = fan_out(false, json!({"max_bytes": 60_000}));
    let sent = AtomicUsize::new(0);
    let played = Played::new(|call: &Call| {
        let list = call.path == "/list";
        if !list {
            sent.fetch_add(30_000, Ordering::SeqCst);
        }
        std::future::ready(match list {
            true => reply(200, &items(200)),
            false => reply(200, &json!("x".repeat(30_000 - 2))),
        })
    });
    let made = made(&plan, &played, &Input::default()).await;
    assert_eq!(made.told(), (502, "each aggregate_too_large".to_owned()));
    let most = 100_000 + 7 * 30_000;
    assert!(
        sent.load(Ordering::SeqCst) <= most,
        "none is asked once the bound is passed"
    );

    let small = fan_out(false, json!({"max_bytes": 100}));
    let made = self::made(&small, &played, &Input::default()).await;
    let (status, told) = made.told();
    assert_eq!(status, 200);
    assert!(
        told.ends_with("each"),
        "each entry is too long, the whole is not: {told}"
    );
    let required = fan_out(true, json!({"max_bytes": 100}));
    let made = self::made(&required, &played, &Input::default()).await;
    assert_eq!(made.told(), (502, "each aggregate_too_large".to_owned()));
    assert!(
        made.parts[1].asked <= 8,
        "none behind the one that decides: {}",
        made.parts[1].asked
    );
}

#[tokio::test]
async fn entries_that_fail_are_null_or_the_default_and_said_to_be_missing() {
    let played = Played::new(|call: &Call| {
        std::future::ready(match call.path.as_str() {
            "/list" => reply(
                200,
                &json!({"items": [{"id": 0}, {}, {"id": 2}, {"id": 3}]}),
            ),
            "/item/2" => reply(404, &json!({})),
            path => reply(200, &json!(path)),
        })
    });
    for (plan, status, told) in [
        (
            fan_out(false, json!({})),
            200,
            r#"{"each":["/item/0",null,null,"/item/3"]} each"#,
        ),
        (
            fan_out(false, json!({"default": 0})),
            200,
            r#"{"each":["/item/0",0,0,"/item/3"]} each"#,
        ),
        (fan_out(true, json!({})), 502, "each part_failed"),
    ] {
        let made = made(&plan, &played, &Input::default()).await;
        assert_eq!(made.told(), (status, told.to_owned()));
    }
    let made = made(&fan_out(false, json!({})), &played, &Input::default()).await;
    let each = &made.parts[1];
    assert_eq!((each.end, each.asked, each.failed), (PartEnd::Partly, 3, 1));
    assert_eq!(
        each.reason.as_deref(),
        Some("2 of 4 entries are missing; entry 2: there is no `item.id`")
    );
}

#[tokio::test]
async fn a_list_that_is_none_or_too_long_is_said() {
    for (list, end, reason) in [
        (
            json!({"items": {}}),
            PartEnd::Skipped,
            "`list.items` is no list",
        ),
        (json!({}), PartEnd::Skipped, "there is no `list.items`"),
        (
            items(201),
            PartEnd::Failed,
            "`list.items` has 201 entries, and at most 200 are asked for (`for_each.max_items`)",
        ),
    ] {
        let played = Played::new(|_: &Call| std::future::ready(reply(200, &list)));
        let made = made(&fan_out(false, json!({})), &played, &Input::default()).await;
        assert_eq!(made.parts[1].end, end);
        assert_eq!(made.parts[1].reason.as_deref(), Some(reason));
        assert_eq!(played.asked.lock().len(), 1);
    }
    let played = Played::new(|_: &Call| std::future::ready(reply(200, &items(0))));
    let made = made(&fan_out(true, json!({})), &played, &Input::default()).await;
    assert_eq!(
        made.told(),
        (200, r#"{"each":[]}"#.to_owned()),
        "an empty list is complete"
    );
}
