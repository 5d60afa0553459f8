//! `gatewright supervise`: stands between the gateway and a program, and ends that program with
//! everything it started, however the gateway ends.
//!
//! Its standard input is a pipe that the gateway holds and never writes to. When it closes, since the
//! gateway wants the program to stop or is gone (also when it was killed), all processes of the
//! program's group are asked to end, and killed after a while. On Linux it takes over what the
//! program leaves behind, so that daemons which leave the group are found too.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

/// The subcommand under which both programs offer this.
pub const SUBCOMMAND: &str = "supervise";
/// Exit status where the program cannot be run at all, as shells have it.
const CANNOT_RUN: u8 = 127;
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long killed processes are waited for.
const DEATH: Duration = Duration::from_secs(3);

/// Runs as a supervisor if the arguments of this process say so: `supervise GRACE_MS PROGRAM
/// ARGUMENT…`. To be asked first thing in `main`.
pub fn run_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != SUBCOMMAND {
        return None;
    }
    let grace_ms = arguments.next().and_then(|ms| ms.to_str()?.parse().ok());
    let (Some(grace_ms), Some(program)) = (grace_ms, arguments.next()) else {
        eprintln!("`{SUBCOMMAND}` is for the gateway itself; it watches over a service's program");
        return Some(ExitCode::from(2));
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let status = match runtime {
        Ok(runtime) => {
            let grace = Duration::from_millis(grace_ms);
            let status = runtime.block_on(supervise(grace, program, arguments.collect()));
            // The thread that reads standard input may still wait, and must not be waited for.
            runtime.shutdown_background();
            status
        }
        Err(error) => {
            eprintln!("gatewright: the program cannot be watched over: {error}");
            CANNOT_RUN
        }
    };
    std::process::exit(status.into());
}

async fn supervise(grace: Duration, program: OsString, arguments: Vec<OsString>) -> u8 {
    // Listened to before there is anyone to send them.
    let signals = [
        SignalKind::terminate(),
        SignalKind::interrupt(),
        SignalKind::hangup(),
    ];
    let mut signals = match signals.map(signal) {
        [Ok(terminate), Ok(interrupt), Ok(hangup)] => [terminate, interrupt, hangup],
        [Err(error), _, _] | [_, Err(error), _] | [_, _, Err(error)] => {
            eprintln!("gatewright: the program cannot be watched over: {error}");
            return CANNOT_RUN;
        }
    };
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_child_subreaper(Some(rustix::process::getpid())) {
        eprintln!("gatewright: what the program leaves behind may not be found: {error}");
    }
    let started = Command::new(&program)
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => {
            let program = program.to_string_lossy();
            eprintln!("gatewright: `{program}` cannot be run: {error}");
            return CANNOT_RUN;
        }
    };
    let [terminate, interrupt, hangup] = &mut signals;
    let status = tokio::select! {
        status = child.wait() => Some(status),
        () = gateway_lets_go() => None,
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        _ = hangup.recv() => None,
    };
    // What it started must not outlive it, but may end in peace.
    group::signal(Signal::TERM);
    let until = Instant::now() + grace;
    let status = match status {
        Some(status) => status,
        None => tokio::select! {
            status = child.wait() => status,
            () = tokio::time::sleep_until(until) => {
                group::kill();
                child.wait().await
            }
        },
    };
    while group::others() && Instant::now() < until {
        sleep(LOOK_EVERY).await;
    }
    let until = Instant::now() + DEATH;
    while group::others() && Instant::now() < until {
        group::kill();
        sleep(LOOK_EVERY).await;
    }
    match status {
        Ok(status) => {
            use std::os::unix::process::ExitStatusExt as _;
            let code = status
                .code()
                .or_else(|| status.signal().map(|signal| 128 + signal));
            code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
        }
        Err(_) => 1,
    }
}

/// Ends when the pipe is closed.
async fn gateway_lets_go() {
    let mut byte = [0];
    let mut pipe = tokio::io::stdin();
    while let Ok(1..) = pipe.read(&mut byte).await {}
}

/// Everything the program started: of this process's group, or descended from it.
#[cfg(target_os = "linux")]
mod group {
    use super::{Pid, Signal};

    /// Asks all of them.
    pub(super) fn signal(signal: Signal) {
        for pid in living() {
            // It may have ended in between.
            let _ = rustix::process::kill_process(pid, signal);
        }
    }

    /// Kills all of them.
    pub(super) fn kill() {
        signal(Signal::KILL);
    }

    /// Whether there are any.
    pub(super) fn others() -> bool {
        !living().is_empty()
    }

    /// The living ones, this process left out.
    fn living() -> Vec<Pid> {
        let own = rustix::process::getpid();
        let all: Vec<_> = std::fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter_map(stat)
            .collect();
        let own = own.as_raw_nonzero().get();
        let mut family = vec![own];
        // Until nobody is found any more whose parent is one of them.
        loop {
            let before = family.len();
            for one in &all {
                let related = family.contains(&one.parent) || one.group == own;
                if related && !family.contains(&one.pid) {
                    family.push(one.pid);
                }
            }
            if family.len() == before {
                break;
            }
        }
        all.iter()
            .filter(|one| one.pid != own && one.alive && family.contains(&one.pid))
            .filter_map(|one| Pid::from_raw(one.pid))
            .collect()
    }

    struct Stat {
        pid: i32,
        parent: i32,
        group: i32,
        alive: bool,
    }

    /// `PID (NAME) STATE PARENT GROUP …`, where the name may hold anything.
    fn stat(pid: i32) -> Option<Stat> {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, rest) = text.rsplit_once(')')?;
        let mut fields = rest.split_whitespace();
        let state = fields.next()?;
        Some(Stat {
            pid,
            parent: fields.next()?.parse().ok()?,
            group: fields.next()?.parse().ok()?,
            alive: !matches!(state, "Z" | "X"),
        })
    }
}

/// The process group, of which this process is the leader.
#[cfg(not(target_os = "linux"))]
mod group {
    use super::Signal;

    pub(super) fn signal(signal: Signal) {
        let _ = rustix::process::kill_process_group(rustix::process::getpid(), signal);
    }

    /// Kills all of it, this process too.
    pub(super) fn kill() {
        signal(Signal::KILL);
    }

    /// It cannot be told: this process is one of it.
    pub(super) fn others() -> bool {
        true
    }
}
