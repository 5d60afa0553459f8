//! Cases: frames, and what becomes of the stream they open, which is 1.

use super::frames::{
    CONTINUATION, END_HEADERS, END_STREAM, Fields, HEADERS, SETTINGS, WINDOW_UPDATE, block, data,
    frame, head, window,
};

#[derive(Clone)]
pub struct Case {
    pub name: String,
    pub rfc: &'static str,
    pub frames: Vec<u8>,
    pub then: Then,
}

/// What becomes of a case.
#[derive(Clone, Copy)]
pub enum Then {
    /// It is refused in one way or another, and nothing reaches the service.
    Refused,
    /// The gateway answers with this status, and nothing reaches the service.
    Answered(u16),
    /// The service never sees the whole of it, and its answer is not passed on.
    NeverWhole,
    /// The service answers, and saw these things and not those, in lower case.
    Passed(&'static [&'static str], &'static [&'static str]),
    /// It passes or not; what holds after every case is enough.
    Either,
}

use Then::{Answered, Either, NeverWhole, Passed, Refused};

const MALFORMED: &str = "RFC 9113, 8.1.1";
const PSEUDO: &str = "RFC 9113, 8.3";
const REQUEST: &str = "RFC 9113, 8.3.1";
const FIELD: &str = "RFC 9113, 8.2.1";
const CONNECTION: &str = "RFC 9113, 8.2.2";

fn case(
    name: impl Into<String>,
    rfc: &'static str,
    frames: impl Into<Vec<u8>>,
    then: Then,
) -> Case {
    Case {
        name: name.into(),
        rfc,
        frames: frames.into(),
        then,
    }
}

/// A request without a body.
fn asks(fields: Fields<'_>) -> Vec<u8> {
    head(1, true, fields)
}

/// An ordinary GET with these fields behind its own.
fn get_with(more: Fields<'_>) -> Vec<u8> {
    let mut fields = vec![
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "a"),
        (":path", "/a"),
    ];
    fields.extend(more);
    asks(&fields)
}

/// An ordinary GET of this path.
fn get_path(path: &str) -> Vec<u8> {
    asks(&[
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "a"),
        (":path", path),
    ])
}

/// An ordinary GET from this host.
fn get_from(authority: &str) -> Vec<u8> {
    asks(&[
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", authority),
        (":path", "/a"),
    ])
}

/// The head of a POST that has a body.
fn post_with(more: Fields<'_>) -> Vec<u8> {
    let mut fields = vec![
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", "a"),
        (":path", "/a"),
    ];
    fields.extend(more);
    head(1, false, &fields)
}

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

/// Bodies.
pub fn bodies() -> Vec<Case> {
    let with = |head: Vec<u8>, rest: Vec<u8>| [head, rest].concat();
    let hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
    vec![
        case(
            "a body without a length becomes chunks",
            "RFC 9113, 8.1",
            with(post_with(&[]), data(1, true, b"hello")),
            Passed(
                &["transfer-encoding: chunked", "hello"],
                &["content-length"],
            ),
        ),
        case(
            "a body with a length keeps it",
            MALFORMED,
            with(
                post_with(&[("content-length", "5")]),
                data(1, true, b"hello"),
            ),
            Passed(&["content-length: 5", "hello"], &["transfer-encoding"]),
        ),
        case(
            "a body that is a request is a body",
            "RFC 9113, 8.1",
            with(post_with(&[]), data(1, true, hidden.as_bytes())),
            Passed(&["get /hidden"], &[]),
        ),
        case(
            "a body that is shorter than its length",
            MALFORMED,
            with(
                post_with(&[("content-length", "50")]),
                data(1, true, b"hello"),
            ),
            NeverWhole,
        ),
        case(
            "a body that is longer than its length",
            MALFORMED,
            with(
                post_with(&[("content-length", "2")]),
                data(1, true, hidden.as_bytes()),
            ),
            NeverWhole,
        ),
        case(
            "a length of nothing and a body",
            MALFORMED,
            with(
                post_with(&[("content-length", "0")]),
                data(1, true, hidden.as_bytes()),
            ),
            Either,
        ),
        case(
            "a length and no body",
            MALFORMED,
            get_with(&[("content-length", "5")]),
            NeverWhole,
        ),
        case(
            "two lengths that differ",
            MALFORMED,
            with(
                post_with(&[("content-length", "5"), ("content-length", "6")]),
                data(1, true, b"hello"),
            ),
            NeverWhole,
        ),
        case(
            "two lengths that agree",
            MALFORMED,
            with(
                post_with(&[("content-length", "5"), ("content-length", "5")]),
                data(1, true, b"hello"),
            ),
            Either,
        ),
        case(
            "a length with a plus",
            MALFORMED,
            with(
                post_with(&[("content-length", "+5")]),
                data(1, true, b"hello"),
            ),
            NeverWhole,
        ),
        case(
            "a length that is a list",
            MALFORMED,
            with(
                post_with(&[("content-length", "5, 5")]),
                data(1, true, b"hello"),
            ),
            NeverWhole,
        ),
        case(
            "trailers that frame or know a secret stay here",
            "RFC 9110, 6.5.1",
            [
                post_with(&[]),
                data(1, false, b"hello"),
                head(
                    1,
                    true,
                    &[
                        ("content-length", "50"),
                        ("authorization", "x"),
                        ("host", "evil"),
                    ],
                ),
            ]
            .concat(),
            Passed(&["hello"], &["content-length", "authorization", "evil"]),
        ),
        case(
            "trailers with a pseudo-header",
            "RFC 9113, 8.1",
            [
                post_with(&[]),
                data(1, false, b"hello"),
                head(1, true, &[(":path", "/hidden")]),
            ]
            .concat(),
            Passed(&["hello"], &["hidden"]),
        ),
        case(
            "a second head that ends nothing",
            "RFC 9113, 8.1",
            [
                post_with(&[]),
                data(1, false, b"hello"),
                head(1, false, &[("x", "y")]),
            ]
            .concat(),
            NeverWhole,
        ),
    ]
}

/// Frames.
pub fn frames() -> Vec<Case> {
    vec![
        case(
            "data before a head",
            "RFC 9113, 5.1",
            data(1, true, b"hello"),
            Refused,
        ),
        case(
            "a stream of a server",
            "RFC 9113, 5.1.1",
            head(
                2,
                true,
                &[
                    (":method", "GET"),
                    (":scheme", "http"),
                    (":authority", "a"),
                    (":path", "/a"),
                ],
            ),
            Refused,
        ),
        case(
            "a head on no stream",
            "RFC 9113, 6.2",
            frame(
                HEADERS,
                END_HEADERS | END_STREAM,
                0,
                &block(&[(":method", "GET")]),
            ),
            Refused,
        ),
        case(
            "more of a head that was not begun",
            "RFC 9113, 6.10",
            frame(CONTINUATION, END_HEADERS, 1, &block(&[("x", "y")])),
            Refused,
        ),
        case(
            "another frame within a head",
            "RFC 9113, 6.10",
            [
                frame(HEADERS, END_STREAM, 1, &block(&[(":method", "GET")])),
                data(1, true, b"x"),
            ]
            .concat(),
            Refused,
        ),
        case(
            "a field that is in no table",
            "RFC 7541, 2.3.3",
            frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0xff, 0xff, 0x7f]),
            Refused,
        ),
        case(
            "a field that breaks off",
            "RFC 7541, 5.2",
            frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0x00, 0x05, b'x']),
            Refused,
        ),
        case(
            "a frame that is too large",
            "RFC 9113, 4.2",
            frame(HEADERS, END_HEADERS | END_STREAM, 1, &vec![0; 70_000]),
            Refused,
        ),
        case(
            "padding that is longer than its frame",
            "RFC 9113, 6.1",
            [post_with(&[]), frame(0, 0x8 | END_STREAM, 1, &[200, b'x'])].concat(),
            NeverWhole,
        ),
        case(
            "a stream that depends on itself",
            "RFC 9113, 5.3.1",
            frame(
                HEADERS,
                END_HEADERS | END_STREAM | 0x20,
                1,
                &[
                    &[0, 0, 0, 1, 0][..],
                    &block(&[
                        (":method", "GET"),
                        (":scheme", "http"),
                        (":authority", "a"),
                        (":path", "/a"),
                    ]),
                ]
                .concat(),
            ),
            Refused,
        ),
        case(
            "a window that overflows",
            "RFC 9113, 6.9.1",
            [window(0, (1 << 31) - 1), window(0, (1 << 31) - 1)].concat(),
            Refused,
        ),
        case(
            "a window that grows by nothing",
            "RFC 9113, 6.9",
            frame(WINDOW_UPDATE, 0, 0, &[0; 4]),
            Refused,
        ),
        case(
            "settings on a stream",
            "RFC 9113, 6.5",
            frame(SETTINGS, 0, 1, &[]),
            Refused,
        ),
        case(
            "settings of an odd length",
            "RFC 9113, 6.5",
            frame(SETTINGS, 0, 0, &[0; 5]),
            Refused,
        ),
        case(
            "a window setting that is too large",
            "RFC 9113, 6.5.2",
            frame(SETTINGS, 0, 0, &[0, 4, 0x80, 0, 0, 0]),
            Refused,
        ),
        case(
            "HTTP/1.1 within HTTP/2",
            "RFC 9113, 3.4",
            &b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"[..],
            Refused,
        ),
    ]
}
