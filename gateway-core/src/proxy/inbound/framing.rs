//! Follows the requests on one connection, so that no byte reaches hyper before it is known to belong
//! to one: head, body, head, body. Knows nothing of sockets.

use super::chunks::{Chunks, Followed};
use super::head::{self, BodyEnd};
use super::refusal::Refusal;
use crate::proxy::error::{ErrorCode, ProxyError};
use crate::snapshot::callers::{CallerLimits, LONGEST_TARGET};

/// What an HTTP/2 connection begins with (RFC 9113, section 3.4).
const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// What a connection over TLS begins with (RFC 8446, section 5.1); no request begins like it.
const TLS_HANDSHAKE: [u8; 2] = [0x16, 0x03];
/// Empty lines taken before a request line (RFC 9112, section 2.2, wants at least one).
const MOST_EMPTY_LINES: u16 = 4;
/// What a request line may have besides its path and query: method, authority, version.
const REST_OF_REQUEST_LINE: usize = 600;
/// What a line of the head may have besides name and value: colon, blanks, CR LF.
const REST_OF_LINE: usize = 6;

/// Where a connection stands.
#[derive(Debug)]
pub(super) struct Framing {
    state: State,
    /// Requests let through so far.
    heads: u64,
    /// Whether a body with a declared length came last.
    after_body: bool,
}

#[derive(Debug)]
enum State {
    Start,
    Head(Scan),
    Body(u64),
    Chunks(Chunks),
    Switching,
    Unframed,
    Over,
}

/// How far an unfinished head has been looked through.
#[derive(Debug, Default)]
struct Scan {
    scanned: usize,
    line: usize,
    empty_lines: u16,
    lines: u16,
    /// Where the request line ends.
    request_line: usize,
}

/// What is to be done with bytes that were looked through.
#[derive(Debug)]
pub(super) struct Vetted {
    /// This many of them, from the front, may be handed on.
    pub(super) good: usize,
    /// What is with the rest.
    pub(super) then: Then,
}

#[derive(Debug)]
pub(super) enum Then {
    /// It is needed for what is to come.
    More,
    /// It waits for the answer to a request that asked to switch to another protocol.
    Switching,
    /// It is the head of a request that is refused, and nothing is read after it.
    Refused(Box<Refusal>),
    /// It belongs to a body that cannot be followed to its end.
    Broken(&'static str),
}

impl Framing {
    pub(super) fn new() -> Self {
        Self {
            state: State::Start,
            heads: 0,
            after_body: false,
        }
    }

    /// Requests let through so far.
    pub(super) fn heads(&self) -> u64 {
        self.heads
    }

    /// Whether bytes pass as they are: HTTP/2, or what was switched to.
    pub(super) fn is_unframed(&self) -> bool {
        matches!(self.state, State::Unframed)
    }

    /// Whether nothing is read any more.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Whether a request's answer is awaited before anything is looked through.
    pub(super) fn is_switching(&self) -> bool {
        matches!(self.state, State::Switching)
    }

    /// Whether the next byte belongs to a head.
    pub(super) fn is_in_head(&self) -> bool {
        matches!(self.state, State::Start | State::Head(_))
    }

    /// The answer to a request that asked to switch.
    pub(super) fn answered(&mut self, switched: bool) {
        self.state = match switched {
            true => State::Unframed,
            false => State::Head(Scan::default()),
        };
    }

    /// Gives the request up whose head these bytes begin.
    pub(super) fn refuse(&mut self, error: ProxyError, head: &[u8]) -> Refusal {
        self.state = State::Over;
        let refusal = Refusal::new(error, head);
        match self.after_body && refusal.is_no_request() {
            true => refusal.because(
                "What follows the body of the request before is no request: is that body longer \
                 than its `Content-Length` says?",
            ),
            false => refusal,
        }
    }

    /// Looks through `bytes`, which begin where the good ones ended last time: what was held back
    /// comes again, with more behind it. `limits` is asked for where there is a head.
    pub(super) fn vet(&mut self, bytes: &[u8], limits: impl Fn() -> CallerLimits) -> Vetted {
        let mut good = 0;
        loop {
            let rest = &bytes[good..];
            if rest.is_empty() && !matches!(self.state, State::Switching) {
                return then(good, Then::More);
            }
            match &mut self.state {
                State::Start if rest.len() < HTTP2.len() && HTTP2.starts_with(rest) => {
                    return then(good, Then::More);
                }
                State::Start if rest.starts_with(HTTP2) => self.state = State::Unframed,
                State::Start => self.state = State::Head(Scan::default()),
                State::Head(scan) => match next_head(scan, rest, &limits()) {
                    Ok(None) => return then(good, Then::More),
                    Ok(Some((length, state))) => {
                        good += length;
                        self.heads += 1;
                        self.after_body = matches!(state, State::Body(_));
                        self.state = state;
                    }
                    Err(error) => {
                        let refusal = self.refuse(error, rest);
                        return then(good, Then::Refused(Box::new(refusal)));
                    }
                },
                State::Body(left) => {
                    let here = rest.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    good += here;
                    *left -= here as u64;
                    if *left == 0 {
                        self.state = State::Head(Scan::default());
                    }
                }
                State::Chunks(chunks) => match chunks.follow(rest) {
                    Followed::All => return then(bytes.len(), Then::More),
                    Followed::ToEnd(length) => {
                        good += length;
                        self.state = State::Head(Scan::default());
                    }
                    Followed::Broken(length, reason) => {
                        self.state = State::Over;
                        return then(good + length, Then::Broken(reason));
                    }
                },
                State::Switching => return then(good, Then::Switching),
                State::Unframed => return then(bytes.len(), Then::More),
                State::Over => return then(good, Then::More),
            }
        }
    }
}

fn then(good: usize, then: Then) -> Vetted {
    Vetted { good, then }
}

/// The next head's length and what follows it, once it is whole.
fn next_head(
    scan: &mut Scan,
    bytes: &[u8],
    limits: &CallerLimits,
) -> Result<Option<(usize, State)>, ProxyError> {
    let end = scan.find_end(bytes, limits)?;
    scan.check_size(end.unwrap_or(bytes.len()), limits)?;
    let Some(end) = end else {
        return Ok(None);
    };
    let head = head::check(&bytes[..end])?;
    let state = match head.body {
        // One with a body is never sent on as such.
        BodyEnd::After(0) if head.asks_to_switch => State::Switching,
        BodyEnd::After(0) => State::Head(Scan::default()),
        BodyEnd::After(length) => State::Body(length),
        BodyEnd::LastChunk => State::Chunks(Chunks::default()),
    };
    Ok(Some((end, state)))
}

impl Scan {
    /// Where the head ends, if it does yet.
    fn find_end(
        &mut self,
        bytes: &[u8],
        limits: &CallerLimits,
    ) -> Result<Option<usize>, ProxyError> {
        if self.lines == 0 && bytes.starts_with(&TLS_HANDSHAKE) {
            return Err(head::bad(
                "The caller speaks TLS (`https://`), and this port takes plain HTTP (`http://`).",
            ));
        }
        while let Some(at) = memchr::memchr(b'\n', &bytes[self.scanned..]) {
            let end = self.scanned + at + 1;
            let line = &bytes[self.line..end];
            if !line.ends_with(b"\r\n") {
                return Err(head::bad("A line ends in LF without CR."));
            }
            self.scanned = end;
            self.line = end;
            if line.len() > 2 {
                self.lines += 1;
                self.check_count(limits)?;
                if self.lines == 1 {
                    self.request_line = end;
                }
            } else if self.lines > 0 {
                return Ok(Some(end));
            } else {
                self.empty_lines += 1;
                if self.empty_lines > MOST_EMPTY_LINES {
                    return Err(head::bad("There is no request line."));
                }
            }
        }
        let new = self.line.max(self.scanned.saturating_sub(1));
        self.scanned = bytes.len();
        let unfinished = &bytes[new..];
        match memchr::memchr(b'\r', unfinished).is_some_and(|at| at + 1 < unfinished.len()) {
            true => Err(head::bad("A line holds a CR that does not end it.")),
            false => Ok(None),
        }
    }

    fn check_count(&self, limits: &CallerLimits) -> Result<(), ProxyError> {
        match usize::from(self.lines) > limits.max_headers + 1 {
            true => Err(too_many(limits)),
            false => Ok(()),
        }
    }

    /// A bound on what is held in memory. What a request's headers and path may have is checked once
    /// more, exactly, where requests of HTTP/2 are checked too.
    fn check_size(&self, length: usize, limits: &CallerLimits) -> Result<(), ProxyError> {
        let request_line = match self.lines {
            0 => length,
            _ => self.request_line,
        };
        if request_line > (limits.max_uri_bytes + REST_OF_REQUEST_LINE).min(LONGEST_TARGET + 64) {
            let reason = format!(
                "Path and query may have at most {} bytes; more came.",
                limits.max_uri_bytes
            );
            return Err(ProxyError::Request(ErrorCode::UriTooLong, reason.into()));
        }
        let most = limits.max_header_bytes + REST_OF_LINE * (limits.max_headers + 1);
        match length - request_line > most {
            true => Err(too_large(limits)),
            false => Ok(()),
        }
    }
}

fn too_many(limits: &CallerLimits) -> ProxyError {
    let reason = format!(
        "There may be at most {} headers; more came.",
        limits.max_headers
    );
    ProxyError::Request(ErrorCode::HeadersTooLarge, reason.into())
}

fn too_large(limits: &CallerLimits) -> ProxyError {
    let reason = format!(
        "Headers may have at most {} bytes; more came.",
        limits.max_header_bytes
    );
    ProxyError::Request(ErrorCode::HeadersTooLarge, reason.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Looks through `bytes` in pieces; gives what was handed on and how it ended.
    fn through(bytes: &[u8], pieces: &[usize]) -> (Vec<u8>, String) {
        let mut framing = Framing::new();
        let (mut held, mut handed_on, mut end) = (Vec::new(), Vec::new(), "more".to_owned());
        let mut rest = bytes;
        let mut pieces = pieces.iter().cycle();
        while !rest.is_empty() {
            let next = pieces
                .next()
                .map_or(rest.len(), |piece| *piece)
                .clamp(1, rest.len());
            held.extend_from_slice(&rest[..next]);
            rest = &rest[next..];
            let vetted = framing.vet(&held, CallerLimits::default);
            handed_on.extend(held.drain(..vetted.good));
            match vetted.then {
                Then::More => {}
                Then::Switching => end = "switching".to_owned(),
                Then::Refused(refusal) => {
                    end = format!("{:?}", refusal.error);
                    break;
                }
                Then::Broken(reason) => {
                    end = reason.to_owned();
                    break;
                }
            }
        }
        (handed_on, end)
    }

    const CONVERSATIONS: [&str; 8] = [
        "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello\r\nGET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhix0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\nframes\n\n\0",
        "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        "GET / HTTP/1.1\nHost: a\n\n",
    ];

    proptest! {
        /// How the network cuts the bytes changes nothing.
        #[test]
        fn pieces_make_no_difference(
            which in 0..CONVERSATIONS.len(),
            pieces in prop::collection::vec(1_usize..40, 1..20),
        ) {
            let bytes = CONVERSATIONS[which].as_bytes();
            prop_assert_eq!(through(bytes, &pieces), through(bytes, &[bytes.len()]));
        }

        #[test]
        fn any_bytes_are_taken_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            through(&bytes, &[7]);
        }
    }

    #[test]
    fn only_whole_requests_are_handed_on() {
        for (bytes, handed_on) in [
            ("GET / HTTP/1.1\r\nHost: a\r\n", 0),
            ("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel", 41),
            (CONVERSATIONS[4], 38),
            (CONVERSATIONS[5], 18),
            (CONVERSATIONS[7], 0),
        ] {
            let (good, _) = through(bytes.as_bytes(), &[bytes.len()]);
            assert_eq!(good.len(), handed_on, "{bytes:?}");
        }
    }

    #[test]
    fn an_endless_head_is_held_only_up_to_the_limits() {
        let endless_line = format!("GET /{}", "a".repeat(100_000));
        let (_, end) = through(endless_line.as_bytes(), &[1000]);
        assert!(end.contains("UriTooLong"), "{end}");
        let endless_field = format!("GET / HTTP/1.1\r\na: {}", "a".repeat(100_000));
        let (_, end) = through(endless_field.as_bytes(), &[1000]);
        assert!(end.contains("HeadersTooLarge"), "{end}");
        let fields = format!("GET / HTTP/1.1\r\n{}", "a: b\r\n".repeat(200));
        let (_, end) = through(fields.as_bytes(), &[1000]);
        assert!(end.contains("HeadersTooLarge"), "{end}");
    }
}
