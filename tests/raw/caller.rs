//! A caller on a bare socket.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::unambiguous::find;

/// No case takes this long unless it fails.
const TOO_LONG: Duration = Duration::from_secs(20);

/// A connection to the gateway.
pub struct Caller {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// The head, with its status line.
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (other, value) = line.split_once(':')?;
            other.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Caller {
    pub async fn connect(address: SocketAddr) -> Self {
        Self {
            stream: TcpStream::connect(address).await.unwrap(),
            unread: Vec::new(),
        }
    }

    /// Sends bytes. The gateway may have hung up already, which is for the answer to say.
    pub async fn send(&mut self, bytes: &[u8]) {
        let sent = tokio::time::timeout(TOO_LONG, self.stream.write_all(bytes)).await;
        let _ = sent.expect("the gateway reads nothing");
    }

    /// Says that nothing more will be sent.
    pub async fn finish(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// The next whole answer; `None` if the connection is closed before there is one. Interim answers
    /// (1xx) are answers.
    pub async fn answer(&mut self, method: &str) -> Option<Answer> {
        let end = loop {
            if let Some(end) = find(&self.unread, b"\r\n\r\n") {
                break end + 4;
            }
            if !self.read().await {
                return None;
            }
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let head = String::from_utf8_lossy(&head).into_owned();
        let status = head.get(9..12)?.parse().ok()?;
        let mut answer = Answer {
            status,
            head,
            body: Vec::new(),
        };
        let has_body = method != "HEAD" && status >= 200 && ![204, 304].contains(&status);
        if has_body {
            answer.body = self.body(&answer).await?;
        }
        Some(answer)
    }

    async fn body(&mut self, answer: &Answer) -> Option<Vec<u8>> {
        if let Some(length) = answer.header("content-length") {
            let length: usize = length.parse().ok()?;
            while self.unread.len() < length {
                if !self.read().await {
                    return None;
                }
            }
            return Some(self.unread.drain(..length).collect());
        }
        if answer.header("transfer-encoding").is_none() {
            while self.read().await {}
            return Some(std::mem::take(&mut self.unread));
        }
        let mut body = Vec::new();
        loop {
            let line = self.until(b"\r\n").await?;
            let size = std::str::from_utf8(&line[..line.len() - 2]).ok()?;
            let size = usize::from_str_radix(size, 16).ok()?;
            while self.unread.len() < size + 2 {
                if !self.read().await {
                    return None;
                }
            }
            body.extend(self.unread.drain(..size));
            self.unread.drain(..2);
            if size == 0 {
                return Some(body);
            }
        }
    }

    async fn until(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = find(&self.unread, end) {
                return Some(self.unread.drain(..at + end.len()).collect());
            }
            if !self.read().await {
                return None;
            }
        }
    }

    /// Waits until the gateway has closed the connection. Gives what came before.
    pub async fn closed(&mut self) -> Vec<u8> {
        while self.read().await {}
        std::mem::take(&mut self.unread)
    }

    /// Reads once, without waiting for anything whole. False if the connection is closed; a reset is
    /// a close.
    pub async fn read(&mut self) -> bool {
        let mut piece = [0; 16 * 1024];
        let read = tokio::time::timeout(TOO_LONG, self.stream.read(&mut piece)).await;
        match read.expect("the gateway neither answers nor closes") {
            Ok(length @ 1..) => {
                self.unread.extend_from_slice(&piece[..length]);
                true
            }
            Ok(0) | Err(_) => false,
        }
    }
}
