//! Which host is asked for.

use super::case::{Case, PASSED, Then, case};

const DENIED: Then = Then::Denied(&[400]);

/// `Host`.
pub fn hosts() -> Vec<Case> {
    let mut cases: Vec<_> = [
        "a?b", "a#b", "[::1", "::1]", "a:1:2", "a:-1", "a\\b", "<a>", "a\"b",
    ]
    .into_iter()
    .map(|host| {
        let bytes = format!("GET /a HTTP/1.1\r\nHost: {host}\r\n\r\n");
        case(format!("the host {host:?}"), "RFC 9112, 3.2", bytes, DENIED)
    })
    .collect();
    cases.extend([
        case(
            "no host",
            "RFC 9112, 3.2",
            b"GET /a HTTP/1.1\r\n\r\n",
            DENIED,
        ),
        case(
            "an empty host",
            "RFC 9112, 3.2",
            b"GET /a HTTP/1.1\r\nHost:\r\n\r\n",
            DENIED,
        ),
        case(
            "two hosts",
            "RFC 9112, 3.2",
            b"GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            DENIED,
        ),
        case(
            "the same host twice",
            "RFC 9112, 3.2",
            b"GET /a HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            DENIED,
        ),
        case(
            "a list of hosts",
            "RFC 9112, 3.2",
            b"GET /a HTTP/1.1\r\nHost: a, b\r\n\r\n",
            DENIED,
        ),
        case(
            "a host with a user",
            "RFC 9110, 4.2.4",
            b"GET /a HTTP/1.1\r\nHost: user@a\r\n\r\n",
            DENIED,
        ),
        case(
            "a host with a path",
            "RFC 9112, 3.2",
            b"GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n",
            DENIED,
        ),
        case(
            "a host with a scheme",
            "RFC 9112, 3.2",
            b"GET /a HTTP/1.1\r\nHost: http://a\r\n\r\n",
            DENIED,
        ),
        case(
            "a host in brackets that is no address",
            "RFC 3986, 3.2.2",
            b"GET /a HTTP/1.1\r\nHost: [a]\r\n\r\n",
            DENIED,
        ),
        case(
            "a port that is no number",
            "RFC 3986, 3.2.3",
            b"GET /a HTTP/1.1\r\nHost: a:b\r\n\r\n",
            DENIED,
        ),
        case(
            "a port that is none",
            "RFC 3986, 3.2.3",
            b"GET /a HTTP/1.1\r\nHost: a:70000\r\n\r\n",
            DENIED,
        ),
        case(
            "a host with a blank",
            "RFC 9112, 3.2",
            b"GET /a HTTP/1.1\r\nHost: a b\r\n\r\n",
            DENIED,
        ),
        case(
            "a host with bytes beyond ASCII",
            "RFC 9112, 3.2",
            b"GET /a HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n",
            DENIED,
        ),
        case(
            "an address in brackets passes",
            "RFC 3986, 3.2.2",
            b"GET /a HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
            Then::Passed {
                answers: 1,
                sees: &["host: [::1]:8080"],
                never: &[],
            },
        ),
        case(
            "HTTP/1.0 need not name one",
            "RFC 9112, 3.2",
            b"GET /a HTTP/1.0\r\n\r\n",
            Then::Passed {
                answers: 1,
                sees: &["host: "],
                never: &[],
            },
        ),
        case(
            "that of an absolute target counts",
            "RFC 9112, 3.2.2",
            b"GET http://b/a HTTP/1.1\r\nHost: a\r\n\r\n",
            Then::Passed {
                answers: 1,
                sees: &["get /a http/1.1", "host: b\r\n"],
                never: &["host: a\r\n"],
            },
        ),
        case(
            "an absolute target beside a Host that is none",
            "RFC 9112, 3.2",
            b"GET http://b/a HTTP/1.1\r\nHost: a@b\r\n\r\n",
            DENIED,
        ),
        case(
            "an absolute target without a Host",
            "RFC 9112, 3.2",
            b"GET http://b/a HTTP/1.1\r\n\r\n",
            DENIED,
        ),
        case(
            "an absolute target with a user",
            "RFC 9110, 4.2.4",
            b"GET http://user@b/a HTTP/1.1\r\nHost: b\r\n\r\n",
            DENIED,
        ),
        case(
            "a Host that Connection names",
            "RFC 9110, 7.6.1",
            b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: host\r\n\r\n",
            Then::Passed {
                answers: 1,
                sees: &["host: a\r\n"],
                never: &[],
            },
        ),
        case(
            "what else names hosts does not count",
            "RFC 7239, 8.1",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: evil\r\nForwarded: host=evil\r\n\r\n",
            Then::Passed {
                answers: 1,
                sees: &["x-forwarded-host: a\r\n"],
                never: &["evil"],
            },
        ),
        case(
            "a path that begins with two slashes is a path",
            "RFC 3986, 3.3",
            b"GET //evil/a HTTP/1.1\r\nHost: a\r\n\r\n",
            Then::Passed {
                answers: 1,
                sees: &["get //evil/a http/1.1\r\n", "host: a\r\n"],
                never: &[],
            },
        ),
        case(
            "an asterisk asks about the whole server",
            "RFC 9112, 3.2.4",
            b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            Then::Denied(&[200, 204, 404]),
        ),
        case(
            "a host is passed on in lower case",
            "RFC 3986, 6.2.2.1",
            b"GET /a HTTP/1.1\r\nHost: A.Localhost:81\r\n\r\n",
            PASSED,
        ),
    ]);
    cases
}
