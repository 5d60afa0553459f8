//! What all routes that keep answers share: where these are, and what requests and answers say of it.

use crate::config::CacheBudget;
use crate::export::nginx::words::plain;
use crate::export::nginx::write::Writer;

/// Writes what all routes that keep answers share.
pub(in crate::export::nginx) fn shared(writer: &mut Writer<'_, '_>) {
    let places = super::places(writer.gate);
    if places.is_empty() {
        return;
    }
    let CacheBudget {
        max_bytes,
        max_answer_bytes,
    } = writer.gate.config.cache;
    writer.conf.mark("cache");
    let share = max_bytes / u64::try_from(places.len()).unwrap_or(1);
    for (k, unused_s) in places.iter().enumerate() {
        writer.conf.put(format!(
            "  proxy_cache_path gw_cache_{k} levels=1:2 keys_zone=gw_cache_{k}:10m \
             max_size={share} inactive={unused_s}s use_temp_path=off;"
        ));
    }
    let mut map = |source: &str, name: &str, lines: &[String]| {
        writer.conf.put(format!("  map \"{source}\" ${name} {{"));
        for line in lines {
            writer.conf.put(format!("    {line};"));
        }
        writer.conf.put("  }");
    };
    let one_if = |pattern: &str| ["default \"\"".to_owned(), format!("{} 1", plain(pattern))];
    map(
        "${upstream_status}${upstream_cache_status}",
        "gw_answered_or_kept",
        &["default 1".to_owned(), "\"\" \"\"".to_owned()],
    );
    map(
        "${http_cache_control}",
        "gw_asks_anew",
        &one_if(&directive("no-cache|no-store|max-age|min-fresh")),
    );
    map(
        "${http_cache_control}|${http_pragma}",
        "gw_asks_anew_by_pragma",
        &one_if(r"~*\A\|no-cache\z"),
    );
    map(
        "${http_cache_control}",
        "gw_keeps_nothing",
        &one_if(&directive("no-store")),
    );
    // A request with a body is more than a question.
    map(
        "${http_content_length}|${http_transfer_encoding}",
        "gw_has_body",
        &[
            "default 1".to_owned(),
            format!("{} \"\"", plain(r"~\A0*\|\z")),
        ],
    );
    // RFC 9111, section 3.5.
    map(
        "${upstream_http_cache_control}",
        "gw_said_for_shown",
        &one_if(&directive("public|s-maxage|must-revalidate")),
    );
    map(
        "${upstream_http_cache_control}",
        "gw_said_for_all",
        &one_if(&directive("public|s-maxage")),
    );
    map(
        "${upstream_http_cache_control}",
        "gw_never_stale",
        &one_if(&directive("must-revalidate|proxy-revalidate")),
    );
    map(
        "${upstream_http_content_length}",
        "gw_too_long",
        &[
            vec!["default \"\"".to_owned()],
            more_than(max_answer_bytes)
                .iter()
                .map(|pattern| format!("{} 1", plain(&format!("~\\A0*{pattern}\\z"))))
                .collect(),
        ]
        .concat(),
    );
    // Of an answer that is kept and not fresh the service is asked whether it is still good; otherwise
    // it is asked what the caller asks, and that answer is for nobody else.
    for (name, own, other) in [
        ("gw_if_none_match", "etag", "if_none_match"),
        ("gw_if_modified_since", "last_modified", "if_modified_since"),
    ] {
        map(
            "${upstream_cache_etag}${upstream_cache_last_modified}",
            name,
            &[
                format!("default $upstream_cache_{own}"),
                format!("\"\" $http_{other}"),
            ],
        );
    }
    map(
        "${upstream_cache_etag}${upstream_cache_last_modified}|${http_if_none_match}${http_if_modified_since}",
        "gw_asks_own",
        &one_if(r"~\A\|."),
    );
    map(
        "${upstream_cache_status}",
        "gw_cache_status",
        &[
            ("HIT", "hit"),
            ("STALE", "hit"),
            ("UPDATING", "hit"),
            ("REVALIDATED", "fwd=stale; fwd-status=304"),
            ("EXPIRED", "fwd=stale"),
            ("MISS", "fwd=uri-miss"),
            ("BYPASS", "fwd=bypass"),
        ]
        .map(|(status, said)| format!("{status} \"nginx; {said}\"")),
    );
}

/// An expression for a list that has one of these directives, whatever its case.
pub(super) fn directive(names: &str) -> String {
    format!(r"~*(?:\A|,)[ \t]*(?:{names})[ \t]*(?:=|,|\z)")
}

/// Expressions of which one matches all of each number, without zeros before it, that is larger.
fn more_than(number: u64) -> Vec<String> {
    let digits = number.to_string();
    let mut patterns = vec![format!("[1-9][0-9]{{{},}}", digits.len())];
    for (at, digit) in digits.char_indices() {
        if digit < '9' {
            let next = char::from(digit as u8 + 1);
            let rest = digits.len() - at - 1;
            patterns.push(format!("{}[{next}-9][0-9]{{{rest}}}", &digits[..at]));
        }
    }
    patterns
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn a_length_is_compared_by_its_digits() {
        for most in [0, 9, 10, 4_194_304, 1_999] {
            let patterns = more_than(most);
            let longer = |length: u64| {
                patterns.iter().any(|pattern| {
                    let regex = Regex::new(&format!(r"\A0*{pattern}\z")).unwrap();
                    regex.is_match(&length.to_string())
                })
            };
            for length in [
                0, 1, 9, 10, 11, 99, 1_998, 1_999, 2_000, 4_194_304, 4_194_305, 10_000_000,
            ] {
                assert_eq!(longer(length), length > most, "{length} and {most}");
            }
        }
    }

    #[test]
    fn a_directive_is_found_in_a_list_and_not_in_a_word() {
        let pattern = directive("public|s-maxage");
        let pattern = pattern.strip_prefix("~*").unwrap();
        let regex = Regex::new(&format!("(?i){pattern}")).unwrap();
        for (text, found) in [
            ("public", true),
            ("max-age=5, PUBLIC ,x", true),
            ("s-maxage=5", true),
            ("notpublic", false),
            ("publicly", false),
            ("max-age=5", false),
        ] {
            assert_eq!(regex.is_match(text), found, "{text}");
        }
    }
}
