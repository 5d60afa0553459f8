//! A service on a bare socket: it writes down each byte it is sent and answers with bytes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::unambiguous::{self, Read};

/// What the service answers a request with.
#[derive(Clone)]
pub struct Reply {
    /// Bytes as they go out.
    pub bytes: Vec<u8>,
    /// Whether the connection is closed after them.
    pub then_close: bool,
}

type Script = Arc<dyn Fn(&Read) -> Option<Reply> + Send + Sync>;

/// A running service; stops when dropped.
pub struct Service {
    pub address: SocketAddr,
    connections: Arc<Mutex<Vec<Vec<u8>>>>,
    accepting: JoinHandle<()>,
}

impl Service {
    /// Answers each request with its own request line and the length of its body.
    pub async fn start() -> Self {
        Self::scripted(|_| None).await
    }

    /// Answers as `script` says, where it says anything.
    pub async fn scripted(script: impl Fn(&Read) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let connections = Arc::new(Mutex::new(Vec::new()));
        let recorded = connections.clone();
        let script: Script = Arc::new(script);
        let accepting = tokio::spawn(async move {
            let mut running = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = socket.accept().await {
                let number = {
                    let mut recorded = recorded.lock().unwrap();
                    recorded.push(Vec::new());
                    recorded.len() - 1
                };
                running.spawn(serve(stream, number, recorded.clone(), script.clone()));
            }
        });
        Self {
            address,
            connections,
            accepting,
        }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What came on each connection, byte by byte.
    pub fn connections(&self) -> Vec<Vec<u8>> {
        self.connections.lock().unwrap().clone()
    }

    /// All requests so far.
    ///
    /// # Errors
    /// Something that came could be read in more than one way.
    pub fn requests(&self) -> Result<Vec<Read>, String> {
        let mut requests = Vec::new();
        for bytes in self.connections() {
            let read = unambiguous::read(&bytes)
                .map_err(|why| format!("{why} in {:?}", String::from_utf8_lossy(&bytes)))?;
            requests.extend(read);
        }
        Ok(requests)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    number: usize,
    recorded: Arc<Mutex<Vec<Vec<u8>>>>,
    script: Script,
) {
    let mut answered = 0;
    let mut piece = [0; 16 * 1024];
    while let Ok(length @ 1..) = stream.read(&mut piece).await {
        let all = {
            let mut recorded = recorded.lock().unwrap();
            recorded[number].extend_from_slice(&piece[..length]);
            recorded[number].clone()
        };
        // What cannot be read is not answered; the tests look at it.
        let Ok(requests) = unambiguous::read(&all) else {
            return;
        };
        let whole = requests.iter().filter(|request| request.is_whole);
        for request in whole.skip(answered) {
            answered += 1;
            let reply = script(request).unwrap_or_else(|| own(request));
            if stream.write_all(&reply.bytes).await.is_err() || reply.then_close {
                return;
            }
        }
    }
}

fn own(request: &Read) -> Reply {
    let text = format!("{} {}", request.line, request.body.len());
    let length = text.len();
    let body = match request.line.starts_with("HEAD ") {
        true => "",
        false => &text,
    };
    Reply {
        bytes: format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes(),
        then_close: false,
    }
}
