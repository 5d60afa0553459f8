//! For any POSIX shell.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Asked, Body, CurlCommand, Piece, Word};

/// The longest argument that is passed to curl itself, in bytes; Linux takes 128 KiB. What the shell
/// does by itself has no such bound.
pub(super) const LONGEST_WORD: usize = 100_000;

pub(super) fn write(asked: Asked) -> CurlCommand {
    let Asked {
        words,
        body,
        variables,
        notes,
    } = asked;
    let mut words: Vec<_> = words.iter().map(word).collect();
    let before = match body {
        Body::None => None,
        Body::Text(text) if text.len() <= LONGEST_WORD => {
            words.push(format!("--data-raw {}", quote(&text)));
            None
        }
        Body::Text(text) => Some(format!("printf %s {} > body", quote(&text))),
        Body::Bytes(bytes) => {
            let base64 = STANDARD.encode(bytes);
            Some(format!("printf %s {} | base64 -d > body", quote(&base64)))
        }
        Body::Missing(note) => Some(format!("# {note}")),
    };
    if before.is_some() {
        words.push("--data-binary @body".to_owned());
    }
    let command = format!("curl {}", words.join(" \\\n  "));
    let lines: Vec<_> = before.into_iter().chain([command]).collect();
    CurlCommand {
        command: lines.join("\n"),
        variables,
        notes,
    }
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
    let pieces = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => quote(text),
        Piece::Secret(variable) => format!("\"${variable}\""),
    });
    pieces.collect()
}

/// Quotes text as one word of a POSIX shell: nothing is special between single quotes but the
/// single quote itself.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
