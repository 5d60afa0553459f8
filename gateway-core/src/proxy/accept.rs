//! Is this a request that can be proxied at all?
//!
//! Refuses what two programs could read differently (RFC 9112, RFC 9110), so that nothing reaches a
//! service that the gateway has not understood. The bytes of HTTP/1 have been looked through before
//! ([`super::inbound`]); what was wrong with them is said here.

use std::borrow::Cow;
use std::str::FromStr as _;

use http::header::{CONTENT_LENGTH, HOST, MAX_FORWARDS, TRANSFER_ENCODING};
use http::request::Parts;
use http::uri::Authority;
use http::{Method, Version};

use super::error::{ErrorCode, ProxyError};
use crate::snapshot::callers::CallerLimits;
use crate::snapshot::path;

/// A request that can be proxied.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Host as the caller gave it, with port if given, in lower case.
    pub host: String,
    /// Path that routes are matched against.
    pub match_path: String,
    /// How many more servers may pass it on (RFC 9110, section 7.6.2).
    pub forwards_left: Option<u64>,
    /// Whether the gateway itself is asked, and no service.
    pub asks_gateway: bool,
}

impl Accepted {
    /// The host without its port.
    pub fn host_name(&self) -> &str {
        match self.host.rfind(':') {
            Some(at) if !self.host[at..].contains(']') => &self.host[..at],
            _ => &self.host,
        }
    }
}

/// What was found wrong with a request before it was read as HTTP; among its extensions.
#[derive(Clone, Debug)]
pub struct Refused(pub ProxyError);

/// Checks a request's head.
///
/// # Errors
/// What is wrong with it.
pub fn accept(request: &Parts, limits: &CallerLimits) -> Result<Accepted, ProxyError> {
    if let Some(Refused(error)) = request.extensions.get() {
        return Err(error.clone());
    }
    check_method(request)?;
    check_sizes(request, limits)?;
    check_framing(request)?;
    let host = host(request)?;
    let forwards_left = forwards_left(request)?;
    let match_path = path::normalise(request.uri.path())
        .map_err(|reason| {
            refuse(
                ErrorCode::AmbiguousPath,
                format!("The path can be read in more than one way: {reason}."),
            )
        })?
        .into_owned();
    Ok(Accepted {
        host,
        match_path,
        forwards_left,
        asks_gateway: forwards_left == Some(0) || asks_about_server(request)?,
    })
}

fn refuse(code: ErrorCode, reason: impl Into<Cow<'static, str>>) -> ProxyError {
    ProxyError::Request(code, reason.into())
}

fn check_method(request: &Parts) -> Result<(), ProxyError> {
    match request.method {
        Method::CONNECT => Err(refuse(
            ErrorCode::MethodUnsupported,
            "CONNECT asks for a tunnel; this is a gateway, not a forward proxy.",
        )),
        // It would let a page read its own cookies back, and answers with what it was sent.
        Method::TRACE => Err(refuse(
            ErrorCode::MethodUnsupported,
            "TRACE is not proxied.",
        )),
        _ => Ok(()),
    }
}

/// Checks how large a request's head is.
///
/// # Errors
/// What of it is too large.
pub(crate) fn check_sizes(request: &Parts, limits: &CallerLimits) -> Result<(), ProxyError> {
    let uri = request
        .uri
        .path_and_query()
        .map_or(0, |path| path.as_str().len());
    let most = limits.max_uri_bytes;
    if uri > most {
        let reason = format!("Path and query may have at most {most} bytes; they have {uri}.");
        return Err(refuse(ErrorCode::UriTooLong, reason));
    }
    let fields = request.headers.len();
    let most = limits.max_headers;
    if fields > most {
        let reason = format!("A request may have at most {most} headers; it has {fields}.");
        return Err(refuse(ErrorCode::HeadersTooLarge, reason));
    }
    let headers: usize = request
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    let most = limits.max_header_bytes;
    if headers > most {
        let reason = format!("Headers may have at most {most} bytes; they have {headers}.");
        return Err(refuse(ErrorCode::HeadersTooLarge, reason));
    }
    Ok(())
}

/// RFC 9112, section 6: where a body ends must not be open to two readings. hyper has already
/// dropped a `Content-Length` beside `Transfer-Encoding`.
fn check_framing(request: &Parts) -> Result<(), ProxyError> {
    let codings = request.headers.get_all(TRANSFER_ENCODING);
    let mut chunked = 0;
    for coding in codings {
        if !coding
            .as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(b"chunked")
        {
            return Err(refuse(
                ErrorCode::TransferCodingUnsupported,
                "The only transfer coding taken is `chunked`.",
            ));
        }
        chunked += 1;
    }
    if chunked > 1 {
        return Err(refuse(
            ErrorCode::BadRequest,
            "`Transfer-Encoding` was sent more than once.",
        ));
    }
    if chunked == 1 && request.version == Version::HTTP_10 {
        return Err(refuse(
            ErrorCode::BadRequest,
            "HTTP/1.0 has no `Transfer-Encoding`.",
        ));
    }
    if request
        .headers
        .get_all(CONTENT_LENGTH)
        .iter()
        .nth(1)
        .is_some()
    {
        return Err(refuse(
            ErrorCode::BadRequest,
            "`Content-Length` was sent more than once.",
        ));
    }
    Ok(())
}

/// RFC 9110, section 7.1: only `OPTIONS` may ask about a server and none of its paths.
fn asks_about_server(request: &Parts) -> Result<bool, ProxyError> {
    match request.uri.path() {
        "*" if request.method == Method::OPTIONS => Ok(true),
        "*" => Err(refuse(
            ErrorCode::BadRequest,
            "The path `*` is for `OPTIONS` only.",
        )),
        _ => Ok(false),
    }
}

/// RFC 9110, section 7.6.2: counts for `OPTIONS`, and for `TRACE`, which is not proxied.
fn forwards_left(request: &Parts) -> Result<Option<u64>, ProxyError> {
    let field = match request.method {
        Method::OPTIONS => request.headers.get(MAX_FORWARDS),
        _ => None,
    };
    let Some(value) = field else {
        return Ok(None);
    };
    let digits = value
        .to_str()
        .ok()
        .filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(left) => Ok(Some(left)),
        None => Err(refuse(
            ErrorCode::BadRequest,
            "`Max-Forwards` is no number.",
        )),
    }
}

/// RFC 9112, section 3.2: one host, valid; that of an absolute target counts.
fn host(request: &Parts) -> Result<String, ProxyError> {
    let bad = |reason: &'static str| refuse(ErrorCode::BadRequest, reason);
    let mut hosts = request.headers.get_all(HOST).iter();
    let header = hosts.next();
    if hosts.next().is_some() {
        return Err(bad("`Host` was sent more than once."));
    }
    let header = header
        .map(|value| value.to_str().map_err(|_| bad("`Host` is no host name.")))
        .transpose()?;
    let in_target = request.uri.authority().map(Authority::as_str);
    if let (Some(header), Some(target), Version::HTTP_2) = (header, in_target, request.version)
        && !header.eq_ignore_ascii_case(target)
    {
        return Err(bad("`Host` and `:authority` contradict each other."));
    }
    let host = match (in_target, header) {
        (Some(_), None) if request.version == Version::HTTP_11 => {
            return Err(bad("`Host` is missing."));
        }
        (Some(target), _) => target,
        (None, Some(header)) => header,
        (None, None) if request.version == Version::HTTP_10 => "localhost",
        (None, None) => return Err(bad("`Host` is missing.")),
    };
    // An absolute target wins (section 3.2.2), but a `Host` beside it must be valid all the same.
    for text in [Some(host), header].into_iter().flatten() {
        if !is_valid_host(text) {
            return Err(bad("`Host` is no host name."));
        }
    }
    Ok(host.to_ascii_lowercase())
}

/// Whether this is a host, with a port or without.
pub fn is_valid_host(text: &str) -> bool {
    let Ok(authority) = Authority::from_str(text) else {
        return false;
    };
    let host = authority.host();
    let bracketed = host.starts_with('[');
    let name_ok = match bracketed {
        true => host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .is_some_and(|ip| ip.parse::<std::net::Ipv6Addr>().is_ok()),
        false => {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&b))
        }
    };
    let port = &text[text.find(host).unwrap_or(0) + host.len()..];
    let port_ok = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.is_empty() || port.parse::<u16>().is_ok());
    name_ok && port_ok && !text.contains('@')
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn check(request: http::request::Builder) -> Result<Accepted, ErrorCode> {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        accept(&parts, &CallerLimits::default()).map_err(|error| error.code())
    }

    #[test]
    fn an_ordinary_request_is_taken() {
        let accepted = check(Request::get("/a/b?c").header("host", "Shop.localhost:8080")).unwrap();
        assert_eq!(accepted.host, "shop.localhost:8080");
        assert_eq!(accepted.host_name(), "shop.localhost");
        assert_eq!(accepted.match_path, "/a/b");
    }

    #[test]
    fn the_name_of_a_host_is_told_from_its_port() {
        for (host, name) in [
            ("[::1]:8080", "[::1]"),
            ("[::1]", "[::1]"),
            ("a", "a"),
            ("a:1", "a"),
        ] {
            let accepted = check(Request::get("/").header("host", host)).unwrap();
            assert_eq!(accepted.host_name(), name);
        }
    }

    #[test]
    fn a_host_that_is_none_is_refused() {
        for host in [
            "", "a b", "a/b", "u@a", "[::1", "[x]", "a:b", "a:1:2", "a:99999", "a?b", "a#b",
        ] {
            let refused = check(Request::get("/").header("host", host)).err();
            assert_eq!(refused, Some(ErrorCode::BadRequest), "{host:?}");
        }
        assert_eq!(check(Request::get("/")).err(), Some(ErrorCode::BadRequest));
        let twice = Request::get("/").header("host", "a").header("host", "a");
        assert_eq!(check(twice).err(), Some(ErrorCode::BadRequest));
    }

    #[test]
    fn a_body_whose_end_is_unclear_is_refused() {
        let request = || Request::post("/").header("host", "a");
        for (request, code) in [
            (
                request().header("transfer-encoding", "gzip, chunked"),
                ErrorCode::TransferCodingUnsupported,
            ),
            (
                request().header("transfer-encoding", "chunked,"),
                ErrorCode::TransferCodingUnsupported,
            ),
            (
                request().header("transfer-encoding", "identity"),
                ErrorCode::TransferCodingUnsupported,
            ),
            (
                request()
                    .header("transfer-encoding", "chunked")
                    .header("transfer-encoding", "chunked"),
                ErrorCode::BadRequest,
            ),
            (
                request()
                    .header("content-length", "3")
                    .header("content-length", "4"),
                ErrorCode::BadRequest,
            ),
        ] {
            assert_eq!(check(request).err(), Some(code));
        }
    }

    #[test]
    fn tunnels_and_traces_are_refused() {
        let connect = Request::connect("a:443").header("host", "a:443");
        assert_eq!(check(connect).err(), Some(ErrorCode::MethodUnsupported));
        let trace = Request::trace("/").header("host", "a");
        assert_eq!(check(trace).err(), Some(ErrorCode::MethodUnsupported));
    }

    #[test]
    fn an_absolute_target_names_the_host() {
        let request = Request::get("http://b:81/x").header("host", "a");
        assert_eq!(check(request).unwrap().host, "b:81");
    }
}
