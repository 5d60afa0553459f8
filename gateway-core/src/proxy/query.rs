//! Queries of requests that are sent on.

use percent_encoding::percent_decode_str;

/// Takes a parameter out of a query, as often as it stands there; what is left stays as it was sent.
pub fn without_parameter(query: &mut Option<String>, name: &str) {
    let Some(text) = query.as_deref() else { return };
    let others: Vec<_> = text
        .split('&')
        .filter(|pair| {
            let found = pair.split_once('=').map_or(*pair, |(name, _)| name);
            percent_decode_str(found).decode_utf8_lossy() != name
        })
        .collect();
    if others.len() < text.split('&').count() {
        *query = (!others.is_empty()).then(|| others.join("&"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_goes_however_it_is_spelt_and_the_others_stay_as_they_are() {
        for (query, left) in [
            ("key=1", None),
            ("key", None),
            ("a=%20&key=1&b", Some("a=%20&b")),
            ("%6bey=1&keys=2&key=3", Some("keys=2")),
            ("a=key", Some("a=key")),
        ] {
            let mut query = Some(query.to_owned());
            without_parameter(&mut query, "key");
            assert_eq!(query.as_deref(), left);
        }
        let mut none = None;
        without_parameter(&mut none, "key");
        assert_eq!(none, None);
    }
}
