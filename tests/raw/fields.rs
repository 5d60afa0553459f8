//! Lines of a head.

use super::case::{Case, PASSED, Then, case};

const REFUSED: Then = Then::Refused(&[400]);

/// Names and values of headers.
pub fn headers() -> Vec<Case> {
    let mut cases: Vec<_> = "\"(),/;<=>?@[\\]{} \x01\x7f"
        .chars()
        .map(|odd| {
            let bytes = format!("GET /a HTTP/1.1\r\nHost: a\r\nA{odd}B: x\r\n\r\n");
            case(
                format!("a name with {odd:?}"),
                "RFC 9110, 5.1",
                bytes,
                REFUSED,
            )
        })
        .collect();
    cases.extend(["\x01", "\x08", "\x0b", "\x0c", "\x1f"].map(|odd| {
        let bytes = format!("GET /a HTTP/1.1\r\nHost: a\r\nX: a{odd}b\r\n\r\n");
        case(
            format!("a value with {odd:?}"),
            "RFC 9110, 5.5",
            bytes,
            REFUSED,
        )
    }));
    cases.extend([
        case(
            "a name of every character there is",
            "RFC 9110, 5.6.2",
            b"GET /a HTTP/1.1\r\nHost: a\r\n!#$%&'*+-.^_`|~09azAZ: x\r\n\r\n",
            PASSED,
        ),
        case(
            "a blank before the colon",
            "RFC 9112, 5.1",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n",
            REFUSED,
        ),
        case(
            "a tab before the colon",
            "RFC 9112, 5.1",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX\t: b\r\n\r\n",
            REFUSED,
        ),
        case(
            "a line that goes on with a blank",
            "RFC 9112, 5.2",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n",
            REFUSED,
        ),
        case(
            "a line that goes on with a tab",
            "RFC 9112, 5.2",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n",
            REFUSED,
        ),
        case(
            "a blank before the first header",
            "RFC 9112, 2.2",
            b"GET /a HTTP/1.1\r\n Host: a\r\nX: b\r\n\r\n",
            REFUSED,
        ),
        case(
            "lines that end in bare LFs",
            "RFC 9112, 2.2",
            b"GET /a HTTP/1.1\nHost: a\n\n",
            REFUSED,
        ),
        case(
            "one line that ends in a bare LF",
            "RFC 9112, 2.2",
            b"GET /a HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
            REFUSED,
        ),
        case(
            "an end that is a bare LF",
            "RFC 9112, 2.2",
            b"GET /a HTTP/1.1\r\nHost: a\r\n\n",
            REFUSED,
        ),
        case(
            "a bare CR in a value",
            "RFC 9112, 2.2",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n",
            REFUSED,
        ),
        case(
            "lines that end in bare CRs",
            "RFC 9112, 2.2",
            b"GET /a HTTP/1.1\rHost: a\r\r",
            REFUSED,
        ),
        case(
            "two CRs before a LF",
            "RFC 9112, 2.2",
            b"GET /a HTTP/1.1\r\nHost: a\r\r\n\r\n",
            REFUSED,
        ),
        case(
            "NUL in a value",
            "RFC 9110, 5.5",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n",
            REFUSED,
        ),
        case(
            "NUL in a name",
            "RFC 9110, 5.1",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n",
            REFUSED,
        ),
        case(
            "ESC in a value",
            "RFC 9110, 5.5",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX: \x1b[31m\r\n\r\n",
            REFUSED,
        ),
        case(
            "DEL in a value",
            "RFC 9110, 5.5",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n",
            REFUSED,
        ),
        case(
            "bytes beyond ASCII in a value pass",
            "RFC 9110, 5.5",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX: caf\xc3\xa9\r\n\r\n",
            PASSED,
        ),
        case(
            "a tab in a value passes",
            "RFC 9110, 5.5",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX: a\tb\r\n\r\n",
            Then::Passed {
                answers: 1,
                sees: &["x: a\tb\r\n"],
                never: &[],
            },
        ),
        case(
            "an empty value passes",
            "RFC 9110, 5.5",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n",
            PASSED,
        ),
        case(
            "blanks around a value are not part of it",
            "RFC 9112, 5.1",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX: \t b \t\r\n\r\n",
            Then::Passed {
                answers: 1,
                sees: &["x: b\r\n"],
                never: &[],
            },
        ),
        case(
            "an empty name",
            "RFC 9110, 5.1",
            b"GET /a HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
            REFUSED,
        ),
        case(
            "a line without a colon",
            "RFC 9112, 5",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
            REFUSED,
        ),
        case(
            "a name with a character that is none of a token",
            "RFC 9110, 5.6.2",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX(y): b\r\n\r\n",
            REFUSED,
        ),
        case(
            "a name with bytes beyond ASCII",
            "RFC 9110, 5.6.2",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX\xc3\xa9: b\r\n\r\n",
            REFUSED,
        ),
        case(
            "a second request line among the headers",
            "RFC 9112, 2.2",
            b"GET /a HTTP/1.1\r\nHost: a\r\nGET /hidden HTTP/1.1\r\n\r\n",
            REFUSED,
        ),
        case(
            "a head that ends before it is whole",
            "RFC 9112, 8",
            b"GET /a HTTP/1.1\r\nHost: a\r\nX: b",
            Then::Closed,
        ),
    ]);
    cases
}
