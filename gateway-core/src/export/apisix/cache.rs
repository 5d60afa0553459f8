//! Answers that are kept: `proxy-cache`, in memory. It obeys `private`, `no-store`, `no-cache` and
//! `Vary` of an answer, and keeps callers who are known apart; what more it would have to know is
//! asked of the service each time.

use serde_json::{Value, json};

use crate::config::{CacheAudience, CacheQuery, ConditionTest, RouteCache};
use crate::export::document::Node;
use crate::export::feature::Keeping;
use crate::export::gate::Route;
use crate::export::support::Support;
use crate::snapshot::versions::Version;

/// Statuses that are kept where none are named.
const USUAL: [u16; 10] = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414];

/// How APISIX stands to what a route says of the answers it keeps.
pub(super) fn support(keeping: &Keeping<'_>) -> Support {
    if let Some(why) = why_not(keeping) {
        return Support::no_cache(why);
    }
    let cache = keeping.cache;
    let mut notes = vec![
        "a HEAD goes to the service, and so does a request for a part",
        "answers to requests with `Authorization` or a cookie are not kept",
        "nothing is given once it is stale, and nobody waits for what another one is getting",
        "a POST throws nothing away, and callers that are spread over versions ask the service",
    ];
    if cache.override_answer {
        notes.push("what a request says of it does not count");
    } else {
        notes.push("an answer that says nothing of it is not kept");
        if !cache.obey_callers {
            notes.push("callers may ask for another answer");
        }
    }
    Support::about(notes.join("; "))
}

/// Why no answers are kept, if none are.
fn why_not(keeping: &Keeping<'_>) -> Option<&'static str> {
    let Keeping {
        cache,
        limited,
        asks_keys,
        together: _,
    } = keeping;
    let by_presence = |condition: &crate::config::Condition| {
        condition.test == ConditionTest::Present && !is_odd(&condition.name)
    };
    if *limited {
        Some("a request that is answered from what is kept would not count against limits")
    } else if *asks_keys && cache.audience == CacheAudience::Shared {
        Some("what a service is told of its caller cannot tell answers apart")
    } else if cache.query != CacheQuery::All {
        Some("parameters of the query cannot be left out of what tells answers apart")
    } else if cache.headers.len() > 1 || cache.headers.iter().any(|name| is_odd(name)) {
        Some("answers are told apart by one header at most")
    } else if !(cache.bypass.query.is_empty() && cache.bypass.headers.iter().all(by_presence)) {
        Some("the service can be asked because of a header that is there, and nothing else")
    } else if !cache.methods.iter().any(|method| method == "GET") {
        Some("only answers to GET are kept")
    } else {
        None
    }
}

fn is_odd(name: &str) -> bool {
    !name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The variable that holds a header of the request.
fn header(name: &str) -> String {
    format!("$http_{}", name.to_ascii_lowercase().replace('-', "_"))
}

/// The plugin of a route that keeps answers.
pub(super) fn plugin(
    route: &Route<'_>,
    version: Option<&Version>,
    limited: bool,
) -> Option<(&'static str, Node)> {
    let keeping = Keeping::of(route, limited)?;
    if why_not(&keeping).is_some() {
        return None;
    }
    let RouteCache {
        enabled: _,
        ttl_s,
        override_answer,
        heuristic: _,
        audience: _,
        methods: _,
        statuses,
        query: _,
        query_names: _,
        headers,
        bypass,
        obey_callers: _,
        store_set_cookie,
        stale_while_revalidate_s: _,
        stale_if_error_s: _,
    } = keeping.cache;
    let version = version.map_or("", |version| version.name.as_str());
    let mut key = vec![
        format!("{}|{version}|", route.config.name),
        "$scheme".to_owned(),
        "$http_host".to_owned(),
        "$request_uri".to_owned(),
    ];
    key.extend(headers.iter().map(|name| header(name)));
    // Only the service can decide about these, and about a part.
    let asks = ["upgrade", "range", "if-match", "if-unmodified-since"];
    let mut asks: Vec<String> = asks.into_iter().map(header).collect();
    asks.push(header("content-length"));
    asks.push(header("transfer-encoding"));
    asks.extend(
        bypass
            .headers
            .iter()
            .map(|condition| header(&condition.name)),
    );
    let statuses: &[u16] = if statuses.is_empty() {
        &USUAL
    } else {
        statuses
    };
    let mut config = json!({
        "cache_strategy": "memory",
        "cache_zone": "memory_cache",
        "cache_key": key,
        "cache_method": ["GET"],
        "cache_http_status": statuses,
        "cache_bypass": asks,
        // Who may get what was asked for with these is not known.
        "no_cache": ["$http_authorization", "$http_cookie"],
        "consumer_isolation": true,
        "cache_set_cookie": store_set_cookie,
        // With it only answers that say for how long they are fresh are kept, and for that long.
        "cache_control": !override_answer,
    });
    if let (Some(ttl_s), true) = (ttl_s, override_answer) {
        config["cache_ttl"] = Value::from(*ttl_s);
    }
    Some((
        "proxy-cache",
        Node::from(config).of(format!("{}.cache", route.at)),
    ))
}
