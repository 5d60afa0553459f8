//! Changes to headers and fixed answers, compiled: names and values are read once and are right
//! from then on.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::config::{self, HostHeaderKind, Issue};
use crate::snapshot::HostHeader;
use crate::snapshot::answer::FixedAnswer;
use crate::snapshot::header_edits::{HeaderEdits, VARIABLES, ValuePart, ValueTemplate};

/// Changes to headers, of a route or of one of its versions. `at` is their place, such as
/// `routes[0].request_headers`.
pub(super) fn compile_header_edits(
    edits: &config::HeaderEdits,
    at: &str,
    issues: &mut Vec<Issue>,
) -> HeaderEdits {
    let config::HeaderEdits { remove, set, add } = edits;
    let mut compiled = HeaderEdits::default();
    for (n, name) in remove.iter().enumerate() {
        match editable(name) {
            Ok(name) => compiled.remove.push(name),
            Err(message) => issues.push(Issue::error(format!("{at}.remove[{n}]"), message)),
        }
    }
    compiled.set = compile_lines(set, &format!("{at}.set"), issues);
    compiled.add = compile_lines(add, &format!("{at}.add"), issues);
    for (n, (name, _)) in compiled.set.iter().enumerate() {
        if compiled.set[..n].iter().any(|(other, _)| other == name) {
            let message = format!("`{name}` is set twice; put the second under `add`");
            issues.push(Issue::error(format!("{at}.set"), message));
        }
    }
    compiled
}

fn compile_lines(
    lines: &[config::HeaderLine],
    at: &str,
    issues: &mut Vec<Issue>,
) -> Vec<(HeaderName, ValueTemplate)> {
    let mut compiled = Vec::new();
    for (n, config::HeaderLine { name, value }) in lines.iter().enumerate() {
        let name = editable(name)
            .map_err(|message| issues.push(Issue::error(format!("{at}[{n}].name"), message)));
        let value = compile_value(value)
            .map_err(|message| issues.push(Issue::error(format!("{at}[{n}].value"), message)));
        if let (Ok(name), Ok(value)) = (name, value) {
            compiled.push((name, value));
        }
    }
    compiled
}

/// A header that may be changed: not one that says where a message ends, whose connection it is on,
/// or to which host it goes.
pub(super) fn editable(name: &str) -> Result<HeaderName, String> {
    let parsed: HeaderName = name
        .parse()
        .map_err(|_| format!("`{name}` is no name of a header"))?;
    if parsed == header::HOST {
        return Err("choose the host with `host_header`".to_owned());
    }
    if parsed == header::CONTENT_LENGTH || crate::proxy::headers::is_hop_by_hop(&parsed) {
        return Err(format!(
            "`{parsed}` is up to the gateway: it belongs to one connection or says where a message ends"
        ));
    }
    Ok(parsed)
}

fn compile_value(value: &str) -> Result<ValueTemplate, String> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        literal.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            literal.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let end = after.find('}').ok_or("a `${` has no `}`")?;
            push_literal(&mut parts, &mut literal)?;
            parts.push(variable(&after[..end])?);
            rest = &after[end + 1..];
        } else {
            return Err("write `$$` for a dollar sign".to_owned());
        }
    }
    literal.push_str(rest);
    push_literal(&mut parts, &mut literal)?;
    if parts.is_empty() {
        parts.push(ValuePart::Literal(String::new()));
    }
    Ok(ValueTemplate(parts))
}

fn push_literal(parts: &mut Vec<ValuePart>, literal: &mut String) -> Result<(), String> {
    check_value(literal)?;
    if !literal.is_empty() {
        parts.push(ValuePart::Literal(std::mem::take(literal)));
    }
    Ok(())
}

fn check_value(value: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(value)
        .map_err(|_| "a header's value is one line of printable ASCII characters".to_owned())
}

fn variable(name: &str) -> Result<ValuePart, String> {
    let known = VARIABLES.iter().find(|(known, _)| *known == name);
    known
        .map(|(_, variable)| ValuePart::Variable(*variable))
        .ok_or_else(|| {
            let names: Vec<_> = VARIABLES
                .iter()
                .map(|(name, _)| format!("`${{{name}}}`"))
                .collect();
            format!("there is no `${{{name}}}`; there is {}", names.join(", "))
        })
}

/// The `Host` that a service sees.
pub(super) fn compile_host_header(
    host: &config::HostHeader,
    at: &str,
    issues: &mut Vec<Issue>,
) -> HostHeader {
    let at = format!("{at}.host_header.value");
    match (host.kind, &host.value) {
        (HostHeaderKind::Caller, None) => HostHeader::Caller,
        (HostHeaderKind::Target, None) => HostHeader::Target,
        (HostHeaderKind::Caller | HostHeaderKind::Target, Some(_)) => {
            issues.push(Issue::error(
                at,
                "it has no effect unless `kind` is `fixed`",
            ));
            HostHeader::Caller
        }
        (HostHeaderKind::Fixed, None) => {
            issues.push(Issue::error(at, "say which host"));
            HostHeader::Caller
        }
        (HostHeaderKind::Fixed, Some(value)) => match value.parse() {
            Ok(authority) if crate::proxy::accept::is_valid_host(value) => {
                HostHeader::Fixed(authority)
            }
            _ => {
                let message = format!("`{value}` is no host; write `name` or `name:port`");
                issues.push(Issue::error(at, message));
                HostHeader::Caller
            }
        },
    }
}

/// An answer that is always the same.
pub(super) fn compile_answer(
    answer: &config::FixedAnswer,
    at: &str,
    issues: &mut Vec<Issue>,
) -> Option<FixedAnswer> {
    compile_answer_at(answer, &format!("{at}.respond"), issues)
}

/// An answer whose settings stand at `at`.
pub(super) fn compile_answer_at(
    answer: &config::FixedAnswer,
    at: &str,
    issues: &mut Vec<Issue>,
) -> Option<FixedAnswer> {
    let config::FixedAnswer {
        status,
        headers,
        body,
    } = answer;
    let mut map = HeaderMap::new();
    for (n, config::HeaderLine { name, value }) in headers.iter().enumerate() {
        let at = format!("{at}.headers[{n}]");
        match (editable(name), check_value(value)) {
            (Ok(name), Ok(value)) => drop(map.append(name, value)),
            (name, value) => {
                let wrong = [(name.err(), "name"), (value.err(), "value")];
                for (message, field) in wrong {
                    let Some(message) = message else { continue };
                    issues.push(Issue::error(format!("{at}.{field}"), message));
                }
            }
        }
    }
    if matches!(status, 204 | 205 | 304) && !body.is_empty() {
        let message = format!("an answer with status {status} has no body");
        issues.push(Issue::error(format!("{at}.body"), message));
    }
    if !body.is_empty() && !map.contains_key(header::CONTENT_TYPE) {
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        map.insert(header::CONTENT_TYPE, text);
    }
    Some(FixedAnswer {
        status: StatusCode::from_u16(*status).ok()?,
        headers: map,
        body: body.clone().into(),
    })
}
