//! Follows a stream of server-sent events (HTML Living Standard, section 9.2), as it passes.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::{MessageKind, Observed};

/// Most of a field's name, an id or an event's type that is looked at.
const MOST_NAME: usize = 256;
/// Most that one piece of a compressed stream is unfolded to. Beyond it, it is not looked at any more.
const MOST_UNFOLDED: usize = 1024 * 1024;

/// A stream of events on its way to a caller.
pub(in crate::record) struct Events(Reading);

enum Reading {
    Plain(Parser),
    Gzip(Box<MultiGzDecoder<Unfolded>>),
    /// It cannot be read any more.
    Lost,
}

/// What was unfolded of a compressed piece, or that it was too much.
struct Unfolded(Vec<u8>, Parser);

impl Events {
    /// Whether an answer is a stream of events.
    pub(in crate::record) fn are_in(headers: &HeaderMap) -> bool {
        let kind = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let essence = kind.and_then(|kind| kind.split(';').next());
        essence.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
    }

    /// Reads the stream of an answer with these headers; keeps at most `most` bytes of each event.
    /// `None` where there is none, or one in a coding that is not read.
    pub(in crate::record) fn of(headers: &HeaderMap, most: usize) -> Option<Self> {
        if !Self::are_in(headers) {
            return None;
        }
        let mut codings = headers.get_all(CONTENT_ENCODING).iter();
        let coding = codings
            .next()
            .map_or(Some("identity"), |value| value.to_str().ok())?;
        let parser = Parser::new(most);
        match coding.trim().to_ascii_lowercase().as_str() {
            _ if codings.next().is_some() => None,
            "identity" | "" => Some(Self(Reading::Plain(parser))),
            "gzip" | "x-gzip" => Some(Self(Reading::Gzip(Box::new(MultiGzDecoder::new(
                Unfolded(Vec::new(), parser),
            ))))),
            _ => None,
        }
    }

    /// Bytes pass; `each` is given the events that end in them, with their content while `keeps`
    /// says so.
    pub(in crate::record) fn pass(
        &mut self,
        bytes: &[u8],
        keeps: impl Fn() -> bool,
        mut each: impl FnMut(Observed),
    ) {
        match &mut self.0 {
            Reading::Lost => {}
            Reading::Plain(parser) => parser.pass(bytes, &keeps, &mut each),
            Reading::Gzip(decoder) => {
                let read = decoder.write_all(bytes).and_then(|()| decoder.flush());
                let Unfolded(unfolded, parser) = decoder.get_mut();
                parser.pass(unfolded, &keeps, &mut each);
                unfolded.clear();
                if read.is_err() {
                    self.0 = Reading::Lost;
                }
            }
        }
    }
}

impl Write for Unfolded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST_UNFOLDED {
            return Err(io::Error::other("it unfolds to too much"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads lines: `field: value`, and an empty one after each event.
struct Parser {
    most: usize,
    /// The line so far: all of the name, and of the value what there is room for.
    name: Vec<u8>,
    value: Option<Vec<u8>>,
    value_bytes: u64,
    after_cr: bool,
    is_first_line: bool,
    data: Vec<u8>,
    data_bytes: u64,
    has_data: bool,
    event: Option<String>,
    id: Option<String>,
}

impl Parser {
    fn new(most: usize) -> Self {
        Self {
            most,
            name: Vec::new(),
            value: None,
            value_bytes: 0,
            after_cr: false,
            is_first_line: true,
            data: Vec::new(),
            data_bytes: 0,
            has_data: false,
            event: None,
            id: None,
        }
    }

    fn pass(&mut self, bytes: &[u8], keeps: &impl Fn() -> bool, each: &mut impl FnMut(Observed)) {
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            // CR LF is one end of a line.
            if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                rest = &rest[1..];
                continue;
            }
            match rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
                None => {
                    self.add(rest);
                    return;
                }
                Some(end) => {
                    self.add(&rest[..end]);
                    self.after_cr = rest[end] == b'\r';
                    rest = &rest[end + 1..];
                    if let Some(observed) = self.end_of_line(keeps) {
                        each(observed);
                    }
                }
            }
        }
    }

    /// A part of a line.
    fn add(&mut self, part: &[u8]) {
        let part = match &self.value {
            Some(_) => part,
            None => match part.iter().position(|byte| *byte == b':') {
                None => {
                    let room = MOST_NAME.saturating_sub(self.name.len());
                    self.name.extend_from_slice(&part[..part.len().min(room)]);
                    return;
                }
                Some(colon) => {
                    let room = MOST_NAME.saturating_sub(self.name.len());
                    self.name.extend_from_slice(&part[..colon.min(room)]);
                    self.value = Some(Vec::new());
                    &part[colon + 1..]
                }
            },
        };
        if let Some(value) = &mut self.value {
            self.value_bytes += part.len() as u64;
            // A space more, which may be taken away.
            let room = (self.most.max(MOST_NAME) + 1).saturating_sub(value.len());
            value.extend_from_slice(&part[..part.len().min(room)]);
        }
    }

    fn end_of_line(&mut self, keeps: &impl Fn() -> bool) -> Option<Observed> {
        let mut name = std::mem::take(&mut self.name);
        let mut value = self.value.take();
        let mut value_bytes = std::mem::take(&mut self.value_bytes);
        if std::mem::take(&mut self.is_first_line) && name.starts_with(b"\xef\xbb\xbf") {
            name.drain(..3);
        }
        if let Some(value) = &mut value
            && value.first() == Some(&b' ')
        {
            value.remove(0);
            value_bytes -= 1;
        }
        if name.is_empty() && value.is_none() {
            return self.end_of_event();
        }
        let value = value.unwrap_or_default();
        match name.as_slice() {
            b"data" => self.add_data(&value, value_bytes, keeps()),
            b"event" => self.event = short(&value),
            b"id" => self.id = short(&value),
            // `retry`, comments, and what is not known yet.
            _ => {}
        }
        None
    }

    fn add_data(&mut self, value: &[u8], bytes: u64, keeps: bool) {
        let line_break = u64::from(std::mem::replace(&mut self.has_data, true));
        self.data_bytes += bytes + line_break;
        if !keeps {
            return;
        }
        if line_break == 1 && self.data.len() < self.most {
            self.data.push(b'\n');
        }
        let room = self.most - self.data.len();
        self.data.extend_from_slice(&value[..value.len().min(room)]);
    }

    /// An event without data is none (section 9.2.6), but its id stays.
    fn end_of_event(&mut self) -> Option<Observed> {
        let event = self.event.take();
        let kept = std::mem::take(&mut self.data);
        let bytes = std::mem::take(&mut self.data_bytes);
        if !std::mem::take(&mut self.has_data) {
            return None;
        }
        Some(Observed {
            kind: MessageKind::Event,
            bytes,
            truncated: (kept.len() as u64) < bytes,
            kept,
            event,
            event_id: self.id.clone(),
            close_code: None,
        })
    }
}

fn short(value: &[u8]) -> Option<String> {
    let value = &value[..value.len().min(MOST_NAME)];
    (!value.is_empty()).then(|| String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(coding: Option<&'static str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let kind = "Text/Event-Stream; charset=utf-8";
        headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        if let Some(coding) = coding {
            headers.insert(CONTENT_ENCODING, coding.parse().unwrap());
        }
        headers
    }

    fn observed(events: &mut Events, bytes: &[u8], piece: usize) -> Vec<Observed> {
        let mut all = Vec::new();
        for piece in bytes.chunks(piece) {
            events.pass(piece, || true, |observed| all.push(observed));
        }
        all
    }

    const STREAM: &[u8] = b"\xef\xbb\xbf: a comment\ndata: one\n\nevent:add\r\nid: 7\r\n\
        data:two\r\ndata: lines\r\n\r\nretry: 10\n\ndata\rdata\r\rdata:  x:y\nother: z\n\ndata: unfinished";

    fn seen(all: &[Observed]) -> Vec<(Option<&str>, Option<&str>, &str)> {
        all.iter()
            .map(|one| {
                let text = std::str::from_utf8(&one.kept).unwrap();
                assert!(!one.truncated && one.bytes == text.len() as u64);
                (one.event.as_deref(), one.event_id.as_deref(), text)
            })
            .collect()
    }

    const EVENTS: [(Option<&str>, Option<&str>, &str); 4] = [
        (None, None, "one"),
        (Some("add"), Some("7"), "two\nlines"),
        (None, Some("7"), "\n"),
        (None, Some("7"), " x:y"),
    ];

    #[test]
    fn events_are_read_whatever_pieces_they_come_in() {
        for piece in [1, 2, 5, usize::MAX] {
            let mut events = Events::of(&headers(None), 100).unwrap();
            assert_eq!(seen(&observed(&mut events, STREAM, piece)), EVENTS);
        }
    }

    #[test]
    fn a_compressed_stream_is_read_as_it_passes() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut events = Events::of(&headers(Some("gzip")), 100).unwrap();
        let mut all = Vec::new();
        for event in STREAM.split_inclusive(|byte| *byte == b'\n') {
            encoder.write_all(event).unwrap();
            encoder.flush().unwrap();
            let piece = std::mem::take(encoder.get_mut());
            all.extend(observed(&mut events, &piece, usize::MAX));
        }
        assert_eq!(seen(&all), EVENTS);
        assert!(Events::of(&headers(Some("br")), 100).is_none());
        assert!(Events::of(&HeaderMap::new(), 100).is_none());
    }

    /// reliability.md, item 26
    #[test]
    fn a_bomb_is_given_up() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder
            .write_all(&b"data: x\n\n".repeat(1_000_000))
            .unwrap();
        let bomb = encoder.finish().unwrap();
        let mut events = Events::of(&headers(Some("gzip")), 100).unwrap();
        let all = observed(&mut events, &bomb, usize::MAX);
        assert!(all.len() < 200_000, "{}", all.len());
    }

    #[test]
    fn what_is_kept_of_an_event_is_bounded() {
        let mut events = Events::of(&headers(None), 4).unwrap();
        let long = [b"data: 123\ndata: ", [b'x'; 100_000].as_slice(), b"\n\n"].concat();
        let all = observed(&mut events, &long, 1_000);
        assert_eq!(
            (all[0].kept.as_slice(), all[0].bytes),
            (&b"123\n"[..], 100_004)
        );
        assert!(all[0].truncated);
        let nameless = vec![b'x'; 1_000_000];
        assert!(observed(&mut events, &nameless, 1_000).is_empty());
    }
}
