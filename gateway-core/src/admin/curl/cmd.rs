//! For the prompt of cmd.exe.
//!
//! Two programs read a line there, one after the other: cmd.exe, for which `^` takes away what a
//! character means, and curl's own start, which finds its arguments between double quotes. What
//! neither can carry, line breaks above all, goes by a file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Asked, Body, CurlCommand, Piece, Word};

/// The longest line that cmd.exe reads is 8,191 characters.
const LONGEST_LINE: usize = 8_000;
/// Most characters of base64 in a line.
const LINE: usize = 4_000;

pub(super) fn write(asked: Asked) -> CurlCommand {
    let Asked {
        words,
        body,
        variables,
        mut notes,
    } = asked;
    let mut words: Vec<_> = words.iter().map(word).collect();
    let mut before = Vec::new();
    match body {
        Body::None => {}
        Body::Text(text) if fits_in_a_line(&text) => {
            words.push(format!("--data-raw {}", quote(&text)));
        }
        Body::Text(text) => {
            before = file(text.as_bytes());
            notes.push("The body is written to the file `body` first.".to_owned());
        }
        Body::Bytes(bytes) => before = file(&bytes),
        Body::Missing(note) => before = vec![format!("rem {note}")],
    }
    if !before.is_empty() {
        words.push("--data-binary @body".to_owned());
    }
    if words.iter().any(|word| !word.is_ascii()) {
        let note = "Letters beyond ASCII arrive as the console's code page has them; \
                    `chcp 65001` makes that UTF-8.";
        notes.push(note.to_owned());
    }
    if words.iter().map(String::len).sum::<usize>() > LONGEST_LINE {
        let note = "The command is longer than cmd.exe reads; use PowerShell.";
        notes.push(note.to_owned());
    }
    before.push(format!("curl.exe {}", words.join(" ^\n  ")));
    CurlCommand {
        command: before.join("\n"),
        variables,
        notes,
    }
}

/// Whether it is passed on as it is, whatever the console's code page.
fn fits_in_a_line(text: &str) -> bool {
    text.len() < LONGEST_LINE / 2 && text.is_ascii() && !text.contains(char::is_control)
}

fn word(word: &Word) -> String {
    match word {
        Word::Flags(flags) => {
            let flags: Vec<_> = flags.iter().map(|flag| format!("--{flag}")).collect();
            flags.join(" ")
        }
        Word::Option(choice, value) => format!("{} {}", choice.names().0, joined(value)),
        Word::Url(url) => joined(url),
    }
}

fn joined(pieces: &[Piece]) -> String {
    if let [Piece::Text(text)] = pieces {
        return quote(text);
    }
    // A variable is put in before anything else is read. Between quotes that cmd.exe sees, nothing in
    // its value means anything; so none may be in the rest.
    let pieces = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.replace('"', "%22"),
        Piece::Secret(variable) => format!("%{variable}%"),
    });
    format!("\"{}\"", pieces.collect::<String>())
}

/// Quotes text for both: first as curl's start reads it (`CommandLineToArgvW`), then each character
/// that means something to cmd.exe with `^` before it, the quotes too, so that it sees none.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 8);
    for character in argument(text).chars() {
        if "()%!^\"<>&|".contains(character) {
            quoted.push('^');
        }
        quoted.push(character);
    }
    quoted
}

/// Backslashes mean themselves but before a double quote.
fn argument(text: &str) -> String {
    let mut argument = "\"".to_owned();
    let mut backslashes = 0;
    for character in text.chars() {
        match character {
            '\\' => backslashes += 1,
            '"' => {
                argument.extend(std::iter::repeat_n('\\', backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        argument.push(character);
    }
    argument.extend(std::iter::repeat_n('\\', backslashes));
    argument.push('"');
    argument
}

/// Writes the body to a file.
fn file(bytes: &[u8]) -> Vec<String> {
    let base64 = STANDARD.encode(bytes);
    let lines = base64.as_bytes().chunks(LINE).enumerate();
    let lines = lines.map(|(number, line)| {
        let arrow = if number == 0 { ">" } else { ">>" };
        let line = std::str::from_utf8(line).expect("base64 is ASCII");
        format!("{arrow}body.b64 echo {line}")
    });
    let decode = "certutil -f -decode body.b64 body >nul".to_owned();
    lines.chain([decode]).collect()
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

    /// What cmd.exe hands on of a line: variables are put in; `^` takes away the meaning of the next
    /// character, unless between quotes; `^` at the end of a line joins it with the next.
    fn handed_on(line: &str, variables: &[(&str, &str)]) -> String {
        let mut line = line.to_owned();
        for (name, value) in variables {
            line = line.replace(&format!("%{name}%"), value);
        }
        let (mut out, mut quoted) = (String::new(), false);
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '"' => {
                    quoted = !quoted;
                    out.push('"');
                }
                '^' if !quoted => match letters.next() {
                    Some('\n') | None => {}
                    Some(next) => out.push(next),
                },
                '&' | '|' | '<' | '>' | '\n' if !quoted => panic!("{letter:?} ends {out}"),
                other => out.push(other),
            }
        }
        out
    }

    /// The arguments that a program finds in a line: the rules of `CommandLineToArgvW`.
    fn arguments(line: &str) -> Vec<String> {
        let (mut all, mut one, mut quoted, mut begun) = (Vec::new(), String::new(), false, false);
        let letters: Vec<char> = line.chars().collect();
        let mut at = 0;
        while at < letters.len() {
            let backslashes = letters[at..].iter().take_while(|c| **c == '\\').count();
            let quote = letters.get(at + backslashes) == Some(&'"');
            if backslashes > 0 {
                let kept = if quote { backslashes / 2 } else { backslashes };
                one.extend(std::iter::repeat_n('\\', kept));
                begun = true;
                at += backslashes;
                if quote && backslashes % 2 == 1 {
                    one.push('"');
                    at += 1;
                }
                continue;
            }
            match letters[at] {
                '"' => (quoted, begun) = (!quoted, true),
                ' ' if !quoted => {
                    if begun {
                        all.push(std::mem::take(&mut one));
                    }
                    begun = false;
                }
                letter => {
                    one.push(letter);
                    begun = true;
                }
            }
            at += 1;
        }
        if begun {
            all.push(one);
        }
        all
    }

    #[test]
    fn texts_are_quoted_for_cmd_and_for_what_it_starts() {
        for (text, quoted) in [
            ("", "^\"^\""),
            ("a b", "^\"a b^\""),
            ("a&b|c<d>e", "^\"a^&b^|c^<d^>e^\""),
            ("100%", "^\"100^%^\""),
            ("%PATH%", "^\"^%PATH^%^\""),
            ("(x)^!", "^\"^(x^)^^^!^\""),
            (r#"{"a":1}"#, r#"^"{\^"a\^":1}^""#),
            (r"C:\x", r#"^"C:\x^""#),
            (r"x\", r#"^"x\\^""#),
            (r#"\\""#, r#"^"\\\\\^"^""#),
        ] {
            assert_eq!(quote(text), quoted, "{text}");
            assert_eq!(arguments(&handed_on(quoted, &[])), [text]);
        }
    }

    #[test]
    fn curl_is_told_what_was_sent() {
        let mut random = StdRng::seed_from_u64(13);
        let breaks = ['\n', '\r', '\t', '\u{1b}'];
        for _ in 0..300 {
            let value = hostile_text(&mut random, &breaks).trim().to_owned() + "x";
            let path = format!("/{}", hostile_text(&mut random, &['\n', '\r', '?', ' ']));
            let body = hostile_text(&mut random, &breaks);
            let sent = detail(|d| {
                d["summary"]["method"] = json!("PATCH");
                d["summary"]["path"] = json!(path);
                d["client_request"] = json!([
                    { "name": "x-value", "value": value },
                    { "name": "authorization", "value": format!("Bearer {MASK}") },
                ]);
                d["request_body"] = json!({ "bytes": 1, "truncated": false, "text": body });
            });
            let written = command(&sent, "http://127.0.0.1:8080", Variant::Cmd);
            let line = written.command.lines().collect::<Vec<_>>();
            let from = line.iter().position(|line| line.starts_with("curl.exe"));
            let line = line[from.unwrap()..].join("\n");
            let words = arguments(&handed_on(&line, &[("API_KEY", "s&e|c^r<e>t")]));
            let has =
                |word: &str| assert!(words.iter().any(|one| one == word), "{word} in {words:?}");
            has("PATCH");
            has(&format!("http://127.0.0.1:8080{path}"));
            has(&format!("x-value: {value}"));
            has("authorization: Bearer s&e|c^r<e>t");
            match body.is_ascii() {
                true => has(&body),
                false => has("@body"),
            }
        }
    }

    #[test]
    fn a_body_of_several_lines_goes_by_a_file() {
        let text = "a\nb ".repeat(1_500);
        let sent = detail(|d| {
            d["summary"]["method"] = json!("POST");
            d["request_body"] = json!({ "bytes": 6_000, "truncated": false, "text": text });
        });
        let written = command(&sent, "http://127.0.0.1:8080", Variant::Cmd).command;
        let lines = written.lines();
        let base64: String = lines
            .filter_map(|line| line.split_once("body.b64 echo ").map(|(_, line)| line))
            .collect();
        assert_eq!(STANDARD.decode(base64).unwrap(), text.as_bytes());
        assert!(
            written.contains("certutil -f -decode body.b64 body"),
            "{written}"
        );
        assert!(written.lines().all(|line| line.len() < LONGEST_LINE));
    }
}
