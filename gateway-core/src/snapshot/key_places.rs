//! Where API keys are looked for, compiled.

use http::HeaderName;

/// Where API keys are looked for, and what becomes of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPlaces {
    /// Headers that may carry a key, in the order they are looked into.
    pub headers: Vec<HeaderName>,
    /// Whether `Authorization: Bearer` may.
    pub bearer: bool,
    /// The query parameter that may.
    pub query: Option<String>,
    /// Whether keys are taken out of requests before they are sent on.
    pub strip: bool,
}

impl Default for KeyPlaces {
    fn default() -> Self {
        Self {
            headers: vec![HeaderName::from_static("x-api-key")],
            bearer: true,
            query: None,
            strip: true,
        }
    }
}

impl KeyPlaces {
    /// How to send a key, as a sentence.
    pub fn advice(&self) -> String {
        let mut ways: Vec<_> = self
            .headers
            .iter()
            .map(|name| format!("in the header `{}`", shown(name)))
            .collect();
        if self.bearer {
            ways.push("as `Authorization: Bearer`".to_owned());
        }
        if let Some(name) = &self.query {
            ways.push(format!("as query parameter `{name}`"));
        }
        format!("Send an API key {}.", ways.join(", or "))
    }

    /// What a 401 says of it (RFC 9110, section 11.6.1).
    pub fn challenge(&self) -> String {
        match self.headers.first() {
            Some(name) => format!("ApiKey realm=\"gatewright\", header=\"{}\"", shown(name)),
            None => "ApiKey realm=\"gatewright\"".to_owned(),
        }
    }
}

/// `x-api-key` as people write it: `X-API-Key`.
fn shown(name: &HeaderName) -> String {
    let words = name.as_str().split('-').map(|word| match word {
        "api" | "id" => word.to_ascii_uppercase(),
        word => {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_ascii_uppercase() + rest
        }
    });
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_told_where_keys_are_looked_for() {
        let usual = KeyPlaces::default();
        assert_eq!(
            usual.advice(),
            "Send an API key in the header `X-API-Key`, or as `Authorization: Bearer`."
        );
        assert_eq!(
            usual.challenge(),
            "ApiKey realm=\"gatewright\", header=\"X-API-Key\""
        );
        let other = KeyPlaces {
            headers: Vec::new(),
            bearer: false,
            query: Some("key".to_owned()),
            strip: true,
        };
        assert_eq!(other.advice(), "Send an API key as query parameter `key`.");
        assert_eq!(other.challenge(), "ApiKey realm=\"gatewright\"");
    }
}
