//! Which requests get an answer that another one brought.

use super::*;

#[tokio::test]
async fn it_varies_by_whatever_any_part_varies_by() {
    let a = saying(&[("cache-control", "max-age=60"), ("vary", "x-tenant")]).await;
    // What its caller takes does not reach a part, so it tells nothing apart.
    let b = saying(&[
        ("cache-control", "max-age=60"),
        ("vary", "X-Lang, Accept-Encoding, accept"),
    ])
    .await;
    let gateway = keeping(&a, &b, json!({})).await;
    let of = |tenant, lang, coding| {
        [
            ("x-tenant", tenant),
            ("x-lang", lang),
            ("accept-encoding", coding),
        ]
    };
    for (fields, is_hit) in [
        (of("1", "de", "gzip"), false),
        (of("1", "de", "br"), true),
        (of("2", "de", "gzip"), false),
        (of("1", "en", "gzip"), false),
        (of("2", "de", "br"), true),
        (of("1", "de", "gzip"), true),
    ] {
        let got = ask(&gateway, "/dash/7", &fields).await;
        assert_eq!(
            got.is_hit(),
            is_hit,
            "{fields:?}: {}",
            got.field("cache-status")
        );
    }
    assert_eq!(fact(&gateway).await.result, CacheResult::Hit);
}

/// CA-2
#[tokio::test]
async fn what_parts_are_asked_with_tells_answers_apart_whatever_the_route_says() {
    let (a, b) = (saying(FRESH).await, saying(FRESH).await);
    let aggregate = json!({"parts": [
        {"name": "a", "service": "first", "path": "/a", "required": false,
         "query": [{"name": "page", "value": "{{request.query.page}}"}]},
        {"name": "b", "service": "second", "path": "/b",
         "headers": [{"name": "x-for", "value": "t-{{request.header.x-tenant}}"}]},
    ]});
    let services = [("first", a.url()), ("second", b.url())];
    let mut config: Value = serde_json::from_str(&config(&services, &aggregate)).unwrap();
    config["routes"][0]["cache"] = json!({"query": "none", "audience": "shared"});
    let gateway = gateway(&config.to_string()).await;
    for (path, tenant, is_hit) in [
        ("/dash/7?page=1&campaign=x", "1", false),
        ("/dash/7?campaign=y&page=1", "1", true),
        ("/dash/7?p%61ge=1", "1", false),
        ("/dash/7?page=2", "1", false),
        ("/dash/7?page=1", "2", false),
        ("/dash/7?page=1", "1, 2", false),
        ("/dash/7?page=1", "1,2", false),
        ("/dash/7?page=1", "1, 2", true),
        ("/dash/7?page=2", "1", true),
    ] {
        let got = ask(&gateway, path, &[("x-tenant", tenant)]).await;
        assert_eq!(got.is_hit(), is_hit, "{path} of {tenant}");
    }
    let asked: Vec<_> = b
        .seen()
        .iter()
        .map(|seen| seen.headers["x-for"].clone())
        .collect();
    assert_eq!(asked, ["t-1", "t-1", "t-1", "t-2", "t-1, 2", "t-1,2"]);
    // Without what a required part needs there is no answer, kept or not.
    assert_eq!(ask(&gateway, "/dash/7?page=1", &[]).await.status, 400);
}

/// CA-2
#[tokio::test]
async fn nobody_gets_what_another_ones_key_got_unless_the_route_says_so() {
    let (a, b) = (saying(FRESH).await, saying(FRESH).await);
    for (cache, is_shared) in [(json!({}), false), (json!({"audience": "shared"}), true)] {
        let mut config = two(&a.url(), &b.url(), &cache);
        config["routes"][0]["authentication"] = json!({"methods": ["api_key"]});
        let gateway = gateway(&config.to_string()).await;
        let (one, other) = (gateway.issue_key("one"), gateway.issue_key("other"));
        let first = ask(&gateway, "/dash/7", &[("x-api-key", &one)]).await;
        assert!(
            ask(&gateway, "/dash/7", &[("x-api-key", &one)])
                .await
                .is_hit()
        );
        let got = ask(&gateway, "/dash/7", &[("x-api-key", &other)]).await;
        assert_eq!(
            (got.is_hit(), got.body == first.body),
            (is_shared, is_shared)
        );
        assert_eq!(
            ask(&gateway, "/dash/7", &[]).await.status,
            401,
            "also of what is kept"
        );
        gateway.gateway.recorder().flush().await;
        let path = "/usage?source=cache&by=key&last_s=86400";
        let (_, usage) = admin::get(&gateway.gateway, path).await;
        let hits = usage["total"]["figures"]["requests"].as_u64();
        assert_eq!(hits, Some(1 + u64::from(is_shared)));
    }
    // Credentials of the services themselves, which the gateway does not know.
    for (control, is_hit) in [("max-age=60", false), ("public, max-age=60", true)] {
        let a = saying(&[("cache-control", "public, max-age=60")]).await;
        let b = Upstream::start(move |_| {
            Response::builder()
                .header("cache-control", control)
                .body(full("{}"))
                .unwrap()
        })
        .await;
        let gateway = keeping(&a, &b, json!({})).await;
        for is_hit in [false, is_hit] {
            let got = ask(&gateway, "/dash/7", &[("authorization", "Bearer x")]).await;
            assert_eq!(got.is_hit(), is_hit, "{control}");
        }
    }
}
