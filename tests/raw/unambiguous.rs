//! Reads what a service was sent as strictly as can be: each request has one reading, or none.

/// A request as the only reading has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Method, target and version.
    pub line: String,
    /// Headers, names in lower case.
    pub fields: Vec<(String, String)>,
    /// The body, decoded; cut off if the connection was.
    pub body: Vec<u8>,
    /// Whether all of it came.
    pub is_whole: bool,
}

/// Reads all that came on one connection.
///
/// # Errors
/// Where it could be read in more than one way.
pub fn read(mut bytes: &[u8]) -> Result<Vec<Read>, String> {
    let mut requests = Vec::new();
    while !bytes.is_empty() {
        let Some(end) = find(bytes, b"\r\n\r\n") else {
            return Ok(requests);
        };
        let (head, rest) = bytes.split_at(end + 4);
        let mut request = read_head(&head[..head.len() - 2])?;
        bytes = read_body(&mut request, rest)?;
        requests.push(request);
    }
    Ok(requests)
}

/// Where `what` begins in `bytes`.
pub fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn read_head(head: &[u8]) -> Result<Read, String> {
    let text = String::from_utf8_lossy(head).into_owned();
    let mut lines = text.split_inclusive("\r\n");
    let line = strip_end(lines.next().unwrap_or_default())?;
    let words: Vec<_> = line.split(' ').collect();
    let [method, target, "HTTP/1.1"] = words[..] else {
        return Err(format!("request line {line:?}"));
    };
    if method.is_empty() || !method.bytes().all(is_token) {
        return Err(format!("method {method:?}"));
    }
    if target.is_empty() || !target.bytes().all(|b| b > b' ' && b != 0x7f) {
        return Err(format!("target {target:?}"));
    }
    let mut fields = Vec::new();
    for line in lines {
        fields.push(read_field(line)?);
    }
    let request = Read {
        line: line.to_owned(),
        fields,
        body: Vec::new(),
        is_whole: true,
    };
    check_host(&request)?;
    Ok(request)
}

/// Trailers, which are kept beside the headers.
fn read_trailers<'b>(request: &mut Read, mut bytes: &'b [u8]) -> Result<&'b [u8], String> {
    loop {
        let Some(end) = find(bytes, b"\r\n") else {
            request.is_whole = false;
            return Ok(&[]);
        };
        let (line, rest) = bytes.split_at(end + 2);
        bytes = rest;
        if end == 0 {
            return Ok(bytes);
        }
        request
            .fields
            .push(read_field(&String::from_utf8_lossy(line))?);
    }
}

fn read_field(line: &str) -> Result<(String, String), String> {
    let line = strip_end(line)?;
    let (name, value) = line.split_once(':').ok_or(format!("field {line:?}"))?;
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(format!("name {name:?}"));
    }
    if value.bytes().any(|b| (b < b' ' && b != b'\t') || b == 0x7f) {
        return Err(format!("value {value:?}"));
    }
    Ok((name.to_ascii_lowercase(), value.trim().to_owned()))
}

fn strip_end(line: &str) -> Result<&str, String> {
    match line.strip_suffix("\r\n") {
        Some(line) if !line.contains(['\r', '\n', '\0']) => Ok(line),
        _ => Err(format!("line {line:?}")),
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn check_host(request: &Read) -> Result<(), String> {
    let hosts = request.all("host");
    let [host] = &hosts[..] else {
        return Err(format!("hosts {hosts:?}"));
    };
    let is_valid = !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~:[]".contains(&b));
    match is_valid {
        true => Ok(()),
        false => Err(format!("host {host:?}")),
    }
}

fn read_body<'b>(request: &mut Read, bytes: &'b [u8]) -> Result<&'b [u8], String> {
    let lengths = request.all("content-length");
    let codings = request.all("transfer-encoding");
    match (&lengths[..], &codings[..]) {
        ([], []) => Ok(bytes),
        ([length], []) => {
            let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
            let length = match length.parse::<usize>() {
                Ok(length) if digits => length,
                _ => return Err(format!("content-length {length:?}")),
            };
            request.is_whole = bytes.len() >= length;
            let (body, rest) = bytes.split_at(length.min(bytes.len()));
            request.body = body.to_vec();
            Ok(rest)
        }
        ([], [coding]) if coding == "chunked" => read_chunks(request, bytes),
        _ => Err(format!("lengths {lengths:?} and codings {codings:?}")),
    }
}

fn read_chunks<'b>(request: &mut Read, mut bytes: &'b [u8]) -> Result<&'b [u8], String> {
    loop {
        let Some(end) = find(bytes, b"\r\n") else {
            request.is_whole = false;
            return Ok(&[]);
        };
        let line = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let hexadecimal = !line.is_empty() && line.bytes().all(|b| b.is_ascii_hexdigit());
        let size = match usize::from_str_radix(&line, 16) {
            Ok(size) if hexadecimal => size,
            _ => return Err(format!("chunk size {line:?}")),
        };
        bytes = &bytes[end + 2..];
        if size == 0 {
            return read_trailers(request, bytes);
        }
        if bytes.len() < size + 2 {
            request
                .body
                .extend_from_slice(&bytes[..size.min(bytes.len())]);
            request.is_whole = false;
            return Ok(&[]);
        }
        request.body.extend_from_slice(&bytes[..size]);
        if &bytes[size..size + 2] != b"\r\n" {
            return Err("a chunk without CR LF".to_owned());
        }
        bytes = &bytes[size + 2..];
    }
}

impl Read {
    /// All values of a header.
    pub fn all(&self, name: &str) -> Vec<String> {
        let named = self.fields.iter().filter(|(other, _)| other == name);
        named.map(|(_, value)| value.clone()).collect()
    }
}

#[test]
fn what_is_ambiguous_is_told() {
    for (bytes, is_fine) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true),
        (
            "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            true,
        ),
        (
            "POST / HTTP/1.1\r\nhost: a:1\r\ncontent-length: 2\r\n\r\nab",
            true,
        ),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            true,
        ),
        ("GET / HTTP/1.1\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", false),
        ("GET / HTTP/1.1\nHost: a\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", false),
        ("GET / HTTP/1.0\r\nHost: a\r\n\r\n", false),
        ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", false),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +2\r\n\r\nab",
            false,
        ),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nab",
            false,
        ),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            false,
        ),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked,\r\n\r\n0\r\n\r\n",
            false,
        ),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1;x\r\nx\r\n0\r\n\r\n",
            false,
        ),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n",
            false,
        ),
    ] {
        assert_eq!(read(bytes.as_bytes()).is_ok(), is_fine, "{bytes:?}");
    }
}
