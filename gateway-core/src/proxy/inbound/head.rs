//! Is this the head of a request that only one reading fits? (RFC 9112, sections 2 to 6)

use http::Uri;
use memchr::memchr_iter;

use crate::proxy::error::{ErrorCode, ProxyError};
use crate::snapshot::callers::LONGEST_TARGET;

/// Longest method taken, in bytes; the longest registered one has 17.
const LONGEST_METHOD: usize = 32;
/// Longest name of a header, in bytes; `http::HeaderName` holds no more than 65,535.
const LONGEST_NAME: usize = 8 * 1024;

/// What a head says of what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Where the body ends.
    pub(super) body: BodyEnd,
    /// Whether the caller asks to go on in another protocol.
    pub(super) asks_to_switch: bool,
}

/// Where a request's body ends (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyEnd {
    /// After this many bytes.
    After(u64),
    /// After the last chunk.
    LastChunk,
}

/// Checks a whole head, from the request line to the empty line. Each of its lines ends in CR LF.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(head: &[u8]) -> Result<Head, ProxyError> {
    let mut lines = lines(head).skip_while(|line| line.is_empty());
    let request_line = lines.next().unwrap_or_default();
    let version = check_request_line(request_line)?;
    let mut fields = Fields::default();
    for line in lines.take_while(|line| !line.is_empty()) {
        fields.add(line)?;
    }
    fields.conclude(version)
}

/// The lines of a head, without their CR LF.
pub(super) fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    memchr_iter(b'\n', head).map(move |end| {
        let line = &head[start..end];
        start = end + 1;
        line.strip_suffix(b"\r").unwrap_or(line)
    })
}

pub(super) fn bad(reason: &'static str) -> ProxyError {
    ProxyError::Request(ErrorCode::BadRequest, reason.into())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Minor {
    Zero,
    One,
}

/// RFC 9112, section 3: method, target and version, with one space between.
fn check_request_line(line: &[u8]) -> Result<Minor, ProxyError> {
    let mut parts = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(bad(
            "The request line is not a method, a target and a version with one space between.",
        ));
    };
    check_method(method)?;
    check_target(method, target)?;
    check_version(version)
}

fn check_method(method: &[u8]) -> Result<(), ProxyError> {
    if method.is_empty() || !method.iter().all(|byte| is_token(*byte)) {
        return Err(bad("The method is no word of letters, digits and `-`."));
    }
    let unsupported =
        |reason: &'static str| ProxyError::Request(ErrorCode::MethodUnsupported, reason.into());
    if method.len() > LONGEST_METHOD {
        return Err(unsupported("The method is longer than any that is known."));
    }
    // What follows it would not be a request.
    if method == b"CONNECT" {
        return Err(unsupported(
            "CONNECT asks for a tunnel; this is a gateway, not a forward proxy.",
        ));
    }
    Ok(())
}

/// RFC 9112, section 3.2: a path, an absolute URI of HTTP, or `*` for `OPTIONS`.
fn check_target(method: &[u8], target: &[u8]) -> Result<(), ProxyError> {
    if target.len() > LONGEST_TARGET {
        let reason = format!("The target may have at most {LONGEST_TARGET} bytes.");
        return Err(ProxyError::Request(ErrorCode::UriTooLong, reason.into()));
    }
    // It would be cut off, though it is part of what the caller wrote.
    if target.contains(&b'#') {
        return Err(bad("The target has a fragment (`#`), which is never sent."));
    }
    if !target.iter().all(|byte| *byte > b' ' && *byte != 0x7f) {
        return Err(bad("The target holds a control character."));
    }
    let is_known_form = match target.first() {
        Some(b'/') => true,
        Some(b'*') => target == b"*" && method == b"OPTIONS",
        _ => has_scheme(target, b"http://") || has_scheme(target, b"https://"),
    };
    if !is_known_form {
        return Err(bad(
            "The target is neither a path nor an absolute URI of HTTP.",
        ));
    }
    if target[0] == b'/' && target.iter().all(|byte| is_plain(*byte)) {
        return Ok(());
    }
    match Uri::try_from(target) {
        Ok(_) => Ok(()),
        Err(_) => Err(bad("The target is no URI.")),
    }
}

/// What a path of nearly every request is made of.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'?' | b'=' | b'&')
}

fn has_scheme(target: &[u8], scheme: &[u8]) -> bool {
    target
        .get(..scheme.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// RFC 9112, section 2.3.
fn check_version(version: &[u8]) -> Result<Minor, ProxyError> {
    match version {
        b"HTTP/1.1" => Ok(Minor::One),
        b"HTTP/1.0" => Ok(Minor::Zero),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            let reason = "HTTP/1.0, HTTP/1.1 and HTTP/2 are spoken here.";
            Err(ProxyError::Request(
                ErrorCode::HttpVersionUnsupported,
                reason.into(),
            ))
        }
        _ => Err(bad("The request line does not end in a version of HTTP.")),
    }
}

/// The fields that say where a message ends, as far as they have been read.
#[derive(Default)]
struct Fields {
    length: Option<u64>,
    is_chunked: bool,
    asks_to_switch: bool,
}

impl Fields {
    /// RFC 9112, section 5.
    fn add(&mut self, line: &[u8]) -> Result<(), ProxyError> {
        let (name, value) = field(line)?;
        match name.len() {
            7 if name.eq_ignore_ascii_case(b"upgrade") => self.asks_to_switch = true,
            14 if name.eq_ignore_ascii_case(b"content-length") => self.add_length(value)?,
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => self.add_coding(value)?,
            _ => {}
        }
        Ok(())
    }

    fn add_length(&mut self, value: &[u8]) -> Result<(), ProxyError> {
        if self.length.is_some() {
            return Err(bad("`Content-Length` was sent more than once."));
        }
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return Err(bad("`Content-Length` is no number of digits alone."));
        }
        let length = std::str::from_utf8(value)
            .ok()
            .and_then(|digits| digits.parse::<u64>().ok())
            .filter(|length| i64::try_from(*length).is_ok());
        match length {
            Some(_) => self.length = length,
            None => return Err(bad("`Content-Length` is larger than any body can be.")),
        }
        Ok(())
    }

    fn add_coding(&mut self, value: &[u8]) -> Result<(), ProxyError> {
        if self.is_chunked {
            return Err(bad("`Transfer-Encoding` was sent more than once."));
        }
        if !value.eq_ignore_ascii_case(b"chunked") {
            return Err(ProxyError::Request(
                ErrorCode::TransferCodingUnsupported,
                "The only transfer coding taken is `chunked`.".into(),
            ));
        }
        self.is_chunked = true;
        Ok(())
    }

    /// RFC 9112, sections 6.1 and 6.3.
    fn conclude(self, version: Minor) -> Result<Head, ProxyError> {
        let body = match (self.is_chunked, self.length) {
            (true, Some(_)) => {
                return Err(bad(
                    "`Content-Length` and `Transfer-Encoding` contradict each other.",
                ));
            }
            (true, None) if version == Minor::Zero => {
                return Err(bad("HTTP/1.0 has no `Transfer-Encoding`."));
            }
            (true, None) => BodyEnd::LastChunk,
            (false, length) => BodyEnd::After(length.unwrap_or(0)),
        };
        Ok(Head {
            body,
            // RFC 9110, section 7.8: not over HTTP/1.0.
            asks_to_switch: self.asks_to_switch && version == Minor::One,
        })
    }
}

/// A field's name and its value without the blanks around it.
///
/// # Errors
/// It is no field, or one that programs read differently.
pub(super) fn field(line: &[u8]) -> Result<(&[u8], &[u8]), ProxyError> {
    if line.first().is_some_and(|byte| is_blank(*byte)) {
        return Err(bad("A header goes on over several lines."));
    }
    let colon = memchr::memchr(b':', line).ok_or_else(|| bad("A header has no colon."))?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if name.last().is_some_and(|byte| is_blank(*byte)) {
        return Err(bad("A header's name is followed by a blank."));
    }
    if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) {
        return Err(bad(
            "A header's name holds a character that no name can have.",
        ));
    }
    if name.len() > LONGEST_NAME {
        let reason = format!("A header's name may have at most {LONGEST_NAME} bytes.");
        let code = ErrorCode::HeadersTooLarge;
        return Err(ProxyError::Request(code, reason.into()));
    }
    // Without stopping at the first, which is the faster way where there is none.
    if value
        .iter()
        .fold(false, |odd, byte| odd | !is_of_value(*byte))
    {
        return Err(bad("A header's value holds a control character."));
    }
    Ok((name, value.trim_ascii()))
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// RFC 9110, section 5.6.2: `tchar`.
pub(super) fn is_token(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let is_odd = matches!(
            byte as u8,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        );
        table[byte] = is_odd || (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    table
};

/// RFC 9110, section 5.5: visible characters, blanks, and bytes beyond ASCII.
pub(super) fn is_of_value(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(head: &str) -> Result<Head, ErrorCode> {
        check(head.as_bytes()).map_err(|error| error.code())
    }

    #[test]
    fn the_end_of_a_body_is_where_its_head_says() {
        for (fields, body) in [
            ("", BodyEnd::After(0)),
            ("Content-Length: 0\r\n", BodyEnd::After(0)),
            ("content-length:\t 007 \r\n", BodyEnd::After(7)),
            ("Transfer-Encoding: Chunked\r\n", BodyEnd::LastChunk),
        ] {
            let head = format!("\r\nPOST /a HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            assert_eq!(checked(&head).map(|head| head.body), Ok(body), "{fields}");
        }
    }

    #[test]
    fn only_http_1_1_can_ask_to_switch() {
        for (version, asks) in [("1.1", true), ("1.0", false)] {
            let head = format!("GET / HTTP/{version}\r\nUpgrade: websocket\r\n\r\n");
            assert_eq!(checked(&head).map(|head| head.asks_to_switch), Ok(asks));
        }
    }

    #[test]
    fn every_target_that_is_taken_is_one_that_hyper_takes() {
        for (target, taken) in [
            ("/", true),
            ("/a?b=c", true),
            ("/caf\u{e9}", true),
            ("http://a/b", true),
            ("HTTPS://a:1", true),
            ("a", false),
            ("a:1", false),
            ("*", false),
            ("/a#b", false),
            ("/a\x0bb", false),
            ("ftp://a/b", false),
            ("http://", false),
            ("http:///a", false),
        ] {
            let head = format!("GET {target} HTTP/1.1\r\n\r\n");
            assert_eq!(checked(&head).is_ok(), taken, "{target}");
        }
        assert!(checked("OPTIONS * HTTP/1.1\r\n\r\n").is_ok());
    }
}
