//! What becomes of a request on its route.

use super::headers::{self, KEPT, Plan};
use super::words::{answer_header, filled, header, literal, pieces, plain, whole};
use super::write::Writer;
use super::{callers, pages, versions};
use crate::config;
use crate::export::gate::{Callers, Gate, LimitKind, parts};
use crate::export::paths::{self, Line};
use crate::export::patterns::{any_spelling, escaped};
use crate::snapshot::Backend;
use crate::snapshot::answer::{FixedAnswer, OwnAnswer};
use crate::snapshot::versions::Scheme;

/// Lines of a location, each with the setting that it begins.
pub(super) type Body = Vec<(Option<String>, String)>;

/// Longest piece of text in one word, in bytes: a word may have 4 KiB.
const PIECE: usize = 1_500;

/// Writes the maps of a route and gives the lines of its location.
pub(super) fn prepare(writer: &mut Writer<'_, '_>, n: usize) -> Body {
    let gate = writer.gate;
    let route = &gate.routes[n];
    let mut body = Body::new();
    let name = &route.config.name;
    body.push((Some(route.at.clone()), format!("# route {name}")));
    if let Some(setting) = &route.closed {
        writer
            .conf
            .put(format!("  map $host $gw_version_{n} {{ default \"\"; }}"));
        body.push((
            Some(setting.clone()),
            format!("return 403; # closed, see {setting} in REPORT.md"),
        ));
        return body;
    }
    versions::write(writer, n);
    if let Some(most) = route.config.max_request_body_bytes {
        let at = format!("{}.max_request_body_bytes", route.at);
        // 0 would mean any size.
        let line = match most {
            0 => "if ($content_length) { return 413; }".to_owned(),
            most => format!("client_max_body_size {most};"),
        };
        body.push((Some(at), line));
    }
    if let Some(cors) = &route.config.cors {
        pages::write(writer, n, cors, &mut body);
    }
    let at = Some(format!("{}.authentication", route.at));
    match route.callers {
        Callers::Anyone => {}
        Callers::Key => {
            body.push((at, "if ($gw_slot = \"\") { return 401; }".to_owned()));
        }
        Callers::KeyIfShown => {
            writer.conf.put(format!(
                "  map \"${{gw_key_shown}}${{gw_slot}}\" $gw_wrong_key_{n} {{ default 0; \"1\" 1; }}"
            ));
            body.push((at, format!("if ($gw_wrong_key_{n}) {{ return 401; }}")));
        }
    }
    let mut put = |line: String| body.push((None, line));
    if route.compiled.versions.is_some() {
        for status in [400, 404, 410] {
            put(format!(
                "if ($gw_version_{n} = !{status}) {{ return {status}; }}"
            ));
        }
    }
    for denied in callers::denials(writer, n) {
        put(format!("if (${denied}) {{ return 403; }}"));
    }
    for line in limits(gate, n) {
        body.push(line);
    }
    told(writer, n, &mut body);
    match &route.compiled.backend {
        Backend::Service(_) => forward(writer, n, &mut body),
        // Only where a person wants it open: there is nothing behind it.
        Backend::Aggregate(_) => {
            body.push((
                Some(format!("{}.aggregate", route.at)),
                "return 501;".to_owned(),
            ));
        }
        Backend::Own(own) => {
            if let OwnAnswer::Redirect(_) = own {
                places(writer, n);
            }
            let headers = headers::of_answers(gate, n);
            edits(writer, n, &headers, "gw_answered", &mut body);
            match answers_after_limits(gate, n) {
                true => body.push((None, format!("try_files /none @r{n};"))),
                false => body.extend(own_answer(gate, n).into_iter().map(|line| (None, line))),
            }
        }
    }
    body
}

/// Whether a route that answers by itself has limits: these come after a `return`, so the answer has
/// to stand elsewhere.
pub(super) fn answers_after_limits(gate: &Gate<'_>, n: usize) -> bool {
    let route = &gate.routes[n];
    route.closed.is_none()
        && matches!(route.compiled.backend, Backend::Own(_))
        && !limits(gate, n).is_empty()
}

/// The lines that give a route's own answer.
pub(super) fn own_answer(gate: &Gate<'_>, n: usize) -> Vec<String> {
    let Backend::Own(own) = &gate.routes[n].compiled.backend else {
        return Vec::new();
    };
    match own {
        // Only where a person wants it open: there is nothing behind it.
        OwnAnswer::OnlyMock => vec!["return 404;".to_owned()],
        OwnAnswer::Redirect(redirect) => vec![
            format!("if ($gw_to_{n} = \"\") {{ return 400; }}"),
            format!("return {} $gw_to_{n};", redirect.status.as_u16()),
        ],
        OwnAnswer::Fixed(FixedAnswer {
            status,
            headers,
            body,
        }) => {
            let mut lines = Vec::new();
            let mut location = None;
            for (name, value) in headers {
                let value = String::from_utf8_lossy(value.as_bytes());
                match name.as_str() {
                    "content-type" => {
                        lines.push(format!("default_type {};", plain(&value)));
                    }
                    "location" if (300..400).contains(&status.as_u16()) => {
                        location = Some(literal(&value));
                    }
                    name => lines.push(format!(
                        "add_header {name} {} always;",
                        filled(&literal(&value))
                    )),
                }
            }
            let text = String::from_utf8_lossy(body);
            let text = match location {
                Some(location) => location,
                None if text.len() <= PIECE => literal(&text),
                None => {
                    lines.push(format!("set $gw_body_{n} \"\";"));
                    for piece in in_pieces(&text) {
                        let piece = literal(&piece);
                        lines.push(format!(
                            "set $gw_body_{n} {};",
                            filled(&format!("${{gw_body_{n}}}{piece}"))
                        ));
                    }
                    format!("${{gw_body_{n}}}")
                }
            };
            lines.push(format!("return {} {};", status.as_u16(), filled(&text)));
            lines
        }
    }
}

fn in_pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in text.chars() {
        if pieces.last().is_some_and(|piece| piece.len() >= PIECE) {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

fn limits(gate: &Gate<'_>, n: usize) -> Body {
    let mut lines = Body::new();
    for m in gate.limits_of(n) {
        let limit = &gate.limits[m];
        let line = match &limit.kind {
            LimitKind::Rate(shape) if super::Rate::of(shape).is_some() => {
                let beyond = shape.burst.saturating_sub(1);
                match beyond {
                    0 => format!("limit_req zone=gw_{m};"),
                    beyond => format!("limit_req zone=gw_{m} burst={beyond} nodelay;"),
                }
            }
            LimitKind::Concurrency(requests) => format!("limit_conn gw_{m} {requests};"),
            LimitKind::Rate(_) | LimitKind::Quota => continue,
        };
        lines.push((Some(limit.at.clone()), line));
    }
    lines
}

/// What callers are told of the version on every answer.
fn told(writer: &mut Writer<'_, '_>, n: usize, body: &mut Body) {
    let route = &writer.gate.routes[n];
    body.push((
        None,
        "add_header Retry-After $gw_retry_after always;".to_owned(),
    ));
    let Some(versions) = &route.compiled.versions else {
        return;
    };
    let split = route.config.versions.iter().flat_map(|all| &all.split);
    if split
        .clone()
        .any(|split| split.sticky == config::Sticky::Cookie)
    {
        body.push((
            None,
            format!("add_header Set-Cookie $gw_cookie_{n} always;"),
        ));
    }
    let mut rows: Vec<(String, usize, String, String)> = Vec::new();
    for version in &versions.list {
        let mut all: Vec<(String, String)> = version
            .lifecycle
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.to_string(), value)
            })
            .collect();
        if let Some(successor) = &version.lifecycle.successor {
            let target = match &versions.scheme {
                Scheme::FirstSegment => Some(format!("/{successor}")),
                Scheme::Query(name) => Some(format!("?{name}={successor}")),
                Scheme::Host(_) if successor.contains('.') => Some(format!("//{successor}")),
                Scheme::Host(_)
                | Scheme::AfterPrefix(_)
                | Scheme::Header(_)
                | Scheme::Accept(_) => None,
            };
            all.extend(target.map(|target| {
                (
                    "link".to_owned(),
                    format!("<{target}>; rel=\"successor-version\""),
                )
            }));
        }
        for (name, value) in all {
            let before = rows
                .iter()
                .filter(|row| row.0 == name && row.2 == version.name.as_str());
            let at = before.count();
            rows.push((name, at, version.name.to_string(), value));
        }
    }
    rows.sort();
    let mut at = 0;
    while at < rows.len() {
        let (name, place) = (rows[at].0.clone(), rows[at].1);
        let variable = format!("gw_told_{n}_{at}");
        // A preflight's answer is the gateway's own.
        let asked = match route.config.cors {
            Some(_) => format!("${{gw_preflight_{n}}}"),
            None => String::new(),
        };
        let source = format!("{asked}${{gw_named_{n}}}");
        writer
            .conf
            .put(format!("  map \"{source}\" ${variable} {{"));
        writer.conf.put("    default \"\";");
        while at < rows.len() && rows[at].0 == name && rows[at].1 == place {
            let (version, value) = (&rows[at].2, filled(&literal(&rows[at].3)));
            writer.conf.put(format!("    {} {value};", plain(version)));
            at += 1;
        }
        writer.conf.put("  }");
        let setting = format!("{}.versions.list", route.at);
        body.push((
            Some(setting),
            format!("add_header {name} ${variable} always;"),
        ));
    }
}

/// Writes the map for a list of expressions over the raw path.
fn path_map(writer: &mut Writer<'_, '_>, n: usize, name: &str, lines: &[Line]) {
    writer.conf.put(format!(
        "  map \"${{gw_entry}} ${{gw_version_{n}}} ${{gw_raw_path}}\" ${name} {{"
    ));
    writer.conf.put("    default \"\";");
    for line in lines {
        let entry = if line.after_version { "v" } else { "" };
        let version = match &line.version {
            Some(version) => escaped(version),
            None => "[^ ]*".to_owned(),
        };
        let pattern = whole(&format!("r{n}{entry} {version} {}", line.pattern));
        writer
            .conf
            .put(format!("    {pattern} {};", filled(&pieces(&line.made))));
    }
    writer.conf.put("  }");
}

fn places(writer: &mut Writer<'_, '_>, n: usize) {
    let route = &writer.gate.routes[n];
    writer.conf.mark(format!("{}.redirect", route.at));
    path_map(writer, n, &format!("gw_to_{n}"), &paths::redirected(route));
}

fn forward(writer: &mut Writer<'_, '_>, n: usize, body: &mut Body) {
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
    edits(writer, n, &answers, "upstream_status", body);
    body.push((
        Some(format!("{}.service", route.at)),
        format!("proxy_pass $gw_target_{n}$gw_path_{n}$gw_query_{n};"),
    ));
}

/// The query to send on: without what only the gateway needs to know.
fn query(writer: &mut Writer<'_, '_>, n: usize) {
    let gate = writer.gate;
    let route = &gate.routes[n];
    let mut names = Vec::new();
    if let Some(versions) = &route.compiled.versions
        && let (Scheme::Query(name), true) = (&versions.scheme, versions.strip)
    {
        names.push(name.clone());
    }
    if route.callers != Callers::Anyone && gate.config.api_keys.strip {
        names.extend(gate.config.api_keys.query.clone());
    }
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
    let url = |name: &crate::ids::ServiceName| {
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
    body.push((None, "proxy_buffering off;".to_owned()));
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

/// Headers of the answer that the route or its version change. `only` is a variable that is empty on
/// refusals, which stay as they are.
fn edits(writer: &mut Writer<'_, '_>, n: usize, plan: &Plan, only: &str, body: &mut Body) {
    let own = only == "gw_answered";
    for (m, (name, sets)) in plan.iter().enumerate() {
        if !own {
            body.push((None, format!("proxy_hide_header {name};")));
        }
        let most = sets.iter().map(Vec::len).max().unwrap_or(0);
        for place in 0..most {
            let variable = format!("gw_answer_{n}_{m}");
            let value = chosen(writer, n, sets, place, answer_header(name), &variable);
            let value = match own {
                true => value,
                false => {
                    let kept = format!("{variable}_{place}_if");
                    writer.conf.put(format!("  map ${only} ${kept} {{"));
                    writer.conf.put(format!("    default {value};"));
                    writer.conf.put("    \"\" \"\";");
                    writer.conf.put("  }");
                    format!("${kept}")
                }
            };
            body.push((None, format!("add_header {name} {value} always;")));
        }
    }
}

/// The value at a place, by version where it differs between versions.
fn chosen(
    writer: &mut Writer<'_, '_>,
    n: usize,
    sets: &[Vec<String>],
    place: usize,
    original: String,
    variable: &str,
) -> String {
    let values: Vec<String> = sets
        .iter()
        .map(|set| match set.get(place) {
            Some(value) if value == KEPT => original.clone(),
            Some(value) => value.clone(),
            None => String::new(),
        })
        .collect();
    let first = values.first().cloned().unwrap_or_default();
    if values.iter().all(|value| *value == first) {
        return filled(&first);
    }
    let versions = writer.gate.routes[n].compiled.versions.iter();
    let names: Vec<_> = versions.flat_map(|all| &all.list).collect();
    writer
        .conf
        .put(format!("  map $gw_version_{n} ${variable}_{place} {{"));
    writer.conf.put("    default \"\";");
    for (version, value) in names.iter().zip(&values) {
        writer.conf.put(format!(
            "    {} {};",
            plain(version.name.as_str()),
            filled(value)
        ));
    }
    writer.conf.put("  }");
    format!("${variable}_{place}")
}
