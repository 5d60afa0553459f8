//! What programs write: the newest lines in memory, more of them in files that are replaced before
//! they grow too long.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncRead};
use utoipa::ToSchema;

use crate::clock::Clock;
use crate::ids::ServiceName;

/// Lines kept in memory for each service.
const KEPT: usize = 2_000;
/// Longest line kept, in bytes.
const LONGEST: usize = 4 * 1024;
/// A service's file is put aside at this length; one that was put aside before is deleted.
const FILE_BYTES: u64 = 4 * 1024 * 1024;
/// Lines that wait for the disk.
const QUEUE: usize = 10_000;
/// Most lines of one answer.
pub const MOST_LINES: usize = 1_000;
const HIDDEN: &str = "•••";

/// Where a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// What the gateway says about the instance.
    Gatewright,
}

/// A line that a program wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutputLine {
    /// Its number: grows from line to line, also from one run of Gatewright to the next.
    pub seq: u64,
    /// When it was read, microseconds since 1970.
    pub at_us: i64,
    /// The instance.
    pub instance: u64,
    /// Where it came from.
    pub stream: OutputStream,
    /// The line. Values of secret variables are hidden, and the end of a very long line is cut off.
    pub text: String,
}

/// Which lines are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Words that they contain, in any case.
    pub text: Option<String>,
    /// The instance they came from.
    pub instance: Option<u64>,
    /// Only those on standard error.
    pub stderr_only: bool,
    /// Only those after this one.
    pub after: Option<u64>,
    /// Only those before this one.
    pub before: Option<u64>,
    /// Only those from then on, microseconds since 1970.
    pub from_us: Option<i64>,
    /// Only those until then, microseconds since 1970.
    pub to_us: Option<i64>,
    /// How many at most: the newest, or the oldest where `after` is given.
    pub limit: usize,
}

impl Wanted {
    fn takes(&self, line: &OutputLine) -> bool {
        self.text
            .as_ref()
            .is_none_or(|text| line.text.to_lowercase().contains(text))
            && self.instance.is_none_or(|one| line.instance == one)
            && (!self.stderr_only || line.stream == OutputStream::Stderr)
            && self.after.is_none_or(|after| line.seq > after)
            && self.before.is_none_or(|before| line.seq < before)
            && self.from_us.is_none_or(|from| line.at_us >= from)
            && self.to_us.is_none_or(|to| line.at_us <= to)
    }
}

/// Lines, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutputPage {
    /// The lines, oldest first.
    pub lines: Vec<OutputLine>,
    /// Whether there are more that are wanted, before the first of these (or after the last, where
    /// `after` was given).
    pub more: bool,
    /// Lines that were written faster than they could be kept on disk, since Gatewright started.
    pub not_kept: u64,
}

/// What all programs write.
pub struct Output {
    folder: PathBuf,
    clock: Clock,
    services: Mutex<HashMap<ServiceName, Arc<Captured>>>,
    disk: SyncSender<Job>,
}

enum Job {
    Line(ServiceName, OutputLine),
    /// Tells when all lines before it are on disk.
    Flush(SyncSender<()>),
}

/// What the program of a service writes.
pub struct Captured {
    service: ServiceName,
    clock: Clock,
    lines: Mutex<Lines>,
    newest: AtomicU64,
    not_kept: AtomicU64,
    disk: SyncSender<Job>,
}

#[derive(Default)]
struct Lines {
    kept: VecDeque<OutputLine>,
    last: u64,
}

impl Output {
    /// Keeps files in a folder, which is made when it is needed.
    ///
    /// # Errors
    /// There can be no more threads.
    pub fn start(folder: PathBuf, clock: Clock) -> std::io::Result<Self> {
        let (disk, jobs) = sync_channel(QUEUE);
        let into = folder.clone();
        std::thread::Builder::new()
            .name("program output".to_owned())
            .spawn(move || write_all(&into, &jobs))?;
        Ok(Self {
            folder,
            clock,
            services: Mutex::default(),
            disk,
        })
    }

    /// What the program of this service writes.
    pub fn of(&self, service: &ServiceName) -> Arc<Captured> {
        let mut services = self.services.lock();
        let captured = services.entry(service.clone()).or_insert_with(|| {
            Arc::new(Captured {
                service: service.clone(),
                clock: self.clock.clone(),
                lines: Mutex::default(),
                newest: AtomicU64::new(0),
                not_kept: AtomicU64::new(0),
                disk: self.disk.clone(),
            })
        });
        captured.clone()
    }

    /// Lines of a service. Blocks on the disk.
    pub fn read(&self, service: &ServiceName, wanted: &Wanted) -> OutputPage {
        let captured = self.of(service);
        let wanted = Wanted {
            text: wanted.text.as_ref().map(|text| text.to_lowercase()),
            limit: wanted.limit.clamp(1, MOST_LINES),
            ..wanted.clone()
        };
        let (recent, in_memory_from) = {
            let lines = captured.lines.lock();
            let recent: Vec<_> = lines
                .kept
                .iter()
                .filter(|l| wanted.takes(l))
                .cloned()
                .collect();
            let from = match lines.kept.len() < KEPT {
                // Nothing was pushed out; what is older is of an earlier run.
                true => lines.kept.front().map_or(u64::MAX, |line| line.seq),
                false => lines.kept[0].seq,
            };
            (recent, from)
        };
        let enough = recent.len() > wanted.limit && wanted.after.is_none();
        let known = wanted
            .after
            .is_some_and(|after| after.saturating_add(1) >= in_memory_from);
        let mut lines = match enough || known {
            true => Vec::new(),
            false => {
                let (done, flushed) = sync_channel(1);
                if self.disk.send(Job::Flush(done)).is_ok() {
                    // The thread ends with the process only.
                    let _ = flushed.recv();
                }
                let mut lines = Vec::new();
                for path in [old_file(&self.folder, service), file(&self.folder, service)] {
                    read_file(&path, &wanted, in_memory_from, &mut lines);
                }
                lines
            }
        };
        lines.extend(recent);
        let more = lines.len() > wanted.limit;
        match wanted.after {
            Some(_) => lines.truncate(wanted.limit),
            None => {
                lines.drain(..lines.len().saturating_sub(wanted.limit));
            }
        }
        OutputPage {
            lines,
            more,
            not_kept: captured.not_kept.load(Ordering::Relaxed),
        }
    }
}

impl Captured {
    /// Number of the newest line; 0 where there is none yet.
    pub fn newest(&self) -> u64 {
        self.newest.load(Ordering::Relaxed)
    }

    /// The last lines of an instance on standard error, oldest first.
    pub fn last_errors(&self, instance: u64, most: usize) -> Vec<String> {
        let lines = self.lines.lock();
        let mut last: Vec<_> = lines
            .kept
            .iter()
            .rev()
            .filter(|line| line.instance == instance && line.stream == OutputStream::Stderr)
            .take(most)
            .map(|line| line.text.clone())
            .collect();
        last.reverse();
        last
    }

    /// Adds a line.
    pub fn add(&self, instance: u64, stream: OutputStream, text: String) {
        let at_us = self.clock.now().epoch_us;
        let line = {
            let mut lines = self.lines.lock();
            let now = u64::try_from(at_us).unwrap_or(0);
            lines.last = now.max(lines.last + 1);
            let line = OutputLine {
                seq: lines.last,
                at_us,
                instance,
                stream,
                text,
            };
            if lines.kept.len() == KEPT {
                lines.kept.pop_front();
            }
            lines.kept.push_back(line.clone());
            self.newest.store(line.seq, Ordering::Relaxed);
            line
        };
        if self
            .disk
            .try_send(Job::Line(self.service.clone(), line))
            .is_err()
        {
            self.not_kept.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Adds all lines that come, until there are no more.
    pub async fn follow(
        &self,
        instance: u64,
        stream: OutputStream,
        from: impl AsyncRead + Unpin,
        secrets: &[String],
    ) {
        let mut reader = tokio::io::BufReader::new(from);
        let mut line = Vec::new();
        loop {
            let read = match reader.fill_buf().await {
                Ok([]) | Err(_) => break,
                Ok(read) => read,
            };
            let end = memchr::memchr(b'\n', read);
            let taken = end.map_or(read.len(), |end| end + 1);
            let part = &read[..end.unwrap_or(read.len())];
            // The rest of a line that is too long is read and dropped.
            let room = LONGEST.saturating_sub(line.len());
            line.extend_from_slice(&part[..part.len().min(room)]);
            reader.consume(taken);
            if end.is_some() {
                self.add(instance, stream, shown(&line, secrets));
                line.clear();
            }
        }
        if !line.is_empty() {
            self.add(instance, stream, shown(&line, secrets));
        }
    }
}

/// A line as people see it: without colours and other control characters, and without secrets.
fn shown(line: &[u8], secrets: &[String]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            // CSI (ECMA-48, section 5.4): up to a letter or another final character.
            '\u{1b}' if characters.peek() == Some(&'[') => {
                characters.next();
                for c in characters.by_ref() {
                    if ('@'..='~').contains(&c) {
                        break;
                    }
                }
            }
            '\t' => shown.push('\t'),
            c if c.is_control() => {}
            c => shown.push(c),
        }
    }
    for secret in secrets {
        if shown.contains(secret.as_str()) {
            shown = shown.replace(secret.as_str(), HIDDEN);
        }
    }
    shown
}

fn file(folder: &Path, service: &ServiceName) -> PathBuf {
    folder.join(format!("{service}.jsonl"))
}

fn old_file(folder: &Path, service: &ServiceName) -> PathBuf {
    folder.join(format!("{service}.jsonl.old"))
}

fn read_file(path: &Path, wanted: &Wanted, before: u64, lines: &mut Vec<OutputLine>) {
    let Ok(file) = File::open(path) else { return };
    for text in BufReader::new(file).lines() {
        let Ok(text) = text else { return };
        // A line that a crash has cut off is no line.
        if let Ok(line) = serde_json::from_str::<OutputLine>(&text)
            && line.seq < before
            && wanted.takes(&line)
        {
            lines.push(line);
        }
    }
}

struct Written {
    file: BufWriter<File>,
    bytes: u64,
}

fn write_all(folder: &Path, jobs: &Receiver<Job>) {
    let mut files: HashMap<ServiceName, Written> = HashMap::new();
    while let Ok(first) = jobs.recv() {
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Line(service, line) => {
                    if let Err(error) = write(folder, &mut files, &service, &line) {
                        tracing::debug!(%service, %error, "a line of output cannot be kept");
                        files.remove(&service);
                    }
                }
                Job::Flush(done) => {
                    flush(&mut files);
                    // Who asked may be gone.
                    let _ = done.send(());
                }
            }
            next = jobs.try_recv().ok();
        }
        flush(&mut files);
    }
}

fn flush(files: &mut HashMap<ServiceName, Written>) {
    files.retain(|_, written| written.file.flush().is_ok());
}

fn write(
    folder: &Path,
    files: &mut HashMap<ServiceName, Written>,
    service: &ServiceName,
    line: &OutputLine,
) -> std::io::Result<()> {
    if files
        .get(service)
        .is_some_and(|file| file.bytes >= FILE_BYTES)
    {
        files.remove(service);
        fs::rename(file(folder, service), old_file(folder, service))?;
    }
    let written = match files.entry(service.clone()) {
        std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
        std::collections::hash_map::Entry::Vacant(entry) => {
            fs::create_dir_all(folder)?;
            let mut options = fs::OpenOptions::new();
            options.create(true).append(true);
            #[cfg(unix)]
            {
                use std::os::unix::fs::OpenOptionsExt as _;
                options.mode(0o600);
            }
            let file = options.open(file(folder, service))?;
            let bytes = file.metadata()?.len();
            entry.insert(Written {
                file: BufWriter::new(file),
                bytes,
            })
        }
    };
    let mut text = serde_json::to_vec(line).expect("a line can be written as JSON");
    text.push(b'\n');
    written.bytes += text.len() as u64;
    written.file.write_all(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(folder: &Path) -> Output {
        Output::start(folder.join("output"), Clock::system()).unwrap()
    }

    fn wanted(limit: usize) -> Wanted {
        Wanted {
            limit,
            ..Wanted::default()
        }
    }

    fn texts(page: &OutputPage) -> Vec<&str> {
        page.lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[tokio::test]
    async fn lines_are_found_again_in_memory_and_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let service = ServiceName::new("api");
        {
            let output = output(folder.path());
            let captured = output.of(&service);
            let text: &[u8] = b"one\nTwo \x1b[31mred\x1b[0m\nthree\n";
            captured.follow(1, OutputStream::Stdout, text, &[]).await;
            assert_eq!(
                texts(&output.read(&service, &wanted(10))),
                ["one", "Two red", "three"]
            );
        }
        let output = output(folder.path());
        let captured = output.of(&service);
        captured.add(2, OutputStream::Stderr, "four two".to_owned());
        let page = output.read(&service, &wanted(10));
        assert_eq!(texts(&page), ["one", "Two red", "three", "four two"]);
        let searched = Wanted {
            text: Some("TWO".to_owned()),
            ..wanted(1)
        };
        let found = output.read(&service, &searched);
        assert_eq!((texts(&found), found.more), (vec!["four two"], true));
        let after = Wanted {
            after: Some(page.lines[2].seq),
            ..wanted(10)
        };
        assert_eq!(texts(&output.read(&service, &after)), ["four two"]);
        assert_eq!(captured.last_errors(2, 20), ["four two"]);
    }

    #[tokio::test]
    async fn a_flood_is_bounded_in_memory_and_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let service = ServiceName::new("api");
        let output = output(folder.path());
        let captured = output.of(&service);
        let line = "x".repeat(10_000);
        for _ in 0..4_000 {
            captured
                .follow(1, OutputStream::Stderr, line.as_bytes(), &[])
                .await;
        }
        let page = output.read(&service, &wanted(5));
        assert!(page.lines.iter().all(|line| line.text.len() == LONGEST));
        assert!(page.more);
        assert_eq!(captured.lines.lock().kept.len(), KEPT);
        // All that waits is written before the files are looked at.
        let everything = Wanted {
            text: Some("none has it".to_owned()),
            ..wanted(1)
        };
        assert_eq!(output.read(&service, &everything).lines, []);
        let on_disk: u64 = fs::read_dir(folder.path().join("output"))
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .sum();
        assert!(on_disk <= 2 * (FILE_BYTES + 8 * 1024), "{on_disk} bytes");
    }

    #[tokio::test]
    async fn secrets_are_hidden_wherever_a_program_writes_them() {
        let folder = tempfile::tempdir().unwrap();
        let service = ServiceName::new("api");
        let output = output(folder.path());
        let captured = output.of(&service);
        let text: &[u8] = b"connecting with hunter22 to db\n";
        let secrets = ["hunter22".to_owned()];
        captured
            .follow(1, OutputStream::Stdout, text, &secrets)
            .await;
        let page = output.read(&service, &wanted(10));
        assert_eq!(texts(&page), ["connecting with ••• to db"]);
    }
}
