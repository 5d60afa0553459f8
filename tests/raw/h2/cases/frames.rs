//! Frames.

use super::super::frames::{
    CONTINUATION, END_HEADERS, END_STREAM, HEADERS, SETTINGS, WINDOW_UPDATE, block, data, frame,
    head, window,
};
use super::Then::{NeverWhole, Refused};
use super::{Case, case, post_with};

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
