//! What the answer is where parts fail.

use super::*;

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
