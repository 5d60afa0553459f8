//! The strictest reading of requests there is: what it takes, every program reads alike.

use super::service::head_of;

/// Everything that reached a service, connection by connection.
///
/// # Errors
/// What could be read in two ways.
pub fn check(connections: &[Vec<u8>]) -> Result<(), String> {
    for bytes in connections {
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            // A head that broke off is no request to anyone.
            let Some((head, after)) = head_of(rest) else {
                break;
            };
            let framing = check_head(head)?;
            rest = skip_body(framing, after)?;
        }
    }
    Ok(())
}

enum Framing {
    Length(usize),
    Chunked,
}

fn check_head(head: &[u8]) -> Result<Framing, String> {
    // Values may hold other bytes (RFC 9110, section 5.5); here each is one character.
    let text: String = head.iter().copied().map(char::from).collect();
    let mut lines = text.split("\r\n");
    let line = lines.next().unwrap_or_default();
    let parts: Vec<_> = line.split(' ').collect();
    let [method, target, "HTTP/1.1"] = parts[..] else {
        return Err(format!("the request line {line:?}"));
    };
    if !is_token(method)
        || !target.starts_with('/') && target != "*"
        || !target.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err(format!("the request line {line:?}"));
    }
    let (mut hosts, mut lengths, mut codings) = (0, Vec::new(), Vec::new());
    for line in lines {
        let (name, value) = line.split_once(':').ok_or(format!("the line {line:?}"))?;
        if !is_token(name) {
            return Err(format!("the name {name:?}"));
        }
        if value
            .bytes()
            .any(|b| matches!(b, 0 | b'\r' | b'\n' | 0x7f) || (b < b' ' && b != b'\t'))
        {
            return Err(format!("the value {value:?}"));
        }
        match name.to_ascii_lowercase().as_str() {
            "host" => hosts += 1,
            "content-length" => lengths.push(value.trim().to_owned()),
            "transfer-encoding" => codings.push(value.trim().to_owned()),
            _ => {}
        }
    }
    if hosts != 1 {
        return Err(format!("{hosts} hosts"));
    }
    match (&lengths[..], &codings[..]) {
        ([], []) => Ok(Framing::Length(0)),
        ([length], []) if length.bytes().all(|b| b.is_ascii_digit()) && !length.is_empty() => {
            length
                .parse()
                .map(Framing::Length)
                .map_err(|_| format!("the length {length}"))
        }
        ([], [coding]) if coding == "chunked" => Ok(Framing::Chunked),
        _ => Err(format!(
            "the lengths {lengths:?} with the codings {codings:?}"
        )),
    }
}

fn skip_body(framing: Framing, after: &[u8]) -> Result<&[u8], String> {
    match framing {
        Framing::Length(length) => Ok(&after[length.min(after.len())..]),
        Framing::Chunked => skip_chunks(after),
    }
}

fn skip_chunks(mut rest: &[u8]) -> Result<&[u8], String> {
    loop {
        let Some(end) = rest.windows(2).position(|two| two == b"\r\n") else {
            return Ok(&[]);
        };
        let size = std::str::from_utf8(&rest[..end]).unwrap_or("?");
        let digits = !size.is_empty() && size.bytes().all(|b| b.is_ascii_hexdigit());
        let Some(size) = usize::from_str_radix(size, 16).ok().filter(|_| digits) else {
            return Err(format!("the chunk size {size:?}"));
        };
        rest = &rest[end + 2..];
        if size == 0 {
            let end = rest.windows(2).position(|two| two == b"\r\n");
            return Ok(end.map_or(&[], |end| &rest[end + 2..]));
        }
        if rest.len() < size + 2 {
            return Ok(&[]);
        }
        if &rest[size..size + 2] != b"\r\n" {
            return Err("a chunk that is longer than it says".to_owned());
        }
        rest = &rest[size + 2..];
    }
}

fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
