//! A gateway that runs a program on a free port, by the machine's clock.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gateway_core::clock::Clock;
use gateway_core::config::file;
use gateway_core::gateway::{Change, Gateway, GatewayState, Options};
use gateway_core::ids::ServiceName;
use gateway_core::process::output::{OutputLine, Wanted};
use gateway_core::process::state::ProcessState;
use gateway_core::record::filter::Filter;
use gateway_core::record::sentence::sentence;
use gateway_core::store::Actor;
use serde_json::Value;
use tempfile::TempDir;

/// How long is waited for what has to come: long enough for a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(80);

/// A running gateway with one service, `api`, and a route to it.
pub struct Ran {
    pub gateway: Gateway,
    pub client: reqwest::Client,
    pub dir: TempDir,
}

/// The tests' own program with these arguments, as the configuration has it.
pub fn program(arguments: &str) -> String {
    format!("{} {arguments}", env!("CARGO_BIN_EXE_test-program"))
}

pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Runs the tests' program with these arguments and further settings of `process`.
pub async fn ran(arguments: &str, settings: &str) -> Ran {
    ran_by(&program(arguments), settings, Actor::Api).await
}

/// Runs a command, written down by `actor`.
pub async fn ran_by(command: &str, settings: &str, actor: Actor) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let gateway = Gateway::open(Options {
        data_dir: dir.path().to_owned(),
        config_file: None,
        clock: Clock::system(),
    })
    .await
    .unwrap();
    gateway.supervise_with(PathBuf::from(env!("CARGO_BIN_EXE_test-program")));
    let ran = Ran {
        gateway,
        client: reqwest::Client::new(),
        dir,
    };
    ran.apply(command, settings, free_port(), actor).await;
    ran.gateway.start().await.unwrap();
    ran
}

impl Ran {
    pub async fn apply(&self, command: &str, settings: &str, port: u16, actor: Actor) {
        self.apply_service(&self.process(command, settings), port, actor)
            .await;
    }

    /// `process` of a service, in YAML.
    pub fn process(&self, command: &str, settings: &str) -> String {
        let command = command.replace("LOG", &self.log().display().to_string());
        let command = serde_json::to_string(&command).unwrap();
        format!("process: {{command: {command}, {settings}}}")
    }

    /// Gives the service these settings, in YAML, and no others.
    pub async fn apply_service(&self, settings: &str, port: u16, actor: Actor) {
        self.apply_services(
            &format!("{{name: api, targets: [{{url: 'http://127.0.0.1:{port}'}}], {settings}}}"),
            actor,
        )
        .await;
    }

    /// Puts these services in force, in YAML, with a route to the one called `api`.
    pub async fn apply_services(&self, services: &str, actor: Actor) {
        let route = match services.is_empty() {
            true => "",
            false => "{name: api, match: {path: /}, service: api}",
        };
        let yaml = format!("{{version: 1, services: [{services}], routes: [{route}]}}");
        let mut config = file::parse(&yaml).unwrap_or_else(|issues| panic!("{issues:#?}"));
        config.listen.port = self.gateway.current().config.listen.port;
        if self.gateway.current().revision == 0 {
            config.listen.port = 0;
        }
        let change = Change {
            config,
            expected: None,
            actor,
            note: "test".to_owned(),
        };
        self.gateway.apply(change).await.unwrap();
    }

    /// What the program writes down, where it was told to.
    pub fn log(&self) -> PathBuf {
        self.dir.path().join("program.log")
    }

    pub fn url(&self, path: &str) -> String {
        match &*self.gateway.state().borrow() {
            GatewayState::Running { address } => format!("http://{address}{path}"),
            other => panic!("the gateway does not run: {other:?}"),
        }
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        let response = self.client.get(self.url(path)).send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (status, value)
    }

    /// Asks, and gives the process that answered.
    pub async fn answered_by(&self, path: &str) -> u64 {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{body}");
        body["pid"].as_u64().unwrap()
    }

    pub fn state(&self) -> ProcessState {
        self.gateway.process_states().remove(0)
    }

    /// Waits until the state is as it should be.
    pub async fn until(&self, what: &str, is: impl Fn(&ProcessState) -> bool) -> ProcessState {
        let mut pause = tokio::time::interval(Duration::from_millis(20));
        let waiting = async {
            loop {
                pause.tick().await;
                let state = self.state();
                if is(&state) {
                    return state;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(state) => state,
            Err(_) => panic!("{what} did not happen: {:#?}", self.state()),
        }
    }

    pub fn lines(&self, text: &str) -> Vec<OutputLine> {
        let wanted = Wanted {
            text: Some(text.to_owned()),
            limit: 1_000,
            ..Wanted::default()
        };
        self.gateway
            .process_output(&ServiceName::new("api"), &wanted)
            .lines
    }

    /// The sentence of the newest request.
    pub async fn newest_sentence(&self) -> String {
        self.gateway.recorder().flush().await;
        let page = self
            .gateway
            .log()
            .page(&Filter::default(), None, 10)
            .unwrap();
        let (summary, kept) = self
            .gateway
            .log()
            .exchange(page.rows[0].id)
            .unwrap()
            .unwrap();
        sentence(&summary, &kept)
    }

    /// The processes that the program has written down, of this kind.
    pub fn noted(&self, kind: &str) -> Vec<u32> {
        noted(&self.log(), kind)
    }
}

pub fn noted(log: &Path, kind: &str) -> Vec<u32> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.strip_prefix(kind)?.trim().parse().ok())
        .collect()
}

/// Whether a process is there and not only waits to be buried.
pub fn lives(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest.chars().next());
    state
        .flatten()
        .is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

/// Waits until none of these processes is there.
pub async fn gone(pids: &[u32]) {
    assert!(!pids.is_empty(), "there is nothing to wait for");
    let waiting = async {
        while pids.iter().any(|pid| lives(*pid)) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    let left: Vec<_> = pids.iter().filter(|pid| lives(**pid)).collect();
    assert!(waited.is_ok(), "processes {left:?} live on");
}
