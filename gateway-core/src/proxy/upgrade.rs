//! Requests that ask to go on in another protocol, such as WebSocket (RFC 9110, section 7.8).
//!
//! `Connection` and `Upgrade` speak of one connection, so they are taken away from every message and
//! made anew here where both sides mean it. What passes after that is in [`super::tunnel`].

use std::time::Duration;

use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderValue, Request, Response, Version};
use http_body::Body;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;

use super::body::AnswerBody;
use super::error::{ErrorCode, ProxyError};
use super::served::Held;

/// What a caller asks to switch to.
pub struct Upgrade {
    /// `Upgrade`, as it is sent on.
    protocols: HeaderValue,
    /// The caller's connection, once it has been answered 101.
    pub caller: OnUpgrade,
}

/// A target's connection that has left HTTP.
pub struct Switched {
    /// What it speaks now, as the target named it.
    pub protocol: HeaderValue,
    /// The connection.
    pub target: OnUpgrade,
    /// How long it may stand still.
    pub idle_timeout: Option<Duration>,
    /// Counts it as running until it ends.
    pub held: Option<Held>,
}

impl Upgrade {
    /// What a request asks to switch to, if that can be passed on: HTTP/1.1 without a body. Another
    /// version of HTTP is not: the bytes after the switch would be requests that no stage has seen.
    pub fn asked<B: Body>(request: &mut Request<B>) -> Option<Self> {
        let protocols = protocols(request.version(), request.headers())?;
        request.body().is_end_stream().then(|| Self {
            protocols,
            caller: hyper::upgrade::on(request),
        })
    }

    /// Asks the target for the same, in headers that are otherwise ready.
    pub fn ask(&self, headers: &mut HeaderMap) {
        put(headers, self.protocols.clone());
    }
}

fn put(headers: &mut HeaderMap, protocols: HeaderValue) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, protocols);
}

fn protocols(version: Version, headers: &HeaderMap) -> Option<HeaderValue> {
    let is_asked = version == Version::HTTP_11
        && tokens(headers, &CONNECTION).any(|token| token.eq_ignore_ascii_case("upgrade"));
    let passed_on: Vec<_> = match is_asked {
        true => tokens(headers, &UPGRADE)
            .filter(|protocol| !is_http(protocol))
            .collect(),
        false => Vec::new(),
    };
    match passed_on.is_empty() {
        true => None,
        false => HeaderValue::from_str(&passed_on.join(", ")).ok(),
    }
}

fn is_http(protocol: &str) -> bool {
    let name = protocol.split('/').next().unwrap_or_default();
    name.eq_ignore_ascii_case("h2c")
        || name.eq_ignore_ascii_case("h2")
        || name.eq_ignore_ascii_case("http")
}

fn tokens<'h>(
    headers: &'h HeaderMap,
    name: &http::HeaderName,
) -> impl Iterator<Item = &'h str> + use<'h> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|token| !token.is_empty())
}

/// Takes a target's 101, if it switches to what it was `asked` for.
///
/// # Errors
/// It switches to something else, or was not asked at all.
pub fn switched(
    mut response: Response<Incoming>,
    asked: Option<&HeaderValue>,
    idle_timeout: Option<Duration>,
) -> Result<Response<AnswerBody>, ProxyError> {
    let invalid = |reason: String| Err(ProxyError::Upstream(ErrorCode::UpstreamInvalid, reason));
    let Some(asked) = asked.and_then(|asked| asked.to_str().ok()) else {
        return invalid("it switched protocols without being asked".to_owned());
    };
    let named: Vec<_> = tokens(response.headers(), &UPGRADE).collect();
    let [protocol] = named[..] else {
        return invalid("it switched protocols without saying to which one".to_owned());
    };
    let was_asked = asked
        .split(',')
        .any(|asked| asked.trim().eq_ignore_ascii_case(protocol));
    let Some(protocol) = HeaderValue::from_str(protocol).ok().filter(|_| was_asked) else {
        return invalid(format!(
            "it switched to `{protocol}`, but was asked for `{asked}`"
        ));
    };
    let switched = Switched {
        protocol,
        target: hyper::upgrade::on(&mut response),
        idle_timeout,
        held: None,
    };
    Ok(response.map(|_| AnswerBody::Switched(Box::new(switched))))
}

/// Takes the target's connection out of an answer that hands one over, and makes the answer's
/// headers those of a switch.
pub fn take_switched(response: &mut Response<AnswerBody>) -> Option<Switched> {
    if !matches!(response.body(), AnswerBody::Switched(_)) {
        return None;
    }
    let empty = AnswerBody::Own(http_body_util::Full::default());
    let AnswerBody::Switched(switched) = std::mem::replace(response.body_mut(), empty) else {
        return None;
    };
    let headers = response.headers_mut();
    // RFC 9110, section 8.6, and RFC 9112, section 6.1: neither belongs to a 101.
    headers.remove(CONTENT_LENGTH);
    headers.remove(TRANSFER_ENCODING);
    put(headers, switched.protocol.clone());
    Some(*switched)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(version: Version, lines: &[(&'static str, &'static str)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let protocols = protocols(version, &headers)?;
        Some(protocols.to_str().unwrap().to_owned())
    }

    #[test]
    fn only_what_is_meant_and_is_not_http_is_passed_on() {
        let http_11 = Version::HTTP_11;
        for (version, lines, passed_on) in [
            (
                http_11,
                &[("connection", "Upgrade"), ("upgrade", "websocket")][..],
                Some("websocket"),
            ),
            (
                http_11,
                &[
                    ("connection", "keep-alive, upgrade"),
                    ("upgrade", "h2c, WebSocket"),
                    ("upgrade", "TLS/1.0"),
                ],
                Some("WebSocket, TLS/1.0"),
            ),
            (http_11, &[("upgrade", "websocket")], None),
            (http_11, &[("connection", "upgrade")], None),
            (
                http_11,
                &[("connection", "close"), ("upgrade", "websocket")],
                None,
            ),
            (
                http_11,
                &[("connection", "upgrade"), ("upgrade", "h2c")],
                None,
            ),
            (
                http_11,
                &[("connection", "upgrade"), ("upgrade", "H2C,HTTP/2.0")],
                None,
            ),
            (
                Version::HTTP_10,
                &[("connection", "upgrade"), ("upgrade", "websocket")],
                None,
            ),
        ] {
            assert_eq!(asked(version, lines).as_deref(), passed_on, "{lines:?}");
        }
    }
}
