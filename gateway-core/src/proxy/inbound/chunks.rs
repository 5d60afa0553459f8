//! Follows a chunked body to its end, byte by byte where the bytes frame it (RFC 9112, section 7.1).

use super::head::{is_of_value, is_token};

/// Longest extension of one chunk, in bytes. None is ever used; RFC 9112, section 7.1.1, wants a
/// limit.
const LONGEST_EXTENSION: usize = 1024;
/// Most bytes of extensions, or of trailers, in one body; hyper takes as many.
const MOST_BESIDE: usize = 16 * 1024;

/// Where in a chunked body the next byte stands.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    at: At,
    /// Bytes of extensions so far.
    extensions: usize,
    /// Bytes of trailers so far.
    trailers: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Size { size: u64, digits: u8 },
    BlankAfterSize(u64),
    Extension { size: u64, length: usize },
    SizeLineFeed(u64),
    Data(u64),
    DataReturn,
    DataLineFeed,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLineFeed,
    LastLineFeed,
    End,
}

impl Default for At {
    fn default() -> Self {
        Self::Size { size: 0, digits: 0 }
    }
}

/// How far a body was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Followed {
    /// Through all bytes; more are to come.
    All,
    /// To its end, which is after this many bytes.
    ToEnd(usize),
    /// To a byte that must not stand where it does, after this many that may; the text says why.
    Broken(usize, &'static str),
}

impl Chunks {
    /// Follows the body through its next bytes.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Followed {
        let mut read = 0;
        while read < bytes.len() {
            if let At::Data(left) = self.at {
                let here = (bytes.len() - read).min(usize::try_from(left).unwrap_or(usize::MAX));
                read += here;
                let left = left - here as u64;
                self.at = match left {
                    0 => At::DataReturn,
                    left => At::Data(left),
                };
                continue;
            }
            match self.step(bytes[read]) {
                Ok(At::End) => {
                    self.at = At::End;
                    return Followed::ToEnd(read + 1);
                }
                Ok(next) => self.at = next,
                Err(reason) => return Followed::Broken(read, reason),
            }
            read += 1;
        }
        Followed::All
    }

    fn step(&mut self, byte: u8) -> Result<At, &'static str> {
        match self.at {
            At::Size { size, digits } => in_size(size, digits, byte),
            At::BlankAfterSize(size) => match byte {
                b' ' | b'\t' => self.extend(size, 0),
                b';' => self.extend(size, 0),
                _ => Err("a chunk's size is followed by a blank"),
            },
            At::Extension { size, length } => match byte {
                b'\r' => Ok(At::SizeLineFeed(size)),
                byte if is_of_value(byte) => self.extend(size, length + 1),
                _ => Err("a chunk's extension holds a control character"),
            },
            At::SizeLineFeed(size) => match (byte, size) {
                (b'\n', 0) => Ok(At::TrailerStart),
                (b'\n', size) => Ok(At::Data(size)),
                _ => Err("the line of a chunk's size does not end in CR LF"),
            },
            At::DataReturn => expect(byte, b'\r', At::DataLineFeed, LONGER),
            At::DataLineFeed => expect(byte, b'\n', At::default(), LONGER),
            At::TrailerStart | At::TrailerName | At::TrailerValue => self.in_trailer(byte),
            At::TrailerLineFeed => expect(byte, b'\n', At::TrailerStart, TRAILER),
            At::LastLineFeed => expect(byte, b'\n', At::End, TRAILER),
            At::Data(_) | At::End => unreachable!("data is skipped, and nothing follows the end"),
        }
    }

    fn extend(&mut self, size: u64, length: usize) -> Result<At, &'static str> {
        self.extensions += 1;
        match length > LONGEST_EXTENSION || self.extensions > MOST_BESIDE {
            true => Err("the extensions of its chunks are too long"),
            false => Ok(At::Extension { size, length }),
        }
    }

    fn in_trailer(&mut self, byte: u8) -> Result<At, &'static str> {
        self.trailers += 1;
        if self.trailers > MOST_BESIDE {
            return Err("its trailers are too long");
        }
        match (self.at, byte) {
            (At::TrailerStart, b'\r') => Ok(At::LastLineFeed),
            (At::TrailerStart | At::TrailerName, byte) if is_token(byte) => Ok(At::TrailerName),
            (At::TrailerName, b':') => Ok(At::TrailerValue),
            (At::TrailerValue, b'\r') => Ok(At::TrailerLineFeed),
            (At::TrailerValue, byte) if is_of_value(byte) => Ok(At::TrailerValue),
            _ => Err("its trailers are no headers"),
        }
    }
}

const LONGER: &str = "a chunk is not followed by CR LF";
const TRAILER: &str = "a line of its trailers does not end in CR LF";

fn expect(byte: u8, wanted: u8, then: At, or: &'static str) -> Result<At, &'static str> {
    match byte == wanted {
        true => Ok(then),
        false => Err(or),
    }
}

fn in_size(size: u64, digits: u8, byte: u8) -> Result<At, &'static str> {
    if let Some(digit) = char::from(byte).to_digit(16) {
        // Fifteen hexadecimal digits cannot overflow.
        return match digits {
            0..15 => Ok(At::Size {
                size: size << 4 | u64::from(digit),
                digits: digits + 1,
            }),
            _ => Err("a chunk's size is larger than any chunk can be"),
        };
    }
    match (digits, byte) {
        (0, _) => Err("a chunk has no size"),
        (_, b'\r') => Ok(At::SizeLineFeed(size)),
        (_, b';') => Ok(At::Extension { size, length: 0 }),
        (_, b' ' | b'\t') => Ok(At::BlankAfterSize(size)),
        _ => Err("a chunk's size is no hexadecimal number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_ends_after_its_last_chunk_and_its_trailers() {
        for body in [
            "0\r\n\r\n",
            "5\r\nhello\r\n0\r\n\r\n",
            "a;x=\"y\"\r\n0123456789\r\n000\r\n\r\n",
            "1 ;x\r\n\n\r\n0\r\nA: b\r\nc:\r\n\r\n",
        ] {
            let bytes = format!("{body}GET");
            let mut whole = Chunks::default();
            assert_eq!(
                whole.follow(bytes.as_bytes()),
                Followed::ToEnd(body.len()),
                "{body:?}"
            );
            let mut split = Chunks::default();
            for byte in body[..body.len() - 1].bytes() {
                assert_eq!(split.follow(&[byte]), Followed::All, "{body:?}");
            }
            assert_eq!(split.follow(b"\n"), Followed::ToEnd(1), "{body:?}");
        }
    }

    #[test]
    fn what_programs_read_differently_breaks_it() {
        for body in [
            "\r\n",
            "x\r\n",
            "+5\r\n",
            "-1\r\n",
            "0x5\r\n",
            " 5\r\n",
            "5 \r\n",
            "5\n",
            "5\r5",
            "5;a\n",
            "5;a\0",
            "5\r\nhelloXX",
            "5\r\nhello\n",
            "fffffffffffffffff\r\n",
            "0\r\n a",
            "0\r\na b:",
            "0\r\na:b\n",
            "0\r\n\n",
        ] {
            let mut chunks = Chunks::default();
            let followed = chunks.follow(body.as_bytes());
            assert!(
                matches!(followed, Followed::Broken(..)),
                "{body:?}: {followed:?}"
            );
        }
        let long = format!("5;{}", "x".repeat(2000));
        assert!(matches!(
            Chunks::default().follow(long.as_bytes()),
            Followed::Broken(..)
        ));
        let many = "1;xxxxxxxx\r\na\r\n".repeat(4000);
        assert!(matches!(
            Chunks::default().follow(many.as_bytes()),
            Followed::Broken(..)
        ));
    }
}
