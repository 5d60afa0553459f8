//! Keys of issuers: read with the configuration where they are here, fetched again and again where
//! they are elsewhere (JWT-2); and the local issuer, run where it is wanted (JWT-4).

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use tokio_util::task::AbortOnDropHandle;

use super::run::{StartError, why_not};
use super::{Control, Gateway};
use crate::clock::{Clock, Now};
use crate::config::{Config, Issue};
use crate::local_issuer::{LocalIssuerServer, LocalKey, ServerError};
use crate::proxy::errand::Errands;
use crate::snapshot::Snapshot;
use crate::snapshot::issuers::{Held, Issuer, IssuerKeys, KeySource};
use crate::tokens::{KeySet, VerifyingKey};

const NAME: &str = concat!(
    "gatewright/",
    env!("CARGO_PKG_VERSION"),
    " (keys of issuers)"
);
/// How long a fetch may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The largest key set that is read.
const MOST_BYTES: usize = 256 * 1024;
/// RFC 7518, section 3.2: a secret is at least as long as the hash; this is the shortest of them.
const LEAST_SECRET_BYTES: usize = 32;

/// The fetches that run, by the address of the keys they are for: those live as long as their task.
#[derive(Default)]
pub(super) struct Fetches(HashMap<usize, AbortOnDropHandle<()>>);

impl Fetches {
    /// Fetches for the issuers of a snapshot and no others. Those it has in common with the one
    /// before go on as they were; new ones begin at once.
    fn follow(&mut self, snapshot: &Snapshot, errands: &Errands, clock: &Clock) {
        let mut before = std::mem::take(&mut self.0);
        for issuer in &snapshot.issuers {
            let KeySource::Url { url, refresh } = &issuer.source else {
                continue;
            };
            let at = Arc::as_ptr(&issuer.keys).addr();
            let task = before.remove(&at).unwrap_or_else(|| {
                let keys = issuer.keys.clone();
                let fetching = Fetching {
                    url: url.clone(),
                    refresh: *refresh,
                    errands: errands.clone(),
                    clock: clock.clone(),
                };
                AbortOnDropHandle::new(tokio::spawn(fetching.run(keys)))
            });
            self.0.insert(at, task);
        }
    }

    /// Ends all of them.
    pub(super) fn stop(&mut self) {
        self.0.clear();
    }
}

struct Fetching {
    url: Uri,
    refresh: Duration,
    errands: Errands,
    clock: Clock,
}

impl Fetching {
    async fn run(self, keys: Arc<IssuerKeys>) {
        loop {
            keys.begin(self.clock.monotonic_ns());
            let read = self.fetch().await;
            if let Err(error) = &read {
                tracing::warn!(url = %self.url, %error, "the keys of an issuer could not be fetched");
            }
            keys.end(read, self.clock.now(), Some(self.refresh));
            let next_ns = keys.progress().next_ns.unwrap_or(u64::MAX);
            tokio::select! {
                () = self.clock.sleep_until(next_ns) => {}
                () = keys.wanted(|| self.clock.monotonic_ns()) => {}
            }
        }
    }

    async fn fetch(&self) -> Result<Held, String> {
        let mut headers = HeaderMap::new();
        headers.insert(
            ACCEPT,
            HeaderValue::from_static("application/jwk-set+json, application/json"),
        );
        headers.insert(USER_AGENT, HeaderValue::from_static(NAME));
        let is_set = |status| status == StatusCode::OK;
        let answer = self
            .errands
            .get(&self.url, headers, TIMEOUT, MOST_BYTES, is_set)
            .await
            .map_err(|error| error.to_string())?;
        match answer.status {
            StatusCode::OK => public(&answer.body),
            status => Err(format!("it answered {}", status.as_u16())),
        }
    }
}

fn public(json: &[u8]) -> Result<Held, String> {
    KeySet::read(json)
        .map(Held::Public)
        .map_err(|error| error.to_string())
}

/// Reads the keys that are on this machine, and says what is wrong with them: a configuration may
/// come before its secrets do. Blocks on the disk.
pub(super) fn read_keys(snapshot: &Snapshot, data_dir: &Path, now: Now) -> Vec<Issue> {
    let mut warnings = Vec::new();
    for (index, issuer) in snapshot.issuers.iter().enumerate() {
        let at = match &issuer.source {
            KeySource::Url { .. } => continue,
            KeySource::File(_) => format!("issuers[{index}].jwks.file"),
            KeySource::SecretEnv(_) => format!("issuers[{index}].secret.env"),
            KeySource::SecretFile(_) => format!("issuers[{index}].secret.file"),
            KeySource::Local => "local_issuer".to_owned(),
        };
        issuer.keys.begin(now.monotonic_ns);
        let read = read(issuer, data_dir);
        match &read {
            Err(error) => {
                let message = format!("{error}; tokens of `{}` cannot be checked", issuer.name);
                warnings.push(Issue::warning(at, message));
            }
            Ok(Held::Secret(VerifyingKey::Secret(secret))) if secret.len() < LEAST_SECRET_BYTES => {
                let message = format!(
                    "the secret has {} bytes and can be guessed; RFC 7518 asks for \
                     {LEAST_SECRET_BYTES} or more",
                    secret.len()
                );
                warnings.push(Issue::warning(at, message));
            }
            Ok(_) => {}
        }
        issuer.keys.end(read, now, None);
    }
    warnings
}

/// Gives the issuers of a snapshot that is not in force the keys of those that are; reads others
/// that are on this machine, but makes none. Blocks on the disk.
pub(super) fn lend_keys(side: &Snapshot, in_force: &Snapshot, data_dir: &Path, now: Now) {
    for issuer in &side.issuers {
        let lender = in_force.issuer(&issuer.name);
        let lender = lender.filter(|lender| lender.source == issuer.source);
        let held = lender.and_then(|lender| lender.keys.held());
        let read = match (held, &issuer.source) {
            // These are shared, and fetched.
            (_, KeySource::Url { .. }) => continue,
            (Some(held), _) => Ok((*held).clone()),
            (None, KeySource::Local) => Err("the local issuer is not running".to_owned()),
            (None, KeySource::File(_) | KeySource::SecretEnv(_) | KeySource::SecretFile(_)) => {
                read(issuer, data_dir)
            }
        };
        issuer.keys.end(read, now, None);
    }
}

fn read(issuer: &Issuer, data_dir: &Path) -> Result<Held, String> {
    match &issuer.source {
        KeySource::Url { .. } => Err("they are fetched".to_owned()),
        KeySource::File(path) => public(&read_file(path)?),
        KeySource::SecretFile(path) => {
            let mut secret = read_file(path)?;
            if secret.last() == Some(&b'\n') {
                secret.pop();
                secret.pop_if(|last| *last == b'\r');
            }
            shared(secret, &format!("`{path}`"))
        }
        KeySource::SecretEnv(name) => {
            let value = std::env::var_os(name)
                .ok_or_else(|| format!("the gateway has no environment variable `{name}`"))?;
            shared(
                value.into_encoded_bytes(),
                &format!("the environment variable `{name}`"),
            )
        }
        KeySource::Local => LocalKey::open(data_dir)
            .map(|key| Held::Public(key.key_set()))
            .map_err(|error| error.to_string()),
    }
}

fn shared(secret: Vec<u8>, place: &str) -> Result<Held, String> {
    match secret.is_empty() {
        true => Err(format!("{place} is empty")),
        false => Ok(Held::Secret(VerifyingKey::Secret(secret))),
    }
}

/// Never more than a set of keys may have, whatever the path leads to.
fn read_file(path: &str) -> Result<Vec<u8>, String> {
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    let mut content = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut content));
    match read {
        Err(error) => Err(format!("`{path}` cannot be read: {error}")),
        Ok(_) if content.len() > MOST_BYTES => {
            Err(format!("`{path}` is longer than {MOST_BYTES} bytes"))
        }
        Ok(_) => Ok(content),
    }
}

impl Gateway {
    /// Fetches the keys of the snapshot's issuers in force, and of no others.
    pub(super) fn follow_issuers(&self, control: &mut Control) {
        let snapshot = self.snapshot();
        control
            .fetches
            .follow(&snapshot, &self.0.errands, &self.0.clock);
    }

    pub(super) async fn read_keys(&self, snapshot: &Arc<Snapshot>) -> Vec<Issue> {
        let (snapshot, gateway) = (snapshot.clone(), self.0.clone());
        let reading = tokio::task::spawn_blocking(move || {
            read_keys(&snapshot, &gateway.data_dir, gateway.clock.now())
        });
        reading.await.expect("reading keys does not panic")
    }

    /// Whose tokens the configuration in force takes.
    pub(crate) fn issuers(&self) -> Vec<Arc<Issuer>> {
        self.snapshot().issuers.clone()
    }

    /// Runs the local issuer where the configuration wants it, if it wants it.
    pub(super) async fn start_local_issuer(
        &self,
        control: &mut Control,
        config: &Config,
    ) -> Result<(), StartError> {
        let wanted = config.local_issuer.as_ref().map(|local| local.port);
        if wanted == control.local_issuer.as_ref().map(|(port, _)| *port) {
            return Ok(());
        }
        let started = match wanted {
            None => None,
            Some(port) => {
                let server = LocalIssuerServer::start(port, &self.0.data_dir).await;
                let address = SocketAddr::new(IpAddr::from([127, 0, 0, 1]), port);
                let server = server.map_err(|error| match error {
                    ServerError::Port(error) => why_not(address, &error),
                    ServerError::Key(error) => StartError::LocalIssuer(error.to_string()),
                })?;
                Some((port, server))
            }
        };
        if let Some((_, old)) = std::mem::replace(&mut control.local_issuer, started) {
            old.stop().await;
        }
        Ok(())
    }
}
