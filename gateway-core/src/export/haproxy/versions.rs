//! Which version of a route a request is for.

use super::words::{literal, plain};
use super::write::Writer;
use crate::config::Sticky;
use crate::export::gate::Route;
use crate::export::paths::version_segment;
use crate::export::patterns::{self, Capture, Spelling, any_spelling, escaped};
use crate::snapshot::matcher::paths::{End, PathForm};
use crate::snapshot::versions::{Scheme, Unnamed, Versions};

/// Writes the rules that set `txn.named`, and refuse what names none there is.
pub(super) fn write(writer: &mut Writer<'_, '_>, n: usize, route: &Route<'_>, versions: &Versions) {
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
            // Different ones at once; there are no references back in conditions.
            for one in &versions.list {
                let value = any_spelling(&one.value);
                let this = plain(&format!("(?:\\A|&){parameter}={value}(?:&|\\z)"));
                let other = plain(&format!("(?:\\A|&){parameter}=(?!{value}(?:&|\\z))[^&]"));
                writer.rule(format!(
                    "http-request return status 400 if r{n} {{ query -m reg -- {this} }} {{ query -m reg -- {other} }}"
                ));
            }
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
