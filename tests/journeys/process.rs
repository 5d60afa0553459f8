//! Programs that a journey starts, each ended with everything it started.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

/// A program with a process group of its own; ended with all of it when dropped.
pub struct Process(Child);

impl Process {
    pub fn start(command: &mut Command) -> Self {
        let started = command.process_group(0).spawn();
        Self(started.unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}")))
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Asks the program itself to end, and gives whether it did so well.
    pub async fn terminate(&mut self) -> bool {
        let pid = Pid::from_child(&self.0);
        rustix::process::kill_process(pid, Signal::TERM).unwrap();
        let status = within_seconds(20, || self.0.try_wait().unwrap()).await;
        status.is_some_and(|status| status.success())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.wait();
    }
}

/// A program that `make` has built beside this test.
pub fn built(name: &str) -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push(name);
    assert!(
        path.exists(),
        "{} is missing: run `make test-journeys`",
        path.display()
    );
    path
}

/// A TCP port that is free at the moment.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Asks again and again until there is an answer, for at most so many seconds.
pub async fn within_seconds<T>(seconds: u64, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let asking = async {
        let mut pause = tokio::time::interval(Duration::from_millis(50));
        loop {
            pause.tick().await;
            if let Some(answer) = ask() {
                return answer;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(seconds), asking)
        .await
        .ok()
}

/// Waits until a program listens on a port.
pub async fn listening(port: u16) {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let asked = within_seconds(30, || std::net::TcpStream::connect(address).ok()).await;
    assert!(asked.is_some(), "nothing listens on {address}");
}
