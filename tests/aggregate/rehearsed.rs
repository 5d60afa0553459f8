//! What would come of it, before it is saved or asked for.

use serde_json::{Value, json};

use super::{config, service};
use crate::harness::{Mood, Moody, admin, gateway};

#[tokio::test]
async fn an_answer_is_tried_before_it_is_saved_and_leaves_nothing_behind() {
    let users = service(&[("/users/7", r#"{"id":7}"#)]).await;
    let services = [("users", users.url())];
    let saved =
        json!({"version": 1, "services": [{"name": "users", "targets": [{"url": users.url()}]}]});
    let gateway = gateway(&saved.to_string()).await;
    let aggregate = json!({"parts": [
        {"name": "user", "service": "users", "path": "/users/{{request.path.id}}"},
        {"name": "more", "service": "users", "path": "/more/{{user.id}}", "required": false},
    ]});
    let draft: Value = serde_json::from_str(&config(&services, &aggregate)).unwrap();
    let ask = |url: &str, draft: &Value| json!({"config": draft, "route": "dash", "url": url});
    let preview = |body: Value| {
        let gateway = gateway.gateway.clone();
        async move { admin::post(&gateway, "/aggregates/preview", &body).await }
    };
    let (status, tried) = preview(ask("/dash/7", &draft)).await;
    assert_eq!(status, 200, "{tried}");
    assert_eq!(
        (&tried["status"], &tried["completed"]),
        (&json!(200), &json!(false))
    );
    assert_eq!(tried["body"], r#"{"user":{"id":7}}"#);
    assert_eq!(tried["parts"][1]["calls"][0]["path"], "/more/7");
    assert_eq!(tried["parts"][1]["reason"], "it answered 404");
    let (status, tried) = preview(ask("/dash/8", &draft)).await;
    assert_eq!(
        (status, &tried["status"]),
        (200, &json!(404)),
        "a 4xx is passed on"
    );
    assert_eq!(tried["body"], r#"{"error":"none"}"#);

    assert_eq!(preview(ask("/elsewhere", &draft)).await.0, 400);
    let mut wrong = draft.clone();
    wrong["routes"][0]["aggregate"]["parts"][1]["name"] = json!("user");
    let (status, problem) = preview(ask("/dash/7", &wrong)).await;
    assert_eq!(status, 422);
    assert_eq!(
        problem["issues"][0]["path"],
        "routes[0].aggregate.parts[1].name"
    );
    let mut other = ask("/dash/7", &draft);
    other["route"] = json!("none");
    assert_eq!(preview(other).await.0, 404);
    assert!(gateway.rows().await.is_empty(), "nothing is logged");
    assert!(gateway.gateway.current().config.routes.is_empty());
}

#[tokio::test]
async fn the_failure_table_is_what_callers_then_see() {
    let (a, b, c) = (
        Moody::start(r#"{"id":1}"#).await,
        Moody::start("2").await,
        Moody::start("3").await,
    );
    let aggregate = json!({"parts": [
        {"name": "a", "service": "a", "path": "/"},
        {"name": "b", "service": "b", "path": "/{{a.id}}", "required": false, "default": "none"},
        {"name": "c", "service": "c", "path": "/", "required": false, "mount": "deep.c"},
    ]});
    let services = [("a", a.url()), ("b", b.url()), ("c", c.url())];
    let gateway = gateway(&config(&services, &aggregate)).await;
    let samples = json!({"a": {"id": 1}, "b": "2", "c": "3"});
    for (how, mood) in [("not_found", 404), ("server_error", 500)] {
        let asked = json!({"route": "dash", "how": how, "samples": samples});
        let (status, table) = admin::post(&gateway.gateway, "/aggregates/failures", &asked).await;
        assert_eq!((status, &table["all"]), (200, &json!(true)), "{table}");
        let rows = table["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 8);
        for row in rows {
            let failed = row["failed"].as_array().unwrap();
            for (name, service) in [("a", &a), ("b", &b), ("c", &c)] {
                service.becomes(match failed.contains(&json!(name)) {
                    true => Mood::Status(mood),
                    false => Mood::Well,
                });
            }
            let answer = gateway.get("/dash/1").await;
            assert_eq!(json!(answer.status().as_u16()), row["status"], "{row}");
            let header = |name: &str| {
                answer
                    .headers()
                    .get(name)
                    .map(|value| value.to_str().unwrap().to_owned())
            };
            let completed = header("x-gateway-completed").map(|text| text == "true");
            assert_eq!(json!(completed), row["completed"], "{row}");
            let incomplete = header("x-gateway-incomplete").unwrap_or_default();
            let incomplete: Vec<_> = incomplete
                .split(", ")
                .filter(|name| !name.is_empty())
                .collect();
            assert_eq!(json!(incomplete), row["incomplete"], "{row}");
            if answer.status() == 200 {
                assert_eq!(json!(answer.text().await.unwrap()), row["body"]);
            }
        }
    }
    let asked = json!({"route": "dash", "how": "timeout"});
    let (_, table) = admin::post(&gateway.gateway, "/aggregates/failures", &asked).await;
    assert_eq!(table["rows"][1]["failed"], json!(["a"]));
    assert_eq!(table["rows"][1]["status"], 504);
    assert_eq!(table["rows"][1]["not_asked"], json!(["b"]));
    assert_eq!(
        table["rows"][0]["completed"],
        json!(true),
        "examples have what is needed: {table}"
    );
}

#[tokio::test]
async fn what_would_become_of_a_request_is_told_without_asking_anyone() {
    let users = service(&[("/users/7", "{}")]).await;
    let aggregate = json!({"parts": [{"name": "user", "service": "users", "path": "/users/{{request.path.id}}"}]});
    let gateway = gateway(&config(&[("users", users.url())], &aggregate)).await;
    let (status, would) =
        admin::post(&gateway.gateway, "/explain", &json!({"url": "/dash/7"})).await;
    assert_eq!(status, 200, "{would}");
    assert_eq!(
        would["sentence"],
        "Would be answered on route `dash` by several services together: `user` of service `users`."
    );
    let (_, tested) =
        admin::post(&gateway.gateway, "/route-test", &json!({"url": "/dash/7"})).await;
    assert_eq!(
        tested["matched"]["answer"],
        json!({"kind": "aggregate", "parts": ["`user` of service `users`"]})
    );
    assert!(users.seen().is_empty());
    assert_eq!(gateway.get("/dash/7").await.status(), 200);
    let (summary, _, _) = gateway.newest().await;
    let again = json!({"exchange": summary.id.to_string()});
    let (_, would) = admin::post(&gateway.gateway, "/explain", &again).await;
    assert_eq!(would["difference"]["changes"], json!(false), "{would}");
}
