//! What becomes of a request on its route.

use super::callers;
use super::words::{literal, pieces, plain, value, whole};
use super::write::Writer;
use crate::config::{Cors, HostHeaderKind, Sticky};
use crate::export::gate::{Callers, Gate, Route, parts};
use crate::export::paths::{self, Line, version_segment};
use crate::export::patterns::{self, Capture, Spelling, any_spelling, escaped};
use crate::snapshot::Backend;
use crate::snapshot::answer::{FixedAnswer, OwnAnswer};
use crate::snapshot::header_edits::HeaderEdits;
use crate::snapshot::matcher::paths::{End, PathForm};
use crate::snapshot::versions::{Scheme, Unnamed, Versions};

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

/// Pages of other origins.
pub(super) fn pages(writer: &mut Writer<'_, '_>) {
    let gate = writer.gate;
    for (n, route) in gate.routes.iter().enumerate() {
        let Some(cors) = route
            .config
            .cors
            .as_ref()
            .filter(|_| route.closed.is_none())
        else {
            continue;
        };
        writer.mark(format!("{}.cors", route.at));
        one_of_pages(writer, n, route, cors);
    }
}

fn one_of_pages(writer: &mut Writer<'_, '_>, n: usize, route: &Route<'_>, cors: &Cors) {
    let Cors {
        origins,
        methods,
        headers,
        expose,
        credentials,
        max_age_s,
    } = cors;
    let any = origins.iter().any(|origin| origin == "*");
    let (test, told) = match any {
        true => ("{ req.fhdr(origin) -m found }".to_owned(), "*"),
        false => {
            let all: Vec<_> = origins.iter().map(|one| patterns::origin(one)).collect();
            let pattern = whole(&all.join("|"));
            (
                format!("{{ req.fhdr(origin) -m reg -- {pattern} }}"),
                "%[req.fhdr(origin)]",
            )
        }
    };
    writer.rule(format!(
        "http-request set-var-fmt(txn.origin) \"{told}\" if r{n} {test}"
    ));
    writer.rule(format!(
        "http-response del-header access-control- -m beg if r{n}"
    ));
    if !any {
        writer.rule(format!(
            "http-after-response add-header vary origin if r{n}"
        ));
    }
    let allowed = "{ var(txn.origin) -m found }";
    writer.rule(format!(
        "http-after-response set-header access-control-allow-origin \"%[var(txn.origin)]\" if r{n} {allowed}"
    ));
    if *credentials {
        writer.rule(format!(
            "http-after-response set-header access-control-allow-credentials true if r{n} {allowed}"
        ));
    }
    if !expose.is_empty() {
        let names = plain(&literal(&expose.join(", ").to_ascii_lowercase()));
        writer.rule(format!(
            "http-after-response set-header access-control-expose-headers {names} if r{n} {allowed}"
        ));
    }
    let methods = match methods.is_empty() {
        true => &route.config.matches.methods,
        false => methods,
    };
    let (method, granted) = match methods.is_empty() {
        true => (String::new(), "%[var(txn.asked)]".to_owned()),
        false => (
            format!("{{ var(txn.asked) -m str -- {} }}", methods.join(" ")),
            methods.join(", "),
        ),
    };
    let asked = "access-control-request-headers";
    let any_header = headers.iter().any(|name| name == "*");
    let (header, granted_headers) = match any_header {
        true => (String::new(), format!("%[req.fhdr({asked})]")),
        false => {
            let names: Vec<_> = headers.iter().map(|name| escaped(name)).collect();
            let names = names.join("|");
            let list = match headers.is_empty() {
                true => "[\\x20\\t,]*".to_owned(),
                false => format!("[\\x20\\t,]*(?:(?:{names})[\\x20\\t]*(?:,[\\x20\\t,]*|\\z))*"),
            };
            let pattern = whole(&list);
            writer.rule(format!(
                "http-request set-var(txn.headers_fit) bool(1) if r{n} !{{ req.fhdr({asked}) -m found }}"
            ));
            writer.rule(format!(
                "http-request set-var(txn.headers_fit) bool(1) if r{n} {{ req.fhdr({asked}) -m reg -i -- {pattern} }}"
            ));
            (
                "{ var(txn.headers_fit) -m found }".to_owned(),
                literal(&headers.join(", ")),
            )
        }
    };
    let preflight = format!("r{n} {{ var(txn.preflight) -m found }}");
    let told_headers = match granted_headers.is_empty() {
        true => String::new(),
        false => format!(
            " hdr access-control-allow-headers {}",
            plain(&granted_headers)
        ),
    };
    let told = format!(
        "hdr access-control-allow-methods {} hdr access-control-max-age {max_age_s}",
        plain(&granted)
    );
    if any_header {
        writer.rule(format!(
            "http-request return status 204 {told} if {preflight} {allowed} {method} !{{ req.fhdr({asked}) -m found }}"
        ));
    }
    writer.rule(format!(
        "http-request return status 204 {told}{told_headers} if {preflight} {allowed} {method} {header}"
    ));
    writer.rule(format!("http-request return status 403 if {preflight}"));
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
        self::versions(writer, n, route, versions);
    }
    callers::denials(writer, n);
    writer.limits(n);
    match &route.compiled.backend {
        Backend::Own(own) => own_answer(writer, n, own),
        Backend::Service(_) => forward(writer, n),
    }
}

fn versions(writer: &mut Writer<'_, '_>, n: usize, route: &Route<'_>, versions: &Versions) {
    let mut name = |version: &str, test: String| {
        writer.rule(format!(
            "http-request set-var(txn.named) str({version}) if r{n} !{{ var(txn.named) -m found }} {test}"
        ));
    };
    let mut unknown = None;
    match &versions.scheme {
        Scheme::Header(header) => {
            for one in &versions.list {
                let value = plain(&one.value);
                name(
                    one.name.as_str(),
                    format!("{{ req.fhdr({header}) -m str -- {value} }}"),
                );
            }
            writer.rule(format!(
                "http-request return status 400 if r{n} {{ req.fhdr_cnt({header}) gt 1 }}"
            ));
            unknown = Some(format!("{{ req.fhdr({header}) -m len gt 0 }}"));
        }
        Scheme::Query(parameter) => {
            let parameter = any_spelling(parameter);
            for one in &versions.list {
                let value = any_spelling(&one.value);
                let pattern = plain(&format!("(?:\\A|&){parameter}={value}(?:&|\\z)"));
                name(
                    one.name.as_str(),
                    format!("{{ query -m reg -- {pattern} }}"),
                );
            }
            let twice = plain(&format!(
                "(?:\\A|&){parameter}=([^&]+)(?:&.*)?&{parameter}=(?!\\1(?:&|\\z))[^&]"
            ));
            writer.rule(format!(
                "http-request return status 400 if r{n} {{ query -m reg -- {twice} }}"
            ));
            let some = plain(&format!("(?:\\A|&){parameter}=[^&]"));
            unknown = Some(format!("{{ query -m reg -- {some} }}"));
        }
        Scheme::FirstSegment => {
            let after = format!("{{ var(txn.entry) -m str r{n}v }}");
            for one in &versions.list {
                let pattern = plain(&format!("\\A/{}(?:/|\\z)", escaped(&one.value)));
                name(
                    one.name.as_str(),
                    format!("{after} {{ var(txn.path) -m reg -- {pattern} }}"),
                );
            }
            unknown = Some(after);
        }
        Scheme::AfterPrefix(_) => {
            let prefix = match &route.compiled.path.form {
                PathForm::Segments(segments, End::Anything) => {
                    let form = PathForm::Segments(segments.clone(), End::Here);
                    let text = patterns::path(&form, Capture::Nothing, Spelling::Decoded);
                    text.unwrap_or_default().trim_end_matches("/?").to_owned()
                }
                PathForm::Exact(_) | PathForm::Segments(..) | PathForm::Regex(_) => String::new(),
            };
            let after = |rest: &str| {
                let pattern = plain(&format!("\\A{prefix}/(?:{rest})(?:/|\\z)"));
                format!("{{ var(txn.path) -m reg -- {pattern} }}")
            };
            for one in &versions.list {
                name(one.name.as_str(), after(&escaped(&one.value)));
            }
            unknown = Some(after(&version_segment(route)));
        }
        Scheme::Accept(parameter) => {
            let parameter = escaped(parameter);
            for one in &versions.list {
                let value = escaped(&one.value);
                let pattern = plain(&format!(
                    ";\\s*(?i:{parameter})\\s*=\\s*(?:{value}|\\x22{value}\\x22)\\s*(?:[;,]|\\z)"
                ));
                name(
                    one.name.as_str(),
                    format!("{{ req.fhdr(accept) -m reg -- {pattern} }}"),
                );
            }
        }
        Scheme::Host(_) => {
            let address = "!{ var(txn.host) -m reg -- \"\\\\A[0-9.]+\\\\z\" }";
            for one in &versions.list {
                let value = plain(&one.value.to_ascii_lowercase());
                name(
                    one.name.as_str(),
                    format!("{{ var(txn.host) -m str -- {value} }}"),
                );
            }
            for one in &versions.list {
                let pattern = plain(&format!("\\A{}\\x2e", escaped(&one.value)));
                name(
                    one.name.as_str(),
                    format!("{address} {{ var(txn.host) -m reg -- {pattern} }}"),
                );
            }
            let pattern = plain(&format!("\\A(?:{})\\x2e", version_segment(route)));
            unknown = Some(format!("{address} {{ var(txn.host) -m reg -- {pattern} }}"));
        }
    }
    if let Some(test) = unknown {
        writer.rule(format!(
            "http-request return status 404 if r{n} !{{ var(txn.named) -m found }} {test}"
        ));
    }
    unnamed(writer, n, route, versions);
    for one in &versions.list {
        if let Some(from) = one.lifecycle.gone_from_s {
            writer.rule(format!(
                "http-request return status 410 if r{n} {{ var(txn.named) -m str -- {} }} {{ date ge {from} }}",
                one.name
            ));
        }
    }
    writer.rule(format!(
        "http-request set-var(txn.version) var(txn.named) if r{n}"
    ));
}

fn unnamed(writer: &mut Writer<'_, '_>, n: usize, route: &Route<'_>, versions: &Versions) {
    let none = format!("r{n} !{{ var(txn.named) -m found }}");
    let split = match &versions.unnamed {
        Unnamed::Refused => {
            writer.rule(format!("http-request return status 400 if {none}"));
            return;
        }
        Unnamed::Default(version) => {
            writer.rule(format!(
                "http-request set-var(txn.named) str({}) if {none}",
                version.name
            ));
            return;
        }
        Unnamed::Split(split) => split,
    };
    let weights = route.config.versions.iter().flat_map(|all| &all.split);
    let weights: Vec<_> = weights
        .flat_map(|split| &split.weights)
        .filter(|weight| weight.weight > 0)
        .collect();
    let total: u64 = weights.iter().map(|weight| u64::from(weight.weight)).sum();
    if split.sticky == Sticky::Cookie {
        let cookie = &split.cookie;
        for weight in &weights {
            writer.rule(format!(
                "http-request set-var(txn.named) str({0}) if {none} {{ req.cook({cookie}) -m str -- {0} }}",
                weight.version
            ));
        }
        writer.rule(format!("http-request set-var(txn.drawn) bool(1) if {none}"));
    }
    let by = |sample: &str| format!("{sample},xxh32,mod({total})");
    let (first, second) = match split.sticky {
        Sticky::None | Sticky::Cookie => (format!("rand({total})"), None),
        Sticky::Ip => (by("src"), None),
        Sticky::Key => (by("var(txn.slot)"), Some(by("src"))),
        Sticky::Consumer => (by("var(txn.consumer)"), Some(by("src"))),
    };
    writer.rule(format!("http-request set-var(txn.draw) {first} if {none}"));
    if let Some(second) = second {
        writer.rule(format!(
            "http-request set-var(txn.draw) {second} if {none} !{{ var(txn.draw) -m found }}"
        ));
    }
    let mut below = 0;
    for weight in &weights {
        below += u64::from(weight.weight);
        writer.rule(format!(
            "http-request set-var(txn.named) str({}) if {none} {{ var(txn.draw) -m int lt {below} }}",
            weight.version
        ));
    }
    if split.sticky == Sticky::Cookie {
        let cookie = literal(&split.cookie);
        writer.rule(format!(
            "http-after-response add-header set-cookie \"{cookie}=%[var(txn.named)]; Path=/; HttpOnly; SameSite=Lax\" if r{n} {{ var(txn.drawn) -m found }}"
        ));
    }
}

/// What callers are told of the version on every answer.
pub(super) fn told(writer: &mut Writer<'_, '_>) {
    let gate = writer.gate;
    for (n, route) in gate.routes.iter().enumerate() {
        let versions = route
            .compiled
            .versions
            .as_ref()
            .filter(|_| route.closed.is_none());
        let Some(versions) = versions else {
            continue;
        };
        writer.mark(format!("{}.versions.list", route.at));
        for version in &versions.list {
            let only = format!("r{n} {{ var(txn.named) -m str -- {} }}", version.name);
            for (name, value) in &version.lifecycle.headers {
                let value = plain(&literal(&String::from_utf8_lossy(value.as_bytes())));
                writer.rule(format!(
                    "http-after-response add-header {name} {value} if {only}"
                ));
            }
            let successor = version.lifecycle.successor.as_deref();
            let target = match (&versions.scheme, successor) {
                (Scheme::FirstSegment, Some(next)) => format!("/{next}"),
                (Scheme::Query(name), Some(next)) => format!("?{name}={next}"),
                (Scheme::Host(_), Some(next)) if next.contains('.') => format!("//{next}"),
                _ => continue,
            };
            let link = plain(&literal(&format!("<{target}>; rel=\"successor-version\"")));
            writer.rule(format!(
                "http-after-response add-header link {link} if {only}"
            ));
        }
    }
}

/// Finds which line of a list the raw path matches, and refuses a path that none does.
fn choose(writer: &mut Writer<'_, '_>, n: usize, lines: &[Line]) {
    for (m, line) in lines.iter().enumerate() {
        let entry = if line.after_version { "v" } else { "" };
        let version = match &line.version {
            Some(version) => format!(" {{ var(txn.version) -m str -- {version} }}"),
            None => String::new(),
        };
        let pattern = whole(&line.pattern);
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
        OwnAnswer::Redirect(redirect) => {
            let lines = paths::redirected(route);
            writer.mark(format!("{}.redirect", route.at));
            choose(writer, n, &lines);
            let status = redirect.status.as_u16();
            for (m, line) in lines.iter().enumerate() {
                let only = format!("r{n} {{ var(txn.cut) -m str c{m} }}");
                writer.rule(format!(
                    "http-request replace-path {} {} if {only}",
                    plain(&format!("^{}$", line.pattern)),
                    plain(&pieces(&line.made))
                ));
            }
            writer.rule(format!(
                "http-request return status {status} hdr location \"%[path]\" if r{n}"
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
    for (m, line) in lines.iter().enumerate() {
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
        writer.rule(format!("use_backend gw_{service} if {only}"));
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
        writer.rule(format!("use_backend gw_{service} if {only}"));
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
    let mut names = Vec::new();
    if let Some(versions) = &route.compiled.versions
        && let (Scheme::Query(name), true) = (&versions.scheme, versions.strip)
    {
        names.push(name.clone());
    }
    if route.callers != Callers::Anyone && gate.config.api_keys.strip {
        names.extend(gate.config.api_keys.query.clone());
    }
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
            writer.rule(format!(
                "http-request del-header {name} if {only} {{ var(txn.slot) -m found }}"
            ));
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
