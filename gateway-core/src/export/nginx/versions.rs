//! Which version of a route a request is for: its name, or `!` and the status of the refusal.

use super::words::{header, literal, plain, whole};
use super::write::Writer;
use crate::config::Sticky;
use crate::export::gate::Route;
use crate::export::paths::version_segment;
use crate::export::patterns::{self, Capture, Spelling, any_spelling, escaped};
use crate::snapshot::matcher::paths::{End, PathForm};
use crate::snapshot::versions::{Scheme, Unnamed, Versions};

/// Writes `$gw_named_N`, the version that is asked for, and `$gw_version_N`, the one that answers.
pub(super) fn write(writer: &mut Writer<'_, '_>, n: usize) {
    let gate = writer.gate;
    let route = &gate.routes[n];
    let Some(versions) = &route.compiled.versions else {
        writer
            .conf
            .put(format!("  map $host $gw_version_{n} {{ default \"\"; }}"));
        return;
    };
    writer.conf.mark(format!("{}.versions", route.at));
    let unnamed = unnamed(writer, n, route, versions);
    let named = |pattern: &dyn Fn(&str) -> String| -> Vec<(String, String)> {
        versions
            .list
            .iter()
            .map(|version| (pattern(&version.value), version.name.to_string()))
            .collect()
    };
    let none = ("\"\"".to_owned(), unnamed.clone());
    let other = |text: &str| text.to_owned();
    let (source, mut lines, default) = match &versions.scheme {
        Scheme::Header(name) => {
            let mut lines = vec![none];
            lines.extend(named(&|value| whole(&escaped(value))));
            (header(name.as_str()), lines, other("!404"))
        }
        Scheme::Query(name) => {
            let name = any_spelling(name);
            let twice = format!("~(?:\\A|&){name}=([^&]+)(?:&.*)?&{name}=(?!\\1(?:&|\\z))[^&]");
            let mut lines = vec![(plain(&twice), "!400".to_owned())];
            lines.extend(named(&|value| {
                let value = any_spelling(value);
                plain(&format!("~(?:\\A|&){name}={value}(?:&|\\z)"))
            }));
            let unknown = plain(&format!("~(?:\\A|&){name}=[^&]"));
            lines.push((unknown, "!404".to_owned()));
            ("${args}".to_owned(), lines, unnamed)
        }
        Scheme::FirstSegment => {
            let after = |rest: &str| plain(&format!("~\\Ar{n}v /{rest}"));
            let mut lines =
                named(&|value| after(&format!("{}(?:;[^/]*)?(?:/|\\z)", escaped(value))));
            lines.push((after(""), "!404".to_owned()));
            ("${gw_entry} ${gw_path}".to_owned(), lines, unnamed)
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
            let after = |rest: &str| plain(&format!("~\\A{prefix}/(?:{rest})(?:;[^/]*)?(?:/|\\z)"));
            let mut lines = named(&|value| after(&escaped(value)));
            lines.push((after(&version_segment(route)), "!404".to_owned()));
            ("${gw_path}".to_owned(), lines, unnamed)
        }
        Scheme::Accept(parameter) => {
            let parameter = escaped(parameter);
            let lines = named(&|value| {
                let value = escaped(value);
                plain(&format!(
                    "~;\\s*(?i:{parameter})\\s*=\\s*(?:{value}|\\x22{value}\\x22)\\s*(?:[;,]|\\z)"
                ))
            });
            ("${http_accept}".to_owned(), lines, unnamed)
        }
        Scheme::Host(_) => {
            let mut lines = named(&|value| whole(&escaped(&value.to_ascii_lowercase())));
            lines.push((plain("~\\A[0-9.]+\\z"), unnamed.clone()));
            lines.extend(named(&|value| {
                plain(&format!("~\\A{}\\x2e", escaped(value)))
            }));
            let unknown = plain(&format!("~\\A(?:{})\\x2e", version_segment(route)));
            lines.push((unknown, "!404".to_owned()));
            ("${host}".to_owned(), lines, unnamed)
        }
    };
    writer
        .conf
        .put(format!("  map \"{source}\" $gw_named_{n} {{"));
    writer.conf.put(format!("    default {default};"));
    for (pattern, result) in lines.drain(..) {
        writer.conf.put(format!("    {pattern} {result};"));
    }
    writer.conf.put("  }");
    gone(writer, n, versions);
}

/// What callers get who name no version.
fn unnamed(
    writer: &mut Writer<'_, '_>,
    n: usize,
    route: &Route<'_>,
    versions: &Versions,
) -> String {
    let split = match &versions.unnamed {
        Unnamed::Refused => return "!400".to_owned(),
        Unnamed::Default(version) => return version.name.to_string(),
        Unnamed::Split(split) => split,
    };
    writer.conf.mark(format!("{}.versions.split", route.at));
    let weights = route
        .config
        .versions
        .iter()
        .flat_map(|versions| &versions.split)
        .flat_map(|split| &split.weights);
    let weights: Vec<_> = weights.filter(|weight| weight.weight > 0).collect();
    let total: u64 = weights.iter().map(|weight| u64::from(weight.weight)).sum();
    let source = match split.sticky {
        Sticky::None | Sticky::Cookie => "${request_id}",
        Sticky::Ip => "${remote_addr}",
        Sticky::Key => "${gw_by_key}",
        Sticky::Consumer => "${gw_by_consumer}",
    };
    writer
        .conf
        .put(format!("  split_clients \"{source}r{n}\" $gw_drawn_{n} {{"));
    if let Some((last, others)) = weights.split_last() {
        for weight in others {
            let hundredths = u64::from(weight.weight) * 10_000 / total.max(1);
            if hundredths > 0 {
                let (whole, part) = (hundredths / 100, hundredths % 100);
                writer
                    .conf
                    .put(format!("    {whole}.{part:02}% {};", weight.version));
            }
        }
        writer.conf.put(format!("    * {};", last.version));
    }
    writer.conf.put("  }");
    if split.sticky != Sticky::Cookie {
        return format!("$gw_drawn_{n}");
    }
    let cookie = literal(&split.cookie);
    let kept: Vec<_> = weights
        .iter()
        .map(|weight| {
            let (name, version) = (escaped(&split.cookie), escaped(weight.version.as_str()));
            let pattern = plain(&format!("~(?:\\A|;) *{name}={version} *(?:;|\\z)"));
            (pattern, &weight.version)
        })
        .collect();
    writer
        .conf
        .put(format!("  map $http_cookie $gw_kept_{n} {{"));
    writer.conf.put(format!("    default $gw_drawn_{n};"));
    for (pattern, version) in &kept {
        writer.conf.put(format!("    {pattern} {version};"));
    }
    writer.conf.put("  }");
    writer
        .conf
        .put(format!("  map $http_cookie $gw_cookie_{n} {{"));
    writer.conf.put(format!(
        "    default \"{cookie}=${{gw_drawn_{n}}}; Path=/; HttpOnly; SameSite=Lax\";"
    ));
    for (pattern, _) in &kept {
        writer.conf.put(format!("    {pattern} \"\";"));
    }
    writer.conf.put("  }");
    format!("$gw_kept_{n}")
}

/// Versions that have ended, from the second that they end in on.
fn gone(writer: &mut Writer<'_, '_>, n: usize, versions: &Versions) {
    writer.conf.put(format!(
        "  map \"${{gw_named_{n}}} ${{msec}}\" $gw_version_{n} {{"
    ));
    writer.conf.put(format!("    default $gw_named_{n};"));
    for version in &versions.list {
        if let Some(from) = version.lifecycle.gone_from_s {
            for pattern in at_least(from.max(0)) {
                let name = escaped(version.name.as_str());
                writer.conf.put(format!(
                    "    {} !410;",
                    plain(&format!("~\\A{name} {pattern}"))
                ));
            }
        }
    }
    writer.conf.put("  }");
}

/// Expressions of which one matches the beginning of each time, in seconds with ten digits, that is
/// no earlier than this one.
fn at_least(seconds: i64) -> Vec<String> {
    let digits = format!("{seconds:010}");
    let mut patterns = Vec::new();
    for (at, digit) in digits.char_indices() {
        if digit < '9' {
            let next = char::from(digit as u8 + 1);
            patterns.push(format!("{}[{next}-9]", &digits[..at]));
        }
    }
    patterns.push(digits);
    patterns
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn a_time_is_compared_by_its_digits() {
        let patterns = at_least(1_767_225_600);
        let later = |time: i64| {
            let text = format!("{time}.123");
            patterns.iter().any(|pattern| {
                Regex::new(&format!(r"\A{pattern}"))
                    .unwrap()
                    .is_match(&text)
            })
        };
        for (time, is_later) in [
            (1_767_225_599, false),
            (1_767_225_600, true),
            (1_767_225_601, true),
            (1_800_000_000, true),
            (1_699_999_999, false),
        ] {
            assert_eq!(later(time), is_later, "{time}");
        }
    }
}
