//! What is refused when it is saved.

use super::*;

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
