//! Answers that are kept: `proxy_cache` of routes that keep theirs.
//!
//! NGINX obeys what answers say of themselves (`no-store`, `private`, `max-age`, `Vary`, a cookie
//! that is set). What it does not know is written out: whose an answer is ([`key`]), and which requests
//! have answers that are for nobody else ([`kept`]).

mod kept;
mod key;
mod shared;

use std::collections::BTreeSet;

use super::headers;
use super::location::Body;
use super::words::{filled, header};
use super::write::Writer;
use crate::config::{CacheAudience, CacheQuery, RouteCache};
use crate::export::gate::{Gate, Route};
use crate::export::patterns::portable;
use crate::export::support::Support;
use crate::snapshot::Backend;

pub(super) use shared::shared;

/// For how many seconds an answer that nobody asks for stays in its file.
const UNUSED_S: u32 = 86_400;

/// Statuses for which `ttl_s` counts where none are named.
const USUAL: [u16; 10] = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414];

/// How NGINX stands to what a route says of the answers it keeps.
pub(super) fn support(cache: &RouteCache) -> Support {
    if let Err(why) = can_be_said(cache) {
        return Support::no_cache(&why);
    }
    let RouteCache {
        enabled: _,
        ttl_s: _,
        override_answer,
        heuristic,
        audience: _,
        methods: _,
        statuses: _,
        query,
        query_names: _,
        headers: _,
        bypass: _,
        obey_callers,
        store_set_cookie: _,
        stale_while_revalidate_s,
        stale_if_error_s,
    } = cache;
    let mut notes = vec![
        "kept in files, given without `Age`, and not to be purged by address or tag",
        "the `Age` of a service does not count",
        "event streams come in pieces of 8 KiB",
        "requests for a part go to the service",
        "NGINX compares `If-Match` itself and answers 412",
        "others wait 1 s for an answer that one is getting; here 10 s",
    ];
    if *override_answer {
        notes.push("what an answer says counts, and `ttl_s` only where it says nothing");
    }
    if *heuristic {
        notes.push("nothing is guessed from `Last-Modified`");
    }
    if matches!(query, CacheQuery::Only) {
        notes.push("a parameter that comes twice asks the service");
    }
    if *obey_callers {
        notes.push(
            "`max-age` and `min-fresh` of a request ask the service, `max-stale` says nothing",
        );
    }
    let stale = stale_while_revalidate_s.or(*stale_if_error_s);
    let stale_note;
    if stale.is_some() {
        stale_note = format!(
            "a stale answer is given for as long as the service gives no other and somebody asks \
             at least every {} s, and one that says `must-revalidate` is not kept",
            unused_s(cache)
        );
        notes.push(&stale_note);
    }
    Support::about(notes.join("; "))
}

/// Whether all that the route says of it can be said; otherwise why not.
fn can_be_said(cache: &RouteCache) -> Result<(), String> {
    let mut names = cache.headers.iter();
    let mut names_asked = cache.bypass.headers.iter().map(|condition| &condition.name);
    let odd = |name: &&String| !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if let Some(name) = names.find(odd).or_else(|| names_asked.find(odd)) {
        return Err(format!(
            "a header named `{name}` cannot be referred to, so nothing is kept"
        ));
    }
    let conditions = cache.bypass.headers.iter().chain(&cache.bypass.query);
    for condition in conditions {
        if condition.test == crate::config::ConditionTest::Matches
            && let Err(why) = portable(condition.value.as_deref().unwrap_or_default())
        {
            return Err(format!(
                "the expression of a `bypass` is not written, since {why}, so nothing is kept"
            ));
        }
    }
    Ok(())
}

/// What a route says of the answers it keeps, where any are kept there.
pub(super) fn of<'c>(route: &Route<'c>) -> Option<&'c RouteCache> {
    let cache = route.config.cache.as_ref()?;
    let asks = matches!(route.compiled.backend, Backend::Service(_));
    // Only answers to GET are ever kept.
    let keeps = cache.enabled && cache.methods.iter().any(|method| method == "GET");
    let open = route.closed.is_none();
    (asks && keeps && open && can_be_said(cache).is_ok()).then_some(cache)
}

/// Whether an answer is kept though it sets a cookie.
pub(super) fn keeps_cookies(gate: &Gate<'_>, n: usize) -> bool {
    of(&gate.routes[n]).is_some_and(|cache| cache.store_set_cookie)
}

/// The variable that is empty on answers that are no service's.
pub(super) fn answered(gate: &Gate<'_>, n: usize) -> &'static str {
    match of(&gate.routes[n]) {
        // No service is asked where what is kept is given.
        Some(_) => "gw_answered_or_kept",
        None => "upstream_status",
    }
}

/// Whether answers of a route are gathered before they are sent on.
pub(super) fn buffering(gate: &Gate<'_>, n: usize) -> &'static str {
    match of(&gate.routes[n]) {
        // What is not gathered is not kept.
        Some(_) => "proxy_buffering on;",
        None => "proxy_buffering off;",
    }
}

/// How long an answer that nobody asks for stays, in seconds: what is stale must not be older than
/// the route allows.
fn unused_s(cache: &RouteCache) -> u32 {
    let stale = [cache.stale_while_revalidate_s, cache.stale_if_error_s];
    let shortest = stale.into_iter().flatten().filter(|s| *s > 0).min();
    shortest.unwrap_or(UNUSED_S).min(UNUSED_S)
}

/// The places where answers are kept: one for each time that unused ones stay.
fn places(gate: &Gate<'_>) -> Vec<u32> {
    let all = gate.routes.iter().filter_map(of).map(unused_s);
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Writes the maps of a route that keeps answers, and the lines of its location.
pub(super) fn write(writer: &mut Writer<'_, '_>, n: usize, body: &mut Body) {
    let gate = writer.gate;
    let route = &gate.routes[n];
    let Some(cache) = of(route) else {
        return;
    };
    let RouteCache {
        enabled: _,
        ttl_s,
        // What an answer says cannot be passed over safely: of several lines of `Cache-Control` a
        // variable shows the first, and `private` may stand in the second.
        override_answer: _,
        heuristic: _,
        audience,
        methods,
        statuses,
        query: _,
        query_names: _,
        headers: _,
        bypass: _,
        obey_callers,
        store_set_cookie: _,
        stale_while_revalidate_s,
        stale_if_error_s,
    } = cache;
    let at = format!("{}.cache", route.at);
    let whose = match audience {
        CacheAudience::PerCaller => "${gw_slot}",
        CacheAudience::Shared => "",
    };
    let mut asks = vec!["$http_upgrade".to_owned(), "$gw_has_body".to_owned()];
    // Only the service can decide about these, and about a part.
    for name in ["range", "if_match", "if_unmodified_since"] {
        asks.push(format!("$http_{name}"));
    }
    asks.extend(kept::bypasses(writer, n, cache));
    let (query, twice) = key::query(writer, n, cache);
    asks.extend(twice);
    let with_head = methods.iter().any(|method| method == "HEAD");
    if !with_head {
        writer.conf.put(format!(
            "  map $request_method $gw_head_{n} {{ default \"\"; HEAD 1; }}"
        ));
        asks.push(format!("$gw_head_{n}"));
    }
    // These are neither answered from what is kept nor kept.
    let mut not_kept = asks.clone();
    if *obey_callers {
        asks.push("$gw_asks_anew".to_owned());
        asks.push("$gw_asks_anew_by_pragma".to_owned());
        not_kept.push("$gw_keeps_nothing".to_owned());
    }
    not_kept.push("$gw_asks_own".to_owned());
    not_kept.push("$gw_too_long".to_owned());
    not_kept.extend(kept::personal(writer, n, cache, whose));
    not_kept.push(kept::varies(writer, n, *audience));
    not_kept.push(kept::unkept_statuses(writer, n, statuses));
    let key = key::of(gate, n, cache, whose, &query);

    let mut put = |line: String| body.push((None, line));
    let place = places(gate).iter().position(|s| *s == unused_s(cache));
    put(format!("proxy_cache gw_cache_{};", place.unwrap_or(0)));
    put(format!("proxy_cache_key {};", filled(&key)));
    put("proxy_cache_methods GET HEAD;".to_owned());
    let convert = if with_head { "on" } else { "off" };
    put(format!("proxy_cache_convert_head {convert};"));
    if let Some(ttl_s) = ttl_s {
        let named: &[u16] = if statuses.is_empty() {
            &USUAL
        } else {
            statuses
        };
        let named: Vec<_> = named.iter().map(ToString::to_string).collect();
        put(format!("proxy_cache_valid {} {ttl_s}s;", named.join(" ")));
    }
    put("proxy_cache_lock on;".to_owned());
    put("proxy_cache_lock_timeout 1s;".to_owned());
    put("proxy_cache_lock_age 10s;".to_owned());
    put("proxy_cache_revalidate on;".to_owned());
    put("proxy_cache_background_update on;".to_owned());
    let lives = |seconds: &Option<u32>| seconds.is_some_and(|seconds| seconds > 0);
    let mut stale = Vec::new();
    if lives(stale_while_revalidate_s) {
        stale.push("updating");
    }
    if lives(stale_if_error_s) {
        stale.extend(["error", "timeout", "invalid_header"]);
        stale.extend(["http_500", "http_502", "http_503", "http_504"]);
    }
    if !stale.is_empty() {
        not_kept.push("$gw_never_stale".to_owned());
        put(format!("proxy_cache_use_stale {};", stale.join(" ")));
    }
    put(format!("proxy_cache_bypass {};", asks.join(" ")));
    put(format!("proxy_no_cache {};", not_kept.join(" ")));
    let plan = headers::of_requests(gate, n);
    let asked_as_it_came = [
        ("range", "$http_range"),
        ("if-range", "$http_if_range"),
        ("if-match", "$http_if_match"),
        ("if-unmodified-since", "$http_if_unmodified_since"),
        ("if-none-match", "$gw_if_none_match"),
        ("if-modified-since", "$gw_if_modified_since"),
    ];
    for (name, value) in asked_as_it_came {
        if !plan.contains_key(name) {
            put(format!("proxy_set_header {name} {value};"));
        }
    }
    // What tells answers apart is all that the service sees of it: nobody can have an answer kept
    // for others by saying the same header twice.
    for name in &cache.headers {
        if !plan.contains_key(&name.to_ascii_lowercase()) {
            put(format!(
                "proxy_set_header {name} {};",
                filled(&header(name))
            ));
        }
    }
    put("add_header Cache-Status $gw_cache_status always;".to_owned());
    if let Some(first) = body
        .iter_mut()
        .find(|(_, line)| line.starts_with("proxy_cache "))
    {
        first.0 = Some(at);
    }
}
