//! Words between double quotes, as several products read them, and spellings of headers.

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

/// A header's name in every spelling: to many services `_` is what `-` is.
pub(super) fn spellings(name: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for c in name.chars() {
        let ways: &[char] = match c {
            '-' | '_' if all.len() < 256 => &['-', '_'],
            _ => &[c],
        };
        all = ways
            .iter()
            .flat_map(|way| all.iter().map(move |text| format!("{text}{way}")))
            .collect();
    }
    all
}
