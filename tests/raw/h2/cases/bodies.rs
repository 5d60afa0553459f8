//! Bodies.

use super::super::frames::{data, head};
use super::Then::{Either, NeverWhole, Passed};
use super::{Case, MALFORMED, case, get_with, post_with};

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
