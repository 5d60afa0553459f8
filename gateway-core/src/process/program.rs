//! What is run for a service, and with which arguments and environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::snapshot::Target;

/// A program, as the configuration has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Program and arguments; never empty.
    pub command: Vec<String>,
    /// The same as it is written.
    pub written: String,
    /// Where it runs.
    pub folder: Option<String>,
    /// Variables beside the gateway's own.
    pub environment: BTreeMap<String, String>,
    /// A file with more of them.
    pub env_file: Option<String>,
    /// Where its first instance listens.
    pub target: Target,
}

/// What a person approves: everything that decides about what runs.
#[derive(Serialize)]
struct Approved<'a> {
    command: &'a str,
    folder: &'a Option<String>,
    environment: &'a BTreeMap<String, String>,
    env_file: &'a Option<String>,
}

/// A digest of everything that decides about what runs, in hexadecimal.
pub fn fingerprint(process: &crate::config::Process) -> String {
    digest(&Approved {
        command: &process.command,
        folder: &process.folder,
        environment: &process.environment,
        env_file: &process.env_file,
    })
}

fn digest(approved: &Approved<'_>) -> String {
    let text = serde_json::to_vec(approved).expect("text can be written as JSON");
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A program as it is started.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Where it runs.
    pub folder: Option<PathBuf>,
    /// Variables beside the gateway's own.
    pub environment: BTreeMap<String, String>,
    /// Values that are not shown where the program writes them.
    pub secrets: Vec<String>,
}

/// A value is hidden only where it is no usual word.
const LEAST_SECRET: usize = 6;

impl Program {
    /// What a person approves of it; see [`fingerprint`].
    pub fn fingerprint(&self) -> String {
        digest(&Approved {
            command: &self.written,
            folder: &self.folder,
            environment: &self.environment,
            env_file: &self.env_file,
        })
    }

    /// The program as it is started for an instance that listens on `port`. Reads its file of
    /// variables.
    ///
    /// # Errors
    /// Why it cannot be started, in one sentence.
    pub fn launch(&self, port: u16) -> Result<Launch, String> {
        let port = port.to_string();
        let with_port = |text: &String| text.replace("{port}", &port);
        let folder = self.folder.as_ref().map(PathBuf::from);
        if let Some(folder) = &folder
            && !folder.is_dir()
        {
            return Err(format!(
                "its folder `{}` does not exist (`process.folder`)",
                folder.display()
            ));
        }
        let mut environment = BTreeMap::new();
        let mut secrets = Vec::new();
        if let Some(file) = &self.env_file {
            let path = folder.as_deref().unwrap_or(Path::new("")).join(file);
            let cannot = |error: dotenvy::Error| {
                // Its own text may quote the line.
                let why = match &error {
                    dotenvy::Error::Io(error) => error.to_string(),
                    dotenvy::Error::LineParse(..) => "a line of it is no `NAME=value`".to_owned(),
                    _ => "it is no file of variables".to_owned(),
                };
                format!(
                    "`{}` cannot be read: {why} (`process.env_file`)",
                    path.display()
                )
            };
            for read in dotenvy::from_path_iter(&path).map_err(cannot)? {
                let (name, value) = read.map_err(cannot)?;
                if value.len() >= LEAST_SECRET {
                    secrets.push(value.clone());
                }
                environment.insert(name, value);
            }
        }
        for (name, value) in &self.environment {
            let value = with_port(value);
            if is_secret(name) && value.len() >= LEAST_SECRET {
                secrets.push(value.clone());
            }
            environment.insert(name.clone(), value);
        }
        environment.insert("PORT".to_owned(), port.clone());
        let mut words = self.command.iter().map(with_port);
        Ok(Launch {
            program: words.next().unwrap_or_default(),
            arguments: words.collect(),
            folder,
            environment,
            secrets,
        })
    }

    /// Where an instance on `port` is.
    pub fn target_on(&self, port: u16) -> Target {
        let first = &self.target;
        let host = first.authority.host();
        let text = format!("{host}:{port}");
        let authority: http::uri::Authority = match text.parse() {
            Ok(authority) => authority,
            // The host was part of one before.
            Err(_) => first.authority.clone(),
        };
        let mut origin = (*first.origin).clone();
        origin.authority = authority.clone();
        Target {
            url: format!("{}://{authority}{}", origin.scheme(), first.base_path),
            authority,
            origin: origin.into(),
            base_path: first.base_path.clone(),
        }
    }
}

/// Whether a variable of this name holds something that is not for everyone.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    [
        "KEY",
        "SECRET",
        "TOKEN",
        "PASSWORD",
        "PASSWD",
        "CREDENTIAL",
        "DATABASE_URL",
    ]
    .iter()
    .any(|word| name.contains(word))
}
