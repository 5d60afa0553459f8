//! Undoes `Content-Encoding`, so that secrets inside can be masked and people can read what passed.

use std::io::Read;

/// The decoded beginning of a body, at most `most` bytes of it, since a few bytes can unfold to
/// gigabytes; and whether there was more. `None` for codings not known here. Cut off or damaged
/// bodies are decoded as far as they go.
pub(crate) fn decode(coding: &str, bytes: &[u8], most: usize) -> Option<(Vec<u8>, bool)> {
    let mut decoder: Box<dyn Read + '_> = match coding.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
        // In practice either with or without the zlib header (RFC 9110, section 8.4.1.2).
        "deflate" if bytes.first().is_some_and(|byte| byte & 0x0f == 8) => {
            Box::new(flate2::read::ZlibDecoder::new(bytes))
        }
        "deflate" => Box::new(flate2::read::DeflateDecoder::new(bytes)),
        "br" => Box::new(brotli_decompressor::Decompressor::new(bytes, 4096)),
        "zstd" => Box::new(ruzstd::decoding::StreamingDecoder::new(bytes).ok()?),
        _ => return None,
    };
    let mut decoded = Vec::new();
    let mut piece = [0; 8 * 1024];
    loop {
        match decoder.read(&mut piece) {
            Ok(0) => return Some((decoded, false)),
            Ok(n) if decoded.len() + n > most => {
                decoded.extend_from_slice(&piece[..most - decoded.len()]);
                return Some((decoded, true));
            }
            Ok(n) => decoded.extend_from_slice(&piece[..n]),
            // What could be read so far is worth more than nothing.
            Err(_) => return Some((decoded, true)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_was_encoded_reads_as_before() {
        assert_eq!(
            decode("gzip", &gzip(b"hello"), 5),
            Some((b"hello".to_vec(), false))
        );
        assert_eq!(decode("GZIP ", &gzip(b""), 5), Some((Vec::new(), false)));
        assert_eq!(decode("unheard-of", b"x", 5), None);
    }

    #[test]
    fn a_body_cut_off_is_decoded_as_far_as_it_goes() {
        let text: Vec<u8> = (0..50_000_u32).flat_map(u32::to_be_bytes).collect();
        let encoded = gzip(&text);
        let (decoded, more) = decode("gzip", &encoded[..encoded.len() / 2], text.len()).unwrap();
        assert!(more && !decoded.is_empty() && text.starts_with(&decoded));
    }

    /// reliability.md, item 26
    #[test]
    fn a_bomb_does_not_unfold() {
        let bomb = gzip(&vec![0; 50 * 1024 * 1024]);
        let (decoded, more) = decode("gzip", &bomb, 65_536).unwrap();
        assert!(more && decoded.len() == 65_536);
    }
}
