//! Services that answer what no service should, and what callers get of it.

use futures_util::{StreamExt as _, stream};

use super::caller::{Answer, Caller};
use super::case::{expect, in_front_of, ordinary};
use super::service::{Reply, Service};

/// What a service answers, and what its caller gets.
struct Bad {
    name: &'static str,
    rfc: &'static str,
    /// Method of the request.
    method: &'static str,
    reply: Vec<u8>,
    /// Whether the service hangs up after it.
    then_close: bool,
    gets: Gets,
}

enum Gets {
    /// A problem of the gateway's with this status.
    Problem(u16),
    /// This status and body, without these headers.
    Answer(u16, &'static str, &'static [&'static str]),
    /// The beginning of an answer, and no end: the connection is closed before it.
    CutOff,
}

use Gets::{CutOff, Problem};

const INVALID: Gets = Problem(502);

fn bad(name: &'static str, rfc: &'static str, reply: impl AsRef<[u8]>, gets: Gets) -> Bad {
    Bad {
        name,
        rfc,
        method: "GET",
        reply: reply.as_ref().to_vec(),
        then_close: false,
        gets,
    }
}

impl Bad {
    fn closing(self) -> Self {
        Self {
            then_close: true,
            ..self
        }
    }

    fn to(self, method: &'static str) -> Self {
        Self { method, ..self }
    }
}

const HELLO: Gets = Gets::Answer(200, "hello", &[]);

fn where_an_answer_ends() -> Vec<Bad> {
    vec![
        bad(
            "a length and a coding",
            "RFC 9112, 6.3, item 3",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            INVALID,
        ),
        bad(
            "a coding and a length",
            "RFC 9112, 6.3, item 3",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 100\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            INVALID,
        ),
        bad(
            "two lengths that differ",
            "RFC 9112, 6.3, item 5",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
            INVALID,
        ),
        bad(
            "two lengths that agree",
            "RFC 9112, 6.3, item 5",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
            INVALID,
        ),
        bad(
            "a list of lengths",
            "RFC 9110, 8.6",
            "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
            INVALID,
        ),
        bad(
            "a length below nothing",
            "RFC 9110, 8.6",
            "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
            INVALID,
        ),
        bad(
            "a length with a plus",
            "RFC 9110, 8.6",
            "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
            INVALID,
        ),
        bad(
            "a length that is no number",
            "RFC 9110, 8.6",
            "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
            INVALID,
        ),
        bad(
            "a coding nobody knows",
            "RFC 9112, 6.1",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: cow\r\n\r\nhello",
            INVALID,
        )
        .closing(),
        bad(
            "a coding after chunked",
            "RFC 9112, 6.3, item 4",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nhello",
            INVALID,
        )
        .closing(),
        bad(
            "a coding of HTTP/1.0",
            "RFC 9112, 6.1",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            INVALID,
        )
        .closing(),
        bad(
            "a body that ends with the connection",
            "RFC 9112, 6.3, item 8",
            "HTTP/1.1 200 OK\r\n\r\nhello",
            HELLO,
        )
        .closing(),
        bad(
            "an answer of HTTP/1.0",
            "RFC 9112, 6.3, item 8",
            "HTTP/1.0 200 OK\r\n\r\nhello",
            HELLO,
        )
        .closing(),
        bad(
            "an answer of HTTP/1.0 with a length",
            "RFC 9112, 2.3",
            "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            HELLO,
        )
        .closing(),
        bad(
            "a body that is shorter than its length",
            "RFC 9112, 8",
            "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
            CutOff,
        )
        .closing(),
        bad(
            "chunks without the last",
            "RFC 9112, 8",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            CutOff,
        )
        .closing(),
        bad(
            "a chunk whose size is none",
            "RFC 9112, 7.1",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\nworld\r\n0\r\n\r\n",
            CutOff,
        ),
        bad(
            "a chunk that is longer than its size",
            "RFC 9112, 7.1",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX\r\n0\r\n\r\n",
            CutOff,
        ),
        bad(
            "a chunk whose size overflows",
            "RFC 9112, 7.1",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n",
            CutOff,
        ),
        bad(
            "chunks with extensions",
            "RFC 9112, 7.1.1",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0;c\r\n\r\n",
            HELLO,
        ),
        bad(
            "trailers that frame",
            "RFC 9110, 6.5.1",
            "HTTP/1.1 200 OK\r\nTrailer: content-length\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n",
            HELLO,
        ),
    ]
}

fn what_follows_an_answer() -> Vec<Bad> {
    const RFC: &str = "RFC 9112, 9.2";
    let other = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
    vec![
        bad(
            "an answer nobody asked for",
            RFC,
            format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello{other}"),
            HELLO,
        ),
        bad(
            "an answer nobody asked for after chunks",
            RFC,
            format!(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n{other}"
            ),
            HELLO,
        ),
        bad(
            "garbage after the body",
            RFC,
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellogarbage",
            HELLO,
        ),
        bad(
            "a body of 204",
            "RFC 9112, 6.3, item 1",
            format!("HTTP/1.1 204 No Content\r\nContent-Length: 43\r\n\r\n{other}"),
            Gets::Answer(204, "", &["content-length"]),
        ),
        bad(
            "chunks of 204",
            "RFC 9112, 6.3, item 1",
            format!("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n{other}"),
            Gets::Answer(204, "", &["transfer-encoding"]),
        ),
        bad(
            "a body of 304",
            "RFC 9112, 6.3, item 1",
            format!("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n{other}"),
            Gets::Answer(304, "", &["transfer-encoding"]),
        ),
        bad(
            "a body of an answer to HEAD",
            "RFC 9112, 6.3, item 1",
            format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{other}"),
            Gets::Answer(200, "", &[]),
        )
        .to("HEAD"),
    ]
}

fn heads() -> Vec<Bad> {
    let ok = |line: &str| format!("{line}\r\nContent-Length: 5\r\n\r\nhello");
    vec![
        bad(
            "another protocol",
            "RFC 9112, 2.2",
            "SSH-2.0-OpenSSH_9.2\r\n",
            INVALID,
        ),
        bad(
            "garbage",
            "RFC 9112, 2.2",
            b"\xff\xfe\x00\x01\r\n\r\n",
            INVALID,
        ),
        bad("nothing", "RFC 9112, 8", "", INVALID).closing(),
        bad(
            "half a head",
            "RFC 9112, 8",
            "HTTP/1.1 200 OK\r\nContent-",
            INVALID,
        )
        .closing(),
        bad(
            "a status that is none",
            "RFC 9112, 4",
            ok("HTTP/1.1 abc OK"),
            INVALID,
        ),
        bad(
            "a status of two digits",
            "RFC 9110, 15",
            ok("HTTP/1.1 99 OK"),
            INVALID,
        ),
        bad(
            "a status of four digits",
            "RFC 9110, 15",
            ok("HTTP/1.1 2000 OK"),
            INVALID,
        ),
        bad(
            "a version of two",
            "RFC 9112, 2.3",
            ok("HTTP/2.0 200 OK"),
            INVALID,
        ),
        bad(
            "a version in lower case",
            "RFC 9112, 2.3",
            ok("http/1.1 200 OK"),
            INVALID,
        ),
        bad(
            "no reason is needed",
            "RFC 9112, 4",
            ok("HTTP/1.1 200"),
            HELLO,
        ),
        bad(
            "NUL in a value",
            "RFC 9110, 5.5",
            "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 5\r\n\r\nhello",
            INVALID,
        ),
        bad(
            "a bare CR in a value",
            "RFC 9112, 2.2",
            "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\nContent-Length: 5\r\n\r\nhello",
            INVALID,
        ),
        bad(
            "a line that goes on",
            "RFC 9112, 5.2",
            "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
            INVALID,
        ),
        bad(
            "a blank before the colon",
            "RFC 9112, 5.1",
            "HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 5\r\n\r\nhello",
            INVALID,
        ),
        bad(
            "a name that is none",
            "RFC 9110, 5.1",
            "HTTP/1.1 200 OK\r\nX(y): a\r\nContent-Length: 5\r\n\r\nhello",
            INVALID,
        ),
        bad(
            "headers without end",
            "RFC 9110, 5.4",
            format!(
                "HTTP/1.1 200 OK\r\n{}\r\n",
                "X-Filler: aaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(50_000)
            ),
            INVALID,
        ),
        bad(
            "a value without end",
            "RFC 9110, 5.4",
            format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(4_000_000)),
            INVALID,
        ),
        bad(
            "a switch nobody asked for",
            "RFC 9110, 7.8",
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
            INVALID,
        ),
        bad(
            "to go on without being asked",
            "RFC 9110, 15.2.1",
            ["HTTP/1.1 100 Continue\r\n\r\n", &ok("HTTP/1.1 200 OK")].concat(),
            HELLO,
        ),
        bad(
            "hints before the answer",
            "RFC 8297, 2",
            [
                "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n",
                &ok("HTTP/1.1 200 OK"),
            ]
            .concat(),
            HELLO,
        ),
        bad(
            "many interim answers",
            "RFC 9110, 15.2",
            [
                "HTTP/1.1 102 Processing\r\n\r\n".repeat(100),
                ok("HTTP/1.1 200 OK"),
            ]
            .concat(),
            HELLO,
        ),
        bad(
            "fields of the connection",
            "RFC 9110, 7.6.1",
            "HTTP/1.1 200 OK\r\nConnection: X-Private, keep-alive\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: a\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\nhello",
            Gets::Answer(
                200,
                "hello",
                &[
                    "x-private",
                    "keep-alive",
                    "proxy-connection",
                    "proxy-authenticate",
                    "upgrade",
                ],
            ),
        ),
        bad(
            "an answer that closes",
            "RFC 9112, 9.6",
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
            HELLO,
        )
        .closing(),
        bad(
            "a connection that is closed though it was to stay",
            "RFC 9112, 9.5",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            HELLO,
        )
        .closing(),
    ]
}

async fn try_one(bad: &Bad) -> Result<(), String> {
    let reply = Reply {
        bytes: bad.reply.clone(),
        then_close: bad.then_close,
    };
    let service =
        Service::scripted(move |request| request.line.contains(" /bad ").then(|| reply.clone()))
            .await;
    let gateway = in_front_of(&service).await;
    let mut caller = Caller::connect(gateway.address()).await;
    let request = format!("{} /bad HTTP/1.1\r\nHost: a\r\n\r\n", bad.method);
    caller.send(request.as_bytes()).await;
    let mut answer = caller.answer(bad.method).await;
    while answer.as_ref().is_some_and(|answer| answer.status < 200) {
        answer = caller.answer(bad.method).await;
    }
    check(&bad.gets, answer)?;
    if !matches!(bad.gets, CutOff) {
        // The caller's own connection is none the worse for it.
        caller.send(b"GET /after HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let after = caller
            .answer("GET")
            .await
            .ok_or("no answer on the same connection")?;
        expect(after.text() == "GET /after HTTP/1.1 0", || {
            format!("the next request was answered {:?}", after.text())
        })?;
    }
    ordinary(&gateway, &service).await
}

fn check(gets: &Gets, answer: Option<Answer>) -> Result<(), String> {
    match (gets, answer) {
        (CutOff, None) => Ok(()),
        (CutOff, Some(answer)) => Err(format!("it was answered as if whole: {answer:?}")),
        (_, None) => Err("there was no answer".to_owned()),
        (Problem(status), Some(answer)) => {
            let is_own = answer.header("content-type") == Some("application/problem+json");
            expect(answer.status == *status && is_own, || {
                format!("it was answered {}{}", answer.head, answer.text())
            })
        }
        (Gets::Answer(status, body, without), Some(answer)) => {
            expect(answer.status == *status && answer.text() == *body, || {
                format!("it was answered {}{}", answer.head, answer.text())
            })?;
            let passed: Vec<_> = without
                .iter()
                .filter(|name| answer.header(name).is_some())
                .collect();
            expect(passed.is_empty(), || format!("{passed:?} were passed on"))
        }
    }
}

async fn try_all(all: Vec<Bad>) {
    let failed: Vec<String> = stream::iter(&all)
        .map(async |bad| {
            let why = try_one(bad).await.err()?;
            Some(format!("{} ({}): {why}", bad.name, bad.rfc))
        })
        .buffer_unordered(8)
        .filter_map(std::future::ready)
        .collect()
        .await;
    let count = all.len();
    assert!(
        failed.is_empty(),
        "{} of {count} went wrong:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[tokio::test]
async fn an_answer_ends_where_every_reader_says_it_does() {
    try_all(where_an_answer_ends()).await;
}

#[tokio::test]
async fn what_follows_an_answer_is_nobodys_answer() {
    try_all(what_follows_an_answer()).await;
}

#[tokio::test]
async fn a_head_that_is_none_is_a_bad_gateway() {
    try_all(heads()).await;
}
