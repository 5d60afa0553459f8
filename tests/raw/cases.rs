//! The cases.

/// One thing that is odd.
pub struct Case {
    pub name: String,
    pub section: &'static str,
    pub bytes: Vec<u8>,
    pub want: Want,
}

/// What has to become of a case.
#[derive(Clone, Copy)]
pub enum Want {
    /// It does not reach the service, and is not answered as if it were right.
    Refused,
    /// It does not reach the service, and this is the answer.
    Status(u16),
    /// So many requests reach the service, and the first is answered 200.
    Passed(usize),
    /// It reaches the service, but this does not.
    Without(&'static str),
    /// It may pass or not, as long as all read it alike.
    Unambiguous,
}

use Want::{Passed, Refused, Status, Unambiguous, Without};

const FRAMING: &str = "RFC 9112, section 6.3";
const CODING: &str = "RFC 9112, section 6.1";
const CHUNKED: &str = "RFC 9112, section 7.1";
const FIELD: &str = "RFC 9112, section 5";
const FOLD: &str = "RFC 9112, section 5.2";
const VALUE: &str = "RFC 9110, section 5.5";
const NAME: &str = "RFC 9110, section 5.1";
const LINE: &str = "RFC 9112, section 3";
const TARGET: &str = "RFC 9112, section 3.2";
const VERSION: &str = "RFC 9110, section 2.5";
const HOST: &str = "RFC 9110, section 7.2";
const HOP: &str = "RFC 9110, section 7.6.1";
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: shop\r\n\r\n";

fn case(
    name: impl Into<String>,
    section: &'static str,
    bytes: impl AsRef<[u8]>,
    want: Want,
) -> Case {
    Case {
        name: name.into(),
        section,
        bytes: bytes.as_ref().to_vec(),
        want,
    }
}

/// A POST with these lines after its `Host`, and this body.
fn post(lines: &str, body: &str) -> String {
    format!("POST /p HTTP/1.1\r\nHost: shop\r\n{lines}\r\n{body}")
}

/// A GET with these lines after its `Host`.
fn get(lines: &str) -> String {
    format!("GET /g HTTP/1.1\r\nHost: shop\r\n{lines}\r\n")
}

/// `Content-Length`.
pub fn lengths() -> Vec<Case> {
    let mut cases: Vec<_> = [
        "+5",
        "-5",
        "0x5",
        "5a",
        "a5",
        "5 5",
        "5.0",
        "5e0",
        "5;5",
        "five",
        "'5'",
        "\"5\"",
        "5_0",
        "０",
        "99999999999999999999",
        "18446744073709551616",
        "-0",
        "",
        "\t",
        "5, 6",
        "5,6",
        "5,",
        ",5",
        "5\x0b",
        "5\x00",
    ]
    .into_iter()
    .map(|length| {
        let bytes = post(
            &format!("Content-Length: {length}\r\n"),
            &format!("hello{HIDDEN}"),
        );
        case(format!("length {length:?}"), FRAMING, bytes, Refused)
    })
    .collect();
    cases.extend([
        case(
            "length with zeros before it",
            FRAMING,
            post("Content-Length: 0005\r\n", "hello"),
            Unambiguous,
        ),
        case(
            "length twice, alike",
            FRAMING,
            post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
            Unambiguous,
        ),
        case(
            "length twice in one field, alike",
            FRAMING,
            post("Content-Length: 5, 5\r\n", "hello"),
            Unambiguous,
        ),
        case(
            "length twice, differing",
            FRAMING,
            post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"),
            Refused,
        ),
        case(
            "length twice, the shorter last",
            FRAMING,
            post(
                "Content-Length: 43\r\nContent-Length: 5\r\n",
                &format!("hello{HIDDEN}"),
            ),
            Refused,
        ),
        case(
            "length in another case, twice",
            FRAMING,
            post("content-length: 5\r\nCONTENT-LENGTH: 0\r\n", "hello"),
            Refused,
        ),
        case(
            "length of a GET",
            "RFC 9110, section 9.3.1",
            get("Content-Length: 0\r\nConnection: close\r\n"),
            Passed(1),
        ),
        case(
            "length of 0 with a request behind it",
            FRAMING,
            post("Content-Length: 0\r\n", HIDDEN),
            Passed(2),
        ),
        case(
            "length shorter than what is sent",
            FRAMING,
            post("Content-Length: 3\r\n", "hello"),
            Unambiguous,
        ),
        case(
            "length longer than what is sent",
            FRAMING,
            post("Content-Length: 50\r\n", "hello"),
            Unambiguous,
        ),
        case(
            "length and chunked",
            CODING,
            post(
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                &format!("0\r\n\r\n{HIDDEN}"),
            ),
            Unambiguous,
        ),
        case(
            "chunked and length",
            CODING,
            post(
                "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                "0\r\n\r\n",
            ),
            Unambiguous,
        ),
        case(
            "length 0 and chunked",
            CODING,
            post(
                "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
                "5\r\nhello\r\n0\r\n\r\n",
            ),
            Unambiguous,
        ),
        case(
            "length with a space before its colon",
            FIELD,
            post("Content-Length : 5\r\n", "hello"),
            Refused,
        ),
    ]);
    cases
}

/// `Transfer-Encoding`.
pub fn codings() -> Vec<Case> {
    let chunked = "5\r\nhello\r\n0\r\n\r\n";
    let mut cases: Vec<_> = [
        "gzip",
        "gzip, chunked",
        "chunked, gzip",
        "chunked, chunked",
        "identity",
        "identity, chunked",
        "chunked, identity",
        "xchunked",
        "chunkedx",
        "chunk",
        "chunked;a=b",
        "\"chunked\"",
        "'chunked'",
        "chunked,",
        ",chunked",
        "chun ked",
        "c\u{310}hunked",
        "chunked\x0b",
        "\x0bchunked",
        "chunked\x00",
        "",
        "deflate",
        "br",
    ]
    .into_iter()
    .map(|coding| {
        let bytes = post(
            &format!("Transfer-Encoding: {coding}\r\n"),
            &format!("{chunked}{HIDDEN}"),
        );
        case(format!("coding {coding:?}"), CODING, bytes, Refused)
    })
    .collect();
    cases.extend([
        case(
            "chunked",
            CODING,
            post(
                "Transfer-Encoding: chunked\r\nConnection: close\r\n",
                chunked,
            ),
            Passed(1),
        ),
        case(
            "chunked in capitals",
            CODING,
            post(
                "Transfer-Encoding: CHUNKED\r\nConnection: close\r\n",
                chunked,
            ),
            Passed(1),
        ),
        case(
            "chunked after a tab",
            CODING,
            post(
                "Transfer-Encoding:\tchunked\r\nConnection: close\r\n",
                chunked,
            ),
            Passed(1),
        ),
        case(
            "chunked twice",
            CODING,
            post(
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                chunked,
            ),
            Refused,
        ),
        case(
            "chunked, then another",
            CODING,
            post(
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                chunked,
            ),
            Refused,
        ),
        case(
            "another, then chunked",
            CODING,
            post(
                "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
                chunked,
            ),
            Refused,
        ),
        case(
            "chunked with a space before its colon",
            FIELD,
            post("Transfer-Encoding : chunked\r\n", chunked),
            Refused,
        ),
        case(
            "chunked on a folded line",
            FOLD,
            post("Transfer-Encoding:\r\n chunked\r\n", chunked),
            Refused,
        ),
        case(
            "chunked after a fold of another field",
            FOLD,
            post("X: a\r\n Transfer-Encoding: chunked\r\n", chunked),
            Refused,
        ),
        case(
            "chunked of HTTP/1.0",
            CODING,
            format!(
                "POST /p HTTP/1.0\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}"
            ),
            Refused,
        ),
        case(
            "chunked under a name with an underscore",
            CODING,
            post(
                "Transfer_Encoding: chunked\r\nContent-Length: 5\r\nConnection: close\r\n",
                "hello",
            ),
            Unambiguous,
        ),
        case(
            "chunked of a GET",
            CODING,
            get("Transfer-Encoding: chunked\r\nConnection: close\r\n") + chunked,
            Passed(1),
        ),
    ]);
    cases
}

/// The chunked coding itself.
pub fn chunks() -> Vec<Case> {
    let sent = |body: String| post("Transfer-Encoding: chunked\r\n", &body);
    let mut cases: Vec<_> = [
        "-5",
        "+5",
        "0x5",
        "g",
        "",
        "5g",
        "5 5",
        "5,",
        "5.",
        "\x0b5",
        "5\x00",
        "FFFFFFFFFFFFFFFFF",
        "10000000000000005",
        "_5",
    ]
    .into_iter()
    .map(|size| {
        let bytes = sent(format!("{size}\r\nhello\r\n0\r\n\r\n{HIDDEN}"));
        case(
            format!("chunk of size {size:?}"),
            CHUNKED,
            bytes,
            Unambiguous,
        )
    })
    .collect();
    cases.extend([
        case(
            "chunk with zeros before its size",
            CHUNKED,
            sent("0005\r\nhello\r\n0\r\n\r\n".to_owned()),
            Unambiguous,
        ),
        case(
            "chunk with an extension",
            "RFC 9112, section 7.1.1",
            sent("5;a=b\r\nhello\r\n0\r\n\r\n".to_owned()),
            Passed(1),
        ),
        case(
            "chunk with a quoted extension",
            "RFC 9112, section 7.1.1",
            sent("5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n".to_owned()),
            Unambiguous,
        ),
        case(
            "chunk with a line feed in its extension",
            "RFC 9112, section 7.1.1",
            sent(format!("5;a\nb\r\nhello\r\n0\r\n\r\n{HIDDEN}")),
            Unambiguous,
        ),
        case(
            "chunk with a very long extension",
            "RFC 9112, section 7.1.1",
            sent(format!("5;{}\r\nhello\r\n0\r\n\r\n", "a".repeat(100_000))),
            Unambiguous,
        ),
        case(
            "chunk ending in a line feed",
            CHUNKED,
            sent(format!("5\nhello\n0\n\n{HIDDEN}")),
            Unambiguous,
        ),
        case(
            "chunk without its end",
            CHUNKED,
            sent(format!("5\r\nhelloXX0\r\n\r\n{HIDDEN}")),
            Unambiguous,
        ),
        case(
            "chunk longer than it says",
            CHUNKED,
            sent(format!("3\r\nhello\r\n0\r\n\r\n{HIDDEN}")),
            Unambiguous,
        ),
        case(
            "chunk shorter than it says",
            CHUNKED,
            sent(format!("9\r\nhello\r\n0\r\n\r\n{HIDDEN}")),
            Unambiguous,
        ),
        case(
            "chunks that break off",
            CHUNKED,
            sent("5\r\nhel".to_owned()),
            Unambiguous,
        ),
        case(
            "chunks without the last",
            CHUNKED,
            sent("5\r\nhello\r\n".to_owned()),
            Unambiguous,
        ),
        case(
            "chunks with a trailer",
            "RFC 9112, section 7.1.2",
            sent("5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n".to_owned()),
            Unambiguous,
        ),
        case(
            "chunks with framing in a trailer",
            "RFC 9110, section 6.5.1",
            sent(format!(
                "5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n{HIDDEN}"
            )),
            Unambiguous,
        ),
        case(
            "chunks with a host in a trailer",
            "RFC 9110, section 6.5.1",
            sent("5\r\nhello\r\n0\r\nHost: evil\r\n\r\n".to_owned()),
            Unambiguous,
        ),
        case(
            "chunks in many pieces",
            CHUNKED,
            sent("1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n1\r\nl\r\n1\r\no\r\n0\r\n\r\n".to_owned()),
            Passed(1),
        ),
        case(
            "two chunked requests in a row",
            CHUNKED,
            sent(format!("5\r\nhello\r\n0\r\n\r\n{HIDDEN}")),
            Passed(2),
        ),
    ]);
    cases
}

/// Header fields.
pub fn fields() -> Vec<Case> {
    let mut cases: Vec<_> = "\"(),/:;<=>?@[\\]{} \x01\x7f"
        .chars()
        .map(|odd| {
            case(
                format!("name with {odd:?}"),
                NAME,
                get(&format!("A{odd}B: x\r\nContent-Length: 0\r\n")),
                match odd {
                    // The colon ends the name, and what follows is the value.
                    ':' => Unambiguous,
                    _ => Refused,
                },
            )
        })
        .collect();
    cases.extend(
        ["\x00", "\r", "\x01", "\x0b", "\x7f"]
            .into_iter()
            .map(|odd| {
                case(
                    format!("value with {odd:?}"),
                    VALUE,
                    get(&format!("X: a{odd}b\r\n")),
                    Refused,
                )
            }),
    );
    cases.extend([
        case(
            "value of Latin letters",
            VALUE,
            b"GET /g HTTP/1.1\r\nHost: shop\r\nX: \xe9\r\nConnection: close\r\n\r\n",
            Unambiguous,
        ),
        case(
            "value with a line feed",
            VALUE,
            get("X: a\nY: b\r\n"),
            Unambiguous,
        ),
        case(
            "lines that end in line feeds",
            "RFC 9112, section 2.2",
            "GET /g HTTP/1.1\nHost: shop\nConnection: close\n\n",
            Unambiguous,
        ),
        case("a folded value", FOLD, get("X: a\r\n b\r\n"), Refused),
        case(
            "a folded value by a tab",
            FOLD,
            get("X: a\r\n\tb\r\n"),
            Refused,
        ),
        case(
            "a fold before the first field",
            FIELD,
            "GET /g HTTP/1.1\r\n Host: shop\r\n\r\n",
            Refused,
        ),
        case("a field without a name", NAME, get(": x\r\n"), Refused),
        case(
            "a line without a colon",
            FIELD,
            get("nonsense\r\n"),
            Refused,
        ),
        case("a space before the colon", FIELD, get("X : a\r\n"), Refused),
        case("a tab before the colon", FIELD, get("X\t: a\r\n"), Refused),
        case(
            "a name of other letters",
            NAME,
            get("\u{c4}: a\r\n"),
            Refused,
        ),
        case(
            "an empty value",
            VALUE,
            get("X:\r\nConnection: close\r\n"),
            Passed(1),
        ),
        case(
            "spaces around a value",
            VALUE,
            get("X: \t a \t\r\nConnection: close\r\n"),
            Passed(1),
        ),
        case(
            "a name of every character allowed",
            NAME,
            get("!#$%&'*+-.^_`|~09azAZ: x\r\nConnection: close\r\n"),
            Passed(1),
        ),
        case(
            "too many fields",
            "RFC 6585, section 5",
            get(&"X: a\r\n".repeat(150)),
            Status(431),
        ),
        case(
            "fields too large",
            "RFC 6585, section 5",
            get(&format!("X: {}\r\n", "a".repeat(70_000))),
            Status(431),
        ),
    ]);
    cases
}

/// The request line.
pub fn lines() -> Vec<Case> {
    let line = |line: &str| format!("{line}\r\nHost: shop\r\nConnection: close\r\n\r\n");
    let mut cases: Vec<_> = [
        "GET  /g HTTP/1.1",
        "GET /g  HTTP/1.1",
        "GET\t/g HTTP/1.1",
        "GET /g\tHTTP/1.1",
        " GET /g HTTP/1.1",
        "GET /g HTTP/1.1 ",
        "GET /g HTTP/1.1 x",
        "GET /g",
        "GET",
        "GET /a b HTTP/1.1",
        "GET /g http/1.1",
        "GET /g HTTP/1",
        "GET /g HTTP/1.1.1",
        "GET /g HTTP/11",
        "GET /g HTTP/9.9",
        "GET /g HTTP/2.0",
        "GET /g HTTP/-1.1",
        "GET /g HTTPS/1.1",
        "GET /g FTP/1.1",
        "G(T /g HTTP/1.1",
        "G\x00T /g HTTP/1.1",
        "GET /g\x00 HTTP/1.1",
        "GET /g\r HTTP/1.1",
    ]
    .into_iter()
    .map(|text| case(format!("line {text:?}"), LINE, line(text), Refused))
    .collect();
    cases.extend([
        case(
            "an absolute target",
            "RFC 9112, section 3.2.2",
            line("GET http://shop/g HTTP/1.1"),
            Passed(1),
        ),
        case(
            "an absolute target of another host",
            "RFC 9112, section 3.2.2",
            line("GET http://other/g HTTP/1.1"),
            Unambiguous,
        ),
        case(
            "a target without a slash",
            TARGET,
            line("GET g HTTP/1.1"),
            Refused,
        ),
        case(
            "an empty line before the request",
            "RFC 9112, section 2.2",
            format!("\r\n{}", line("GET /g HTTP/1.1")),
            Passed(1),
        ),
        case(
            "CONNECT",
            "RFC 9110, section 9.3.6",
            line("CONNECT shop:80 HTTP/1.1"),
            Status(501),
        ),
        case(
            "TRACE",
            "RFC 9110, section 9.3.8",
            line("TRACE /g HTTP/1.1"),
            Status(501),
        ),
        case(
            "an unknown method",
            "RFC 9110, section 9.1",
            line("BREW /g HTTP/1.1"),
            Passed(1),
        ),
        case(
            "a method in small letters",
            "RFC 9110, section 9.1",
            line("get /g HTTP/1.1"),
            Passed(1),
        ),
        case(
            "OPTIONS for the whole server",
            "RFC 9110, section 9.3.7",
            line("OPTIONS * HTTP/1.1"),
            Unambiguous,
        ),
        case(
            "dots in the path",
            "RFC 3986, section 5.2.4",
            line("GET /a/../g HTTP/1.1"),
            Status(400),
        ),
        case(
            "encoded dots in the path",
            "RFC 3986, section 6.2.2",
            line("GET /a/%2e%2e/g HTTP/1.1"),
            Status(400),
        ),
        case(
            "a backslash in the path",
            TARGET,
            line("GET /a\\..\\g HTTP/1.1"),
            Status(400),
        ),
        case(
            "an encoded NUL in the path",
            TARGET,
            line("GET /g%00 HTTP/1.1"),
            Status(400),
        ),
        case(
            "a fragment in the target",
            TARGET,
            line("GET /g#x HTTP/1.1"),
            Unambiguous,
        ),
        case(
            "a target that is too long",
            "RFC 9110, section 15.5.15",
            line(&format!("GET /{} HTTP/1.1", "a".repeat(20_000))),
            Status(414),
        ),
        case(
            "HTTP/1.0",
            VERSION,
            "GET /g HTTP/1.0\r\nHost: shop\r\n\r\n",
            Unambiguous,
        ),
        case(
            "HTTP/1.0 without a host",
            VERSION,
            "GET /g HTTP/1.0\r\n\r\n",
            Unambiguous,
        ),
        case("HTTP/0.9", VERSION, "GET /g\r\n", Refused),
        case(
            "a TLS handshake",
            LINE,
            b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
            Refused,
        ),
        case("nothing but line ends", LINE, "\r\n\r\n\r\n\r\n", Refused),
        case(
            "a head that stops",
            "RFC 9110, section 15.5.9",
            "GET /g HTTP/1.1\r\nHost: sh",
            Status(408),
        ),
        case(
            "two requests at once",
            "RFC 9112, section 9.3.2",
            format!("{HIDDEN}{HIDDEN}"),
            Passed(2),
        ),
        case(
            "eight requests at once",
            "RFC 9112, section 9.3.2",
            HIDDEN.repeat(8),
            Passed(8),
        ),
    ]);
    cases
}

/// `Host`.
pub fn hosts() -> Vec<Case> {
    let with = |hosts: &str| format!("GET /g HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
    let mut cases: Vec<_> = [
        "",
        "a b",
        "a/b",
        "a?b",
        "a#b",
        "user@shop",
        "[::1",
        "::1]",
        "[x]",
        "a:b",
        "a:1:2",
        "a:99999",
        "a:-1",
        "a,b",
        "shop\x00",
        "http://shop",
        "a\\b",
        "<a>",
        "a\"b",
    ]
    .into_iter()
    .map(|host| {
        let want = if host == "a,b" { Unambiguous } else { Refused };
        case(
            format!("host {host:?}"),
            HOST,
            with(&format!("Host: {host}\r\n")),
            want,
        )
    })
    .collect();
    cases.extend([
        case("no host", HOST, with(""), Status(400)),
        case(
            "two hosts",
            HOST,
            with("Host: shop\r\nHost: other\r\n"),
            Status(400),
        ),
        case(
            "two hosts, alike",
            HOST,
            with("Host: shop\r\nHost: shop\r\n"),
            Status(400),
        ),
        case(
            "a host with a port",
            HOST,
            with("Host: shop:8080\r\n"),
            Passed(1),
        ),
        case(
            "a host of numbers",
            HOST,
            with("Host: [::1]:8080\r\n"),
            Passed(1),
        ),
        case(
            "a host in capitals",
            HOST,
            with("HOST: SHOP\r\n"),
            Passed(1),
        ),
        case(
            "a host with a space before its colon",
            FIELD,
            with("Host : shop\r\n"),
            Refused,
        ),
        case(
            "a bad host beside an absolute target",
            "RFC 9112, section 3.2.2",
            "GET http://shop/g HTTP/1.1\r\nHost: a b\r\n\r\n",
            Status(400),
        ),
    ]);
    cases
}

/// What speaks of one connection.
pub fn connection() -> Vec<Case> {
    let mut cases: Vec<_> = [
        ("Keep-Alive: timeout=5\r\n", "keep-alive"),
        ("Proxy-Connection: keep-alive\r\n", "proxy-connection"),
        ("Proxy-Authorization: Basic eDp5\r\n", "proxy-authorization"),
        ("TE: gzip\r\n", "\r\nte:"),
        ("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n", "upgrade"),
        ("HTTP2-Settings: AAMAAABkAAQAAP__\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n", "http2-settings"),
        ("X-Private: 1\r\nConnection: X-Private\r\n", "x-private"),
        ("X-Private: 1\r\nConnection: close, x-PRIVATE\r\n", "x-private"),
        ("X-Forwarded-For: 6.6.6.6\r\n", "6.6.6.6"),
        ("X_Forwarded_For: 6.6.6.6\r\n", "6.6.6.6"),
        ("Forwarded: for=6.6.6.6\r\n", "6.6.6.6"),
        ("X-Real-IP: 6.6.6.6\r\n", "6.6.6.6"),
        ("X-Forwarded-Proto: https\r\n", "https"),
        ("X-Forwarded-Host: evil\r\n", "evil"),
        ("X-Consumer-Id: admin\r\n", "admin"),
        ("X_Consumer_Id: admin\r\n", "admin"),
        ("X-Credential-Id: admin\r\n", "admin"),
    ]
    .into_iter()
    .map(|(lines, without)| {
        let bytes = get(&format!("{lines}Connection: close\r\n"));
        case(format!("{:?} goes no further", lines.trim_end()), HOP, bytes, Without(without))
    })
    .collect();
    cases.extend([
        case(
            "Connection cannot take the host away",
            HOP,
            get("Connection: close, Host\r\n"),
            Passed(1),
        ),
        case(
            "Connection cannot take what the gateway adds away",
            HOP,
            get("Connection: close, X-Forwarded-For, Via\r\n"),
            Passed(1),
        ),
        case(
            "Connection cannot take the length away",
            HOP,
            post(
                "Content-Length: 5\r\nConnection: close, Content-Length\r\n",
                "hello",
            ),
            Unambiguous,
        ),
        case(
            "Connection with a name that is none",
            HOP,
            get("Connection: close, a b\r\n"),
            Unambiguous,
        ),
        case(
            "Expect and its body at once",
            "RFC 9110, section 10.1.1",
            post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"),
            Unambiguous,
        ),
        case(
            "Expect of something else",
            "RFC 9110, section 10.1.1",
            get("Expect: magic\r\nConnection: close\r\n"),
            Unambiguous,
        ),
        case(
            "Max-Forwards of OPTIONS",
            "RFC 9110, section 7.6.2",
            "OPTIONS /g HTTP/1.1\r\nHost: shop\r\nMax-Forwards: 0\r\nConnection: close\r\n\r\n",
            Unambiguous,
        ),
    ]);
    cases
}
