//! Rules about who of those that are known may call.

use http::{Method, StatusCode};

use gateway_core::record::decision::{Facts, Stage};

use crate::harness::{TestGateway, Upstream, gateway, upstream};

/// A gateway with one route, and consumers `ann` (in `admins`, may `read` and `write`) and `bob`.
struct Ruled {
    gateway: TestGateway,
    ann: String,
    bob: String,
    _shop: Upstream,
}

/// The route has these rules.
async fn ruled_by(rules: &str) -> Ruled {
    let shop = upstream("ok").await;
    let gateway = gateway(&format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{}'}}]}}],
          consumers: [{{name: ann, groups: [admins], scopes: [read, write]}}, {{name: bob}}],
          routes: [{{name: shop, service: shop, authentication: {{methods: [api_key]}},
            versions: {{by: query, default: v1, list: [{{name: v1}}, {{name: v2}}]}},
            authorization: [{rules}]}}]}}",
        shop.url()
    ))
    .await;
    Ruled {
        ann: gateway.issue_key("ann"),
        bob: gateway.issue_key("bob"),
        gateway,
        _shop: shop,
    }
}

impl Ruled {
    async fn ask(&self, method: &Method, path: &str, key: &str) -> StatusCode {
        let gateway = &self.gateway;
        let request = gateway.client.request(method.clone(), gateway.url(path));
        let answer = request.header("x-api-key", key).send().await.unwrap();
        answer.status()
    }
}

#[tokio::test]
async fn each_kind_of_rule_lets_through_whom_it_names_and_says_which_one_did_not() {
    for (rules, refused, code) in [
        (
            "{scopes_all: [read, write]}",
            "scopes_all",
            "insufficient_scope",
        ),
        (
            "{scopes_any: [admin, write]}",
            "scopes_any",
            "insufficient_scope",
        ),
        ("{groups: [admins, staff]}", "groups", "forbidden"),
        ("{consumers: [ann]}", "consumers", "forbidden"),
    ] {
        let ruled = ruled_by(rules).await;
        assert_eq!(
            ruled.ask(&Method::GET, "/", &ruled.ann).await,
            200,
            "{rules}"
        );
        assert_eq!(
            ruled.ask(&Method::GET, "/", &ruled.bob).await,
            403,
            "{rules}"
        );
        let (row, kept, sentence) = ruled.gateway.newest().await;
        assert_eq!(row.code.unwrap().as_str(), code);
        let last = kept.trace.last().unwrap();
        let Facts::NotAuthorised { rule, .. } = &last.facts else {
            panic!("{last:#?}");
        };
        assert_eq!(*rule, format!("authorization[0].{refused}"));
        assert_eq!(last.stage, Stage::Authorise);
        assert!(sentence.contains("`bob`"), "{sentence}");
    }
}

#[tokio::test]
async fn a_rule_holds_for_its_methods_and_versions_only() {
    let ruled = ruled_by("{methods: [PUT], versions: [v2], groups: [admins]}").await;
    for (method, path, key, status) in [
        (Method::GET, "/?version=v2", &ruled.bob, 200),
        (Method::PUT, "/?version=v1", &ruled.bob, 200),
        (Method::PUT, "/", &ruled.bob, 200),
        (Method::PUT, "/?version=v2", &ruled.bob, 403),
        (Method::PUT, "/?version=v2", &ruled.ann, 200),
    ] {
        assert_eq!(
            ruled.ask(&method, path, key).await,
            status,
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn all_rules_have_to_let_a_request_through() {
    let ruled = ruled_by("{groups: [admins]}, {scopes_all: [delete]}").await;
    let answer = ruled.gateway.get_with_key("/", &ruled.ann).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
    assert!(
        challenge.contains("insufficient_scope") && challenge.contains("scope=\"delete\""),
        "{challenge}"
    );
    let body = answer.text().await.unwrap();
    assert!(
        !body.contains("authorization["),
        "which rule it was is for the log: {body}"
    );
}

#[tokio::test]
async fn addresses_are_denied_before_they_are_allowed() {
    for (rules, refused) in [
        ("{allow_ips: ['127.0.0.0/8']}", None),
        ("{allow_ips: ['127.0.0.1']}", None),
        ("{allow_ips: ['10.0.0.0/8', '::1']}", Some("allow_ips")),
        (
            "{deny_ips: ['127.0.0.1/32'], allow_ips: ['127.0.0.0/8']}",
            Some("deny_ips"),
        ),
        ("{deny_ips: ['10.0.0.0/8']}", None),
    ] {
        let ruled = ruled_by(rules).await;
        let status = ruled.ask(&Method::GET, "/", &ruled.ann).await;
        assert_eq!(status == 403, refused.is_some(), "{rules}");
        if let Some(field) = refused {
            let (_, kept, sentence) = ruled.gateway.newest().await;
            let facts = format!("{:?}", kept.trace.last().unwrap().facts);
            assert!(
                facts.contains(&format!("authorization[0].{field}")),
                "{facts}"
            );
            assert!(sentence.contains("127.0.0.1"), "{sentence}");
        }
    }
}
