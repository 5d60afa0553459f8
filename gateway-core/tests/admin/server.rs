//! A running `gatewright serve` with a data folder of its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use tempfile::TempDir;

/// The program under test.
pub(crate) fn gatewright() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatewright"));
    command.env_remove("GATEWRIGHT_DATA").env_remove("RUST_LOG");
    command
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A running server. Killed when dropped.
pub(crate) struct Server {
    pub(crate) admin: SocketAddr,
    pub(crate) gateway_port: u16,
    /// What it said when it had started.
    pub(crate) greeting: String,
    pub(crate) data: TempDir,
    pub(crate) client: Client,
    child: Child,
}

impl Server {
    /// Starts one with an empty data folder.
    pub(crate) fn start() -> Self {
        Self::with(tempfile::tempdir().unwrap(), &[])
    }

    /// Starts one with this data folder and more arguments.
    pub(crate) fn with(data: TempDir, arguments: &[&str]) -> Self {
        let (admin_port, gateway_port) = (free_port(), free_port());
        let mut child = gatewright()
            .args(["serve", "--admin-port", &admin_port.to_string()])
            .args(["--port", &gateway_port.to_string()])
            .arg("--data")
            .arg(data.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let greeting = greeting(&mut child);
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let admin = SocketAddr::from(([127, 0, 0, 1], admin_port));
        Self {
            admin,
            gateway_port,
            greeting,
            data,
            client,
            child,
        }
    }

    /// A URL of the admin server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.admin)
    }

    /// A URL of the gateway.
    pub(crate) fn gateway_url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.gateway_port)
    }

    /// The token in the data folder.
    pub(crate) fn token(&self) -> String {
        fs::read_to_string(self.data.path().join("admin-token"))
            .unwrap()
            .trim()
            .to_owned()
    }

    /// The link of the greeting.
    pub(crate) fn link(&self) -> String {
        let link = self
            .greeting
            .lines()
            .find(|line| line.contains("/open/"))
            .unwrap();
        link.trim().to_owned()
    }

    /// A request to the admin API with the token.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, self.url(&format!("/api/v1{path}")))
            .bearer_auth(self.token())
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        read(self.request(method, path).json(&body).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::POST, path, body).await
    }

    /// Asks it to stop as `kill` does and waits. Gives its exit code, what it said on standard error
    /// and the data folder.
    pub(crate) fn stop(mut self) -> (Option<i32>, String, TempDir) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        let code = self.child.wait().unwrap().code();
        let mut said = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        let empty = tempfile::tempdir().unwrap();
        (code, said, std::mem::replace(&mut self.data, empty))
    }
}

impl Server {
    /// The number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it says on standard error from here on. To be kept as long as it runs.
    pub(crate) fn errors(&mut self) -> BufReader<ChildStderr> {
        BufReader::new(self.child.stderr.take().unwrap())
    }

    /// Ends it as a crash does. Gives the data folder.
    pub(crate) fn kill(mut self) -> TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let empty = tempfile::tempdir().unwrap();
        std::mem::replace(&mut self.data, empty)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been stopped already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn greeting(child: &mut Child) -> String {
    let mut said = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    while !said.contains("Stop with Ctrl+C.") {
        if output.read_line(&mut said).unwrap() == 0 {
            let mut complaint = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut complaint)
                .unwrap();
            panic!("it did not start: {said}{complaint}");
        }
    }
    said
}

/// Status and JSON of an answer; `null` where it has no body.
pub(crate) async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let bytes = response.bytes().await.unwrap();
    let body = match bytes.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&bytes))),
    };
    (status, body)
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str], data: &Path) -> Output {
    gatewright()
        .args(arguments)
        .arg("--data")
        .arg(data)
        .output()
        .unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Looks again and again until there is something to see.
pub(crate) async fn eventually<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let seen = async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), seen)
        .await
        .expect("it happens in ten seconds")
}
