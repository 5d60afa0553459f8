//! The gateway as a value: everything hangs from it, nothing is global.

mod aggregate;
mod apply;
mod cache;
mod checks;
mod direct;
mod doors;
mod explain;
mod inside;
mod issuers;
mod key_keeper;
mod keys;
mod limits;
mod log_change;
mod open;
mod programs;
mod quota_keeper;
mod run;
mod state;
mod trip;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tokio::sync::{Mutex, broadcast, watch};

use crate::cache::Cache;
use crate::clock::Clock;
use crate::config::{Config, Issue};
use crate::echo::Echo;
use crate::faults::Faults;
use crate::figures::Figures;
use crate::ids::ServiceName;
use crate::keys::KeyRing;
use crate::local_issuer::LocalIssuerServer;
use crate::prove::job::Prover;
use crate::proxy::authenticate::{self, Passwords};
use crate::proxy::connect::OwnAddresses;
use crate::proxy::connections::Connections;
use crate::proxy::errand::Errands;
use crate::proxy::listener::Listener;
use crate::proxy::pool::Pool;
use crate::proxy::tunnel::Tunnels;
use crate::record::Recorder;
use crate::record::paged::OpenedBodies;
use crate::snapshot::Snapshot;
use crate::snapshot::callers::CallerLimits;
use crate::snapshot::service_state::ServiceState;
use crate::store::{ConfigStore, LogStore};

use issuers::Fetches;
use key_keeper::KeyKeeper;
use programs::{Kept, Programs};
use quota_keeper::QuotaKeeper;

pub(crate) use checks::{Checks, Reach};

pub use aggregate::{AggregateTried, AggregateTry, FailureRow, FailureTable};
pub use apply::{Applied, ApplyError, Change};
pub use cache::{CacheOfRoute, CacheState};
pub use explain::{CallerIs, Difference, Explanation, Question, When, WontDo};
pub use inside::InsideError;
pub use limits::{LimitsState, NoSuchThing, WhoseLimits};
pub use log_change::LogAction;
pub use open::{OpenError, Options, default_data_dir};
pub use programs::{ProcessAction, ProcessActionError};
pub use run::StartError;
pub use state::{GatewayChange, GatewayState, HttpsState, PortInUse};
pub use trip::{MOST, TripError, TripPlan, TripWish, Tripped, UNASKED};

/// A gateway: its configuration, its listener, its log. A cheap handle; clones are the same gateway.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

/// The configuration in force.
#[derive(Clone, Debug)]
pub struct Current {
    /// Number of its revision; 0 before anything was ever saved.
    pub revision: u64,
    /// The configuration.
    pub config: Config,
    /// What a person should look at.
    pub warnings: Vec<Issue>,
}

/// What the request path and the admin side share.
pub(crate) struct Inner {
    snapshot: Arc<ArcSwap<Snapshot>>,
    current: ArcSwap<Current>,
    pub(crate) keys: Arc<KeyRing>,
    passwords: Passwords,
    errands: Errands,
    pub(crate) recorder: Recorder,
    pub(crate) faults: Faults,
    bodies: Arc<OpenedBodies>,
    pub(crate) clock: Clock,
    pub(crate) pool: Pool,
    pub(crate) cache: Arc<Cache>,
    pub(crate) tunnels: Tunnels,
    pub(crate) own_addresses: OwnAddresses,
    pub(crate) connections: Connections,
    figures: Arc<Figures>,
    quotas: QuotaKeeper,
    key_keeper: KeyKeeper,
    programs: Programs,
    log: LogStore,
    configs: ConfigStore,
    data_dir: PathBuf,
    config_file: Option<PathBuf>,
    prover: Prover,
    state: watch::Sender<GatewayState>,
    https: watch::Sender<HttpsState>,
    changes: broadcast::Sender<GatewayChange>,
    control: Mutex<Control>,
    /// Held as long as the gateway lives; see [`open`].
    _lock: std::fs::File,
}

/// What is started and stopped. Whoever changes it, or the configuration, holds its lock.
#[derive(Default)]
struct Control {
    listener: Option<Listener>,
    https: Option<Listener>,
    tls: Option<Arc<ServerConfig>>,
    echo: Option<(u16, Echo)>,
    local_issuer: Option<(u16, LocalIssuerServer)>,
    checks: Checks,
    fetches: Fetches,
    kept: Kept,
}

impl Inner {
    /// What callers may send at the moment: what is looked at before there is a request.
    pub(crate) fn caller_limits(&self) -> CallerLimits {
        self.snapshot.load().limits
    }

    /// The snapshot in force. A request asks once.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// What credentials are checked with.
    pub(crate) fn credentials(&self) -> authenticate::Checks<'_> {
        authenticate::Checks {
            keys: &self.keys,
            passwords: &self.passwords,
            errands: &self.errands,
            what_if: None,
        }
    }
}

impl Gateway {
    /// What requests read at the moment.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.0.snapshot()
    }

    /// The configuration in force.
    pub fn current(&self) -> Arc<Current> {
        self.0.current.load_full()
    }

    /// Whether it runs, and where.
    pub fn state(&self) -> watch::Receiver<GatewayState> {
        self.0.state.subscribe()
    }

    /// Whether it takes HTTPS, and where.
    pub fn https(&self) -> HttpsState {
        self.0.https.borrow().clone()
    }

    /// What changed, as it happens.
    pub fn changes(&self) -> broadcast::Receiver<GatewayChange> {
        self.0.changes.subscribe()
    }

    /// How a service of the configuration in force is.
    pub fn service_state(&self, name: &ServiceName) -> Option<ServiceState> {
        let snapshot = self.0.snapshot();
        let service = snapshot.services.get(name)?;
        Some(service.state(self.0.clock.now()))
    }

    /// How all services are, by name.
    pub fn service_states(&self) -> Vec<ServiceState> {
        let now = self.0.clock.now();
        let snapshot = self.0.snapshot();
        let mut states: Vec<_> = snapshot.services.values().map(|s| s.state(now)).collect();
        states.sort_by(|a, b| a.service.cmp(&b.service));
        states
    }

    /// How often the health of each service changed, in no order.
    pub fn service_changes(&self) -> Vec<(ServiceName, u64)> {
        let snapshot = self.0.snapshot();
        let services = snapshot.services.values();
        services
            .map(|service| (service.name.clone(), service.balancer.changes.count()))
            .collect()
    }

    /// The API keys.
    pub fn keys(&self) -> Arc<KeyRing> {
        self.0.keys.clone()
    }

    /// What goes wrong on purpose.
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// The large bodies of the log that are looked at.
    pub fn bodies(&self) -> &Arc<OpenedBodies> {
        &self.0.bodies
    }

    /// What records the requests.
    pub fn recorder(&self) -> &Recorder {
        &self.0.recorder
    }

    /// What proves exports.
    pub fn prover(&self) -> &Prover {
        &self.0.prover
    }

    /// How much traffic there is right now.
    pub fn figures(&self) -> &Figures {
        &self.0.figures
    }

    /// The log.
    pub fn log(&self) -> &LogStore {
        &self.0.log
    }

    /// The revisions of the configuration.
    pub fn configs(&self) -> &ConfigStore {
        &self.0.configs
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Folder of the databases.
    pub fn data_dir(&self) -> &Path {
        &self.0.data_dir
    }

    /// The file it was started from, if it was.
    pub fn config_file(&self) -> Option<&Path> {
        self.0.config_file.as_deref()
    }

    /// Addresses of this process, to which nothing is ever proxied.
    pub fn own_addresses(&self) -> &OwnAddresses {
        &self.0.own_addresses
    }

    fn announce(&self, change: GatewayChange) {
        // Nobody listens: nobody needs to know.
        let _ = self.0.changes.send(change);
    }
}
