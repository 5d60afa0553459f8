//! Which answers are kept, beyond what NGINX knows of that: those that cannot reach the wrong caller.

use super::shared::directive;
use crate::config::{CacheAudience, RouteCache};
use crate::export::gate::Callers;
use crate::export::nginx::words::plain;
use crate::export::nginx::write::Writer;
use crate::export::nginx::{headers, matching};
use crate::export::patterns::escaped;

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

/// Variables that say that a condition of `cache.bypass` holds.
pub(super) fn bypasses(writer: &mut Writer<'_, '_>, n: usize, cache: &RouteCache) -> Vec<String> {
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
pub(super) fn personal(
    writer: &mut Writer<'_, '_>,
    n: usize,
    cache: &RouteCache,
    whose: &str,
) -> Vec<String> {
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
pub(super) fn varies(writer: &mut Writer<'_, '_>, n: usize, audience: CacheAudience) -> String {
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
pub(super) fn unkept_statuses(writer: &mut Writer<'_, '_>, n: usize, statuses: &[u16]) -> String {
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
