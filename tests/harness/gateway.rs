//! A gateway on a free port, with a data folder of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use gateway_core::clock::{Clock, ManualClock};
use gateway_core::config::{Config, file};
use gateway_core::gateway::{Change, Gateway, GatewayState, Options};
use gateway_core::keys::NewKey;
use gateway_core::record::detail::Kept;
use gateway_core::record::filter::Filter;
use gateway_core::record::sentence::sentence;
use gateway_core::record::summary::ExchangeSummary;
use gateway_core::snapshot::service_state::ServiceState;
use gateway_core::store::Actor;
use tempfile::TempDir;

/// A running gateway; stops when dropped.
pub struct TestGateway {
    pub gateway: Gateway,
    pub clock: ManualClock,
    pub client: reqwest::Client,
    dir: TempDir,
}

/// How long is waited for what has to come: long enough for a machine that does much else.
pub const PATIENCE: Duration = Duration::from_secs(80);

/// When the tests' clocks begin: 2026-01-01T00:00:00Z.
pub const EPOCH_US: i64 = 1_767_225_600_000_000;

/// A config as a person writes it, but on free ports.
pub fn config(yaml: &str) -> Config {
    let mut config = file::parse(yaml).unwrap_or_else(|issues| panic!("{issues:#?}"));
    config.listen.port = 0;
    if let Some(https) = &mut config.listen.https {
        https.port = 0;
    }
    config
}

/// Starts a gateway with this config. Its clock stands still until it is moved.
pub async fn gateway(yaml: &str) -> TestGateway {
    TestGateway::in_dir(tempfile::tempdir().unwrap(), Some(yaml)).await
}

/// Whether a row may be of the test's own doing. A test of the search for services, which may run
/// at the same time, asks every port of the machine for `HEAD /`: so also this gateway's.
pub fn is_own(row: &ExchangeSummary) -> bool {
    (row.method.as_str(), row.path.as_str()) != ("HEAD", "/")
}

impl TestGateway {
    /// Starts a gateway on the data of an earlier one.
    pub async fn in_dir(dir: TempDir, yaml: Option<&str>) -> Self {
        let (clock, hands) = Clock::manual(EPOCH_US);
        let options = Options {
            data_dir: dir.path().to_owned(),
            config_file: None,
            clock,
        };
        let gateway = Gateway::open(options).await.unwrap();
        if let Some(yaml) = yaml {
            apply(&gateway, config(yaml)).await;
        }
        gateway.start().await.unwrap();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            gateway,
            clock: hands,
            client,
            dir,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        match &*self.gateway.state().borrow() {
            GatewayState::Running { address } => *address,
            other => panic!("the gateway does not run: {other:?}"),
        }
    }

    /// Where its data is.
    pub fn data_dir(&self) -> &Path {
        self.dir.path()
    }

    /// URL of a path on the gateway.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    pub async fn get_with_key(&self, path: &str, key: &str) -> reqwest::Response {
        self.client
            .get(self.url(path))
            .header("x-api-key", key)
            .send()
            .await
            .unwrap()
    }

    /// Brings another config into force.
    pub async fn apply(&self, yaml: &str) {
        let mut config = config(yaml);
        config.listen = self.gateway.current().config.listen.clone();
        apply(&self.gateway, config).await;
    }

    /// Brings another config into force, with what it says of callers; the port stays.
    pub async fn apply_listen(&self, yaml: &str) {
        let mut config = config(yaml);
        let current = self.gateway.current();
        config.listen.address = current.config.listen.address;
        config.listen.port = current.config.listen.port;
        apply(&self.gateway, config).await;
    }

    /// Issues a key and gives its text.
    pub fn issue_key(&self, name: &str) -> String {
        let new = NewKey::new(name).everywhere();
        self.gateway.issue_key(new).unwrap().secret
    }

    /// All rows of the log, newest first.
    pub async fn rows(&self) -> Vec<ExchangeSummary> {
        self.gateway.recorder().flush().await;
        let page = self.gateway.log().page(&Filter::default(), None, 1000);
        page.unwrap().rows.into_iter().filter(is_own).collect()
    }

    /// The newest exchange that has ended, with its sentence.
    pub async fn newest(&self) -> (ExchangeSummary, Kept, String) {
        let newest = self.rows().await.remove(0);
        let (summary, kept) = self.gateway.log().exchange(newest.id).unwrap().unwrap();
        let text = sentence(&summary, &kept);
        (summary, kept, text)
    }

    /// How the only service is.
    pub fn service(&self) -> ServiceState {
        let mut states = self.gateway.service_states();
        assert_eq!(states.len(), 1, "one service was expected: {states:#?}");
        states.remove(0)
    }

    /// The only row of the log, once it is there.
    pub async fn only_row(&self) -> ExchangeSummary {
        let rows = self.eventually(|gateway| {
            let page = gateway.log().page(&Filter::default(), None, 10).ok()?;
            let rows: Vec<_> = page.rows.into_iter().filter(is_own).collect();
            (!rows.is_empty()).then_some(rows)
        });
        let mut rows = rows.await;
        assert_eq!(rows.len(), 1, "one row was expected: {rows:#?}");
        rows.remove(0)
    }

    /// Asks again and again until there is an answer; fails after [`PATIENCE`].
    pub async fn eventually<T>(&self, ask: impl Fn(&Gateway) -> Option<T>) -> T {
        let asking = async {
            let mut pause = tokio::time::interval(Duration::from_millis(20));
            loop {
                pause.tick().await;
                if let Some(answer) = ask(&self.gateway) {
                    return answer;
                }
            }
        };
        let answer = tokio::time::timeout(PATIENCE, asking).await;
        answer.expect("what was waited for did not happen")
    }

    /// Stops it and gives back its data.
    pub async fn stop(self) -> TempDir {
        self.gateway.shutdown().await;
        self.dir
    }
}

async fn apply(gateway: &Gateway, config: Config) {
    let change = Change {
        config,
        expected: None,
        actor: Actor::Api,
        note: "test".to_owned(),
    };
    gateway.apply(change).await.unwrap();
}
