//! What speaks of one connection, and what callers say of themselves, goes no further.

use super::case::{Case, PASSED, Then, case};

const HOP: &str = "RFC 9110, 7.6.1";

/// Fields of one connection.
pub fn of_a_connection() -> Vec<Case> {
    let mut cases: Vec<_> = [
        ("Keep-Alive: timeout=5", "keep-alive"),
        ("Proxy-Connection: keep-alive", "proxy-connection"),
        ("Proxy-Authorization: Basic eDp5", "proxy-authorization"),
        ("Proxy-Authenticate: Basic", "proxy-authenticate"),
        ("TE: gzip", "\r\nte:"),
        ("TE: trailers, deflate;q=0.5", "deflate"),
        (
            "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk",
            "upgrade",
        ),
        (
            "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk",
            "http2-settings",
        ),
        ("HTTP2-Settings: AAMAAABk", "http2-settings"),
        ("Upgrade: websocket", "upgrade"),
        ("X-Private: 1\r\nConnection: X-Private", "x-private"),
        (
            "X-Private: 1\r\nConnection: keep-alive, x-PRIVATE",
            "x-private",
        ),
        (
            "X-Private: 1\r\nConnection: keep-alive\r\nConnection: x-private",
            "x-private",
        ),
        ("Connection: close", "\r\nconnection: close"),
    ]
    .into_iter()
    .map(|(lines, never)| passes_without(lines, HOP, never))
    .collect();
    cases.extend([
        case(
            "Connection cannot take away what the gateway says",
            HOP,
            b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: x-forwarded-for, via, x-request-id\r\n\r\n",
            Then::Passed { answers: 1, sees: &["x-forwarded-for: 127.0.0.1", "via: 1.1 gatewright", "x-request-id: "], never: &[] },
        ),
        case(
            "a name in Connection that is none",
            HOP,
            b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: a b, (, \"x\"\r\n\r\n",
            PASSED,
        ),
        case(
            "a caller that speaks HTTP/1.0 and wants to go on",
            "RFC 9112, C.2.2",
            b"GET /a HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
            Then::Passed { answers: 2, sees: &["get /b http/1.1"], never: &["connection: keep-alive"] },
        ),
        case(
            "a body of HTTP/1.0 is sent on as one of HTTP/1.1",
            "RFC 9112, 2.3",
            b"POST /a HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            Then::Passed { answers: 1, sees: &["post /a http/1.1", "content-length: 5"], never: &[] },
        ),
        case(
            "HEAD is sent on as HEAD",
            "RFC 9110, 9.3.2",
            b"HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n",
            Then::Passed { answers: 1, sees: &["head /a http/1.1"], never: &["content-length", "transfer-encoding"] },
        ),
        case(
            "a GET without a body is sent on without one",
            "RFC 9110, 8.6",
            b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
            Then::Passed { answers: 1, sees: &[], never: &["content-length", "transfer-encoding"] },
        ),
        case(
            "a POST without a body says so",
            "RFC 9110, 8.6",
            b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            Then::Passed { answers: 1, sees: &["content-length: 0"], never: &["transfer-encoding"] },
        ),
    ]);
    cases
}

/// What only the gateway says.
pub fn of_a_caller() -> Vec<Case> {
    const RFC: &str = "RFC 7239, 8.1";
    [
        "X-Forwarded-For: 6.6.6.6",
        "X_Forwarded_For: 6.6.6.6",
        "x-forwarded-for: 6.6.6.6\r\nX-Forwarded-For: 6.6.6.6",
        "Forwarded: for=6.6.6.6",
        "X-Real-IP: 6.6.6.6",
        "X_Real_IP: 6.6.6.6",
        "X-Forwarded-Port: 6.6.6.6",
        "X-Forwarded-Server: 6.6.6.6",
        "X-Forwarded-Host: 6.6.6.6",
        "X-Consumer-Id: 6.6.6.6",
        "X_Consumer_Id: 6.6.6.6",
        "X-Credential-Id: 6.6.6.6",
    ]
    .into_iter()
    .map(|lines| passes_without(lines, RFC, "6.6.6.6"))
    .chain([passes_without("X-Forwarded-Proto: https", RFC, "https")])
    .collect()
}

/// How far a request may go.
pub fn how_far() -> Vec<Case> {
    const RFC: &str = "RFC 9110, 7.6.2";
    vec![
        case(
            "OPTIONS that may go no further is answered here",
            RFC,
            b"OPTIONS /a HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n",
            Then::Denied(&[200, 204]),
        ),
        case(
            "OPTIONS that may go one step further goes one less",
            RFC,
            b"OPTIONS /a HTTP/1.1\r\nHost: a\r\nMax-Forwards: 1\r\n\r\n",
            Then::Passed {
                answers: 1,
                sees: &["max-forwards: 0"],
                never: &["max-forwards: 1"],
            },
        ),
        case(
            "other methods go as far as they do",
            RFC,
            b"GET /a HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n",
            Then::Passed {
                answers: 1,
                sees: &["max-forwards: 0"],
                never: &[],
            },
        ),
        case(
            "a step that is no number",
            RFC,
            b"OPTIONS /a HTTP/1.1\r\nHost: a\r\nMax-Forwards: x\r\n\r\n",
            Then::Denied(&[400]),
        ),
        case(
            "TRACE that may go no further",
            RFC,
            b"TRACE /a HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n",
            Then::Denied(&[501]),
        ),
    ]
}

/// `Expect`.
pub fn expecting() -> Vec<Case> {
    const RFC: &str = "RFC 9110, 10.1.1";
    vec![
        case(
            "a body that is expected and comes at once",
            RFC,
            b"POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
            Then::Interim(&[100], 200),
        ),
        case(
            "nothing is expected of HTTP/1.0",
            RFC,
            b"POST /a HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
            PASSED,
        ),
        case(
            "nothing is told to go on that has no body",
            RFC,
            b"GET /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
            PASSED,
        ),
        case(
            "a body that would be refused is not asked for",
            RFC,
            b"POST /a/../b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
            Then::Refused(&[400]),
        ),
    ]
}

fn passes_without(lines: &str, rfc: &'static str, never: &'static str) -> Case {
    let bytes = format!("GET /a HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n");
    Case {
        name: format!("{lines:?} goes no further ({never:?})"),
        rfc,
        send: bytes.into_bytes(),
        then: Then::Without(never),
    }
}
