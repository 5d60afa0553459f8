//! A service that keeps every byte it is sent, and answers each request with its own path.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The bytes of one connection.
type Kept = Arc<Mutex<Vec<u8>>>;

/// Stops when dropped.
pub struct RecordingService {
    address: std::net::SocketAddr,
    connections: Arc<Mutex<Vec<Kept>>>,
    accepting: JoinHandle<()>,
}

impl RecordingService {
    pub async fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let connections: Arc<Mutex<Vec<Kept>>> = Arc::default();
        let kept = connections.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let bytes = Arc::new(Mutex::new(Vec::new()));
                kept.lock().unwrap().push(bytes.clone());
                tokio::spawn(serve(stream, bytes));
            }
        });
        Self {
            address,
            connections,
            accepting,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What came, connection by connection.
    pub fn bytes(&self) -> Vec<Vec<u8>> {
        let connections = self.connections.lock().unwrap();
        connections
            .iter()
            .map(|bytes| bytes.lock().unwrap().clone())
            .collect()
    }

    /// The heads of all requests whose head came.
    pub fn requests(&self) -> Vec<String> {
        let mut heads = Vec::new();
        for bytes in self.bytes() {
            let mut rest = &bytes[..];
            while let Some((head, after)) = head_of(rest) {
                heads.push(String::from_utf8_lossy(head).into_owned());
                let length = body_length(head, after).unwrap_or(after.len());
                rest = &after[length.min(after.len())..];
            }
        }
        heads
    }
}

impl Drop for RecordingService {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut stream: TcpStream, kept: Kept) {
    let mut pending = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        while let Some((head, after)) = head_of(&pending) {
            let Some(length) = body_length(head, after).filter(|length| *length <= after.len())
            else {
                break;
            };
            let path = String::from_utf8_lossy(head)
                .split(' ')
                .nth(1)
                .unwrap_or("")
                .to_owned();
            let head_only = head.starts_with(b"HEAD ");
            let consumed = head.len() + 4 + length;
            pending.drain(..consumed);
            let body = if head_only { "" } else { path.as_str() };
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
                path.len()
            );
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => {
                pending.extend_from_slice(&buffer[..read]);
                kept.lock().unwrap().extend_from_slice(&buffer[..read]);
            }
        }
    }
}

/// A head without its empty line, and what follows.
pub fn head_of(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((&bytes[..end], &bytes[end + 4..]))
}

/// How many bytes the body takes that follows a head; `None` while its end has not come.
pub fn body_length(head: &[u8], after: &[u8]) -> Option<usize> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let field = |name: &str| {
        let line = head.lines().find(|line| line.starts_with(name))?;
        Some(line[name.len()..].trim().to_owned())
    };
    if field("transfer-encoding:").is_some() {
        return after
            .windows(5)
            .position(|five| five == b"0\r\n\r\n")
            .map(|at| at + 5);
    }
    match field("content-length:") {
        Some(length) => length.parse().ok(),
        None => Some(0),
    }
}
