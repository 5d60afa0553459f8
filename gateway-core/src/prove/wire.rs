//! HTTP/1.1 as bytes, so that a request is sent exactly as it is written.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longest head or body read, in bytes.
const MOST: usize = 1024 * 1024;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request or an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    /// The first line.
    pub(super) first: String,
    /// Headers in the order they came in; names in lower case.
    pub(super) headers: Vec<(String, String)>,
    /// The body.
    pub(super) body: Vec<u8>,
}

impl Message {
    /// Status of an answer.
    pub(super) fn status(&self) -> u16 {
        let status = self.first.split(' ').nth(1);
        status.and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// All values of a header, in order.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let found = self.headers.iter().filter(|(one, _)| one == name);
        found.map(|(_, value)| value.as_str()).collect()
    }
}

/// Sends a request on a connection of its own and reads the answer.
pub(super) async fn ask(address: SocketAddr, request: &[u8]) -> io::Result<Message> {
    let asking = async {
        let mut stream = TcpStream::connect(address).await?;
        // One that is refused early may not be read to its end.
        let _ = stream.write_all(request).await;
        let method = request
            .split(|byte| *byte == b' ')
            .next()
            .unwrap_or_default();
        let answer = read(&mut stream, Some(method)).await?;
        answer.ok_or_else(|| io::Error::other("the connection was closed without an answer"))
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .map_err(|_| io::Error::other("there was no answer in time"))?
}

/// Reads a message; `None` where the connection ends before one begins. `method` is that of the
/// request that is answered.
pub(super) async fn read(
    stream: &mut TcpStream,
    method: Option<&[u8]>,
) -> io::Result<Option<Message>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = find(&bytes, b"\r\n\r\n") {
            break at;
        }
        if bytes.len() > MOST {
            return Err(io::Error::other("a head is too long"));
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut rest = bytes.split_off(end + 4);
    let mut lines = head.split("\r\n");
    let mut message = Message {
        first: lines.next().unwrap_or_default().to_owned(),
        ..Message::default()
    };
    for line in lines {
        if let Some((name, value)) = line.split_once(':') {
            let name = name.to_ascii_lowercase();
            message.headers.push((name, value.trim().to_owned()));
        }
    }
    let status = message.status();
    let bodyless =
        method == Some(b"HEAD") || (method.is_some() && (status == 204 || status == 304));
    let chunked = message
        .all("transfer-encoding")
        .iter()
        .any(|one| one.contains("chunked"));
    let length = message
        .all("content-length")
        .first()
        .and_then(|text| text.parse().ok());
    if bodyless {
        return Ok(Some(message));
    }
    if chunked {
        message.body = chunks(stream, &mut rest).await?;
    } else {
        let wanted: Option<usize> = match (length, method) {
            (Some(length), _) => Some(length),
            (None, None) => Some(0),
            (None, Some(_)) => None,
        };
        while wanted.is_none_or(|wanted| rest.len() < wanted) && rest.len() <= MOST {
            if stream.read_buf(&mut rest).await? == 0 {
                break;
            }
        }
        message.body = rest;
    }
    Ok(Some(message))
}

async fn chunks(stream: &mut TcpStream, rest: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        while find(rest, b"\r\n").is_none() {
            if stream.read_buf(rest).await? == 0 {
                return Err(io::Error::other("a chunked body broke off"));
            }
        }
        let at = find(rest, b"\r\n").unwrap_or(0);
        let size = String::from_utf8_lossy(&rest[..at]).into_owned();
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
        while rest.len() < at + 2 + size + 2 {
            if stream.read_buf(rest).await? == 0 {
                return Err(io::Error::other("a chunked body broke off"));
            }
        }
        body.extend_from_slice(&rest[at + 2..at + 2 + size]);
        rest.drain(..at + 2 + size + 2);
        if size == 0 {
            return Ok(body);
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}
