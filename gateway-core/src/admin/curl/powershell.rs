//! For PowerShell, from 5.1 on.
//!
//! Its versions differ in how they hand quotes to programs, so nothing that came from traffic is
//! handed over as an argument: curl reads a file of options from its input, and how PowerShell writes
//! lines there is the same in all.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Asked, Body, CurlCommand, Piece, Word};

/// The longest text that is written as a line of options.
const LONGEST_LINE: usize = 60_000;

pub(super) fn write(asked: Asked) -> CurlCommand {
    let Asked {
        words,
        body,
        variables,
        notes,
    } = asked;
    let mut options: Vec<_> = words.iter().flat_map(lines).collect();
    // Else letters beyond ASCII would become question marks in 5.1.
    let mut before = vec!["$OutputEncoding = [Text.UTF8Encoding]::new($false)".to_owned()];
    let in_file = match body {
        Body::None => false,
        Body::Text(text) if text.len() <= LONGEST_LINE => {
            options.push(line("data-raw", &[Piece::Text(text)]));
            false
        }
        Body::Text(text) => {
            before.push(file(text.as_bytes()));
            true
        }
        Body::Bytes(bytes) => {
            before.push(file(&bytes));
            true
        }
        Body::Missing(note) => {
            before.push(format!("# {note}"));
            true
        }
    };
    if in_file {
        options.push(line("data-binary", &[Piece::Text("@body".to_owned())]));
    }
    before.push(format!(
        "@(\n  {}\n) | curl.exe --config -",
        options.join("\n  ")
    ));
    CurlCommand {
        command: before.join("\n"),
        variables,
        notes,
    }
}

fn lines(word: &Word) -> Vec<String> {
    match word {
        Word::Flags(flags) => flags.iter().map(|flag| quote(flag)).collect(),
        Word::Option(choice, value) => vec![line(choice.names().1, value)],
        Word::Url(url) => vec![line("url", url)],
    }
}

/// A line of a file of options, as PowerShell writes it.
fn line(option: &str, value: &[Piece]) -> String {
    let mut parts = Vec::new();
    let mut text = format!("{option} = \"");
    for piece in value {
        match piece {
            Piece::Text(piece) => text.push_str(&escaped(piece)),
            Piece::Secret(variable) => {
                parts.push(quote(&std::mem::take(&mut text)));
                parts.push(format!(
                    r#"$env:{variable}.Replace('\','\\').Replace('"','\"')"#
                ));
            }
        }
    }
    text.push('"');
    parts.push(quote(&text));
    match parts.len() {
        1 => parts.remove(0),
        // An array takes it for one value.
        _ => format!("({})", parts.join(" + ")),
    }
}

/// As curl reads a value between double quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\u{b}' => escaped.push_str("\\v"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Quotes text as PowerShell reads it: nothing is special between single quotes but single quotes,
/// of which it knows five.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for character in text.chars() {
        quoted.push(character);
        if matches!(character, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(character);
        }
    }
    quoted.push('\'');
    quoted
}

/// Writes the body to a file: no text of PowerShell's would stay as it is.
fn file(bytes: &[u8]) -> String {
    format!(
        "[IO.File]::WriteAllBytes(\"$PWD/body\", [Convert]::FromBase64String('{}'))",
        STANDARD.encode(bytes)
    )
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use serde_json::json;

    use super::super::tests::{detail, hostile_text};
    use super::super::{Variant, command};
    use super::*;
    use crate::record::redact::MASK;

    /// Reads texts between single quotes, secrets and `+` as PowerShell does (about_Quoting_Rules);
    /// gives the lines that curl is told.
    fn piped(command: &str, secret: &str) -> Vec<String> {
        let array = command.split_once("@(\n").unwrap().1;
        let array = array.strip_suffix("\n) | curl.exe --config -").unwrap();
        let is_quote = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
        let (mut lines, mut line, mut rest) = (Vec::new(), String::new(), array);
        while let Some(first) = rest.chars().next() {
            if is_quote(first) {
                let mut letters = rest.char_indices().skip(1).peekable();
                let end = loop {
                    let (at, letter) = letters.next().expect("the quote is closed");
                    match (is_quote(letter), letters.peek()) {
                        // Two are one: the second is what is meant.
                        (true, Some((_, next))) if is_quote(*next) => {
                            line.push(*next);
                            letters.next();
                        }
                        (true, _) => break at + letter.len_utf8(),
                        (false, _) => line.push(letter),
                    }
                };
                rest = &rest[end..];
            } else if let Some(after) = rest.strip_prefix("$env:") {
                let (_, after) = after
                    .split_once(r#".Replace('\','\\').Replace('"','\"')"#)
                    .unwrap();
                line.push_str(&secret.replace('\\', r"\\").replace('"', r#"\""#));
                rest = after;
            } else {
                assert!("() +\n".contains(first), "{first:?} in {command}");
                if first == '\n' {
                    lines.push(std::mem::take(&mut line));
                }
                rest = &rest[first.len_utf8()..];
            }
        }
        lines.push(line);
        lines
    }

    /// Reads a line of a file of options as curl does (curl's manual, `--config`).
    fn read(line: &str) -> (String, String) {
        let Some((option, value)) = line.split_once(" = \"") else {
            return (line.to_owned(), String::new());
        };
        let (mut read, mut letters) = (String::new(), value.chars());
        loop {
            match letters.next().expect("the quote is closed") {
                '"' => break,
                '\\' => read.push(match letters.next().unwrap() {
                    't' => '\t',
                    'n' => '\n',
                    'r' => '\r',
                    'v' => '\u{b}',
                    other => other,
                }),
                other => read.push(other),
            }
        }
        assert_eq!(letters.next(), None, "{line}");
        (option.to_owned(), read)
    }

    #[test]
    fn texts_are_quoted_as_powershell_reads_them() {
        for (text, quoted) in [
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", "'it''s'"),
            ("\u{2018}x\u{2019}", "'\u{2018}\u{2018}x\u{2019}\u{2019}'"),
            (
                "$env:PATH `n \"$(id)\" %A% @{x}",
                "'$env:PATH `n \"$(id)\" %A% @{x}'",
            ),
        ] {
            assert_eq!(quote(text), quoted);
        }
        for (text, value) in [
            (r#"a "b""#, r#"'x = "a \"b\""'"#),
            (r"C:\new", r#"'x = "C:\\new"'"#),
            ("a\r\nb\t", r#"'x = "a\r\nb\t"'"#),
        ] {
            assert_eq!(line("x", &[Piece::Text(text.to_owned())]), value);
        }
    }

    #[test]
    fn curl_is_told_what_was_sent() {
        let mut random = StdRng::seed_from_u64(11);
        for _ in 0..300 {
            let value = hostile_text(&mut random, &['\n', '\r']).trim().to_owned() + "x";
            let path = format!("/{}", hostile_text(&mut random, &['\n', '\r', '?', ' ']));
            let body = hostile_text(&mut random, &[]);
            let sent = detail(|d| {
                d["summary"]["method"] = json!("PATCH");
                d["summary"]["path"] = json!(path);
                d["summary"]["query"] = json!(format!("token={MASK}&b=2"));
                d["client_request"] = json!([{ "name": "x-value", "value": value }]);
                d["request_body"] = json!({ "bytes": 1, "truncated": false, "text": body });
            });
            let written = command(&sent, "http://127.0.0.1:8080", Variant::Powershell);
            assert_eq!(written.variables, ["SECRET_TOKEN"]);
            let told: Vec<_> = piped(&written.command, r#"s\"'"#)
                .iter()
                .map(|line| read(line))
                .collect();
            let has = |option: &str, value: &str| {
                let pair = (option.to_owned(), value.to_owned());
                assert!(told.contains(&pair), "{pair:?} in {told:?}");
            };
            has("request", "PATCH");
            has("globoff", "");
            has(
                "url",
                &format!(r#"http://127.0.0.1:8080{path}?token=s\"'&b=2"#),
            );
            has("header", &format!("x-value: {value}"));
            has("data-raw", &body);
        }
    }

    #[test]
    fn a_body_that_is_no_text_is_written_to_a_file_first() {
        let sent = detail(|d| {
            d["summary"]["method"] = json!("POST");
            d["request_body"] = json!({ "bytes": 3, "truncated": false, "base64": "AP8K" });
        });
        let written = command(&sent, "http://127.0.0.1:8080", Variant::Powershell).command;
        assert!(
            written.contains(
                "[IO.File]::WriteAllBytes(\"$PWD/body\", [Convert]::FromBase64String('AP8K'))"
            ),
            "{written}"
        );
        assert!(written.contains("'data-binary = \"@body\"'"), "{written}");
    }
}
