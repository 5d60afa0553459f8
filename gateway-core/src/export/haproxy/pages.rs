//! Pages of other origins: preflights are answered, and answers say who may read them.

use super::words::{literal, plain, whole};
use super::write::Writer;
use crate::config::Cors;
use crate::export::gate::Route;
use crate::export::patterns::{self, escaped};

/// Pages of other origins.
pub(super) fn write(writer: &mut Writer<'_, '_>) {
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
