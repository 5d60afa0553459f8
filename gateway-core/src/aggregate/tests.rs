//! The rules of an answer made of several, with services that are played: no sockets, no time but one
//! that is moved by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap};
use parking_lot::Mutex;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::lanes::Lanes;
use super::merge::{Merged, merge};
use super::plan::Plan;
use super::run::{Ask, Call, NoReply, Reply, Room, run};
use super::template::Input;
use crate::clock::{Clock, ManualClock};
use crate::config::{Config, file};
use crate::proxy::error::ErrorCode;
use crate::record::decision::Try;
use crate::record::parts::{PartEnd, PartFact};
use crate::snapshot::compile::compile;
use crate::snapshot::{Backend, Snapshot};

/// The config of a route at `/x/{id}` with this answer, of two services.
fn config(aggregate: &Value) -> Config {
    let document = json!({
        "version": 1,
        "services": [
            {"name": "one", "targets": [{"url": "http://127.0.0.1:1"}]},
            {"name": "two", "targets": [{"url": "http://127.0.0.1:2"}]},
        ],
        "routes": [{
            "name": "r", "aggregate": aggregate,
            "match": {"path": "/x/{id}", "path_kind": "template"},
        }],
    });
    file::parse(&document.to_string()).unwrap_or_else(|issues| panic!("{issues:#?}"))
}

fn compiled(aggregate: &Value) -> Result<Arc<Plan>, Vec<String>> {
    match compile(&config(aggregate), 1, &Snapshot::default()) {
        Ok(compiled) => match &compiled.snapshot.routes[0].backend {
            Backend::Aggregate(plan) => Ok(plan.clone()),
            _ => panic!("the route's answer is made of several"),
        },
        Err(issues) => Err(issues
            .iter()
            .map(|issue| format!("{}: {}", issue.path, issue.message))
            .collect()),
    }
}

fn plan(aggregate: &Value) -> Arc<Plan> {
    compiled(aggregate).unwrap_or_else(|issues| panic!("{issues:#?}"))
}

/// A part of service `one`, whose other settings are these.
fn part(name: &str, more: Value) -> Value {
    let mut part = json!({"name": name, "service": "one", "path": format!("/{name}")});
    let (Value::Object(part_of), Value::Object(more)) = (&mut part, more) else {
        unreachable!("both are objects");
    };
    part_of.extend(more);
    part
}

/// Answers by the path that is asked for.
struct Played<F> {
    answer: F,
    asked: Mutex<Vec<String>>,
    /// How many are under way, and the most there ever were.
    running: AtomicUsize,
    most: AtomicUsize,
}

/// Counts a request as under way.
struct Under<'p>(&'p AtomicUsize);

impl Drop for Under<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<F, G> Played<F>
where
    F: Fn(&Call) -> G + Sync,
    G: Future<Output = Result<Reply, NoReply>> + Send,
{
    fn new(answer: F) -> Self {
        Self {
            answer,
            asked: Mutex::default(),
            running: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }
    }
}

impl<F, G> Ask for Played<F>
where
    F: Fn(&Call) -> G + Sync,
    G: Future<Output = Result<Reply, NoReply>> + Send,
{
    async fn ask(&self, call: Call, room: &Room<'_>, _: &mut Vec<Try>) -> Result<Reply, NoReply> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        let _under = Under(&self.running);
        self.most.fetch_max(running, Ordering::SeqCst);
        self.asked.lock().push(call.target());
        let reply = (self.answer)(&call).await?;
        room.take(reply.body.len()).map_err(NoReply::TooLong)?;
        Ok(reply)
    }
}

fn reply(status: u16, value: &Value) -> Result<Reply, NoReply> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
    Ok(Reply {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: Bytes::from(value.to_string()),
    })
}

struct Made {
    merged: Merged,
    parts: Vec<PartFact>,
}

async fn made<A: Ask>(plan: &Plan, ask: &A, input: &Input) -> Made {
    let (clock, _) = Clock::manual(0);
    made_by(plan, ask, input, &clock).await
}

async fn made_by<A: Ask>(plan: &Plan, ask: &A, input: &Input, clock: &Clock) -> Made {
    let lanes = Lanes::new(plan, clock, 0);
    let outcomes = run(plan, input, ask, clock, &lanes, 0).await;
    Made {
        merged: merge(plan, outcomes),
        parts: lanes.facts(),
    }
}

impl Made {
    /// Status, completeness and what the answer is about, as a table has it.
    fn told(&self) -> (u16, String) {
        match &self.merged {
            Merged::Object { body, incomplete } => {
                let body: Value = serde_json::from_slice(body).unwrap();
                (
                    200,
                    format!("{body} {}", incomplete.join("+")).trim().to_owned(),
                )
            }
            Merged::Passed { part, reply } => (reply.status.as_u16(), format!("{part} passed on")),
            Merged::Refused(refused) => (
                refused.code.status().as_u16(),
                format!("{} {}", refused.part, refused.code.as_str()),
            ),
        }
    }

    fn ends(&self) -> Vec<PartEnd> {
        self.parts.iter().map(|part| part.end).collect()
    }
}

/// AG-2, AG-3
#[tokio::test]
async fn the_status_follows_from_what_became_of_each_part() {
    let timeout = || {
        Err(NoReply::Failed(
            ErrorCode::UpstreamTimeout,
            "late".to_owned(),
        ))
    };
    let refused = || {
        Err(NoReply::Failed(
            ErrorCode::UpstreamRefused,
            "gone".to_owned(),
        ))
    };
    let open = || Err(NoReply::Failed(ErrorCode::CircuitOpen, "open".to_owned()));
    let garbled = || {
        reply(200, &json!(0)).map(|mut reply| {
            reply.body = Bytes::from_static(b"<html>");
            reply
        })
    };
    let ok = || reply(200, &json!({"v": 1}));
    type Answer<'a> = &'a (dyn Fn() -> Result<Reply, NoReply> + Sync);
    let status = |status: u16| move || reply(status, &json!({"e": status}));
    let (s404, s401, s500, s503, s302, s204) = (
        status(404),
        status(401),
        status(500),
        status(503),
        status(302),
        || {
            reply(204, &json!(0)).map(|mut reply| {
                reply.body = Bytes::new();
                reply
            })
        },
    );
    let empty = || reply(200, &json!({}));
    // What the required part answers, what the optional one does, and what the caller sees.
    let table: [(Answer<'_>, Answer<'_>, u16, &str); 19] = [
        (&ok, &ok, 200, r#"{"req":{"v":1},"opt":{"v":1}}"#),
        (&empty, &empty, 200, r#"{"req":{},"opt":{}}"#),
        (&s204, &ok, 200, r#"{"req":null,"opt":{"v":1}}"#),
        (&ok, &s404, 200, r#"{"req":{"v":1}} opt"#),
        (&ok, &s500, 200, r#"{"req":{"v":1}} opt"#),
        (&ok, &s302, 200, r#"{"req":{"v":1}} opt"#),
        (&ok, &timeout, 200, r#"{"req":{"v":1}} opt"#),
        (&ok, &refused, 200, r#"{"req":{"v":1}} opt"#),
        (&ok, &garbled, 200, r#"{"req":{"v":1}} opt"#),
        (&s404, &ok, 404, "req passed on"),
        (&s401, &s500, 401, "req passed on"),
        (&s500, &ok, 502, "req part_failed"),
        (&s503, &ok, 502, "req part_failed"),
        (&s302, &ok, 502, "req part_failed"),
        (&garbled, &ok, 502, "req part_failed"),
        (&refused, &ok, 502, "req part_failed"),
        (&open, &ok, 502, "req part_failed"),
        (&timeout, &ok, 504, "req part_timeout"),
        (&timeout, &s404, 504, "req part_timeout"),
    ];
    let plan =
        plan(&json!({"parts": [part("req", json!({})), part("opt", json!({"required": false}))]}));
    for (n, (required, optional, status, told)) in table.iter().enumerate() {
        let played = Played::new(|call: &Call| {
            std::future::ready(match call.path.as_str() {
                "/req" => required(),
                _ => optional(),
            })
        });
        let made = made(&plan, &played, &Input::default()).await;
        assert_eq!(made.told(), (*status, (*told).to_owned()), "row {n}");
    }
}

#[tokio::test]
async fn a_default_stands_in_for_a_part_that_failed_and_the_answer_is_incomplete_all_the_same() {
    let plan = plan(&json!({"meta": true, "parts": [
        part("a", json!({"required": false, "default": {"n": 0, "gone": null}})),
        part("b", json!({"path": "/b/{{a.n}}"})),
    ]}));
    let played = Played::new(|call: &Call| {
        std::future::ready(match call.path.as_str() {
            "/a" => reply(500, &json!({})),
            _ => reply(200, &json!("b")),
        })
    });
    let made = made(&plan, &played, &Input::default()).await;
    let body = r#"{"a":{"n":0,"gone":null},"b":"b","_meta":{"completed":false,"incomplete":[{"part":"a","reason":"it answered 500"}]}} a"#;
    assert_eq!(made.told(), (200, body.to_owned()));
    assert_eq!(*played.asked.lock(), ["/a", "/b/0"]);
}

/// AG-4
#[tokio::test]
async fn a_part_whose_value_is_missing_is_skipped_with_the_reason_and_so_is_what_needs_it() {
    let plan = plan(&json!({"parts": [
        part("user", json!({})),
        part("company", json!({"required": false, "path": "/company/{{user.company_id}}"})),
        part("city", json!({"required": false, "path": "/city/{{company.city}}"})),
        part("page", json!({"required": false, "query": [{"name": "p", "value": "{{request.query.p}}"}]})),
    ]}));
    let played = Played::new(|_: &Call| {
        std::future::ready(reply(200, &json!({"id": 1, "company_id": null})))
    });
    let made = made(&plan, &played, &Input::default()).await;
    assert_eq!(
        made.told().1,
        r#"{"user":{"id":1,"company_id":null}} company+city+page"#
    );
    assert_eq!(
        *played.asked.lock(),
        ["/user"],
        "nothing is asked for `null`"
    );
    let reasons: Vec<_> = made
        .parts
        .iter()
        .map(|part| part.reason.as_deref())
        .collect();
    assert_eq!(
        reasons,
        [
            None,
            Some("`user.company_id` is null"),
            Some("part `company` was not asked"),
            Some("the request has no query parameter `p`"),
        ]
    );
    assert_eq!(made.ends()[1..], [PartEnd::Skipped; 3]);
}

#[tokio::test]
async fn a_required_part_that_cannot_be_asked_is_the_fault_of_who_did_not_give_the_value() {
    let required = |path: &str| {
        plan(&json!({"parts": [
            part("a", json!({"required": false})),
            part("b", json!({"path": path})),
        ]}))
    };
    let ok = |_: &Call| std::future::ready(reply(200, &json!({"id": ""})));
    let late = |call: &Call| {
        std::future::ready(match call.path.as_str() {
            "/a" => Err(NoReply::Failed(
                ErrorCode::UpstreamTimeout,
                "late".to_owned(),
            )),
            _ => reply(200, &json!({})),
        })
    };
    for (path, status, told) in [
        ("/b/{{request.query.q}}", 400, "b part_needs_value"),
        ("/b/{{a.gone}}", 502, "b part_failed"),
        ("/b/{{a.id}}", 502, "b part_failed"),
    ] {
        let made = made(&required(path), &Played::new(ok), &Input::default()).await;
        assert_eq!(made.told(), (status, told.to_owned()), "{path}");
    }
    let made = made(
        &required("/b/{{a.id}}"),
        &Played::new(late),
        &Input::default(),
    )
    .await;
    assert_eq!(made.told(), (504, "b part_timeout".to_owned()));
}

#[tokio::test]
async fn what_a_part_puts_into_a_path_cannot_lead_elsewhere() {
    let plan = plan(&json!({"parts": [part("a", json!({"path": "/x/{{request.path.id}}/y"}))]}));
    let played = Played::new(|_: &Call| std::future::ready(reply(200, &json!({}))));
    for (id, asked) in [
        ("..", None),
        (".", None),
        ("a/../b", None),
        ("a b", Some("/x/a%20b/y")),
        ("é", Some("/x/%C3%A9/y")),
    ] {
        played.asked.lock().clear();
        let input = Input {
            path: vec![("id".to_owned(), id.to_owned())],
            ..Input::default()
        };
        let made = made(&plan, &played, &input).await;
        assert_eq!(
            played.asked.lock().first().map(String::as_str),
            asked,
            "{id}"
        );
        assert_eq!(
            made.told().0,
            if asked.is_some() { 200 } else { 502 },
            "{id}"
        );
    }
}

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

/// A part whose answer is one of these texts, or none.
fn parts_of_an_answer() -> impl Strategy<Value = Vec<(Value, Value)>> {
    let name = || prop::sample::select(vec!["a", "b", "c"]);
    let mount = prop_oneof![
        Just(None),
        Just(Some(String::new())),
        name().prop_map(|one| Some(one.to_owned())),
        (name(), name()).prop_map(|(one, other)| Some(format!("{one}.{other}"))),
    ];
    let fields = || prop::collection::vec(name(), 0..3);
    let rename = prop::option::of((name(), name()));
    let one = (mount, fields(), fields(), rename, fields());
    prop::collection::vec(one, 1..5).prop_map(|parts| {
        let parts = parts.into_iter().enumerate();
        let parts = parts.map(|(n, (mount, select, drop, rename, has))| {
            let rename: Vec<_> = rename.iter().map(|(from, to)| json!({"from": from, "to": to})).collect();
            let part = part(
                &format!("p{n}"),
                json!({"mount": mount, "select": select, "drop": drop, "rename": rename, "required": false}),
            );
            // Each value is the part's own, so that it can be found again.
            let answer: serde_json::Map<_, _> = has
                .into_iter()
                .map(|name| (name.to_owned(), json!(format!("p{n}.{name}"))))
                .collect();
            (part, Value::Object(answer))
        });
        parts.collect()
    })
}

fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => object.values().for_each(|one| leaves(one, found)),
        Value::String(text) => found.push(text.clone()),
        _ => {}
    }
}

proptest! {
    /// AG-1: whatever is saved, nothing of a part is lost to another, and the same bytes come of it
    /// whichever comes first.
    #[test]
    fn parts_never_take_each_others_place_whatever_their_order(
        parts in parts_of_an_answer(),
        pauses in prop::collection::vec(0_usize..6, 5),
    ) {
        let config = json!({"parts": parts.iter().map(|(part, _)| part).collect::<Vec<_>>()});
        let Ok(plan) = compiled(&config) else {
            return Ok(());
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut all = Vec::new();
        for turn in 0..pauses.len() {
            let played = Played::new(|call: &Call| {
                let pause = pauses[(call.part + turn) % pauses.len()];
                let answer = parts[call.part].1.clone();
                async move {
                    for _ in 0..pause {
                        tokio::task::yield_now().await;
                    }
                    reply(200, &answer)
                }
            });
            let made = runtime.block_on(made(&plan, &played, &Input::default()));
            let Merged::Object { body, incomplete } = made.merged else {
                panic!("no part is required");
            };
            prop_assert!(incomplete.is_empty());
            all.push(body);
        }
        prop_assert!(all.windows(2).all(|two| two[0] == two[1]), "{all:?}");
        let mut expected = Vec::new();
        for (part, (_, answer)) in plan.parts.iter().zip(&parts) {
            leaves(&part.shape.apply(answer.clone()), &mut expected);
        }
        let mut found = Vec::new();
        leaves(&serde_json::from_slice(&all[0]).unwrap(), &mut found);
        expected.sort();
        found.sort();
        prop_assert_eq!(expected, found);
    }
}

/// AG-1
#[test]
fn what_can_go_wrong_for_sure_is_refused_when_it_is_saved() {
    let two = |a: Value, b: Value| json!({"parts": [part("a", a), part("b", b)]});
    let at = "routes[0].aggregate.parts";
    for (config, refusal) in [
        (
            two(json!({}), json!({"name": "a"})),
            format!("{at}[1].name: another part is named `a` too"),
        ),
        (
            two(json!({}), json!({"name": "a b"})),
            format!("{at}[1].name: `a b` is no name of a part"),
        ),
        (
            two(json!({}), json!({"name": "item"})),
            format!("{at}[1].name: `item` has a meaning of its own"),
        ),
        (
            two(json!({}), json!({"service": "three"})),
            format!("{at}[1].service: no service is named `three`"),
        ),
        (
            two(json!({}), json!({"path": "/{{c.id}}"})),
            format!("{at}[1].path: no part is named `c`"),
        ),
        (
            two(json!({}), json!({"path": "b"})),
            format!("{at}[1].path: a path begins with `/`"),
        ),
        (
            two(json!({}), json!({"path": "/b?x=1"})),
            format!("{at}[1].path: a path has no `?`"),
        ),
        (
            two(json!({}), json!({"path": "/../b"})),
            format!("{at}[1].path: this cannot be a path"),
        ),
        (
            two(json!({}), json!({"method": "HEAD"})),
            format!("{at}[1].method: the answer to HEAD"),
        ),
        (
            two(json!({}), json!({"body": {}})),
            format!("{at}[1].method: a GET has no body"),
        ),
        (
            two(
                json!({}),
                json!({"headers": [{"name": "host", "value": "x"}]}),
            ),
            format!("{at}[1].headers[0].name: "),
        ),
        (
            two(
                json!({}),
                json!({"headers": [{"name": "x", "value": "a\r\nb"}]}),
            ),
            format!("{at}[1].headers[0].value: "),
        ),
        (
            two(
                json!({}),
                json!({"body": {"x": ["{{zz.id}}"]}, "method": "POST"}),
            ),
            format!("{at}[1].body: no part is named `zz`"),
        ),
        (
            two(json!({}), json!({"for_each": {"list": "request.path.id"}})),
            format!("{at}[1].for_each.list: `request.path.id` is a text"),
        ),
        (
            two(json!({}), json!({"select": ["x..y"]})),
            format!("{at}[1].select[0]: "),
        ),
        (
            two(json!({"path": "/{{b.id}}"}), json!({"path": "/{{a.id}}"})),
            format!("{at}[0]: parts `a` and `b` wait for each other"),
        ),
        (
            two(json!({"path": "/{{a.id}}"}), json!({})),
            format!("{at}[0]: part `a` needs its own answer"),
        ),
        (
            two(json!({}), json!({"mount": "a"})),
            format!("{at}[1].mount: its fields and those of part `a` stand under `a`"),
        ),
        (
            two(json!({"mount": ""}), json!({"mount": ""})),
            format!("{at}[1].mount: its fields and those of part `a` stand in the answer itself"),
        ),
        (
            two(json!({"mount": ""}), json!({})),
            format!("{at}[0].mount: it may have a field `b` in the answer itself"),
        ),
        (
            two(
                json!({"mount": "", "select": ["id"]}),
                json!({"mount": "", "select": ["id", "x"]}),
            ),
            format!("{at}[1].mount: it may have a field `id`"),
        ),
        (
            two(json!({"mount": "u"}), json!({"mount": "u.orders"})),
            format!("{at}[0].mount: it may have a field `orders` under `u`"),
        ),
        (
            two(
                json!({"mount": "", "select": ["a"], "rename": [{"from": "a", "to": "b"}]}),
                json!({}),
            ),
            format!("{at}[0].mount: it may have a field `b`"),
        ),
        (
            two(
                json!({"mount": "u", "default": {"orders": 1}, "select": ["id"], "required": false}),
                json!({"mount": "u.orders"}),
            ),
            format!("{at}[0].mount: it may have a field `orders`"),
        ),
        (
            two(
                json!({"mount": "u", "default": 3, "select": ["id"], "required": false}),
                json!({"mount": "u.orders"}),
            ),
            format!("{at}[0].default: others stand in the same place"),
        ),
        (
            two(
                json!({"mount": "", "select": ["id"], "for_each": {"list": "b.items"}}),
                json!({}),
            ),
            format!("{at}[0].mount: a list cannot share its place"),
        ),
        (
            json!({"meta": true, "parts": [part("a", json!({"mount": "_meta"}))]}),
            format!("{at}[0].mount: `_meta` says what is missing"),
        ),
    ] {
        let issues = compiled(&config).map(|_| ()).unwrap_err();
        let refused = issues.iter().any(|issue| issue.starts_with(&refusal));
        assert!(refused, "{config:#}\n{refusal}\n{issues:#?}");
    }
}

#[test]
fn parts_may_share_a_place_where_they_can_never_meet() {
    for parts in [
        [
            part("a", json!({"mount": "", "select": ["id"]})),
            part("b", json!({"mount": "", "select": ["x"]})),
        ],
        [
            part("a", json!({"mount": "", "drop": ["b"]})),
            part("b", json!({})),
        ],
        [
            part("a", json!({"mount": "u", "select": ["id"]})),
            part("b", json!({"mount": "u.orders"})),
        ],
        [
            part("a", json!({"mount": "u.x"})),
            part("b", json!({"mount": "u.y"})),
        ],
        [
            part(
                "a",
                json!({"mount": "", "drop": ["b"], "rename": [{"from": "c", "to": "d"}]}),
            ),
            part("b", json!({})),
        ],
    ] {
        plan(&json!({"parts": parts}));
    }
}
