//! Which web pages of other origins may call, compiled.

use http::{HeaderName, HeaderValue, Method};

/// What a route says about pages of other origins.
#[derive(Clone, Debug)]
pub struct Cors {
    /// Which origins.
    pub origins: Origins,
    /// Methods that pages may use; empty for those of the route.
    pub methods: Vec<Method>,
    /// Request headers that pages may set; `None` for any.
    pub headers: Option<Vec<HeaderName>>,
    /// Headers of answers that pages may read.
    pub expose: Option<HeaderValue>,
    /// Whether pages may send cookies and other credentials.
    pub credentials: bool,
    /// How long a preflight's answer may be remembered, in seconds.
    pub max_age_s: u32,
}

/// Origins that may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// All of them.
    Any,
    /// Those that one of these describes.
    These(Vec<OriginPattern>),
}

/// Describes origins (RFC 6454), in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginPattern {
    scheme: String,
    /// The host, or what follows its first labels.
    host: String,
    /// Whether one or more labels stand before `host`.
    subdomains: bool,
    port: PortPattern,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PortPattern {
    Any,
    /// As it is written: without one, the scheme's own.
    Is(Option<u16>),
}

impl Origins {
    /// Whether a page of this origin, as `Origin` has it, may call.
    pub fn allow(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(patterns) => {
                let Some((scheme, host, port)) = parts(origin) else {
                    return false;
                };
                let port = match port {
                    "" => Some(None),
                    port => port.parse().ok().map(Some),
                };
                port.is_some_and(|port| {
                    patterns
                        .iter()
                        .any(|pattern| pattern.is(scheme, host, port))
                })
            }
        }
    }
}

impl OriginPattern {
    /// Reads `http://localhost:5173`, `http://localhost:*` or `https://*.example.com`.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, host, port) =
            parts(text).ok_or("write it as `scheme://host` or `scheme://host:port`")?;
        if scheme.is_empty()
            || !scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        {
            return Err("its scheme is none; write `http` or `https`");
        }
        let (subdomains, host) = match host.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, host),
        };
        let is_host = !host.is_empty()
            && (host.starts_with('[') && host.ends_with(']')
                || host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)));
        if !is_host {
            return Err(
                "an origin has a host and nothing after it: no path, no `*` but for whole labels at the front",
            );
        }
        let port = match port {
            "*" => PortPattern::Any,
            "" => PortPattern::Is(None),
            port => PortPattern::Is(Some(port.parse().map_err(|_| "its port is none")?)),
        };
        let scheme = scheme.to_ascii_lowercase();
        Ok(Self {
            port: port.without_default(&scheme),
            host: host.to_ascii_lowercase(),
            scheme,
            subdomains,
        })
    }

    fn is(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let host_fits = match self.subdomains {
            false => host == self.host,
            true => host
                .strip_suffix(self.host.as_str())
                .is_some_and(|front| front.len() > 1 && front.ends_with('.')),
        };
        let port_fits = match &self.port {
            PortPattern::Any => true,
            PortPattern::Is(wanted) => *wanted == port,
        };
        scheme == self.scheme && host_fits && port_fits
    }
}

impl PortPattern {
    /// Browsers leave a scheme's own port out.
    fn without_default(self, scheme: &str) -> Self {
        match (&self, scheme) {
            (Self::Is(Some(80)), "http") | (Self::Is(Some(443)), "https") => Self::Is(None),
            _ => self,
        }
    }
}

/// Scheme, host and port; the port is empty where there is none.
fn parts(origin: &str) -> Option<(&str, &str, &str)> {
    let (scheme, authority) = origin.split_once("://")?;
    let (host, port) = match authority.rfind(':') {
        Some(at) if !authority[at..].contains(']') => {
            let port = &authority[at + 1..];
            (&authority[..at], (!port.is_empty()).then_some(port)?)
        }
        _ => (authority, ""),
    };
    Some((scheme, host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_allowed_by_what_describes_it_and_by_nothing_else() {
        for (pattern, origin, allowed) in [
            ("http://localhost:5173", "http://localhost:5173", true),
            ("http://localhost:5173", "http://localhost:5174", false),
            ("http://localhost:5173", "https://localhost:5173", false),
            ("http://localhost:5173", "http://localhost", false),
            ("http://localhost", "http://localhost", true),
            ("http://localhost:80", "http://localhost", true),
            ("http://localhost", "http://localhost:8080", false),
            ("http://localhost:*", "http://localhost:5173", true),
            ("http://localhost:*", "http://localhost", true),
            (
                "http://localhost:*",
                "http://localhost.evil.example:1",
                false,
            ),
            ("http://[::1]:*", "http://[::1]:3000", true),
            ("https://*.example.com", "https://a.example.com", true),
            ("https://*.example.com", "https://a.b.example.com", true),
            ("https://*.example.com", "https://example.com", false),
            ("https://*.example.com", "https://evilexample.com", false),
            ("https://*.example.com", "https://.example.com", false),
            (
                "https://*.example.com",
                "https://a.example.com.evil.example",
                false,
            ),
            ("HTTPS://Shop.Example", "https://shop.example", true),
            ("https://shop.example", "null", false),
            ("https://shop.example", "https://shop.example:443x", false),
        ] {
            let origins = Origins::These(vec![OriginPattern::parse(pattern).unwrap()]);
            assert_eq!(origins.allow(origin), allowed, "{pattern} for {origin}");
        }
        assert!(Origins::Any.allow("null"));
    }

    #[test]
    fn what_describes_no_origin_is_refused() {
        for text in [
            "",
            "null",
            "localhost",
            "http://",
            "http://a/path",
            "http://a:b",
            "http://a:99999",
            "http://a:",
            "http://a*.example",
            "http://*",
            "h ttp://a",
        ] {
            assert!(OriginPattern::parse(text).is_err(), "{text}");
        }
    }
}
