//! Where a body ends: lengths, codings, chunks.

use super::case::{Case, PASSED, Then, case};

const REFUSED: Then = Then::Refused(&[400]);
const UNSUPPORTED: Then = Then::Refused(&[501]);
const CUT_OFF: Then = Then::CutOff(&[400]);

/// `Content-Length`.
pub fn lengths() -> Vec<Case> {
    let mut cases: Vec<_> = [
        "5a", "a5", "5e0", "5;5", "five", "'5'", "\"5\"", "5_0", "\u{ff10}", "-0", "\t", "5,",
        ",5", "5\x0b", "5\0",
    ]
    .into_iter()
    .map(|length| {
        let bytes = format!("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\nhello");
        case(
            format!("the length {length:?}"),
            "RFC 9110, 8.6",
            bytes,
            REFUSED,
        )
    })
    .collect();
    cases.extend([
        case("a length is kept to", "RFC 9112, 6.2", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", Then::Passed { answers: 1, sees: &["content-length: 5", "\r\n\r\nhello"], never: &["transfer-encoding"] }),
        case("a length of nothing", "RFC 9112, 6.2", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", PASSED),
        case("leading zeros are digits", "RFC 9110, 8.6", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 005\r\n\r\nhello", PASSED),
        case("two lengths that differ", "RFC 9112, 6.3, item 5", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", REFUSED),
        case("two lengths that agree", "RFC 9112, 6.3, item 5", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", REFUSED),
        case("a list of lengths that agree", "RFC 9110, 8.6", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello", REFUSED),
        case("a list of lengths that differ", "RFC 9110, 8.6", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 6\r\n\r\nhello!", REFUSED),
        case("a length with a plus", "RFC 9110, 8.6", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello", REFUSED),
        case("a length with a minus", "RFC 9110, 8.6", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello", REFUSED),
        case("a length in hexadecimal", "RFC 9110, 8.6", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello", REFUSED),
        case("a length with a fraction", "RFC 9110, 8.6", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5.0\r\n\r\nhello", REFUSED),
        case("a length with a blank inside", "RFC 9110, 8.6", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1 0\r\n\r\nhello", REFUSED),
        case("an empty length", "RFC 9110, 8.6", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\nhello", REFUSED),
        case("a length with digits of another script", "RFC 9110, 8.6", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: \xd9\xa5\r\n\r\nhello", REFUSED),
        case("a length beyond 64 bits", "RFC 9110, 8.6", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551621\r\n\r\nhello", REFUSED),
        case("a length beyond 63 bits", "RFC 9110, 8.6", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775808\r\n\r\nhello", REFUSED),
        case("a length on GET is framing like any other", "RFC 9110, 9.3.1", b"GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 36\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\nGET ", Then::Passed { answers: 1, sees: &["content-length: 36"], never: &[] }),
        case("what follows a body is the next request", "RFC 9112, 9.3.2", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\nHost: a\r\n\r\n", Then::Passed { answers: 2, sees: &["get /b http/1.1"], never: &[] }),
        case("a length in disguise stays here", "RFC 9112, 6.3", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent_Length: 50\r\n\r\nhi", Then::Passed { answers: 1, sees: &[], never: &["content_length"] }),
        case("a coding in disguise stays here", "RFC 9112, 6.1", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer_Encoding: chunked\r\n\r\nhi", Then::Passed { answers: 1, sees: &[], never: &["transfer_encoding"] }),
    ]);
    cases
}

/// `Transfer-Encoding`.
pub fn codings() -> Vec<Case> {
    let mut cases: Vec<_> = [
        "gzip", "chunked, gzip", "identity, chunked", "chunkedx", "chunk", "'chunked'", "chun ked",
        "c\u{310}hunked", "deflate", "br", "trailers, chunked",
    ]
    .into_iter()
    .map(|coding| {
        let bytes = format!(
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {coding}\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        );
        case(format!("the coding {coding:?}"), "RFC 9112, 6.1", bytes, UNSUPPORTED)
    })
    .collect();
    cases.extend([
        case("chunks are passed on", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", Then::Passed { answers: 1, sees: &["hello"], never: &["content-length"] }),
        case("names of codings have no case", "RFC 9112, 7", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n", Then::Passed { answers: 1, sees: &["transfer-encoding: chunked"], never: &[] }),
        case("a length before a coding", "RFC 9112, 6.3, item 3", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n", REFUSED),
        case("a length after a coding", "RFC 9112, 6.3, item 3", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n", REFUSED),
        case("a length of nothing beside a coding", "RFC 9112, 6.1", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", REFUSED),
        case("a length beside a coding that is none", "RFC 9112, 6.3", b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: xchunked\r\n\r\nhello", Then::Refused(&[400, 501])),
        case("a coding twice", "RFC 9112, 6.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", REFUSED),
        case("two codings in two fields", "RFC 9112, 6.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", REFUSED),
        case("a coding twice in a list", "RFC 9112, 6.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", UNSUPPORTED),
        case("another coding before chunked", "RFC 9112, 6.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", UNSUPPORTED),
        case("another coding after chunked", "RFC 9112, 6.3, item 4", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", UNSUPPORTED),
        case("a coding that is identity", "RFC 9112, 7", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\nhello", UNSUPPORTED),
        case("a coding nobody knows", "RFC 9112, 6.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n", UNSUPPORTED),
        case("an empty coding", "RFC 9112, 6.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n", UNSUPPORTED),
        case("a comma after the coding", "RFC 9112, 6.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", UNSUPPORTED),
        case("a comma before the coding", "RFC 9112, 6.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", UNSUPPORTED),
        case("a coding in quotes", "RFC 9112, 7", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", UNSUPPORTED),
        case("a coding with a parameter", "RFC 9112, 7", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;q=0.5\r\n\r\n0\r\n\r\n", UNSUPPORTED),
        case("a vertical tab before the coding", "RFC 9110, 5.5", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", REFUSED),
        case("a form feed after the coding", "RFC 9110, 5.5", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\x0c\r\n\r\n0\r\n\r\n", REFUSED),
        case("a no-break space after the coding", "RFC 9110, 5.6.3", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\xa0\r\n\r\n0\r\n\r\n", UNSUPPORTED),
        case("a tab before the coding is a blank", "RFC 9110, 5.6.3", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\tchunked \r\n\r\n2\r\nhi\r\n0\r\n\r\n", Then::Passed { answers: 1, sees: &["transfer-encoding: chunked\r\n"], never: &[] }),
        case("a blank before the coding's colon", "RFC 9112, 5.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", REFUSED),
        case("a coding on a line that goes on", "RFC 9112, 5.2", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", Then::Refused(&[400, 501])),
        case("a coding hidden behind a bare LF", "RFC 9112, 2.2", b"POST /a HTTP/1.1\r\nHost: a\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", REFUSED),
        case("a coding hidden behind a bare CR", "RFC 9112, 2.2", b"POST /a HTTP/1.1\r\nHost: a\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", REFUSED),
        case("a coding over HTTP/1.0", "RFC 9112, 6.1", b"POST /a HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", REFUSED),
        case("a coding that Connection names", "RFC 9110, 7.6.1", b"POST /a HTTP/1.1\r\nHost: a\r\nConnection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", Then::Passed { answers: 1, sees: &["transfer-encoding: chunked", "hi"], never: &[] }),
        case("a length that Connection names", "RFC 9110, 7.6.1", b"POST /a HTTP/1.1\r\nHost: a\r\nConnection: content-length\r\nContent-Length: 36\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\nGET ", Then::Passed { answers: 1, sees: &["get /hidden"], never: &[] }),
    ]);
    cases
}

/// Chunks.
pub fn chunks() -> Vec<Case> {
    let mut cases: Vec<_> = [
        "g", "5g", "5 5", "5,", "5.", "\x0b5", "5\0", "_5", "FFFFFFFFFFFFFFFFF", "0000000000000005",
    ]
    .into_iter()
    .map(|size| {
        let bytes = format!(
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\nhello\r\n0\r\n\r\n"
        );
        case(format!("the size {size:?}"), "RFC 9112, 7.1", bytes, CUT_OFF)
    })
    .collect();
    cases.push(case(
        "an extension without end",
        "RFC 9112, 7.1.1",
        format!(
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;{}\r\nhello\r\n0\r\n\r\n",
            "a".repeat(100_000)
        ),
        CUT_OFF,
    ));
    cases.extend([
        case("extensions stay here", "RFC 9112, 7.1.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;name=\"value\"\r\nhello\r\n0;last\r\n\r\n", Then::Passed { answers: 1, sees: &["hello"], never: &["name=", ";last"] }),
        case("a size with leading zeros", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n00005\r\nhello\r\n000\r\n\r\n", PASSED),
        case("sizes in letters of either case", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", PASSED),
        case("a request right after the last chunk", "RFC 9112, 9.3.2", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n", Then::Passed { answers: 2, sees: &["get /b http/1.1"], never: &[] }),
        case("a size with a plus", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n", CUT_OFF),
        case("a size with a minus", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", CUT_OFF),
        case("a size with 0x", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", CUT_OFF),
        case("a size that is no number", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n", CUT_OFF),
        case("no size at all", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n", CUT_OFF),
        case("a size that overflows to five", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n", CUT_OFF),
        case("a blank before a size", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n 5\r\nhello\r\n0\r\n\r\n", CUT_OFF),
        case("a blank after a size", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n", CUT_OFF),
        case("a size whose line ends in a bare LF", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", CUT_OFF),
        case("a size whose line ends in a bare CR", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\rXhello\r\n0\r\n\r\n", CUT_OFF),
        case("an extension that ends in a bare LF", "RFC 9112, 7.1.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a\nhello\r\n0\r\n\r\n", CUT_OFF),
        case("an extension with NUL", "RFC 9112, 7.1.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a\0\r\nhello\r\n0\r\n\r\n", CUT_OFF),
        case("data that is longer than its size", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX\r\n0\r\n\r\n", CUT_OFF),
        case("data that is followed by a bare LF", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n", CUT_OFF),
        case("data that is followed by nothing", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n", CUT_OFF),
        case("a last chunk that ends in bare LFs", "RFC 9112, 7.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\n\n", CUT_OFF),
        case("trailers that would be read as headers stay here", "RFC 9110, 6.5.1", b"POST /a HTTP/1.1\r\nHost: a\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Length: 50\r\nAuthorization: x\r\n\r\n", Then::Passed { answers: 1, sees: &["hello", "x-sum"], never: &["content-length", "authorization"] }),
        case("a trailer without a colon", "RFC 9112, 7.1.2", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nGET /hidden\r\n\r\n", CUT_OFF),
        case("a trailer that goes on over several lines", "RFC 9112, 5.2", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n c\r\n\r\n", CUT_OFF),
        case("a trailer with a bare LF", "RFC 9112, 2.2", b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\nC: d\r\n\r\n", CUT_OFF),
    ]);
    cases
}
