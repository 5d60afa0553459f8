//! Takes out what the log keeps of credentials, and says what is missing.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::Removed;
use crate::record::detail::{CapturedBody, ExchangeDetail, HeaderLine};
use crate::record::redact::{MASK, is_masked};

/// A token without its signature, as the log keeps it.
static CLAIMS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = format!(r"eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.{MASK}");
    Regex::new(&pattern).expect("the pattern is a constant")
});

/// Whose whole value goes, but for the scheme of those that have one.
const CREDENTIALS: [&str; 4] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
];

/// Takes credentials out of exchanges, with their bodies if those are not wanted, and gives what is
/// not in them any more or never was.
pub fn sanitise(exchanges: &mut [ExchangeDetail], bodies: bool) -> Vec<Removed> {
    let mut missing = Missing::default();
    for exchange in exchanges {
        missing.take_from(exchange, bodies);
    }
    let removed = missing.0.into_iter();
    removed
        .map(|(what, count)| Removed { what, count })
        .collect()
}

#[derive(Default)]
struct Missing(BTreeMap<String, u64>);

impl Missing {
    fn take_from(&mut self, exchange: &mut ExchangeDetail, bodies: bool) {
        let summary = &mut exchange.summary;
        if is_masked(&summary.path) {
            self.note("a secret in a path".to_owned());
            without_claims(&mut summary.path);
        }
        if let Some(query) = &mut summary.query {
            for pair in query.split('&').filter(|pair| is_masked(pair)) {
                let name = pair.split_once('=').map_or(pair, |(name, _)| name);
                self.note(format!("query parameter `{name}`"));
            }
            without_claims(query);
        }
        let kept = &mut exchange.kept;
        if let Some(path) = &mut kept.upstream_path {
            without_claims(path);
        }
        // What was passed on is the same once more.
        for header in &mut kept.client_request {
            self.header(header, true);
        }
        let answered = kept.client_response.is_some();
        for header in kept.client_response.iter_mut().flatten() {
            self.header(header, true);
        }
        for header in kept.upstream_request.iter_mut().flatten() {
            self.header(header, false);
        }
        for header in kept.upstream_response.iter_mut().flatten() {
            self.header(header, !answered);
        }
        self.body(&mut kept.request_body, "request", bodies);
        self.body(&mut kept.response_body, "response", bodies);
    }

    fn header(&mut self, header: &mut HeaderLine, counts: bool) {
        let HeaderLine { name, value } = header;
        let lower = name.to_ascii_lowercase();
        let is_credential = CREDENTIALS.contains(&lower.as_str());
        if !is_credential && !is_masked(value) {
            return;
        }
        if counts {
            self.note(format!("header `{lower}`"));
        }
        match (
            is_credential,
            lower.ends_with("cookie"),
            value.split_once(' '),
        ) {
            (true, false, Some((scheme, _))) if !is_masked(scheme) => {
                *value = format!("{scheme} {MASK}");
            }
            (true, ..) => MASK.clone_into(value),
            (false, ..) => without_claims(value),
        }
    }

    fn body(&mut self, body: &mut CapturedBody, whose: &str, wanted: bool) {
        if !wanted {
            if body.text.take().is_some() | body.base64.take().is_some() {
                self.note(format!("{whose} body"));
            }
            return;
        }
        if let Some(text) = &mut body.text
            && is_masked(text)
        {
            self.note(format!("secrets in a {whose} body"));
            without_claims(text);
        }
    }

    fn note(&mut self, what: String) {
        *self.0.entry(what).or_default() += 1;
    }
}

fn without_claims(text: &mut String) {
    if let Cow::Owned(without) = CLAIMS.replace_all(text, MASK) {
        *text = without;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixtures::{kept, row};

    fn line(name: &str, value: &str) -> HeaderLine {
        HeaderLine {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }

    fn exchange() -> ExchangeDetail {
        let mut exchange = ExchangeDetail {
            summary: row(1),
            sentence: String::new(),
            kept: kept(),
        };
        exchange.summary.query = Some(format!("token={MASK}&page=2"));
        exchange.kept.client_request = vec![
            line("authorization", &format!("Bearer eyJhbGci.eyJzdWIi.{MASK}")),
            line("cookie", &format!("session={MASK}")),
            line("x-trace", &format!("eyJhbGci.eyJzdWIi.{MASK}")),
            line("accept", "*/*"),
        ];
        exchange.kept.upstream_request = Some(exchange.kept.client_request.clone());
        exchange.kept.client_response =
            Some(vec![line("set-cookie", &format!("sid={MASK}; Path=/"))]);
        exchange.kept.response_body.text = Some(format!("{{\"token\":\"{MASK}\"}}"));
        exchange
    }

    /// HAR-2
    #[test]
    fn credentials_are_gone_and_it_is_said_which() {
        let mut exchanges = [exchange()];
        let removed = sanitise(&mut exchanges, true);
        let said: Vec<_> = removed.iter().map(|r| (r.what.as_str(), r.count)).collect();
        assert_eq!(
            said,
            [
                ("header `authorization`", 1),
                ("header `cookie`", 1),
                ("header `set-cookie`", 1),
                ("header `x-trace`", 1),
                ("query parameter `token`", 1),
                ("secrets in a response body", 1),
            ]
        );
        let text = serde_json::to_string(&exchanges[0]).unwrap();
        for gone in ["eyJ", "session=", "sid="] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
        assert!(text.contains("Bearer •••") && text.contains("page=2"));
    }

    #[test]
    fn bodies_that_are_not_wanted_are_left_out() {
        let mut exchanges = [exchange()];
        let removed = sanitise(&mut exchanges, false);
        assert!(
            removed
                .iter()
                .any(|removed| removed.what == "response body")
        );
        assert_eq!(exchanges[0].kept.response_body.text, None);
    }
}
