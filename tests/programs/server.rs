//! A small web server that the tests let the gateway run: it says who it is, and behaves as badly as
//! its arguments say. It also stands in for `gatewright supervise`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn main() -> ExitCode {
    if let Some(status) = gateway_core::process::supervisor::run_if_asked() {
        return status;
    }
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|one| one == name)?;
        arguments.get(at + 1).cloned()
    };
    let has = |name: &str| arguments.iter().any(|one| one == name);
    note(&value("--log"), &format!("started {}", std::process::id()));
    if has("--flood") {
        for n in 0..200_000 {
            eprintln!("line {n} of a flood that nobody asked for");
        }
    }
    if let Some(status) = value("--exit") {
        eprintln!("there is no database at db.example");
        eprintln!("giving up");
        return ExitCode::from(status.parse::<u8>().unwrap());
    }
    UNWELL.store(has("--unwell"), Ordering::SeqCst);
    if has("--ignore-term") {
        ignore_term();
    }
    if has("--fork") {
        // One in its own session, as a daemon is, and one that is a plain child.
        let program = "echo child $$ >> \"$0\"; exec sleep 1000";
        let log = value("--log").unwrap();
        leave(Command::new("setsid").args(["sh", "-c", program, &log]));
        leave(Command::new("sh").args(["-c", program, &log]));
    }
    if has("--never-listen") {
        pause(1_000_000);
    }
    if let Some(ms) = value("--ready-after") {
        pause(ms.parse().unwrap());
    }
    let port = value("--port").unwrap_or_else(|| std::env::var("PORT").unwrap());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    println!("listening on {port} with {:?}", std::env::var("GREETING"));
    for stream in listener.incoming() {
        let port = port.clone();
        std::thread::spawn(move || serve(stream.unwrap(), &port));
    }
    ExitCode::SUCCESS
}

fn note(log: &Option<String>, line: &str) {
    if let Some(path) = log {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create(true).append(true).open(path).unwrap();
        writeln!(file, "{line}").unwrap();
    }
}

fn ignore_term() {
    let (ready, is_ready) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            use tokio::signal::unix::{SignalKind, signal};
            let mut asked = signal(SignalKind::terminate()).unwrap();
            ready.send(()).unwrap();
            loop {
                asked.recv().await;
                println!("asked to end, and will not");
            }
        });
    });
    is_ready.recv().unwrap();
}

/// Whether `/health` is answered 500 from now on.
static UNWELL: AtomicBool = AtomicBool::new(false);

/// Answers `/slow/MS` after so long, `/crash` not at all, and everything else at once. After
/// `/fall-ill` its `/health` is bad.
fn serve(stream: TcpStream, port: &str) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut stream = stream;
    while let Some(Ok(first)) = lines.next() {
        while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        let path = first.split(' ').nth(1).unwrap_or_default();
        if path == "/crash" {
            eprintln!("crashed on purpose");
            std::process::exit(3);
        }
        if let Some(ms) = path.strip_prefix("/slow/") {
            pause(ms.parse().unwrap());
        }
        if path == "/fall-ill" {
            UNWELL.store(true, Ordering::SeqCst);
        }
        let status = match path == "/health" && UNWELL.load(Ordering::SeqCst) {
            true => "500 Internal Server Error",
            false => "200 OK",
        };
        let body = format!(
            "{{\"pid\":{},\"port\":{port},\"path\":\"{path}\",\"greeting\":\"{}\"}}",
            std::process::id(),
            std::env::var("GREETING").unwrap_or_default()
        );
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Starts a program that nobody waits for: whoever ends this one has to find it.
fn leave(command: &mut Command) {
    let started: Child = command.spawn().unwrap();
    std::mem::forget(started);
}

/// Behaves as a slow program does; no test waits for it to be over.
#[allow(clippy::disallowed_methods, reason = "being slow is what it is for")]
fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}
