//! A service that can be told to fail in every way there is, and to recover, on one port.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// What the service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Answers `200` and what it was called.
    Well,
    /// Answers with this status.
    Status(u16),
    /// Takes requests and never answers, until its mood changes; then it hangs up.
    Hang,
    /// Resets each connection after the request came.
    Reset,
    /// Answers half, and resets the connection.
    Half,
    /// Answers something that is not HTTP.
    Noise,
}

/// A service that does as it is told.
pub struct Moody {
    pub address: SocketAddr,
    mood: watch::Sender<Mood>,
    asked: Arc<AtomicUsize>,
    name: &'static str,
    accepting: Mutex<Option<AbortHandle>>,
}

impl Moody {
    /// Starts it, well.
    pub async fn start(name: &'static str) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let moody = Self {
            address: socket.local_addr().unwrap(),
            mood: watch::Sender::new(Mood::Well),
            asked: Arc::default(),
            name,
            accepting: Mutex::default(),
        };
        moody.accept(socket);
        moody
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on it does this. Open connections are closed, so that none is used again.
    pub fn becomes(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// Stops listening; connections are refused.
    pub async fn dies(&self) {
        let accepting = self.accepting.lock().unwrap().take();
        accepting.expect("it is alive").abort();
        // The port is free once nobody accepts there.
        while TcpStream::connect(self.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }

    /// Listens on the same port again, well.
    pub async fn returns(&self) {
        self.becomes(Mood::Well);
        let socket = loop {
            if let Ok(socket) = TcpListener::bind(self.address).await {
                break socket;
            }
            tokio::task::yield_now().await;
        };
        self.accept(socket);
    }

    /// How many requests came.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn accept(&self, socket: TcpListener) {
        let (mood, asked, name) = (self.mood.subscribe(), self.asked.clone(), self.name);
        let accepting = tokio::spawn(async move {
            let mut running = JoinSet::new();
            while let Ok((stream, _)) = socket.accept().await {
                running.spawn(serve(stream, mood.clone(), asked.clone(), name));
            }
        });
        *self.accepting.lock().unwrap() = Some(accepting.abort_handle());
    }
}

impl Drop for Moody {
    fn drop(&mut self) {
        if let Some(accepting) = self.accepting.lock().unwrap().take() {
            accepting.abort();
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    mut mood: watch::Receiver<Mood>,
    asked: Arc<AtomicUsize>,
    name: &'static str,
) {
    loop {
        mood.mark_unchanged();
        tokio::select! {
            whole = read_request(&mut stream) => if !whole { return },
            _ = mood.changed() => return,
        }
        asked.fetch_add(1, Ordering::SeqCst);
        let now = *mood.borrow_and_update();
        let answer = match now {
            Mood::Well => format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{name}",
                name.len()
            ),
            Mood::Status(status) => {
                format!(
                    "HTTP/1.1 {status} Moody\r\ncontent-length: {}\r\n\r\n{name}",
                    name.len()
                )
            }
            Mood::Half => "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_owned(),
            Mood::Noise => "\0\0\0 what?\r\n\r\n".to_owned(),
            Mood::Reset => String::new(),
            Mood::Hang => {
                let _ = mood.changed().await;
                return;
            }
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        match now {
            Mood::Well | Mood::Status(_) => {}
            Mood::Reset | Mood::Half | Mood::Noise | Mood::Hang => {
                let _ = stream.flush().await;
                return;
            }
        }
    }
}

/// Reads a head, and a body of the length it says.
async fn read_request(stream: &mut TcpStream) -> bool {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte).await {
            Ok(1) => head.push(byte[0]),
            _ => return false,
        }
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.is_ok()
}
