//! What becomes of a request on its route.

use super::forward::{forward, places};
use super::headers::{self, KEPT, Plan};
use super::own_answer::own_answer;
use super::words::{answer_header, filled, literal, plain};
use super::write::Writer;
use super::{callers, pages, versions};
use crate::config;
use crate::export::gate::{Callers, Gate, LimitKind};
use crate::snapshot::Backend;
use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::versions::Scheme;

/// Lines of a location, each with the setting that it begins.
pub(super) type Body = Vec<(Option<String>, String)>;

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

/// Headers of the answer that the route or its version change. `only` is a variable that is empty on
/// refusals, which stay as they are.
pub(super) fn edits(
    writer: &mut Writer<'_, '_>,
    n: usize,
    plan: &Plan,
    only: &str,
    body: &mut Body,
) {
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
pub(super) fn chosen(
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
