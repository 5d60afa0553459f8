//! What becomes of a request on its route.

use super::words::{literal, pieces, plain, value, whole};
use super::write::Writer;
use super::{callers, versions};
use crate::config::HostHeaderKind;
use crate::export::gate::{Callers, Gate, Route, parts};
use crate::export::paths::{self, Line, Versions};
use crate::export::patterns::{any_spelling, escaped};
use crate::snapshot::Backend;
use crate::snapshot::answer::{FixedAnswer, OwnAnswer};
use crate::snapshot::header_edits::HeaderEdits;
use crate::snapshot::versions::Scheme;

/// Bodies that are too long are refused before anything else is asked.
pub(super) fn sizes(writer: &mut Writer<'_, '_>) {
    let gate = writer.gate;
    for (n, route) in gate.routes.iter().enumerate() {
        let own = route.config.max_request_body_bytes;
        let Some(most) = own.or(gate.config.listen.max_request_body_bytes) else {
            continue;
        };
        writer.mark("listen.max_request_body_bytes");
        writer.mark(format!("{}.max_request_body_bytes", route.at));
        writer.rule(format!(
            "http-request return status 413 if r{n} {{ req.hdr_val(content-length) gt {most} }}"
        ));
        writer.rule(format!(
            "http-request return status 411 if r{n} {{ req.hdr(transfer-encoding) -m found }}"
        ));
    }
}

/// All that is left to decide on a route, and where the request goes.
pub(super) fn write(writer: &mut Writer<'_, '_>, n: usize) {
    let gate = writer.gate;
    let route = &gate.routes[n];
    writer.note(&format!("route {}", route.config.name));
    if let Some(setting) = &route.closed {
        writer.mark(setting);
        writer.rule(format!("http-request return status 403 if r{n}"));
        return;
    }
    writer.mark(format!("{}.authentication", route.at));
    match route.callers {
        Callers::Anyone => {}
        Callers::Key => writer.rule(format!(
            "http-request return status 401 if r{n} !{{ var(txn.slot) -m found }}"
        )),
        Callers::KeyIfShown => writer.rule(format!(
            "http-request return status 401 if r{n} {{ var(txn.key) -m found }} !{{ var(txn.slot) -m found }}"
        )),
    }
    if let Some(versions) = &route.compiled.versions {
        writer.mark(format!("{}.versions", route.at));
        versions::write(writer, n, route, versions);
    }
    callers::denials(writer, n);
    writer.limits(n);
    match &route.compiled.backend {
        Backend::Own(own) => own_answer(writer, n, own),
        // Only where a person wants it open: there is nothing behind it.
        Backend::Aggregate(_) => {
            writer.mark(format!("{}.aggregate", route.at));
            writer.rule(format!("http-request return status 501 if r{n}"));
        }
        Backend::Service(_) => forward(writer, n),
    }
}

/// Finds which line of a list the raw path matches, and refuses a path that none does.
fn choose(writer: &mut Writer<'_, '_>, n: usize, lines: &[Line]) {
    for (m, line) in lines.iter().enumerate() {
        let entry = if line.after_version { "v" } else { "" };
        let version = match &line.versions {
            Versions::Only(version) => format!(" {{ var(txn.version) -m str -- {version} }}"),
            Versions::AllBut(others) if others.is_empty() => String::new(),
            Versions::AllBut(others) => {
                format!(" !{{ var(txn.version) -m str -- {} }}", others.join(" "))
            }
        };
        let pattern = whole(&line.pattern);
        if line.is_refused() {
            writer.rule(format!(
                "http-request return status 400 if !{{ var(txn.cut) -m found }} {{ var(txn.entry) -m str r{n}{entry} }}{version} {{ path -m reg -- {pattern} }}"
            ));
            continue;
        }
        writer.rule(format!(
            "http-request set-var(txn.cut) str(c{m}) if !{{ var(txn.cut) -m found }} {{ var(txn.entry) -m str r{n}{entry} }}{version} {{ path -m reg -- {pattern} }}"
        ));
    }
    writer.rule(format!(
        "http-request return status 400 if r{n} !{{ var(txn.cut) -m found }}"
    ));
}

fn own_answer(writer: &mut Writer<'_, '_>, n: usize, own: &OwnAnswer) {
    let gate = writer.gate;
    let route = &gate.routes[n];
    writer.rule(format!("http-request set-var(txn.own) bool(1) if r{n}"));
    let edits = [&route.compiled.response_headers];
    for edits in edits {
        edit(
            writer,
            "http-after-response",
            route,
            edits,
            &format!("r{n} {{ var(txn.own) -m found }}"),
        );
    }
    match own {
        // Only where a person wants it open: there is nothing behind it.
        OwnAnswer::OnlyMock => writer.rule(format!("http-request return status 404 if r{n}")),
        OwnAnswer::Redirect(redirect) => {
            let lines = paths::redirected(route);
            writer.mark(format!("{}.redirect", route.at));
            choose(writer, n, &lines);
            // Groups and formats go together where a header is replaced, and nowhere else.
            writer.rule(format!(
                "http-request set-header gatewright-place \"%[path]\" if r{n}"
            ));
            for (m, line) in lines.iter().enumerate() {
                let only = format!("r{n} {{ var(txn.cut) -m str c{m} }}");
                writer.rule(format!(
                    "http-request replace-header gatewright-place {} {} if {only}",
                    plain(&format!("^{}$", line.pattern)),
                    plain(&pieces(&line.made))
                ));
            }
            let status = redirect.status.as_u16();
            writer.rule(format!(
                "http-request return status {status} hdr location \"%[req.fhdr(gatewright-place)]\" if r{n}"
            ));
        }
        OwnAnswer::Fixed(FixedAnswer {
            status,
            headers,
            body,
        }) => {
            writer.mark(format!("{}.respond", route.at));
            let mut line = format!("http-request return status {}", status.as_u16());
            let mut kind = "text/plain".to_owned();
            let mut told = String::new();
            for (name, value) in headers {
                let value = String::from_utf8_lossy(value.as_bytes());
                match name.as_str() {
                    "content-type" => kind = value.into_owned(),
                    name => told.push_str(&format!(" hdr {name} {}", plain(&literal(&value)))),
                }
            }
            if !body.is_empty() {
                let text = String::from_utf8_lossy(body);
                line.push_str(&format!(
                    " content-type {} string {}",
                    plain(&kind),
                    plain(&text)
                ));
            }
            writer.rule(format!("{line}{told} if r{n}"));
        }
    }
}

fn forward(writer: &mut Writer<'_, '_>, n: usize) {
    let gate = writer.gate;
    let route = &gate.routes[n];
    let lines = paths::forwarded(route);
    writer.mark(format!("{}.rewrite", route.at));
    writer.mark(format!("{}.strip_prefix", route.at));
    choose(writer, n, &lines);
    let versions = route.config.versions.iter().flat_map(|all| &all.list);
    let own: Vec<_> = versions
        .filter_map(|version| Some((&version.name, version.service.as_ref()?)))
        .collect();
    for (m, line) in lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !line.is_refused())
    {
        let only = format!("r{n} {{ var(txn.cut) -m str c{m} }}");
        writer.rule(format!(
            "http-request replace-path {} {} if {only}",
            plain(&format!("^{}$", line.pattern)),
            plain(&pieces(&line.made))
        ));
    }
    query(writer, n);
    headers(writer, n);
    writer.mark(format!("{}.service", route.at));
    for (version, service) in &own {
        let only = format!("r{n} {{ var(txn.version) -m str -- {version} }}");
        base_path(writer, gate, service, &only);
        writer
            .backends
            .push(format!("use_backend gw_{service} if {only}"));
    }
    if let Some(service) = &route.config.service {
        let others: Vec<_> = own.iter().map(|(version, _)| version.as_str()).collect();
        let only = match others.is_empty() {
            true => format!("r{n}"),
            false => format!(
                "r{n} !{{ var(txn.version) -m str -- {} }}",
                others.join(" ")
            ),
        };
        base_path(writer, gate, service, &only);
        writer
            .backends
            .push(format!("use_backend gw_{service} if {only}"));
    }
}

fn base_path(
    writer: &mut Writer<'_, '_>,
    gate: &Gate<'_>,
    service: &crate::ids::ServiceName,
    only: &str,
) {
    let service = gate.config.services.iter().find(|one| one.name == *service);
    let target = service.and_then(|service| service.targets.first());
    let path = target.map_or("", |target| parts(&target.url).2);
    if !path.is_empty() {
        let path = plain(&format!("{}%[path]", literal(path)));
        writer.rule(format!("http-request set-path {path} if {only}"));
    }
}

/// Takes out of the query what only the gateway needs to know.
fn query(writer: &mut Writer<'_, '_>, n: usize) {
    let gate = writer.gate;
    let route = &gate.routes[n];
    let names = gate.own_parameters(route);
    for name in names.iter().flat_map(|name| [name, name]) {
        let one = format!("{}(?:=[^&]*)?", any_spelling(name));
        for (pattern, left) in [
            (format!("^([^?]*)\\?{one}$"), "\\1"),
            (format!("^([^?]*)\\?{one}&(.*)$"), "\\1?\\2"),
            (format!("^([^?]*\\?.*)&{one}$"), "\\1"),
            (format!("^([^?]*\\?.*&){one}&(.*)$"), "\\1\\2"),
        ] {
            writer.rule(format!(
                "http-request replace-pathq {} {} if r{n}",
                plain(&pattern),
                plain(left)
            ));
        }
    }
}

fn headers(writer: &mut Writer<'_, '_>, n: usize) {
    let gate = writer.gate;
    let route = &gate.routes[n];
    let only = format!("r{n}");
    for name in [
        "forwarded",
        "x-forwarded-port",
        "x-forwarded-server",
        "x-real-ip",
    ] {
        writer.rule(format!("http-request del-header {name} if {only}"));
    }
    for (name, value) in [
        ("x-forwarded-for", "%[src]"),
        ("x-forwarded-host", "%[var(txn.host_and_port)]"),
        ("x-forwarded-proto", "http"),
        ("x-request-id", "%[var(txn.request_id)]"),
    ] {
        writer.rule(format!(
            "http-request set-header {name} \"{value}\" if {only}"
        ));
    }
    for (name, fact) in [
        ("x-consumer-id", "consumer"),
        ("x-credential-id", "credential"),
        ("x-consumer-groups", "groups"),
        ("x-consumer-scopes", "scopes"),
    ] {
        writer.rule(format!("http-request del-header {name} if {only}"));
        if route.callers != Callers::Anyone {
            writer.rule(format!(
                "http-request set-header {name} \"%[var(txn.{fact})]\" if {only} {{ var(txn.{fact}) -m found }}"
            ));
        }
    }
    let keys = &gate.config.api_keys;
    if route.callers != Callers::Anyone && keys.strip {
        for name in &keys.headers {
            // In every spelling: to many services `_` is what `-` is. Names are in lower case by now.
            let name = name.as_str().to_ascii_lowercase();
            let parts: Vec<_> = name.split(['-', '_']).map(escaped).collect();
            let spelt = whole(&parts.join("[-_]"));
            writer.rule(format!("http-request del-header {spelt} -m reg if {only}"));
        }
        if keys.bearer {
            writer.rule(format!(
                "http-request del-header authorization if {only} {{ var(txn.bearer) -m found }}"
            ));
        }
    }
    if let Some(versions) = &route.compiled.versions
        && let (Scheme::Header(name), true) = (&versions.scheme, versions.strip)
    {
        writer.rule(format!("http-request del-header {name} if {only}"));
    }
    let host = &route.config.host_header;
    let host = match host.kind {
        HostHeaderKind::Caller => "%[var(txn.host_and_port)]".to_owned(),
        HostHeaderKind::Fixed => literal(host.value.as_deref().unwrap_or_default()),
        HostHeaderKind::Target => {
            let service = route.config.service.as_ref();
            let all = &gate.config.services;
            let service = all.iter().find(|one| Some(&one.name) == service);
            let target = service.and_then(|service| service.targets.first());
            literal(target.map_or("", |target| parts(&target.url).1))
        }
    };
    writer.mark(format!("{}.host_header", route.at));
    writer.rule(format!(
        "http-request set-header host {} if {only}",
        plain(&host)
    ));
    edit(
        writer,
        "http-request",
        route,
        &route.compiled.request_headers,
        &only,
    );
    edit(
        writer,
        "http-response",
        route,
        &route.compiled.response_headers,
        &only,
    );
    for version in route.compiled.versions.iter().flat_map(|all| &all.list) {
        let only = format!("r{n} {{ var(txn.version) -m str -- {} }}", version.name);
        edit(
            writer,
            "http-request",
            route,
            &version.request_headers,
            &only,
        );
        edit(
            writer,
            "http-response",
            route,
            &version.response_headers,
            &only,
        );
    }
}

fn edit(
    writer: &mut Writer<'_, '_>,
    rules: &str,
    route: &Route<'_>,
    edits: &HeaderEdits,
    only: &str,
) {
    let HeaderEdits { remove, set, add } = edits;
    let part = match rules {
        "http-request" => "request_headers",
        _ => "response_headers",
    };
    writer.mark(format!("{}.{part}", route.at));
    let name_of_route = route.config.name.as_str();
    for name in remove {
        writer.rule(format!("{rules} del-header {name} if {only}"));
    }
    for (verb, lines) in [("set-header", set), ("add-header", add)] {
        for (name, template) in lines {
            let value = plain(&value(template, name_of_route));
            writer.rule(format!("{rules} {verb} {name} {value} if {only}"));
        }
    }
}
