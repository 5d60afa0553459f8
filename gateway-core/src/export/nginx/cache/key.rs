//! Which requests get the same answer.

use crate::config::{CacheQuery, RouteCache};
use crate::export::gate::Gate;
use crate::export::nginx::words::{header, literal, plain};
use crate::export::nginx::write::Writer;
use crate::export::patterns::any_spelling;
use crate::export::sha256_hex;

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
pub(super) fn of(
    gate: &Gate<'_>,
    n: usize,
    cache: &RouteCache,
    whose: &str,
    query: &str,
) -> String {
    let route = &gate.routes[n];
    let terms = serde_json::to_string(route.config).unwrap_or_default();
    let terms = sha256_hex(&format!("{terms}{}", services(gate, n)));
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
pub(super) fn query(
    writer: &mut Writer<'_, '_>,
    n: usize,
    cache: &RouteCache,
) -> (String, Option<String>) {
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
