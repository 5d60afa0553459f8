//! Several requests on one connection, and how one ends.

use super::case::{Case, Then, case};

const PIPELINED: &str = "RFC 9112, 9.3.2";
const CLOSING: &str = "RFC 9112, 9.6";

/// Requests after requests.
pub fn one_after_the_other() -> Vec<Case> {
    let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    vec![
        case(
            "two requests at once",
            PIPELINED,
            get.repeat(2),
            Then::Passed {
                answers: 2,
                sees: &[],
                never: &[],
            },
        ),
        case(
            "eight requests at once",
            PIPELINED,
            get.repeat(8),
            Then::Passed {
                answers: 8,
                sees: &[],
                never: &[],
            },
        ),
        case(
            "a good request before a bad one is answered first",
            PIPELINED,
            format!("{get}GET /hidden HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n"),
            Then::First(&[200, 400], "hidden"),
        ),
        case(
            "nothing is read after a bad request",
            CLOSING,
            format!("GET /bad HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n{get}"),
            Then::Refused(&[400]),
        ),
        case(
            "nothing is read after the last request",
            CLOSING,
            format!(
                "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n{}",
                get.replace("/a", "/hidden")
            ),
            Then::First(&[200], "hidden"),
        ),
        case(
            "nothing is read after a request of HTTP/1.0",
            CLOSING,
            format!(
                "GET /a HTTP/1.0\r\nHost: a\r\n\r\n{}",
                get.replace("/a", "/hidden")
            ),
            Then::First(&[200], "hidden"),
        ),
        case(
            "what follows an offer to switch that is not taken is a request",
            "RFC 9110, 7.8",
            format!(
                "GET /a HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n{get}"
            ),
            Then::Passed {
                answers: 2,
                sees: &[],
                never: &["h2c"],
            },
        ),
        case(
            "HTTP/2 after an offer of h2c that is not taken is refused",
            "RFC 9113, 3.1",
            "GET /a HTTP/1.1\r\nHost: a\r\nConnection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            Then::First(&[200, 400], "pri *"),
        ),
        case(
            "what follows a refused websocket is a request",
            "RFC 9110, 7.8",
            format!(
                "GET /a HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n{get}"
            ),
            Then::Passed {
                answers: 2,
                sees: &["upgrade: websocket"],
                never: &[],
            },
        ),
        case(
            "a body that stays out",
            "RFC 9112, 8",
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nhello",
            Then::Left,
        ),
        case(
            "chunks that stay out",
            "RFC 9112, 8",
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            Then::Left,
        ),
        case(
            "chunks that break off inside one",
            "RFC 9112, 8",
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
            Then::Left,
        ),
    ]
}
