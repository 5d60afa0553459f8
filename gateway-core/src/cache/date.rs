//! Dates of HTTP (RFC 9110, section 5.6.7).

use std::time::UNIX_EPOCH;

use http::{HeaderMap, HeaderName};

/// Seconds since 1970 of a date in one of the three forms, in whatever case it is written.
pub(super) fn parse(text: &str) -> Option<i64> {
    let mut written = String::with_capacity(text.len());
    let mut within = false;
    for letter in text.chars() {
        written.push(match within {
            true => letter.to_ascii_lowercase(),
            false => letter.to_ascii_uppercase(),
        });
        within = letter.is_ascii_alphabetic();
    }
    let written = match written.strip_suffix("Gmt") {
        Some(rest) => format!("{rest}GMT"),
        None => written,
    };
    let date = httpdate::parse_http_date(&written).ok()?;
    match date.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).ok(),
        Err(before) => i64::try_from(before.duration().as_secs()).ok().map(|s| -s),
    }
}

/// The date of a field; `None` where it is not there, there twice, or no date.
pub(super) fn of(headers: &HeaderMap, name: HeaderName) -> Option<i64> {
    let mut all = headers.get_all(name).iter();
    let date = parse(all.next()?.to_str().ok()?)?;
    all.next().is_none().then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_their_three_forms_and_in_no_other() {
        let at = Some(2_544_400_878);
        for (text, read) in [
            ("Thu, 18 Aug 2050 02:01:18 GMT", at),
            ("THU, 18 AUG 2050 02:01:18 gMT", at),
            ("Thursday, 18-Aug-50 02:01:18 GMT", at),
            ("Thu Aug 18 02:01:18 2050", at),
            ("Thu, 18 Aug 2050 02:01:18 UTC", None),
            ("Thu, 18 Aug 50 02:01:18 GMT", None),
            ("Thu 18 Aug 2050 02:01:18 GMT", None),
            ("Thu, 18-Aug-2050 02:01:18 GMT", None),
            ("Thu, 18 Aug 2050 2:01:18 GMT", None),
            ("0", None),
            ("", None),
        ] {
            assert_eq!(parse(text), read, "{text}");
        }
    }
}
