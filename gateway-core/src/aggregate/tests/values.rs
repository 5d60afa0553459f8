//! What a part needs of the request or of another part.

use super::*;

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
