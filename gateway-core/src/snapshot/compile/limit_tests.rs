use super::compile;
use super::tests::issues;
use crate::clock::Now;
use crate::config::file;
use crate::snapshot::limits::partition::Partition;
use crate::snapshot::limits::take::{Asking, Taken, take};
use crate::snapshot::tests::compiled;
use crate::snapshot::{Limiting, Snapshot};

const NOW: Now = Now {
    monotonic_ns: 0,
    epoch_us: 1_767_225_600_000_000,
};

fn yaml(top: &str, route: &str) -> String {
    format!(
        "{{version: 1, {top}, services: [{{name: s, targets: [{{url: 'http://a'}}]}}],
          routes: [{{name: r, service: s, {route}}}]}}"
    )
}

fn next(yaml: &str, before: &Snapshot) -> Snapshot {
    let config = file::parse(yaml).unwrap();
    compile(&config, 2, before).unwrap().snapshot
}

/// A request under all limits of the route.
fn ask(snapshot: &Snapshot) -> Taken {
    let limits = snapshot
        .limiting
        .beside(None)
        .chain(&snapshot.routes[0].limits);
    let limits: Vec<_> = limits.map(|limit| (&**limit, Partition::all())).collect();
    take(&limits, NOW, Asking::Take)
}

fn admitted(snapshot: &Snapshot) -> bool {
    ask(snapshot).admitted
}

#[test]
fn an_unchanged_limit_keeps_its_counts_and_a_changed_one_starts_anew() {
    for algorithm in ["token_bucket", "fixed_window", "sliding_window"] {
        let yaml = |requests: u32, mode: &str| {
            let limit = format!(
                "{{name: x, requests: {requests}, per: hour, by: route, mode: {mode},
                   algorithm: {algorithm}}}"
            );
            yaml("echo: null", &format!("rate_limits: [{limit}]"))
        };
        let first = compiled(&yaml(1, "enforce"));
        assert!(admitted(&first));
        let same = next(&yaml(1, "enforce"), &first);
        assert!(!admitted(&same));
        let shadow = next(&yaml(1, "shadow"), &same);
        assert!(!ask(&shadow).limits[0].admitted, "a mode changes no count");
        let other = next(&yaml(2, "enforce"), &shadow);
        assert!(admitted(&other), "{algorithm}");
    }
}

#[test]
fn a_quota_keeps_its_count_by_name_whatever_its_number_and_though_it_was_away() {
    let yaml = |quotas: &str| yaml("echo: null", &format!("quotas: [{quotas}]"));
    let of = |requests: u32, mode: &str| {
        yaml(&format!(
            "{{name: x, requests: {requests}, per: month, by: route, mode: {mode}}}"
        ))
    };
    let first = compiled(&of(1, "enforce"));
    assert!(admitted(&first) && !admitted(&first));
    let more = next(&of(2, "enforce"), &first);
    assert!(admitted(&more) && !admitted(&more));
    let off = next(&of(2, "off"), &more);
    assert!(admitted(&off), "it does nothing");
    let none = next(&yaml(""), &off);
    let back = next(&of(2, "enforce"), &none);
    assert!(!admitted(&back));
}

#[test]
fn running_requests_count_on_when_the_number_changes() {
    let of = |requests: u32| {
        let limit = format!("{{name: x, requests: {requests}, by: route}}");
        yaml("echo: null", &format!("concurrency: [{limit}]"))
    };
    let first = compiled(&of(1));
    let running = ask(&first);
    assert!(running.admitted);
    let same = next(&of(1), &first);
    assert!(!admitted(&same));
    assert!(admitted(&next(&of(2), &same)));
    drop(running);
    assert!(admitted(&same));
}

#[test]
fn limits_of_all_routes_are_shared_by_their_routes() {
    let yaml = "{version: 1, limits: {rate_limits: [{requests: 1, per: hour, by: global}]},
        services: [{name: s, targets: [{url: 'http://a'}]}],
        routes: [{name: a, service: s, match: {path: /a}}, {name: b, service: s, match: {path: /b}}]}";
    let snapshot = compiled(yaml);
    assert!(admitted(&snapshot) && !admitted(&snapshot));
    let Limiting {
        everywhere, plans, ..
    } = &snapshot.limiting;
    assert_eq!((everywhere.len(), plans.len()), (1, 0));
}

#[test]
fn limits_are_named_after_their_numbers_and_their_place() {
    let limits = "rate_limits: [{requests: 60, per: minute, by: ip}],
        quotas: [{requests: 20000, per: month, by: header, of: x-tenant}],
        concurrency: [{requests: 5, by: global}]";
    let versions = format!("versions: {{by: header, list: [{{name: v1, {limits}}}]}}");
    let top = format!("limits: {{{limits}}}, plans: [{{name: gold, {limits}}}]");
    let snapshot = compiled(&yaml(&top, &format!("{limits}, {versions}")));
    let names = |suffix: &str| {
        [
            "60/min per IP",
            "20000 a month per header x-tenant",
            "5 at once in all",
        ]
        .map(|name| format!("{name}{suffix}"))
    };
    let found = |limits: &[std::sync::Arc<crate::snapshot::limits::Limit>]| {
        let names = limits.iter().map(|limit| limit.name.clone());
        names.collect::<Vec<_>>()
    };
    let route = &snapshot.routes[0];
    assert_eq!(found(&route.limits), names(""));
    let version = &route.versions.as_ref().unwrap().list[0];
    assert_eq!(found(&version.limits), names(" of v1"));
    assert_eq!(
        found(&snapshot.limiting.everywhere),
        names(" of all routes")
    );
    assert_eq!(
        found(&snapshot.limiting.plans[&"gold".into()]),
        names(" of plan gold")
    );
}

#[test]
fn what_a_limit_cannot_do_is_said_where_it_stands() {
    let rate = |rest: &str| format!("rate_limits: [{{requests: 5, per: hour, {rest}}}]");
    for (route, at, says) in [
        (rate("by: header"), "rate_limits[0].of", "name the header"),
        (
            rate("by: header, of: 'a b'"),
            "rate_limits[0].of",
            "no name of a header",
        ),
        (rate("by: ip, of: x"), "rate_limits[0].of", "no effect"),
        (rate("by: claim"), "rate_limits[0].of", "name the claim"),
        (
            rate("by: claim, of: sub"),
            "rate_limits[0].by",
            "needs callers with tokens",
        ),
        (
            rate("by: key"),
            "rate_limits[0].by",
            "needs callers with keys",
        ),
        (
            rate("by: consumer"),
            "rate_limits[0].by",
            "needs callers with names",
        ),
        (
            rate("by: ip, algorithm: fixed_window, burst: 3"),
            "rate_limits[0].burst",
            "only a `token_bucket`",
        ),
        (
            rate("by: ip, count_rejected: true"),
            "rate_limits[0].count_rejected",
            "choose a window",
        ),
        (
            "rate_limits: [{requests: 10001, per: hour, by: ip, algorithm: sliding_window}]".into(),
            "rate_limits[0].requests",
            "at most 10000",
        ),
        (
            "rate_limits: [{requests: 5, per: hour, by: ip}], \
             quotas: [{requests: 4, per: day, by: ip}]"
                .into(),
            "rate_limits[0].requests",
            "the quota `4 a day per IP` is used up before",
        ),
        (
            "quotas: [{requests: 4, per: day, by: key}]".into(),
            "quotas[0].by",
            "keys",
        ),
        (
            "concurrency: [{requests: 4, by: header}]".into(),
            "concurrency[0].of",
            "header",
        ),
    ] {
        let found = issues(&yaml("echo: null", &route));
        assert_eq!(found.len(), 1, "{route}: {found:?}");
        assert_eq!(found[0].0, format!("routes[0].{at}"));
        assert!(found[0].1.contains(says), "{route}: {found:?}");
    }
    let zone = issues(&yaml(
        "limits: {time_zone: Europe/Atlantis}",
        "strip_prefix: false",
    ));
    assert_eq!(zone[0].0, "limits.time_zone");
}

#[test]
fn no_request_meets_two_limits_of_one_name() {
    let rate =
        |name: &str| format!("rate_limits: [{{name: {name}, requests: 5, per: hour, by: ip}}]");
    let quota = |name: &str| format!("quotas: [{{name: {name}, requests: 500, per: day, by: ip}}]");
    let version =
        |limits: &str| format!("versions: {{by: header, list: [{{name: v1, {limits}}}]}}");
    let none = "strip_prefix: false".to_owned();
    for (top, route, at) in [
        (
            none_at_top(),
            format!("{}, {}", rate("x"), quota("x")),
            "routes[0].quotas[0].name",
        ),
        (
            none_at_top(),
            format!("{}, {}", rate("x"), version(&quota("x"))),
            "routes[0].versions.list[0].quotas[0].name",
        ),
        (
            format!("limits: {{{}}}", rate("x")),
            quota("x"),
            "routes[0].quotas[0].name",
        ),
        (
            format!("plans: [{{name: p, {}}}]", rate("x")),
            quota("x"),
            "routes[0].quotas[0].name",
        ),
        (
            format!(
                "limits: {{{}}}, plans: [{{name: p, {}}}]",
                rate("x"),
                quota("x")
            ),
            none.clone(),
            "plans[0].quotas[0].name",
        ),
    ] {
        let found = issues(&yaml(&top, &route));
        assert_eq!(found.len(), 1, "{top} {route}: {found:?}");
        assert_eq!(found[0].0, at);
        assert!(found[0].1.contains("is called `x` too"), "{found:?}");
    }
    // Those of two plans, and of two versions, never meet.
    let plans = format!(
        "plans: [{{name: p, {}}}, {{name: q, {}}}]",
        rate("x"),
        rate("x")
    );
    let of_two = format!(
        "versions: {{by: header, list: [{{name: v1, {}}}, {{name: v2, {}}}]}}",
        rate("y"),
        rate("y")
    );
    assert_eq!(issues(&yaml(&plans, &of_two)), []);
}

fn none_at_top() -> String {
    "echo: null".to_owned()
}

#[test]
fn a_plan_is_one_on_all_routes_and_beside_their_own_limits() {
    let limit =
        |requests: u32| format!("rate_limits: [{{requests: {requests}, per: hour, by: global}}]");
    let yaml = format!(
        "{{version: 1, plans: [{{name: gold, {}}}], services: [{{name: s, targets: [{{url: 'http://a'}}]}}],
          routes: [{{name: a, service: s, match: {{path: /a}}, {}}},
                   {{name: b, service: s, match: {{path: /b}}}}]}}",
        limit(2),
        limit(1)
    );
    let snapshot = compiled(&yaml);
    let ask = |plan: Option<&str>, route: usize| {
        let plan = plan.map(Into::into);
        let own = &snapshot.routes[route].limits;
        let limits = snapshot.limiting.beside(plan.as_ref()).chain(own);
        let limits: Vec<_> = limits.map(|limit| (&**limit, Partition::all())).collect();
        take(&limits, NOW, Asking::Take).admitted
    };
    assert!(ask(Some("gold"), 0));
    assert!(!ask(Some("gold"), 0), "the route's own is used up");
    assert!(
        ask(Some("gold"), 1),
        "and what it refused took nothing from the plan"
    );
    assert!(!ask(Some("gold"), 1));
    assert!(ask(None, 1) && ask(Some("unheard-of"), 1));
}

#[test]
fn a_shared_limit_that_no_route_gives_anything_to_count_by_is_warned_about() {
    let of = |by: &str, methods: &str| {
        let limits = format!("limits: {{quotas: [{{requests: 4, per: day, {by}}}]}}");
        let found = issues(&yaml(
            &limits,
            &format!("authentication: {{methods: [{methods}]}}"),
        ));
        found.into_iter().map(|(at, _)| at).collect::<Vec<_>>()
    };
    assert_eq!(of("by: key", ""), ["limits.quotas[0].by"]);
    assert_eq!(of("by: key", "api_key"), Vec::<String>::new());
    assert_eq!(of("by: claim, of: sub", "api_key"), ["limits.quotas[0].by"]);
    assert_eq!(of("by: ip", ""), Vec::<String>::new());
}
