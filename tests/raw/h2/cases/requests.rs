//! Heads of requests.

use super::Then::{Answered, Either, Passed, Refused};
use super::{CONNECTION, Case, FIELD, PSEUDO, REQUEST, asks, case, get_from, get_path, get_with};

/// Heads.
pub fn requests() -> Vec<Case> {
    let mut cases = vec![
        case(
            "an ordinary request",
            REQUEST,
            get_with(&[]),
            Passed(
                &[
                    "get /a http/1.1\r\n",
                    "\r\nhost: a\r\n",
                    "via: 2 gatewright",
                ],
                &[":authority"],
            ),
        ),
        case(
            "a host that is the authority",
            REQUEST,
            get_with(&[("host", "a")]),
            Passed(&["host: a"], &[]),
        ),
        case(
            "a host that is not the authority",
            REQUEST,
            get_with(&[("host", "b")]),
            Answered(400),
        ),
        case(
            "two hosts",
            REQUEST,
            get_with(&[("host", "a"), ("host", "a")]),
            Answered(400),
        ),
        case(
            "two hosts that differ",
            REQUEST,
            get_with(&[("host", "a"), ("host", "b")]),
            Answered(400),
        ),
        case(
            "a host instead of the authority",
            REQUEST,
            asks(&[
                (":method", "GET"),
                (":scheme", "http"),
                (":path", "/a"),
                ("host", "b"),
            ]),
            Passed(&["host: b"], &[]),
        ),
        case(
            "neither host nor authority",
            REQUEST,
            asks(&[(":method", "GET"), (":scheme", "http"), (":path", "/a")]),
            Refused,
        ),
        case(
            "an authority with a user",
            REQUEST,
            get_from("user@a"),
            Refused,
        ),
        case("an empty authority", REQUEST, get_from(""), Refused),
        case(
            "an authority with a path",
            REQUEST,
            get_from("a/b"),
            Refused,
        ),
        case(
            "an authority with a blank",
            REQUEST,
            get_from("a b"),
            Refused,
        ),
        case(
            "an authority with a line end",
            REQUEST,
            get_from("a\r\nx: y"),
            Refused,
        ),
        case("a path with a blank", REQUEST, get_path("/a b"), Refused),
        case(
            "a path with a line end",
            REQUEST,
            get_path("/a HTTP/1.1\r\nHost: evil\r\n\r\nGET /hidden"),
            Refused,
        ),
        case("a path with NUL", REQUEST, get_path("/a\0"), Refused),
        case("a path without a slash", REQUEST, get_path("a"), Refused),
        case("an empty path", REQUEST, get_path(""), Refused),
        case(
            "a path that is a URI",
            REQUEST,
            get_path("http://evil/a"),
            Refused,
        ),
        case(
            "a path that is an asterisk",
            REQUEST,
            get_path("*"),
            Answered(400),
        ),
        case(
            "a path with dots",
            "RFC 3986, 6.2.2.3",
            get_path("/a/../b"),
            Answered(400),
        ),
        case("a path with a fragment", REQUEST, get_path("/a#b"), Either),
        case(
            "a pseudo-header behind a header",
            PSEUDO,
            asks(&[
                (":method", "GET"),
                (":scheme", "http"),
                ("x", "y"),
                (":authority", "a"),
                (":path", "/a"),
            ]),
            Refused,
        ),
        case(
            "a pseudo-header nobody knows",
            PSEUDO,
            get_with(&[(":x", "y")]),
            Refused,
        ),
        case(
            "a pseudo-header of answers",
            PSEUDO,
            asks(&[
                (":method", "GET"),
                (":scheme", "http"),
                (":authority", "a"),
                (":path", "/a"),
                (":status", "200"),
            ]),
            Refused,
        ),
        case(
            "two paths",
            REQUEST,
            asks(&[
                (":method", "GET"),
                (":scheme", "http"),
                (":authority", "a"),
                (":path", "/a"),
                (":path", "/b"),
            ]),
            Refused,
        ),
        case(
            "two methods",
            REQUEST,
            asks(&[
                (":method", "GET"),
                (":method", "POST"),
                (":scheme", "http"),
                (":authority", "a"),
                (":path", "/a"),
            ]),
            Refused,
        ),
        case(
            "two authorities",
            REQUEST,
            asks(&[
                (":method", "GET"),
                (":scheme", "http"),
                (":authority", "a"),
                (":authority", "b"),
                (":path", "/a"),
            ]),
            Refused,
        ),
        case(
            "no path",
            REQUEST,
            asks(&[(":method", "GET"), (":scheme", "http"), (":authority", "a")]),
            Refused,
        ),
        case(
            "no method",
            REQUEST,
            asks(&[(":scheme", "http"), (":authority", "a"), (":path", "/a")]),
            Refused,
        ),
        case(
            "no scheme",
            REQUEST,
            asks(&[(":method", "GET"), (":authority", "a"), (":path", "/a")]),
            Refused,
        ),
        case(
            "a method with a blank",
            REQUEST,
            asks(&[
                (":method", "GET /hidden HTTP/1.1"),
                (":scheme", "http"),
                (":authority", "a"),
                (":path", "/a"),
            ]),
            Refused,
        ),
        case(
            "a method with a line end",
            REQUEST,
            asks(&[
                (":method", "GET\r\n"),
                (":scheme", "http"),
                (":authority", "a"),
                (":path", "/a"),
            ]),
            Refused,
        ),
        case(
            "a tunnel",
            "RFC 9113, 8.5",
            asks(&[(":method", "CONNECT"), (":authority", "a:443")]),
            Refused,
        ),
        case(
            "a tunnel for another protocol",
            "RFC 8441, 4",
            asks(&[
                (":method", "CONNECT"),
                (":protocol", "websocket"),
                (":scheme", "http"),
                (":authority", "a"),
                (":path", "/a"),
            ]),
            Refused,
        ),
        case(
            "a trace",
            "RFC 9110, 9.3.8",
            asks(&[
                (":method", "TRACE"),
                (":scheme", "http"),
                (":authority", "a"),
                (":path", "/a"),
            ]),
            Answered(501),
        ),
        case(
            "cookies in several fields",
            "RFC 9113, 8.2.3",
            get_with(&[("cookie", "a=1"), ("cookie", "b=2")]),
            Passed(&["cookie: a=1; b=2\r\n"], &[]),
        ),
        case(
            "trailers are welcome",
            CONNECTION,
            get_with(&[("te", "trailers")]),
            Passed(&[], &["te: gzip"]),
        ),
        case(
            "what only the gateway says",
            "RFC 7239, 8.1",
            get_with(&[("x-forwarded-for", "6.6.6.6"), ("forwarded", "for=6.6.6.6")]),
            Passed(&["x-forwarded-for: 127.0.0.1"], &["6.6.6.6"]),
        ),
        case(
            "what a proxy is told",
            "RFC 9110, 11.7.2",
            get_with(&[("proxy-authorization", "Basic eDp5")]),
            Passed(&[], &["proxy-authorization"]),
        ),
        case("an empty name", FIELD, get_with(&[("", "y")]), Refused),
        case(
            "a blank around a value",
            FIELD,
            get_with(&[("x", " y ")]),
            Either,
        ),
        case(
            "a path that is too long",
            "RFC 9110, 15.5.15",
            get_path(&format!("/{}", "a".repeat(16_384))),
            Refused,
        ),
    ];
    cases.extend(
        ["X", "x y", "x:y", "x\r\ny", "x\0", "(x)", "\u{e9}"].map(|name| {
            let frames = get_with(&[(name, "z")]);
            case(format!("the name {name:?}"), FIELD, frames, Refused)
        }),
    );
    cases.extend(
        ["y\r\nz: 1", "y\nz", "y\rz", "y\0", "y\x7f", "y\x1b"].map(|value| {
            let frames = get_with(&[("x", value)]);
            case(format!("the value {value:?}"), FIELD, frames, Refused)
        }),
    );
    let of_a_connection = [
        ("connection", "close"),
        ("connection", "x-private"),
        ("keep-alive", "5"),
        ("proxy-connection", "keep-alive"),
        ("transfer-encoding", "chunked"),
        ("transfer-encoding", "identity"),
        ("upgrade", "h2c"),
        ("te", "gzip"),
    ];
    cases.extend(of_a_connection.map(|field| {
        case(
            format!("{field:?} of a connection"),
            CONNECTION,
            get_with(&[field]),
            Refused,
        )
    }));
    cases.push(case(
        "too many headers",
        "RFC 6585, 5",
        get_with(&[("x", "y"); 150]),
        Answered(431),
    ));
    cases
}
