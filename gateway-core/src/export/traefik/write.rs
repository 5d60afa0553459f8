//! The files for Traefik: how it listens, the tree of routers, and the keys.

use serde_json::{Value, json};

use super::tree::Tree;
use super::{callers, route, service};
use crate::export::document;
use crate::export::gate::{Callers, Gate};
use crate::export::{File, Written};

/// Writes `traefik.yml`, and what it reads in `conf`.
pub(super) fn write(gate: &Gate<'_>) -> Written {
    let mut tree = Tree::default();
    route::routers(gate, &mut tree);
    let mut http = tree.finish();
    let (services, transports) = service::services(gate);
    http.insert("services".to_owned(), services.into());
    http.insert("serversTransports".to_owned(), transports.into());
    // An element with nothing in it is refused.
    http.retain(|_, value| value.as_object().is_none_or(|all| !all.is_empty()));
    let mut files = vec![how_it_listens(gate)];
    let (mut routing, marks) = document::json("conf/gateway.yml", &json!({ "http": http }).into());
    routing.text = harmless(&routing.text);
    files.push(routing);
    let takes_keys = gate
        .routes
        .iter()
        .any(|route| route.callers != Callers::Anyone && route.closed.is_none());
    let mut placeholders = Vec::new();
    if takes_keys && !gate.slots.is_empty() {
        let (keys, to_fill_in) = callers::keys_file(gate);
        files.push(keys);
        placeholders = to_fill_in;
    }
    Written {
        files,
        marks,
        placeholders,
    }
}

fn how_it_listens(gate: &Gate<'_>) -> File {
    let listen = &gate.config.listen;
    let address = match listen.address {
        std::net::IpAddr::V4(address) => format!("{address}:{}", listen.port),
        std::net::IpAddr::V6(address) => format!("[{address}]:{}", listen.port),
    };
    let document = json!({
        "global": { "checkNewVersion": false, "sendAnonymousUsage": false },
        "log": { "level": "ERROR" },
        "entryPoints": { "gateway": {
            "address": address,
            // Paths are compared and sent on as they came; odd ones are refused by a rule.
            "http": { "sanitizePath": false, "maxHeaderBytes": listen.limits.max_header_bytes },
            "transport": { "respondingTimeouts": {
                "readTimeout": "0s",
                "idleTimeout": format!("{}ms", listen.limits.idle_timeout_ms),
            } },
        } },
        "providers": { "file": { "directory": "conf", "watch": true } },
    });
    written_as_yaml("traefik.yml", document)
}

/// A document as YAML, of which JSON is a part.
pub(super) fn written_as_yaml(name: &str, document: Value) -> File {
    let (mut file, _) = document::json(name, &document.into());
    file.text = harmless(&file.text);
    file
}

/// Files are templates before they are YAML: two braces within a text would begin an action. What
/// YAML does not take as it is in a text is escaped as well.
fn harmless(text: &str) -> String {
    let text = text.replace("{{", "{\\u007b");
    let mut made = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{7f}' | '\u{80}'..='\u{ffff}' => made.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => made.push(c),
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_begins_an_action_of_a_template() {
        let document = json!({ "a": "{{ env `HOME` }} {{{ \u{85}\u{2028}é" });
        let text = written_as_yaml("x", document.clone()).text;
        assert!(!text.contains("{{") && text.is_ascii(), "{text}");
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, document);
    }
}
