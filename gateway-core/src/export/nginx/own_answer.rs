//! The answer of a route that answers by itself.

use super::words::{filled, literal, plain};
use crate::export::gate::Gate;
use crate::snapshot::Backend;
use crate::snapshot::answer::{FixedAnswer, OwnAnswer};

/// Longest piece of text in one word, in bytes: a word may have 4 KiB.
const PIECE: usize = 1_500;

/// The lines that give a route's own answer.
pub(super) fn own_answer(gate: &Gate<'_>, n: usize) -> Vec<String> {
    let Backend::Own(own) = &gate.routes[n].compiled.backend else {
        return Vec::new();
    };
    match own {
        // Only where a person wants it open: there is nothing behind it.
        OwnAnswer::OnlyMock => vec!["return 404;".to_owned()],
        OwnAnswer::Redirect(redirect) => vec![
            format!("if ($gw_to_{n} = \"\") {{ return 400; }}"),
            format!("return {} $gw_to_{n};", redirect.status.as_u16()),
        ],
        OwnAnswer::Fixed(FixedAnswer {
            status,
            headers,
            body,
        }) => {
            let mut lines = Vec::new();
            let mut location = None;
            for (name, value) in headers {
                let value = String::from_utf8_lossy(value.as_bytes());
                match name.as_str() {
                    "content-type" => {
                        lines.push(format!("default_type {};", plain(&value)));
                    }
                    "location" if (300..400).contains(&status.as_u16()) => {
                        location = Some(literal(&value));
                    }
                    name => lines.push(format!(
                        "add_header {name} {} always;",
                        filled(&literal(&value))
                    )),
                }
            }
            let text = String::from_utf8_lossy(body);
            let text = match location {
                Some(location) => location,
                None if text.len() <= PIECE => literal(&text),
                None => {
                    lines.push(format!("set $gw_body_{n} \"\";"));
                    for piece in in_pieces(&text) {
                        let piece = literal(&piece);
                        lines.push(format!(
                            "set $gw_body_{n} {};",
                            filled(&format!("${{gw_body_{n}}}{piece}"))
                        ));
                    }
                    format!("${{gw_body_{n}}}")
                }
            };
            lines.push(format!("return {} {};", status.as_u16(), filled(&text)));
            lines
        }
    }
}

fn in_pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in text.chars() {
        if pieces.last().is_some_and(|piece| piece.len() >= PIECE) {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}
