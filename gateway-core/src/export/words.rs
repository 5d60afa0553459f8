//! Words between double quotes, as several products read them.

/// Text as one word: nothing in it ends the word. Besides quotation marks and backslashes, the
/// characters of `special` get a backslash.
pub(super) fn quoted(text: &str, special: &[char]) -> String {
    let mut word = String::from("\"");
    for c in text.chars() {
        match c {
            '\n' => word.push_str("\\n"),
            '\r' => word.push_str("\\r"),
            '\t' => word.push_str("\\t"),
            c => {
                if matches!(c, '"' | '\\') || special.contains(&c) {
                    word.push('\\');
                }
                word.push(c);
            }
        }
    }
    word.push('"');
    word
}
