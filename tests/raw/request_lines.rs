//! Methods, targets, versions.

use super::case::{Case, PASSED, Then, case};

const REFUSED: Then = Then::Refused(&[400]);

/// Request lines.
pub fn request_lines() -> Vec<Case> {
    let mut cases: Vec<_> = [
        "GET /a  HTTP/1.1",
        "GET /a\tHTTP/1.1",
        "GET /a HTTP/1.1 x",
        "GET",
        "GET /a HTTP/1",
        "GET /a HTTP/1.1.1",
        "GET /a HTTP/-1.1",
        "GET /a HTTPS/1.1",
        "GET /a FTP/1.1",
        "/a HTTP/1.1",
        "GET http:///a HTTP/1.1",
        "GET http:a HTTP/1.1",
        "GET ?a HTTP/1.1",
    ]
    .into_iter()
    .map(|line| {
        let bytes = format!("{line}\r\nHost: a\r\n\r\n");
        case(format!("the line {line:?}"), "RFC 9112, 3", bytes, REFUSED)
    })
    .collect();
    cases.extend(
        [
            "/a/../b",
            "/a/%2e%2e/b",
            "/a/.%2E/b",
            "/a%2f..%2fb",
            "/a\\..\\b",
            "/a%5cb",
            "/a%00",
            "/a%0d%0ab",
            "/a%zz",
        ]
        .map(|path| {
            let bytes = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
            case(
                format!("the path {path:?}"),
                "RFC 3986, 6.2.2",
                bytes,
                Then::Denied(&[400]),
            )
        }),
    );
    cases.extend([
        case(
            "a trace",
            "RFC 9110, 9.3.8",
            b"TRACE /a HTTP/1.1\r\nHost: a\r\n\r\n",
            Then::Denied(&[501]),
        ),
        case(
            "an empty line before it is skipped",
            "RFC 9112, 2.2",
            b"\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n",
            PASSED,
        ),
        case(
            "empty lines without end",
            "RFC 9112, 2.2",
            b"\r\n\r\n\r\n\r\n\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a bare LF before it",
            "RFC 9112, 2.2",
            b"\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a blank before it",
            "RFC 9112, 3",
            b" GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "two blanks after the method",
            "RFC 9112, 3",
            b"GET  /a HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a tab after the method",
            "RFC 9112, 3",
            b"GET\t/a HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a blank in the target",
            "RFC 9112, 3.2",
            b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a blank after the version",
            "RFC 9112, 3",
            b"GET /a HTTP/1.1 \r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case("no version", "RFC 9112, 3", b"GET /a\r\n\r\n", REFUSED),
        case(
            "a version in lower case",
            "RFC 9112, 2.3",
            b"GET /a http/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a version without its point",
            "RFC 9112, 2.3",
            b"GET /a HTTP/11\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a minor version nobody has",
            "RFC 9110, 15.6.6",
            b"GET /a HTTP/1.7\r\nHost: a\r\n\r\n",
            Then::Refused(&[505]),
        ),
        case(
            "a major version nobody has",
            "RFC 9110, 15.6.6",
            b"GET /a HTTP/9.0\r\nHost: a\r\n\r\n",
            Then::Refused(&[505]),
        ),
        case(
            "HTTP/2 in a line of HTTP/1",
            "RFC 9113, 3.4",
            b"GET /a HTTP/2.0\r\nHost: a\r\n\r\n",
            Then::Refused(&[505]),
        ),
        case(
            "a method of the caller's own passes",
            "RFC 9110, 9.1",
            b"BREW-IT /a HTTP/1.1\r\nHost: a\r\n\r\n",
            Then::Passed {
                answers: 1,
                sees: &["brew-it /a "],
                never: &[],
            },
        ),
        case(
            "methods have case",
            "RFC 9110, 9.1",
            b"get /a HTTP/1.1\r\nHost: a\r\n\r\n",
            PASSED,
        ),
        case(
            "a method that is no word",
            "RFC 9110, 9.1",
            b"GE(T /a HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a method with NUL",
            "RFC 9110, 9.1",
            b"GE\0T /a HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a method that never ends",
            "RFC 9112, 3",
            b"GETGETGETGETGETGETGETGETGETGETGETGETGET /a HTTP/1.1\r\nHost: a\r\n\r\n",
            Then::Refused(&[501]),
        ),
        case(
            "a tunnel",
            "RFC 9110, 9.3.6",
            b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
            Then::Refused(&[501, 405]),
        ),
        case(
            "a target that is no path",
            "RFC 9112, 3.2",
            b"GET a HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a target that is a host",
            "RFC 9112, 3.2.3",
            b"GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a target that is an asterisk",
            "RFC 9112, 3.2.4",
            b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a target with a fragment",
            "RFC 9112, 3.2.1",
            b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a target with NUL",
            "RFC 9112, 3.2",
            b"GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a target with a bare CR",
            "RFC 9112, 2.2",
            b"GET /a\rb HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "a target of another scheme",
            "RFC 9112, 3.2.2",
            b"GET ftp://a/b HTTP/1.1\r\nHost: a\r\n\r\n",
            REFUSED,
        ),
        case(
            "TLS where HTTP is spoken",
            "RFC 9112, 2.2",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\r\n\r\n",
            REFUSED,
        ),
        case("garbage", "RFC 9112, 2.2", b"\xff\xfe\xfd\r\n\r\n", REFUSED),
    ]);
    cases
}
