//! The certificates that Gatewright reads from files, and when each of them ends.
//!
//! Those of the HTTPS listener are made here and made anew in time, so nobody has to know of them; the
//! authority behind them lasts ten years. Files of authorities that services are trusted by are other
//! people's, and end without a word.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Serialize;
use utoipa::ToSchema;
use x509_parser::pem::Pem;

use crate::config::Config;
use crate::ids::ServiceName;
use crate::local_ca;

/// How long before its end a certificate is worth a word, in microseconds: 14 days.
const SOON_US: i64 = 14 * 24 * 60 * 60 * 1_000_000;
/// Most bytes of a file that are read: lists of all public authorities have a fifth of it.
const MOST_BYTES: u64 = 1024 * 1024;

/// A certificate in a file, or a file that cannot be read as such.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Certificate {
    /// The name in it; absent where the file cannot be read.
    pub name: Option<String>,
    /// The file.
    pub path: String,
    /// What for.
    pub purpose: Purpose,
    /// When it ends, microseconds since 1970.
    pub not_after_us: Option<i64>,
    /// How it stands.
    pub state: State,
    /// What to do about it, in one sentence; absent where it is good.
    pub advice: Option<String>,
}

/// What a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = CertificatePurpose)]
pub enum Purpose {
    /// It vouches for the HTTPS listener.
    Listener,
    /// These services are trusted by it.
    Services {
        /// Their names.
        services: Vec<ServiceName>,
    },
}

/// How a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CertificateState)]
pub enum State {
    /// It is good for more than 14 days.
    Good,
    /// It ends within 14 days.
    EndsSoon,
    /// It has ended.
    Ended,
    /// The file cannot be read, or holds none.
    Unreadable,
}

/// All of them, in the order of their files. `data_dir` is where the authority of the HTTPS listener is.
/// Reads files.
pub fn certificates(config: &Config, data_dir: &Path, now_us: i64) -> Vec<Certificate> {
    let own = config.listen.https.as_ref().and_then(|_| {
        let path = local_ca::certificate_file(data_dir);
        // It is made when the listener first opens.
        path.exists().then_some((path, Purpose::Listener))
    });
    let mut files: BTreeMap<&str, Vec<ServiceName>> = BTreeMap::new();
    for service in &config.services {
        let file = service.tls.ca_file.as_deref();
        if let Some(file) = file.filter(|_| !service.tls.skip_verify) {
            files.entry(file).or_default().push(service.name.clone());
        }
    }
    let files = files.into_iter();
    let files = files.map(|(path, services)| (path.into(), Purpose::Services { services }));
    own.into_iter()
        .chain(files)
        .flat_map(|(path, purpose)| in_file(&path, &purpose, now_us))
        .collect()
}

fn in_file(path: &Path, purpose: &Purpose, now_us: i64) -> Vec<Certificate> {
    match read(path) {
        Ok(found) => found
            .into_iter()
            .map(|(name, not_after_us)| {
                let state = match not_after_us {
                    end if end <= now_us => State::Ended,
                    end if end - now_us <= SOON_US => State::EndsSoon,
                    _ => State::Good,
                };
                Certificate {
                    name: Some(name),
                    path: path.display().to_string(),
                    purpose: purpose.clone(),
                    not_after_us: Some(not_after_us),
                    state,
                    advice: (state != State::Good).then(|| advice(path, purpose)),
                }
            })
            .collect(),
        Err(reason) => vec![Certificate {
            name: None,
            path: path.display().to_string(),
            purpose: purpose.clone(),
            not_after_us: None,
            state: State::Unreadable,
            advice: Some(format!("{} {reason}.", path.display())),
        }],
    }
}

fn advice(path: &Path, purpose: &Purpose) -> String {
    let path = path.display();
    match purpose {
        Purpose::Listener => format!(
            "Restart Gatewright once it has ended: another authority is made, and has to be trusted \
             anew. Whoever trusted {path} should take it off their list."
        ),
        Purpose::Services { .. } => format!(
            "Ask whoever runs it for the authority's next certificate and put it into {path}; the \
             file is read anew as soon as it changes."
        ),
    }
}

/// The names of the certificates in a file, and when they end, microseconds since 1970.
fn read(path: &Path) -> Result<Vec<(String, i64)>, String> {
    let cannot = |error: std::io::Error| format!("cannot be read: {error}");
    let size = fs::metadata(path).map_err(cannot)?.len();
    if size > MOST_BYTES {
        return Err(format!(
            "is too large for a file with certificates: {size} bytes"
        ));
    }
    let text = fs::read(path).map_err(cannot)?;
    let mut found = Vec::new();
    for block in Pem::iter_from_buffer(&text) {
        let block = block.map_err(|error| format!("is no PEM: {error}"))?;
        if block.label != "CERTIFICATE" {
            continue;
        }
        let certificate = block
            .parse_x509()
            .map_err(|error| format!("holds a certificate that is none: {error}"))?;
        let mut names = certificate.subject().iter_common_name();
        let name = names.next().and_then(|name| name.as_str().ok());
        let name = name.map_or_else(|| certificate.subject().to_string(), str::to_owned);
        let end_s = certificate.validity().not_after.timestamp();
        found.push((name, end_s.saturating_mul(1_000_000)));
    }
    match found.is_empty() {
        true => Err("holds no certificate".to_owned()),
        false => Ok(found),
    }
}
