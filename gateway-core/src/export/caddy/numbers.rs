//! Expressions for numbers within bounds, as texts are all that matchers compare.

/// How many numbers [`less_than`] knows.
pub(super) const STEPS: u64 = 4_096;

/// An expression for three hexadecimal digits of a number that is less than this.
pub(super) fn less_than(limit: u64) -> String {
    if limit >= STEPS {
        return "[0-9a-f]{3}".to_owned();
    }
    let digits = format!("{limit:03x}");
    let mut ways = Vec::new();
    for (n, digit) in digits.char_indices() {
        let Some(below) = digit.to_digit(16).filter(|digit| *digit > 0) else {
            continue;
        };
        let before = &digits[..n];
        let lower: String = (0..below)
            .filter_map(|one| char::from_digit(one, 16))
            .collect();
        ways.push(format!("{before}[{lower}][0-9a-f]{{{}}}", 2 - n));
    }
    match ways.is_empty() {
        // Nothing is less than 0.
        true => "[^\\s\\S]".to_owned(),
        false => ways.join("|"),
    }
}

/// An expression for the decimal digits of a number that is greater than this.
pub(super) fn greater_than(limit: u64) -> String {
    let digits = limit.to_string();
    let more_digits = format!("[1-9][0-9]{{{},}}", digits.len());
    let mut ways = vec![more_digits];
    for (n, digit) in digits.char_indices() {
        let Some(above) = digit.to_digit(10).filter(|digit| *digit < 9) else {
            continue;
        };
        let before = &digits[..n];
        let after = digits.len() - 1 - n;
        ways.push(format!("{before}[{}-9][0-9]{{{after}}}", above + 1));
    }
    format!("0*(?:{})", ways.join("|"))
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn three_digits_are_less_than_a_limit_or_not() {
        for limit in [0, 1, 15, 16, 255, 256, 2_730, 4_095, 4_096] {
            let regex = Regex::new(&format!("(?:{})\\z", less_than(limit))).unwrap();
            for number in 0..STEPS {
                let text = format!("00ff{number:03x}");
                assert_eq!(regex.is_match(&text), number < limit, "{number} < {limit}");
            }
        }
    }

    #[test]
    fn digits_are_those_of_a_greater_number_or_not() {
        for limit in [0, 1, 9, 10, 64, 99, 100, 999, 1_000] {
            let regex = Regex::new(&format!("\\A(?:{})\\z", greater_than(limit))).unwrap();
            for number in 0..2_000 {
                for text in [format!("{number}"), format!("00{number}")] {
                    assert_eq!(regex.is_match(&text), number > limit, "{text} > {limit}");
                }
            }
        }
    }
}
