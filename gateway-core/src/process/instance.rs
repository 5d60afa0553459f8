//! One instance, from its start to its end.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap};
use tokio::process::ChildStdin;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::fleet::{Around, Ports, Told};
use super::managed::{Managed, Rules};
use super::output::{Captured, OutputStream};
use super::program::Launch;
use crate::discovery;
use crate::snapshot::Target;

const PROBE_EVERY: Duration = Duration::from_millis(25);
const PROBE_LIMIT: Duration = Duration::from_secs(2);
/// How much longer than the program's own time its supervisor may take.
const SUPERVISOR: Duration = Duration::from_secs(5);
/// How long what a program wrote last is waited for; something may hold its pipe open.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// An instance to run.
pub(super) struct Run {
    pub(super) managed: Arc<Managed>,
    pub(super) number: u64,
    pub(super) rules: Rules,
    pub(super) around: Around,
    /// Says that it is to end.
    pub(super) stop: CancellationToken,
}

/// A port that no other instance gets until it is dropped.
struct Port {
    number: u16,
    ports: Ports,
}

impl Drop for Port {
    fn drop(&mut self) {
        self.ports.lock().remove(&self.number);
    }
}

/// Runs an instance, and tells how it goes.
pub(super) async fn run(run: Run) {
    let why = run.live().await;
    let said = match &why {
        Some(why) => format!("instance {} is gone: {why}", run.number),
        None => format!("instance {} has ended, as it was asked to", run.number),
    };
    run.captured()
        .add(run.number, OutputStream::Gatewright, said);
    run.tell(Told::Ended(why));
}

impl Run {
    fn tell(&self, told: Told) {
        let now = self.around.clock.now();
        self.managed.hear(self.number, told, now, &self.around);
    }

    fn captured(&self) -> Arc<Captured> {
        self.around.output.of(&self.managed.service)
    }

    /// Why it ended, where nobody had asked it to.
    async fn live(&self) -> Option<String> {
        let port = tokio::select! {
            port = self.port() => match port {
                Ok(port) => port,
                Err(why) => return Some(why),
            },
            () = self.stop.cancelled() => return None,
        };
        self.tell(Told::Port(port.number));
        let launch = match self.managed.program.launch(port.number) {
            Ok(launch) => launch,
            Err(why) => return Some(why),
        };
        let mut started = match start(&launch, &self.rules, &self.around) {
            Ok(started) => started,
            Err(why) => return Some(why),
        };
        if let Some(pid) = started.child.id() {
            self.tell(Told::Pid(pid));
        }
        let said = format!(
            "instance {} is started on port {}: {}",
            self.number, port.number, self.managed.program.written
        );
        self.captured()
            .add(self.number, OutputStream::Gatewright, said);
        let reading = self.read(&mut started, &launch);
        let why = self.watch(&mut started, &port).await;
        // Both ends of the pipe go with the supervisor, except what something else has inherited.
        let _ = timeout(LAST_WORDS, reading).await;
        why
    }

    /// Reads what it writes, until the pipes are closed.
    fn read(&self, started: &mut Started, launch: &Launch) -> tokio::task::JoinHandle<()> {
        let (captured, number) = (self.captured(), self.number);
        let secrets = launch.secrets.clone();
        let (stdout, stderr) = (started.child.stdout().take(), started.child.stderr().take());
        tokio::spawn(async move {
            let out = async {
                if let Some(stdout) = stdout {
                    let stream = OutputStream::Stdout;
                    captured.follow(number, stream, stdout, &secrets).await;
                }
            };
            let error = async {
                if let Some(stderr) = stderr {
                    let stream = OutputStream::Stderr;
                    captured.follow(number, stream, stderr, &secrets).await;
                }
            };
            tokio::join!(out, error);
        })
    }

    async fn watch(&self, started: &mut Started, port: &Port) -> Option<String> {
        let target = self.managed.program.target_on(port.number);
        let now_ns = self.around.clock.monotonic_ns();
        let until_ns = now_ns.saturating_add(self.rules.start_timeout_ns);
        let too_late = tokio::select! {
            biased;
            status = started.child.wait() => return Some(ended(status)),
            () = self.stop.cancelled() => {
                end(started, &self.rules).await;
                return None;
            }
            () = self.is_ready(&target) => false,
            () = self.around.clock.sleep_until(until_ns) => true,
        };
        if too_late {
            let why = self.why_not_ready(started, port.number).await;
            end(started, &self.rules).await;
            return Some(why);
        }
        self.tell(Told::Ready);
        tokio::select! {
            biased;
            status = started.child.wait() => Some(ended(status)),
            () = self.stop.cancelled() => {
                end(started, &self.rules).await;
                None
            }
        }
    }

    /// Ends when it takes requests (PR-2).
    async fn is_ready(&self, target: &Target) {
        let reach = &self.around.reach;
        loop {
            let ready = match &self.rules.ready_path {
                None => reach.connects(target, PROBE_LIMIT).await,
                Some(path) => reach
                    .status_of(target, path, PROBE_LIMIT)
                    .await
                    .is_ok_and(|status| (200..400).contains(&status)),
            };
            if ready {
                return;
            }
            sleep(PROBE_EVERY).await;
        }
    }

    async fn why_not_ready(&self, started: &Started, port: u16) -> String {
        let ms = self.rules.start_timeout_ns / 1_000_000;
        let what = match &self.rules.ready_path {
            Some(path) => format!("`{path}` was not answered with a status from 200 to 399"),
            None => "it takes no connections".to_owned(),
        };
        let pid = started.child.id();
        let elsewhere: Vec<_> = tokio::task::spawn_blocking(move || {
            let family = pid.map(super::usage::family);
            discovery::ports_of(&family.unwrap_or_default())
        })
        .await
        .unwrap_or_default();
        let others: Vec<_> = elsewhere
            .iter()
            .filter(|other| **other != port)
            .map(ToString::to_string)
            .collect();
        let hint = match others.is_empty() {
            true => String::new(),
            false => format!(
                "; it listens on {} instead: let it listen on the port in `PORT` or `{{port}}`",
                others.join(", ")
            ),
        };
        format!("it did not get ready within {ms} ms: {what} on port {port}{hint}")
    }

    /// The port of the service's target if nobody has it, and else another one where there may be
    /// more than one instance.
    async fn port(&self) -> Result<Port, String> {
        let first = self.managed.program.target.origin.port();
        loop {
            if let Some(port) = self.take(first) {
                return Ok(port);
            }
            if self.rules.max > 1 {
                break;
            }
            // The instance before it may still be ending there.
            if !self.around.ports.lock().contains(&first) {
                if let Some(port) = self.take(first) {
                    return Ok(port);
                }
                let holder = tokio::task::spawn_blocking(move || discovery::holder_of(first)).await;
                let holder = match holder.ok().flatten() {
                    Some(holder) => format!("`{}` (pid {})", holder.name, holder.pid),
                    None => "another program".to_owned(),
                };
                return Err(format!("port {first} is used by {holder}"));
            }
            sleep(PROBE_EVERY).await;
        }
        for _ in 0..100 {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr());
            let free = free.map_err(|error| format!("there is no free port for it: {error}"))?;
            if let Some(port) = self.take(free.port()) {
                return Ok(port);
            }
        }
        Err("there is no free port for it".to_owned())
    }

    fn take(&self, number: u16) -> Option<Port> {
        let mut ports = self.around.ports.lock();
        if ports.contains(&number) || TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_err() {
            return None;
        }
        ports.insert(number);
        Some(Port {
            number,
            ports: self.around.ports.clone(),
        })
    }
}

/// A program that runs.
struct Started {
    child: Box<dyn ChildWrapper>,
    /// Closed, it tells the supervisor to end the program.
    pipe: Option<ChildStdin>,
}

/// Starts a program under a supervisor, in a process group of its own.
#[cfg(unix)]
fn start(launch: &Launch, rules: &Rules, around: &Around) -> Result<Started, String> {
    let Some(supervisor) = &around.supervisor else {
        let why = "this Gatewright runs no programs: it was started without a supervisor for them";
        return Err(why.to_owned());
    };
    let mut command = CommandWrap::with_new(supervisor, |command| {
        command
            .arg(super::supervisor::SUBCOMMAND)
            .arg(rules.stop_grace.as_millis().to_string())
            .arg(&launch.program)
            .args(&launch.arguments);
        describe(command, launch, Stdio::piped());
    });
    // Not killed when dropped: the pipe is closed then, and the supervisor ends the program with all
    // that it started, which nobody would if it were killed itself.
    command.wrap(process_wrap::tokio::ProcessGroup::leader());
    spawned(command, &launch.program)
}

/// Starts a program in a job that ends with the gateway.
#[cfg(windows)]
fn start(launch: &Launch, _: &Rules, _: &Around) -> Result<Started, String> {
    let mut command = CommandWrap::with_new(&launch.program, |command| {
        command.args(&launch.arguments);
        describe(command, launch, Stdio::null());
    });
    command.wrap(process_wrap::tokio::KillOnDrop);
    command.wrap(process_wrap::tokio::JobObject);
    spawned(command, &launch.program)
}

fn describe(command: &mut tokio::process::Command, launch: &Launch, stdin: Stdio) {
    command
        .envs(&launch.environment)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(folder) = &launch.folder {
        command.current_dir(folder);
    }
}

fn spawned(mut command: CommandWrap, program: &str) -> Result<Started, String> {
    let mut child = command
        .spawn()
        .map_err(|error| format!("`{program}` cannot be run: {error}"))?;
    let pipe = child.stdin().take();
    Ok(Started { child, pipe })
}

/// Ends it with everything it started (PR-3).
async fn end(started: &mut Started, rules: &Rules) {
    let pipe = started.pipe.take();
    let patience = match cfg!(windows) {
        true => Duration::ZERO,
        false => rules.stop_grace + SUPERVISOR,
    };
    drop(pipe);
    if timeout(patience, started.child.wait()).await.is_ok() {
        return;
    }
    // The whole group, the supervisor too. It may have ended in between.
    let _ = started.child.start_kill();
    let _ = timeout(SUPERVISOR, started.child.wait()).await;
}

fn ended(status: io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => match status.code() {
            Some(code @ 129..=159) => format!("it was ended by signal {}", code - 128),
            Some(code) => format!("it ended by itself with status {code}"),
            None => format!("it ended by itself ({status})"),
        },
        Err(error) => format!("it cannot be watched any more: {error}"),
    }
}
