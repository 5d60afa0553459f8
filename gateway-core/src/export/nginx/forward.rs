//! What sends a request on to its service.

use super::location::{Body, chosen, edits};
use super::words::{filled, header, literal, pieces, plain, whole};
use super::write::Writer;
use super::{cache, headers};
use crate::config;
use crate::export::gate::{Gate, parts};
use crate::export::paths::{self, Line, Versions};
use crate::export::patterns::{any_spelling, escaped};
use crate::ids::ServiceName;

/// Headers by which an answer tells NGINX what to do. Here they are headers like others.
const ORDERS: [&str; 5] = [
    "X-Accel-Buffering",
    "X-Accel-Charset",
    "X-Accel-Expires",
    "X-Accel-Limit-Rate",
    "X-Accel-Redirect",
];

/// Writes the map for a list of expressions over the raw path.
fn path_map(writer: &mut Writer<'_, '_>, n: usize, name: &str, lines: &[Line]) {
    writer.conf.put(format!(
        "  map \"${{gw_entry}} ${{gw_version_{n}}} ${{gw_raw_path}}\" ${name} {{"
    ));
    writer.conf.put("    default \"\";");
    for line in lines {
        let entry = if line.after_version { "v" } else { "" };
        let version = match &line.versions {
            Versions::Only(version) => escaped(version),
            Versions::AllBut(others) if others.is_empty() => "[^ ]*".to_owned(),
            Versions::AllBut(others) => {
                let others: Vec<_> = others.iter().map(|other| escaped(other)).collect();
                format!("(?!(?:{}) )[^ ]*", others.join("|"))
            }
        };
        let pattern = whole(&format!("r{n}{entry} {version} {}", line.pattern));
        writer
            .conf
            .put(format!("    {pattern} {};", filled(&pieces(&line.made))));
    }
    writer.conf.put("  }");
}

/// Writes the map of where a redirect leads.
pub(super) fn places(writer: &mut Writer<'_, '_>, n: usize) {
    let route = &writer.gate.routes[n];
    writer.conf.mark(format!("{}.redirect", route.at));
    path_map(writer, n, &format!("gw_to_{n}"), &paths::redirected(route));
}

/// Lines that send a request on, and the maps for them.
pub(super) fn forward(writer: &mut Writer<'_, '_>, n: usize, body: &mut Body) {
    let gate = writer.gate;
    let route = &gate.routes[n];
    writer.conf.mark(format!("{}.rewrite", route.at));
    writer.conf.mark(format!("{}.strip_prefix", route.at));
    path_map(writer, n, &format!("gw_path_{n}"), &paths::forwarded(route));
    body.push((None, format!("if ($gw_path_{n} = \"\") {{ return 400; }}")));
    query(writer, n);
    target(writer, n);
    service_lines(gate, n, body);
    for (name, value) in request_headers(writer, n) {
        body.push((None, format!("proxy_set_header {name} {value};")));
    }
    let answers = headers::of_answers(gate, n);
    let cookies = cache::keeps_cookies(gate, n).then_some("Set-Cookie");
    let unheard: Vec<_> = ORDERS.into_iter().chain(cookies).collect();
    let unheard = format!("proxy_ignore_headers {};", unheard.join(" "));
    body.push((None, unheard));
    for name in ORDERS {
        if !answers.contains_key(&name.to_ascii_lowercase()) {
            body.push((None, format!("proxy_pass_header {name};")));
        }
    }
    edits(writer, n, &answers, cache::answered(gate, n), body);
    cache::write(writer, n, body);
    body.push((
        Some(format!("{}.service", route.at)),
        format!("proxy_pass $gw_target_{n}$gw_path_{n}$gw_query_{n};"),
    ));
}

/// The query to send on: without what only the gateway needs to know.
fn query(writer: &mut Writer<'_, '_>, n: usize) {
    let gate = writer.gate;
    let route = &gate.routes[n];
    let names = gate.own_parameters(route);
    let mut source = "args".to_owned();
    // Each twice, for one that is named twice.
    let twice = names.iter().flat_map(|name| [name, name]);
    for (m, name) in twice.enumerate() {
        let next = format!("gw_args_{n}_{m}");
        let name = any_spelling(name);
        let one = format!("{name}(?:=[^&]*)?");
        writer.conf.put(format!("  map ${source} ${next} {{"));
        writer.conf.put(format!("    default ${source};"));
        for (pattern, left) in [
            (one.clone(), ""),
            (format!("{one}&(.*)"), "$1"),
            (format!("(.*)&{one}"), "$1"),
            (format!("(.*&){one}&(.*)"), "$1$2"),
        ] {
            writer
                .conf
                .put(format!("    {} \"{left}\";", whole(&pattern)));
        }
        writer.conf.put("  }");
        source = next;
    }
    writer.conf.put(format!("  map ${source} $gw_query_{n} {{"));
    writer.conf.put(format!("    default \"?${{{source}}}\";"));
    writer.conf.put("    \"\" \"\";");
    writer.conf.put("  }");
}

/// Where to: the service of the version or of the route, and the path of its targets.
fn target(writer: &mut Writer<'_, '_>, n: usize) {
    let gate = writer.gate;
    let route = &gate.routes[n];
    let url = |name: &ServiceName| {
        let service = gate.config.services.iter().find(|one| one.name == *name);
        let first = service.and_then(|service| service.targets.first());
        let (scheme, _, path) = first.map_or(("http", "", ""), |target| parts(&target.url));
        filled(&literal(&format!("{scheme}://gw_{name}{path}")))
    };
    writer
        .conf
        .put(format!("  map $gw_version_{n} $gw_target_{n} {{"));
    if let Some(service) = &route.config.service {
        writer.conf.put(format!("    default {};", url(service)));
    }
    for version in route.config.versions.iter().flat_map(|all| &all.list) {
        if let Some(service) = &version.service {
            let name = plain(version.name.as_str());
            writer.conf.put(format!("    {name} {};", url(service)));
        }
    }
    writer.conf.put("  }");
}

/// What services of the route have in common in a location.
fn service_lines(gate: &Gate<'_>, n: usize, body: &mut Body) {
    let services: Vec<_> = gate
        .used_services()
        .into_iter()
        .filter(|(_, service)| gate.routes_of(&service.name).contains(&n))
        .collect();
    let most = |time: fn(&config::Service) -> u32| services.iter().map(|(_, one)| time(one)).max();
    let at = services
        .first()
        .map(|(m, _)| format!("services[{m}].timeouts"));
    let connect = most(|service| service.timeouts.connect_ms).unwrap_or(2_000);
    let read = most(|service| {
        let idle = service.timeouts.idle_ms.unwrap_or(0);
        service.timeouts.first_byte_ms.max(idle)
    });
    let read = read.unwrap_or(60_000);
    body.push((None, "proxy_http_version 1.1;".to_owned()));
    body.push((None, cache::buffering(gate, n).to_owned()));
    body.push((at, format!("proxy_connect_timeout {connect}ms;")));
    body.push((None, format!("proxy_read_timeout {read}ms;")));
    body.push((None, format!("proxy_send_timeout {read}ms;")));
    let attempts = services.iter().map(|(_, one)| one.retries.attempts).max();
    let at = services
        .first()
        .map(|(m, _)| format!("services[{m}].retries"));
    match attempts.unwrap_or(0) {
        0 => body.push((at, "proxy_next_upstream off;".to_owned())),
        attempts => {
            let mut words = vec!["error".to_owned(), "timeout".to_owned()];
            for status in services.iter().flat_map(|(_, one)| &one.retries.statuses) {
                let word = format!("http_{status}");
                let known = matches!(status, 403 | 404 | 429 | 500 | 502 | 503 | 504);
                if known && !words.contains(&word) {
                    words.push(word);
                }
            }
            body.push((at, format!("proxy_next_upstream {};", words.join(" "))));
            let tries = u32::from(attempts) + 1;
            body.push((None, format!("proxy_next_upstream_tries {tries};")));
        }
    }
    let over_tls = services.iter().find(|(_, service)| {
        service
            .targets
            .iter()
            .any(|target| target.url.starts_with("https:"))
    });
    if let Some((m, service)) = over_tls {
        let config::Tls {
            ca_file,
            server_name,
            skip_verify,
        } = &service.tls;
        let at = Some(format!("services[{m}].tls"));
        let host = parts(&service.targets[0].url).1;
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        let name = server_name.as_deref().unwrap_or(host);
        body.push((at, "proxy_ssl_server_name on;".to_owned()));
        body.push((None, format!("proxy_ssl_name {};", filled(&literal(name)))));
        if !skip_verify {
            let file = ca_file
                .as_deref()
                .unwrap_or("/etc/ssl/certs/ca-certificates.crt");
            body.push((None, "proxy_ssl_verify on;".to_owned()));
            body.push((None, "proxy_ssl_verify_depth 5;".to_owned()));
            body.push((
                None,
                format!("proxy_ssl_trusted_certificate {};", plain(file)),
            ));
        }
    }
}

fn request_headers(writer: &mut Writer<'_, '_>, n: usize) -> Vec<(String, String)> {
    let plan = headers::of_requests(writer.gate, n);
    let mut lines = Vec::new();
    for (m, (name, sets)) in plan.iter().enumerate() {
        let most = sets.iter().map(Vec::len).max().unwrap_or(0);
        if most == 0 {
            lines.push((name.clone(), "\"\"".to_owned()));
        }
        for place in 0..most {
            let value = chosen(
                writer,
                n,
                sets,
                place,
                header(name),
                &format!("gw_sent_{n}_{m}"),
            );
            lines.push((name.clone(), value));
        }
    }
    lines
}
