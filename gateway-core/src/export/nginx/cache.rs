//! Answers that are kept: `proxy_cache` of routes that keep theirs.
//!
//! NGINX obeys what answers say of themselves (`no-store`, `private`, `max-age`, `Vary`, a cookie
//! that is set). What it does not know is written out: whose an answer is, and which requests have
//! answers that are for nobody else.

use std::collections::BTreeSet;

use super::headers;
use super::location::Body;
use super::matching;
use super::words::{filled, header, literal, plain};
use super::write::Writer;
use crate::config::{CacheAudience, CacheBudget, CacheQuery, RouteCache};
use crate::export::gate::{Callers, Gate, Route};
use crate::export::patterns::{any_spelling, escaped, portable};
use crate::export::sha256_hex;
use crate::export::support::Support;
use crate::snapshot::Backend;

/// For how many seconds an answer that nobody asks for stays in its file.
const UNUSED_S: u32 = 86_400;

/// Statuses for which `ttl_s` counts where none are named.
const USUAL: [u16; 10] = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414];

/// Headers that the gateway sets of the address that was asked for, which is in the key.
const OF_ADDRESS: [&str; 5] = [
    "connection",
    "host",
    "upgrade",
    "x-forwarded-host",
    "x-forwarded-proto",
];

/// Headers that the gateway sets of a caller who is known, who is in the key of a route that keeps
/// callers apart.
const OF_CALLER: [&str; 4] = [
    "x-consumer-groups",
    "x-consumer-id",
    "x-consumer-scopes",
    "x-credential-id",
];

/// How NGINX stands to what a route says of the answers it keeps.
pub(super) fn support(cache: &RouteCache) -> Support {
    if let Err(why) = can_be_said(cache) {
        return Support::none(format!("{why}: every request goes to the service"));
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

/// Writes what all routes that keep answers share.
pub(super) fn shared(writer: &mut Writer<'_, '_>) {
    let places = places(writer.gate);
    if places.is_empty() {
        return;
    }
    let CacheBudget {
        max_bytes,
        max_answer_bytes,
    } = writer.gate.config.cache;
    writer.conf.mark("cache");
    let share = max_bytes / u64::try_from(places.len()).unwrap_or(1);
    for (k, unused_s) in places.iter().enumerate() {
        writer.conf.put(format!(
            "  proxy_cache_path gw_cache_{k} levels=1:2 keys_zone=gw_cache_{k}:10m \
             max_size={share} inactive={unused_s}s use_temp_path=off;"
        ));
    }
    let mut map = |source: &str, name: &str, lines: &[String]| {
        writer.conf.put(format!("  map \"{source}\" ${name} {{"));
        for line in lines {
            writer.conf.put(format!("    {line};"));
        }
        writer.conf.put("  }");
    };
    let one_if = |pattern: &str| ["default \"\"".to_owned(), format!("{} 1", plain(pattern))];
    map(
        "${upstream_status}${upstream_cache_status}",
        "gw_answered_or_kept",
        &["default 1".to_owned(), "\"\" \"\"".to_owned()],
    );
    map(
        "${http_cache_control}",
        "gw_asks_anew",
        &one_if(&directive("no-cache|no-store|max-age|min-fresh")),
    );
    map(
        "${http_cache_control}|${http_pragma}",
        "gw_asks_anew_by_pragma",
        &one_if(r"~*\A\|no-cache\z"),
    );
    map(
        "${http_cache_control}",
        "gw_keeps_nothing",
        &one_if(&directive("no-store")),
    );
    // A request with a body is more than a question.
    map(
        "${http_content_length}|${http_transfer_encoding}",
        "gw_has_body",
        &[
            "default 1".to_owned(),
            format!("{} \"\"", plain(r"~\A0*\|\z")),
        ],
    );
    // RFC 9111, section 3.5.
    map(
        "${upstream_http_cache_control}",
        "gw_said_for_shown",
        &one_if(&directive("public|s-maxage|must-revalidate")),
    );
    map(
        "${upstream_http_cache_control}",
        "gw_said_for_all",
        &one_if(&directive("public|s-maxage")),
    );
    map(
        "${upstream_http_cache_control}",
        "gw_never_stale",
        &one_if(&directive("must-revalidate|proxy-revalidate")),
    );
    map(
        "${upstream_http_content_length}",
        "gw_too_long",
        &[
            vec!["default \"\"".to_owned()],
            more_than(max_answer_bytes)
                .iter()
                .map(|pattern| format!("{} 1", plain(&format!("~\\A0*{pattern}\\z"))))
                .collect(),
        ]
        .concat(),
    );
    // Of an answer that is kept and not fresh the service is asked whether it is still good; otherwise
    // it is asked what the caller asks, and that answer is for nobody else.
    for (name, own, other) in [
        ("gw_if_none_match", "etag", "if_none_match"),
        ("gw_if_modified_since", "last_modified", "if_modified_since"),
    ] {
        map(
            "${upstream_cache_etag}${upstream_cache_last_modified}",
            name,
            &[
                format!("default $upstream_cache_{own}"),
                format!("\"\" $http_{other}"),
            ],
        );
    }
    map(
        "${upstream_cache_etag}${upstream_cache_last_modified}|${http_if_none_match}${http_if_modified_since}",
        "gw_asks_own",
        &one_if(r"~\A\|."),
    );
    map(
        "${upstream_cache_status}",
        "gw_cache_status",
        &[
            ("HIT", "hit"),
            ("STALE", "hit"),
            ("UPDATING", "hit"),
            ("REVALIDATED", "fwd=stale; fwd-status=304"),
            ("EXPIRED", "fwd=stale"),
            ("MISS", "fwd=uri-miss"),
            ("BYPASS", "fwd=bypass"),
        ]
        .map(|(status, said)| format!("{status} \"nginx; {said}\"")),
    );
}

/// An expression for a list that has one of these directives, whatever its case.
fn directive(names: &str) -> String {
    format!(r"~*(?:\A|,)[ \t]*(?:{names})[ \t]*(?:=|,|\z)")
}

/// Expressions of which one matches all of each number, without zeros before it, that is larger.
fn more_than(number: u64) -> Vec<String> {
    let digits = number.to_string();
    let mut patterns = vec![format!("[1-9][0-9]{{{},}}", digits.len())];
    for (at, digit) in digits.char_indices() {
        if digit < '9' {
            let next = char::from(digit as u8 + 1);
            let rest = digits.len() - at - 1;
            patterns.push(format!("{}[{next}-9][0-9]{{{rest}}}", &digits[..at]));
        }
    }
    patterns
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
        store_set_cookie,
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
    asks.extend(bypasses(writer, n, cache));
    let (query, twice) = query(writer, n, cache);
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
    not_kept.extend(personal(writer, n, cache, whose));
    not_kept.push(varies(writer, n, *audience));
    not_kept.push(unkept_statuses(writer, n, statuses));
    let key = key(route, n, cache, &services(gate, n), whose, &query);

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
    let mut unheard = vec!["X-Accel-Expires"];
    if *store_set_cookie {
        unheard.push("Set-Cookie");
    }
    put(format!("proxy_ignore_headers {};", unheard.join(" ")));
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

/// Services of a route and its versions, as they are written: what was kept under other terms is not
/// found under these.
fn services(gate: &Gate<'_>, n: usize) -> String {
    let all = gate.config.services.iter();
    let used: Vec<_> = all
        .filter(|service| gate.routes_of(&service.name).contains(&n))
        .collect();
    serde_json::to_string(&used).unwrap_or_default()
}

/// What requests have to share to get the same answer.
fn key(
    route: &Route<'_>,
    n: usize,
    cache: &RouteCache,
    services: &str,
    whose: &str,
    query: &str,
) -> String {
    let terms = serde_json::to_string(route.config).unwrap_or_default();
    let terms = sha256_hex(&format!("{terms}{services}"));
    let name = literal(route.config.name.as_str());
    let mut key = format!(
        "{name}|{}|${{gw_version_{n}}}|{whose}|${{scheme}}|${{host}}${{gw_port}}|${{gw_raw_path}}{query}",
        &terms[..16]
    );
    for name in &cache.headers {
        // No header has this in it.
        key.push('\n');
        key.push_str(&header(name));
    }
    key
}

/// The part of the query that tells answers apart, and a variable that says that it cannot be told.
fn query(writer: &mut Writer<'_, '_>, n: usize, cache: &RouteCache) -> (String, Option<String>) {
    let names = &cache.query_names;
    match cache.query {
        CacheQuery::All => (format!("${{gw_query_{n}}}"), None),
        CacheQuery::None => (String::new(), None),
        CacheQuery::Only => {
            let mut told = "?".to_owned();
            writer
                .conf
                .put(format!("  map $gw_query_{n} $gw_twice_{n} {{"));
            writer.conf.put("    default \"\";");
            for name in names {
                let name = any_spelling(name);
                let one = format!("[?&]{name}(?:[=&]|\\z)");
                writer.conf.put(format!(
                    "    {} 1;",
                    plain(&format!("~{one}(?:.*&)?{name}(?:[=&]|\\z)|{one}.*{one}"))
                ));
            }
            writer.conf.put("  }");
            for (m, name) in names.iter().enumerate() {
                let name = any_spelling(name);
                let variable = format!("gw_only_{n}_{m}");
                writer
                    .conf
                    .put(format!("  map $gw_query_{n} ${variable} {{"));
                writer.conf.put("    default \"\";");
                writer.conf.put(format!(
                    "    {} \"&$1\";",
                    plain(&format!("~[?&]({name}(?:=[^&]*)?)(?:&|\\z)"))
                ));
                writer.conf.put("  }");
                told.push_str(&format!("${{{variable}}}"));
            }
            (told, Some(format!("$gw_twice_{n}")))
        }
        CacheQuery::Except => {
            let mut source = format!("gw_query_{n}");
            // Each twice, for one that comes twice; one that comes more often tells answers apart.
            let twice = names.iter().flat_map(|name| [name, name]);
            for (m, name) in twice.enumerate() {
                let next = format!("gw_but_{n}_{m}");
                let one = format!("{}(?:=[^&]*)?", any_spelling(name));
                writer.conf.put(format!("  map ${source} ${next} {{"));
                writer.conf.put(format!("    default ${source};"));
                for (pattern, left) in [
                    (format!("\\?{one}"), ""),
                    (format!("(.*[?&]){one}&(.*)"), "$1$2"),
                    (format!("(.*)&{one}"), "$1"),
                ] {
                    writer.conf.put(format!(
                        "    {} \"{left}\";",
                        plain(&format!("~\\A{pattern}\\z"))
                    ));
                }
                writer.conf.put("  }");
                source = next;
            }
            (format!("${{{source}}}"), None)
        }
    }
}

/// Variables that say that a condition of `cache.bypass` holds.
fn bypasses(writer: &mut Writer<'_, '_>, n: usize, cache: &RouteCache) -> Vec<String> {
    let of_headers = cache.bypass.headers.iter().map(|one| (one, false));
    let of_query = cache.bypass.query.iter().map(|one| (one, true));
    let mut names = Vec::new();
    for (m, (condition, query)) in of_headers.chain(of_query).enumerate() {
        let name = format!("gw_bypass_{n}_{m}");
        matching::holds(writer, &name, query, condition);
        names.push(format!("${name}"));
    }
    names
}

/// Variables that say that an answer is its caller's alone: an answer that everyone might get, to a
/// request that shows a credential or a cookie, and that does not say that it is for all.
fn personal(writer: &mut Writer<'_, '_>, n: usize, cache: &RouteCache, whose: &str) -> Vec<String> {
    let gate = writer.gate;
    let route = &gate.routes[n];
    let keys = &gate.config.api_keys;
    let versions = route.compiled.versions.iter().flat_map(|all| &all.list);
    let edits = std::iter::once(&route.compiled.request_headers)
        .chain(versions.map(|version| &version.request_headers));
    let mut set = edits.flat_map(|edits| edits.set.iter().chain(&edits.add));
    let sets_one = set.any(|(name, _)| *name == http::header::AUTHORIZATION);
    let shown = if sets_one {
        "1"
    } else if route.callers != Callers::Anyone && keys.strip && keys.bearer {
        "${gw_authorization_left}"
    } else {
        "${http_authorization}"
    };
    let mut names = Vec::new();
    let mut alone = |name: &str, said: &str, shown: &str| {
        let name = format!("gw_{name}_{n}");
        writer
            .conf
            .put(format!("  map \"{whose}|${{{said}}}|{shown}\" ${name} {{"));
        writer.conf.put("    default \"\";");
        writer.conf.put(format!("    {} 1;", plain(r"~\A\|\|.")));
        writer.conf.put("  }");
        names.push(format!("${name}"));
    };
    alone("shown", "gw_said_for_shown", shown);
    let by_cookie = |name: &String| name.eq_ignore_ascii_case("cookie");
    if !cache.headers.iter().any(by_cookie) {
        alone("cookie_shown", "gw_said_for_all", "${http_cookie}");
    }
    names
}

/// The variable that says that `Vary` names what NGINX cannot tell answers apart by: anything at all,
/// or a header that a service gets of the gateway and not of the caller.
fn varies(writer: &mut Writer<'_, '_>, n: usize, audience: CacheAudience) -> String {
    let mut names = vec!["\\*".to_owned()];
    for (name, sets) in &headers::of_requests(writer.gate, n) {
        let told_apart = OF_ADDRESS.contains(&name.as_str())
            // What is left of it is told by what came.
            || name == "authorization" && audience == CacheAudience::PerCaller
            || OF_CALLER.contains(&name.as_str()) && audience == CacheAudience::PerCaller;
        let removed = sets.iter().all(Vec::is_empty);
        if !told_apart && !removed {
            names.push(escaped(name));
        }
    }
    let names = names.join("|");
    writer
        .conf
        .put(format!("  map $upstream_http_vary $gw_varies_{n} {{"));
    writer.conf.put("    default \"\";");
    writer
        .conf
        .put(format!("    {} 1;", plain(&directive(&names))));
    writer.conf.put("  }");
    format!("$gw_varies_{n}")
}

/// The variable that says that an answer's status is none that is kept.
fn unkept_statuses(writer: &mut Writer<'_, '_>, n: usize, statuses: &[u16]) -> String {
    let named: Vec<_> = statuses.iter().map(ToString::to_string).collect();
    let (otherwise, named, found) = match named.is_empty() {
        // No whole answers.
        true => ("\"\"", "206|304".to_owned(), "1"),
        false => ("1", named.join("|"), "\"\""),
    };
    writer
        .conf
        .put(format!("  map $upstream_status $gw_unkept_{n} {{"));
    writer.conf.put(format!("    default {otherwise};"));
    writer.conf.put(format!(
        "    {} {found};",
        plain(&format!("~(?:\\A|[ ,:])(?:{named})\\z"))
    ));
    writer.conf.put("  }");
    format!("$gw_unkept_{n}")
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn a_length_is_compared_by_its_digits() {
        for most in [0, 9, 10, 4_194_304, 1_999] {
            let patterns = more_than(most);
            let longer = |length: u64| {
                patterns.iter().any(|pattern| {
                    let regex = Regex::new(&format!(r"\A0*{pattern}\z")).unwrap();
                    regex.is_match(&length.to_string())
                })
            };
            for length in [
                0, 1, 9, 10, 11, 99, 1_998, 1_999, 2_000, 4_194_304, 4_194_305, 10_000_000,
            ] {
                assert_eq!(longer(length), length > most, "{length} and {most}");
            }
        }
    }

    #[test]
    fn a_directive_is_found_in_a_list_and_not_in_a_word() {
        let pattern = directive("public|s-maxage");
        let pattern = pattern.strip_prefix("~*").unwrap();
        let regex = Regex::new(&format!("(?i){pattern}")).unwrap();
        for (text, found) in [
            ("public", true),
            ("max-age=5, PUBLIC ,x", true),
            ("s-maxage=5", true),
            ("notpublic", false),
            ("publicly", false),
            ("max-age=5", false),
        ] {
            assert_eq!(regex.is_match(text), found, "{text}");
        }
    }
}
