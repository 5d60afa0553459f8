//! The product's program, as long as it is needed.

use std::fs;
use std::io::{self, Read as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Serialize;
use utoipa::ToSchema;

use super::{ProveError, io as failed, wire};
use crate::export::{File, Product};

/// How long a program may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program; ended when dropped.
pub(super) struct Running {
    child: Child,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// What it says of its version.
    pub(super) version: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that is free now.
pub(super) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// A product's program.
struct Program {
    name: &'static str,
    /// How it is started in the folder, as one process, so that ending it leaves none behind.
    start: &'static [&'static str],
    /// How it is asked for its version.
    version: &'static str,
}

const PROGRAMS: &[Program] = &[
    Program {
        name: "nginx",
        start: &[
            "-p",
            ".",
            "-c",
            "nginx.conf",
            "-e",
            "stderr",
            "-g",
            "master_process off;",
        ],
        version: "-v",
    },
    Program {
        name: "haproxy",
        start: &["-db", "-f", "haproxy.cfg"],
        version: "-v",
    },
    Program {
        name: "caddy",
        start: &["run", "--config", "caddy.json", "--envfile", "keys.env"],
        version: "version",
    },
    Program {
        name: "traefik",
        start: &["--configFile=traefik.yml"],
        version: "version",
    },
    Program {
        name: "envoy",
        start: &[
            "-c",
            "envoy.yaml",
            "--use-dynamic-base-id",
            "--concurrency",
            "1",
            "--log-level",
            "warning",
        ],
        version: "--version",
    },
];

/// Starts it on these files and waits until it listens.
pub(super) async fn start(
    product: &Product,
    folders: &[PathBuf],
    folder: &Path,
    files: &[File],
    port: u16,
) -> Result<Running, ProveError> {
    let known = PROGRAMS
        .iter()
        .find(|one| Some(one.name) == product.program)
        .ok_or(ProveError::NotRun(product.title))?;
    let program = find(known.name, folders).ok_or(ProveError::NoProgram(known.name))?;
    for file in files {
        let path = folder.join(&file.name);
        fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(failed)?;
        fs::write(path, &file.text).map_err(failed)?;
    }
    let said = Command::new(&program)
        .arg(known.version)
        .output()
        .map_err(failed)?;
    let said = [said.stdout, said.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    // Where it says how it was called, its name is enough.
    let said = said.replace(&*program.to_string_lossy(), known.name);
    let mut lines = said.lines().map(str::trim);
    let version = lines.find(|line| !line.is_empty()).unwrap_or(known.name);
    let version = version.to_owned();
    let log = fs::File::create(folder.join("program.log")).map_err(failed)?;
    let child = Command::new(&program)
        .args(known.start)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(failed)?)
        .stderr(log)
        .spawn()
        .map_err(failed)?;
    let mut running = Running {
        child,
        address: (Ipv4Addr::LOCALHOST, port).into(),
        version,
    };
    let started = Instant::now();
    loop {
        if listens(&running, known.name).await {
            return Ok(running);
        }
        let ended = running.child.try_wait().map_err(failed)?.is_some();
        if ended || started.elapsed() > PATIENCE {
            return Err(ProveError::DoesNotRun {
                program: known.name,
                output: said_in(&folder.join("program.log")),
            });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Programs that listen before they have read what for, and what each answers otherwise than with
/// 404 once it has.
const BEFORE_READ: [(&str, &[u8]); 1] = [(
    "traefik",
    b"TRACE / HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n",
)];

async fn listens(running: &Running, program: &str) -> bool {
    match BEFORE_READ.iter().find(|(name, _)| *name == program) {
        None => tokio::net::TcpStream::connect(running.address)
            .await
            .is_ok(),
        Some((_, request)) => wire::ask(running.address, request)
            .await
            .is_ok_and(|answer| answer.status() != 404),
    }
}

fn said_in(path: &Path) -> String {
    let mut text = String::new();
    let read = fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text));
    match read {
        Ok(_) => text.trim().to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Where a product's program is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FoundProgram {
    /// The product's id.
    pub product: &'static str,
    /// The program's name.
    pub program: &'static str,
    /// Its file; absent where it is neither on `PATH` nor in the folders.
    pub path: Option<String>,
}

/// Where the program of each product is, of those that exports are run with. Starts nothing.
pub fn found(folders: &[PathBuf]) -> Vec<FoundProgram> {
    let products = crate::export::products().into_iter();
    products
        .filter_map(|product| {
            let program = product.program?;
            Some(FoundProgram {
                product: product.id,
                program,
                path: find(program, folders).map(|path| path.display().to_string()),
            })
        })
        .collect()
}

fn find(program: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut all = folders.to_vec();
    all.extend(std::env::split_paths(&path));
    // Debian keeps servers where the paths of people do not lead.
    all.push(PathBuf::from("/usr/sbin"));
    all.into_iter()
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
        .and_then(|file| file.canonicalize().ok())
}
