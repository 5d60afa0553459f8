//! Says things to the person at the terminal.

use std::fmt::Write as _;
use std::io::Write as _;

/// Says something on standard output.
pub(crate) fn say(text: &str) {
    // Nobody reads it any more: that is no reason to stop.
    let _ = writeln!(std::io::stdout(), "{}", harmless(text));
}

/// Says on standard error what went wrong.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "gatewright: {}", harmless(text));
}

/// Text without what would make a terminal do something: names and addresses come from elsewhere.
pub(crate) fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !is_unsafe(c) {
            safe.push(c);
        } else {
            // Writing to a string does not fail.
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
        }
    }
    safe
}

/// Control characters, line ends of Unicode, and marks that reorder what is shown.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        let hostile = "a\u{1b}[31m\u{7}\r\u{85}\u{9b}\u{2028}\u{202e}\u{2066}é\n";
        assert_eq!(
            harmless(hostile),
            "a\\u{1b}[31m\\u{7}\\u{d}\\u{85}\\u{9b}\\u{2028}\\u{202e}\\u{2066}é\n"
        );
    }
}
