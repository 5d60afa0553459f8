//! What is known to differ in Traefik.

use super::super::compare::Answer;
use super::{Case, Known, is_odd};

pub(super) const KNOWN: &[Known] = &[
    // Refused there or not found, and not let through: stricter.
    Known {
        id: "odd-spelling",
        is: |Case {
                 asked, here, there, ..
             }| {
            is_odd(asked) && matches!(there.status, 400 | 404) && here.status != there.status
        },
    },
    Known {
        id: "preflight-lists",
        is: |Case {
                 asked, here, there, ..
             }| {
            let lists = [
                "access-control-allow-headers",
                "access-control-allow-methods",
            ];
            let others = |answer: &Answer| {
                let mut headers = answer.headers.clone();
                headers.retain(|name, _| !lists.contains(&name.as_str()));
                headers
            };
            asked.method == "OPTIONS"
                && here.status == there.status
                && here.seen == there.seen
                && others(here) == others(there)
        },
    },
    Known {
        id: "empty-segments",
        is: |Case { here, there, .. }| {
            let doubled = here
                .seen
                .as_ref()
                .is_some_and(|seen| seen.line.contains("//"));
            doubled && there.status == 400
        },
    },
    Known {
        id: "normalised-path",
        is: |Case {
                 asked, here, there, ..
             }| {
            let odd = normalised(&asked.target) != asked.target;
            odd && match (&here.seen, &there.seen) {
                (Some(here), Some(there)) => {
                    here.service == there.service
                        && normalised(&here.line) == normalised(&there.line)
                }
                (None, Some(_)) => here.status == 400,
                (None, None) => here.status == 400 && (300..400).contains(&there.status),
                (Some(_), None) => false,
            }
        },
    },
    Known {
        id: "host-case",
        is: |Case {
                 asked, here, there, ..
             }| {
            let moved = |answer: &Answer| (300..400).contains(&answer.status);
            let alike = here.status == there.status || (moved(here) && moved(there));
            asked.host != asked.host.to_ascii_lowercase() && alike
        },
    },
    Known {
        id: "redirect-status",
        is: |Case {
                 asked, here, there, ..
             }| {
            let alike = here.headers.get("location") == there.headers.get("location");
            let usual: &[u16] = match asked.method.as_str() {
                "GET" => &[301, 302],
                _ => &[307, 308],
            };
            alike && (300..400).contains(&here.status) && usual.contains(&there.status)
        },
    },
    Known {
        id: "version-in-query",
        is: |Case { here, there, .. }| match (&here.seen, &there.seen) {
            (Some(here), Some(there)) => {
                here.service == there.service
                    && here.headers == there.headers
                    && normalised(&here.line) == normalised(&without_version(&there.line))
            }
            _ => false,
        },
    },
];

/// A path as Traefik passes it on: what need not be percent-encoded is not.
fn normalised(target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut made = String::new();
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        made.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3).unwrap_or_default();
        match u8::from_str_radix(code, 16).map(char::from) {
            Ok(c) if c.is_ascii_alphanumeric() || "-._~".contains(c) => made.push(c),
            _ => made.push_str(&format!("%{}", code.to_ascii_uppercase())),
        }
        rest = rest.get(at + 3..).unwrap_or_default();
    }
    made.push_str(rest);
    match query {
        "" => made,
        query => format!("{made}?{query}"),
    }
}

/// A path without the parameter that names a version.
fn without_version(line: &str) -> String {
    let Some((path, query)) = line.split_once('?') else {
        return line.to_owned();
    };
    let kept: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.starts_with("version="))
        .collect();
    match kept.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", kept.join("&")),
    }
}
