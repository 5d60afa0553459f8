//! The files for Caddy: what stands beside the routes, and their order.

use serde_json::json;

use super::steps::Step;
use super::{callers, matching, route, service};
use crate::export::Written;
use crate::export::document::{about_all, json as json_file};
use crate::export::gate::Gate;

/// Writes `caddy.json` and `keys.env`.
pub(super) fn write(gate: &Gate<'_>) -> Written {
    let listen = &gate.config.listen;
    let address = match listen.address {
        std::net::IpAddr::V4(address) => format!("{address}:{}", listen.port),
        std::net::IpAddr::V6(address) => format!("[{address}]:{}", listen.port),
    };
    let mut steps = matching::steps(gate);
    steps.extend(callers::steps(gate));
    steps.extend((0..gate.routes.len()).map(|n| route::step(gate, n)));
    let steps: Vec<_> = steps.into_iter().map(Step::json).collect();
    let limits = &listen.limits;
    let mut server = about_all(&["listen".to_owned()]);
    for (name, value) in [
        ("listen", json!([address])),
        ("protocols", json!(["h1"])),
        ("automatic_https", json!({ "disable": true })),
        (
            "read_header_timeout",
            json!(format!("{}ms", limits.header_read_timeout_ms)),
        ),
        (
            "idle_timeout",
            json!(format!("{}ms", limits.idle_timeout_ms)),
        ),
        ("max_header_bytes", json!(limits.max_header_bytes)),
        ("routes", steps.into()),
        ("named_routes", service::routes(gate).into()),
    ] {
        server.insert(name.to_owned(), value);
    }
    let document = json!({
        "admin": { "disabled": true, "config": { "persist": false } },
        "logging": { "logs": { "default": { "level": "ERROR" } } },
        "apps": { "http": { "servers": { "gateway": server } } },
    });
    let (file, marks) = json_file("caddy.json", &document.into());
    let (keys, placeholders) = callers::keys_file(gate);
    Written {
        files: vec![file, keys],
        marks,
        placeholders,
    }
}
