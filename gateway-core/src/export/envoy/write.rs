//! The files for Envoy: what stands around the routes, and their order.

use serde_json::{Value, json};

use super::headers::{CALLER, Verb, fact, some};
use super::matching::{Match, asks};
use super::{CUTTER, METADATA, PLACE, callers, clusters, limits, pages, route};
use crate::export::document::{Yaml, about, quoted};
use crate::export::gate::{Callers, Entry, Gate, Route};
use crate::export::{File, Written};
use crate::snapshot::Backend;
use crate::snapshot::answer::OwnAnswer;

/// Writes `envoy.yaml`, the scripts, and the files with the callers.
pub(super) fn write(gate: &Gate<'_>) -> Written {
    let mut placeholders = Vec::new();
    let mut files: Vec<File> = [
        ("path.lua", include_str!("path.lua")),
        ("bodies.lua", include_str!("bodies.lua")),
        ("limits.lua", include_str!("limits.lua")),
        ("callers.lua", include_str!("callers.lua")),
        ("sha256.lua", include_str!("sha256.lua")),
    ]
    .into_iter()
    .map(|(name, text)| File {
        name: name.to_owned(),
        text: text.to_owned(),
    })
    .collect();
    files.extend(callers::files(gate, &mut placeholders));
    let version = env!("CARGO_PKG_VERSION");
    let remark = format!(
        "Exported by Gatewright {version} for Envoy 1.40 and later. REPORT.md says what is different."
    );
    let mut yaml = Yaml::new("envoy.yaml", quoted, &[&remark]);
    yaml.document(&bootstrap(gate).into());
    let (conf, marks) = yaml.finish();
    files.push(conf);
    Written {
        files,
        marks,
        placeholders,
    }
}

fn bootstrap(gate: &Gate<'_>) -> Value {
    let listen = &gate.config.listen;
    let clusters: Vec<_> = gate
        .used_services()
        .into_iter()
        .map(|(n, service)| clusters::cluster(n, service))
        .collect();
    let mut listener = json!({
        "name": "gateway",
        "address": {"socket_address": {
            "address": listen.address.to_string(),
            "port_value": listen.port,
        }},
        "filter_chains": [{"filters": [{
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": manager(gate),
        }]}],
    });
    about(&mut listener, "listen");
    json!({
        "static_resources": {
            "listeners": [listener],
            "clusters": clusters,
        },
        // Expressions that take every spelling of a text are longer than Envoy expects.
        "layered_runtime": {"layers": [{
            "name": "gateway",
            "static_layer": {
                "re2.max_program_size.error_level": 4_294_967_295_u32,
                "re2.max_program_size.warn_level": 4_294_967_295_u32,
            },
        }]},
    })
}

fn manager(gate: &Gate<'_>) -> Value {
    json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "gateway",
        // The address of the caller is that of its connection, whatever it says.
        "use_remote_address": true,
        "skip_xff_append": true,
        // Nobody is trusted to tell Envoy how to treat a request.
        "internal_address_config": {
            "cidr_ranges": [{"address_prefix": "255.255.255.255", "prefix_len": 32}],
        },
        "always_set_request_id_in_response": true,
        "server_header_transformation": "PASS_THROUGH",
        // `path.lua` refuses paths that can be read in two ways.
        "normalize_path": false,
        "merge_slashes": false,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
        "request_headers_timeout": "30s",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "http_filters": filters(gate),
        "route_config": route_config(gate),
    })
}

fn script(name: &str, file: &str) -> Value {
    json!({
        "name": name,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
            "default_source_code": {"filename": file},
        },
    })
}

/// The filters, in the order in which a request passes them.
fn filters(gate: &Gate<'_>) -> Vec<Value> {
    let mut all = vec![script("gateway.path", "path.lua")];
    let routes = &gate.routes;
    if routes.iter().any(|route| route.config.cors.is_some()) {
        all.push(json!({
            "name": "envoy.filters.http.cors",
            "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors"},
        }));
    }
    let mut looks = script("gateway.callers", "callers.lua");
    about(&mut looks, "api_keys");
    all.push(looks);
    all.push(script("gateway.limits", "limits.lua"));
    let moves = |route: &Route<'_>| {
        matches!(
            &route.compiled.backend,
            Backend::Own(OwnAnswer::Redirect(_))
        )
    };
    if routes.iter().any(moves) {
        all.push(json!({
            "name": CUTTER,
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.header_to_metadata.v3.Config",
                "request_rules": [{
                    "header": PLACE,
                    "on_header_present": {"metadata_namespace": METADATA, "key": "place"},
                }],
            },
        }));
    }
    let guarded = |route: &Route<'_>| route.callers != Callers::Anyone || !route.denials.is_empty();
    if routes.iter().any(guarded) {
        all.push(json!({
            "name": "envoy.filters.http.rbac",
            "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC"},
        }));
    }
    if let Some(limits) = limits::filter(gate) {
        all.push(json!({"name": "envoy.filters.http.local_ratelimit", "typed_config": limits}));
    }
    all.push(script("gateway.bodies", "bodies.lua"));
    all.push(json!({
        "name": "envoy.filters.http.router",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
            "suppress_envoy_headers": true,
        },
    }));
    all
}

/// What is said to preflights, down to the last route that answers any.
fn preflights(gate: &Gate<'_>) -> Vec<Value> {
    let answers = |entry: &Entry| gate.routes[entry.route].config.cors.is_some();
    let last = gate.entries.iter().rposition(answers);
    let asked = gate.entries.iter().take(last.map_or(0, |last| last + 1));
    asked
        .flat_map(|entry| pages::preflights(&gate.routes[entry.route], entry))
        .collect()
}

fn route_config(gate: &Gate<'_>) -> Value {
    let mut routes = Vec::new();
    routes.extend(preflights(gate));
    for entry in &gate.entries {
        routes.extend(route::routes(gate, entry));
    }
    // Another method would have one.
    for entry in &gate.entries {
        let route = &gate.routes[entry.route];
        let methods = &route.config.matches.methods;
        if !methods.is_empty() {
            let mut refused = route::refusal(route, &asks(route, entry), 405);
            let allow = some(Verb::Set, "allow", &methods.join(", "));
            refused["response_headers_to_add"] = json!([allow]);
            routes.push(refused);
        }
    }
    routes.push(json!({
        "name": "no route",
        "match": Match::default().said(),
        "direct_response": {"status": 404},
    }));
    let longest = gate.routes.iter().filter_map(|route| {
        let own = route.config.respond.as_ref()?;
        Some(own.body.len())
    });
    json!({
        "name": "gateway",
        "most_specific_header_mutations_wins": true,
        "max_direct_response_body_size_bytes": longest.max().unwrap_or(0).max(4_096),
        "virtual_hosts": [{
            "name": "gateway",
            "domains": ["*"],
            "request_headers_to_remove": [
                "forwarded",
                "x-forwarded-port",
                "x-forwarded-server",
                "x-real-ip",
                "x-consumer-id",
                "x-credential-id",
                "x-consumer-groups",
                "x-consumer-scopes",
                "x-envoy-external-address",
                "x-envoy-internal",
                PLACE,
            ],
            "request_headers_to_add": [
                some(Verb::Set, "x-forwarded-for", CALLER),
                some(Verb::Set, "x-forwarded-host", &fact("authority")),
                some(Verb::Set, "x-consumer-id", &fact("consumer")),
                some(Verb::Set, "x-credential-id", &fact("credential")),
                some(Verb::Set, "x-consumer-groups", &fact("groups")),
                some(Verb::Set, "x-consumer-scopes", &fact("scopes")),
            ],
            "routes": routes,
        }],
    })
}
