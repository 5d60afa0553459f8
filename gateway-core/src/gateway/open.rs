//! Opens a data folder and makes a gateway of what is in it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{Mutex, broadcast, watch};

use super::issuers::read_keys;
use super::key_keeper::KeyKeeper;
use super::programs::Programs;
use super::quota_keeper::QuotaKeeper;
use super::{Control, Current, Gateway, GatewayState, HttpsState, Inner};
use crate::cache::Cache;
use crate::clock::Clock;
use crate::config::{Config, Issue, file};
use crate::faults::Faults;
use crate::figures::Figures;
use crate::keys::KeyRing;
use crate::prove::job::Prover;
use crate::proxy::authenticate::Passwords;
use crate::proxy::connect::OwnAddresses;
use crate::proxy::connections::Connections;
use crate::proxy::errand::Errands;
use crate::proxy::pool::Pool;
use crate::proxy::tunnel::Tunnels;
use crate::record::Recorder;
use crate::saved_tests;
use crate::snapshot::Snapshot;
use crate::snapshot::compile::compile;
use crate::snapshot::limits::kept_quotas;
use crate::store::{Actor, ConfigStore, LogStore, NewRevision, QuotaStore, SaveError, StoreError};

/// What a gateway is made of.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of the databases; made if it is missing. One gateway at a time.
    pub data_dir: PathBuf,
    /// A `gatewright.yaml` to run, instead of what was saved last.
    pub config_file: Option<PathBuf>,
    /// The time.
    pub clock: Clock,
}

/// Why there is no gateway.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder cannot be used.
    #[error("the data folder {} cannot be used: {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system says.
        reason: io::Error,
    },
    /// Another gateway uses it.
    #[error(
        "another Gatewright uses the data folder {}; use that one, or give this one a folder \
         of its own with `--data`", path.display()
    )]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// A database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: io::Error,
    },
    /// The configuration is wrong: everything that is.
    #[error("the configuration {source_name} is refused:{}", lines(issues))]
    Config {
        /// File or revision.
        source_name: String,
        /// What is wrong.
        issues: Vec<Issue>,
    },
}

fn lines(issues: &[Issue]) -> String {
    issues
        .iter()
        .map(|issue| match issue.path.as_str() {
            "" => format!("\n  {}", issue.message),
            path => format!("\n  {path}: {}", issue.message),
        })
        .collect()
}

/// Where data is kept unless told otherwise: the platform's folder for application data.
pub fn default_data_dir() -> PathBuf {
    match directories::ProjectDirs::from("", "", "gatewright") {
        Some(dirs) => dirs.data_dir().to_owned(),
        None => PathBuf::from("gatewright-data"),
    }
}

impl Gateway {
    /// Opens a data folder. Nothing listens yet.
    ///
    /// # Errors
    /// Why there is no gateway, as a sentence for people. Nothing stored is changed by a failure.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        tokio::task::spawn_blocking(move || Self::open_blocking(options))
            .await
            .expect("opening does not panic")
    }

    fn open_blocking(options: Options) -> Result<Self, OpenError> {
        let Options {
            data_dir,
            config_file,
            clock,
        } = options;
        let lock = lock_folder(&data_dir)?;
        let configs = ConfigStore::open(&data_dir.join("gatewright.db"))?;
        let log = LogStore::open(&data_dir.join("traffic.db"))?;
        let keys = Arc::new(KeyRing::load(configs.clone(), clock.clone())?);
        let (revision, config) = match &config_file {
            Some(path) => from_file(path, &configs, &clock)?,
            None => match configs.latest()? {
                Some(latest) => (latest.info.number, latest.config),
                None => (0, Config::default()),
            },
        };
        let quotas = QuotaStore::open(&data_dir.join("quotas.db"))?;
        let mut before = Snapshot::default();
        before.limiting.quota_counts = kept_quotas(quotas.load(clock.now().epoch_us)?);
        let compiled = compile(&config, revision, &before).map_err(|issues| OpenError::Config {
            source_name: format!("of revision {revision}"),
            issues,
        })?;
        let mut warnings = compiled.warnings;
        warnings.extend(read_keys(&compiled.snapshot, &data_dir, clock.now()));
        let now_s = clock.now().epoch_us.div_euclid(1_000_000);
        let run = saved_tests::run(&compiled.snapshot, &config, now_s);
        warnings.extend(saved_tests::warnings(&run));
        let pool = Pool::default();
        let own_addresses = OwnAddresses::default();
        let snapshot = Arc::new(ArcSwap::from_pointee(compiled.snapshot));
        let no_thread = |reason| OpenError::Folder {
            path: data_dir.clone(),
            reason,
        };
        let quotas = QuotaKeeper::start(quotas, snapshot.clone()).map_err(no_thread)?;
        let key_keeper = KeyKeeper::start(keys.clone()).map_err(no_thread)?;
        let programs = Programs::open(&data_dir, &clock).map_err(no_thread)?;
        let recorder = Recorder::start(
            log.clone(),
            clock.clone(),
            &config.recording,
            &config.api_keys,
        );
        let cache = Arc::new(Cache::new(&config.cache));
        let current = Current {
            revision,
            config,
            warnings,
        };
        Ok(Self(Arc::new(Inner {
            snapshot,
            current: ArcSwap::from_pointee(current),
            keys,
            figures: Figures::follow(&recorder, clock.clone()),
            recorder,
            faults: Faults::default(),
            bodies: Arc::default(),
            clock,
            passwords: Passwords::default(),
            errands: Errands::new(own_addresses.clone(), pool.clone()),
            pool,
            cache,
            tunnels: Tunnels::default(),
            own_addresses,
            connections: Connections::default(),
            quotas,
            key_keeper,
            programs,
            log,
            configs,
            data_dir,
            config_file,
            prover: Prover::default(),
            state: watch::Sender::new(GatewayState::Stopped),
            https: watch::Sender::new(HttpsState::Off),
            changes: broadcast::Sender::new(64),
            control: Mutex::new(Control::default()),
            _lock: lock,
        })))
    }
}

/// Makes the folder, for this user alone, and takes its lock. The operating system lets go of the
/// lock however the process ends, so a stale one never stands in the way.
fn lock_folder(data_dir: &Path) -> Result<File, OpenError> {
    let failed = |reason| OpenError::Folder {
        path: data_dir.to_owned(),
        reason,
    };
    fs::create_dir_all(data_dir).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(data_dir, fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    let mut file = File::options();
    file.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        file.mode(0o600);
    }
    let lock = file.open(data_dir.join("lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked {
            path: data_dir.to_owned(),
        }),
        Err(TryLockError::Error(reason)) => Err(failed(reason)),
    }
}

/// The configuration of a file, saved as a revision unless it is the newest already.
fn from_file(
    path: &Path,
    configs: &ConfigStore,
    clock: &Clock,
) -> Result<(u64, Config), OpenError> {
    let yaml = fs::read_to_string(path).map_err(|reason| OpenError::File {
        path: path.to_owned(),
        reason,
    })?;
    let refused = |issues| OpenError::Config {
        source_name: path.display().to_string(),
        issues,
    };
    let config = file::parse(&yaml).map_err(refused)?;
    compile(&config, 0, &Snapshot::default()).map_err(refused)?;
    let latest = configs.latest()?;
    if let Some(latest) = latest
        && latest.config == config
    {
        return Ok((latest.info.number, config));
    }
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let revision = NewRevision {
        config: &config,
        actor: Actor::File,
        note: format!("read from {name}"),
        at_us: clock.now().epoch_us,
    };
    match configs.save(revision, None) {
        Ok(number) => Ok((number, config)),
        Err(SaveError::Storage(error)) => Err(error.into()),
        Err(SaveError::Conflict { .. }) => unreachable!("no revision was expected"),
    }
}
