//! A request that is refused before it is read as HTTP, and what can be said of it all the same.

use http::{HeaderName, HeaderValue, Method, Request, Uri, Version};

use super::head::lines;
use crate::proxy::error::{ErrorCode, ProxyError};

/// Stands for the method where there is none.
const NO_METHOD: &str = "-";

/// Why a request is refused, and as much of it as could be read.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// What is wrong with it.
    pub(crate) error: ProxyError,
    /// Method, target and those headers that are some. Where not even the request line is one, the
    /// method is `-` and there is no path.
    pub(crate) request: Request<()>,
}

impl Refusal {
    /// Refuses a request of which these bytes of the head have come.
    pub(super) fn new(error: ProxyError, head: &[u8]) -> Self {
        Self {
            error,
            request: read(head).unwrap_or_else(unread),
        }
    }

    /// Whether it is refused as what no request begins with.
    pub(super) fn is_no_request(&self) -> bool {
        self.request.method() == NO_METHOD && self.error.code() == ErrorCode::BadRequest
    }

    /// The same, for another reason.
    pub(super) fn because(self, reason: &'static str) -> Self {
        Self {
            error: ProxyError::Request(self.error.code(), reason.into()),
            request: self.request,
        }
    }

    /// A request in its place, for hyper to answer; the answer to `HEAD` has no body.
    pub(super) fn stand_in(&self) -> &'static [u8] {
        match *self.request.method() {
            Method::HEAD => b"HEAD / HTTP/1.1\r\nconnection: close\r\n\r\n",
            _ => b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n",
        }
    }
}

/// Reads what can be read, for people: nothing is decided by it.
fn read(head: &[u8]) -> Option<Request<()>> {
    let mut lines = lines(head).skip_while(|line| line.is_empty());
    let request_line = lines.next()?;
    let mut words = request_line
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(words.next()?).ok()?;
    *request.uri_mut() = Uri::try_from(words.next()?).ok()?;
    *request.version_mut() = match words.next()? {
        b"HTTP/1.0" => Version::HTTP_10,
        version if version.starts_with(b"HTTP/") => Version::HTTP_11,
        _ => return None,
    };
    for line in lines.take_while(|line| !line.is_empty()) {
        if let Some((name, value)) = field(line) {
            // Beyond what a map can hold there is nothing to see.
            let _ = request.headers_mut().try_append(name, value);
        }
    }
    Some(request)
}

/// What stands in the log for bytes that are no request.
fn unread() -> Request<()> {
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(NO_METHOD.as_bytes()).expect("it is a token");
    *request.uri_mut() = Uri::from_static("-");
    request
}

fn field(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = memchr::memchr(b':', line)?;
    let name = HeaderName::from_bytes(line[..colon].trim_ascii()).ok()?;
    let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(head: &str) -> Refusal {
        Refusal::new(ProxyError::RouteNotFound, head.as_bytes())
    }

    #[test]
    fn as_much_is_read_as_can_be() {
        let head = "POST /a?b HTTP/1.1\r\nHost: x\r\n folded\r\nContent-Length : 3\r\n\0: 1\r\nunf";
        let request = refused(head).request;
        assert_eq!(
            (request.method(), request.uri().path()),
            (&Method::POST, "/a")
        );
        assert_eq!(request.headers().len(), 2);
        assert_eq!(request.headers()["content-length"], "3");
    }

    #[test]
    fn without_a_request_line_there_is_neither_method_nor_path() {
        for head in [
            "GET / HTTP/1.1",
            "\x16\x03\x01\r\n",
            "GET\r\n",
            "GET / x\r\n",
        ] {
            let request = refused(head).request;
            let read = (request.method().as_str(), request.uri().path());
            assert_eq!(read, ("-", ""), "{head:?}");
        }
    }
}
