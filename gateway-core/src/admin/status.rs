//! What the gateway is doing.

use axum::extract::State;
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;

use super::blocking::run_blocking;
use super::problem::Problem;
use crate::config::Issue;
use crate::faults::Fault;
use crate::figures::TrafficFigures;
use crate::gateway::{Gateway, GatewayState, HttpsState};
use crate::record::RecorderStatus;
use crate::store::LogSize;

/// What the gateway is doing.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Status {
    /// Version of Gatewright.
    #[schema(example = "0.1.0")]
    pub version: String,
    /// In what Gatewright runs.
    pub shell: Shell,
    /// Revision of the configuration that is in force.
    pub revision: u64,
    /// What deserves a look in that configuration.
    pub warnings: Vec<Issue>,
    /// Whether the gateway takes requests.
    pub gateway: GatewayState,
    /// Whether it takes HTTPS too.
    pub https: HttpsState,
    /// Where callers reach the gateway, or would if it ran.
    #[schema(example = "http://127.0.0.1:8080")]
    pub url: String,
    /// Whether other machines can reach the gateway too.
    pub exposed: bool,
    /// What goes wrong on purpose at the moment.
    pub faults: Vec<Fault>,
    /// How recording goes.
    pub recorder: RecorderStatus,
    /// How large the log is. Absent where it cannot be read.
    pub log: Option<LogSize>,
    /// How much traffic there is.
    pub traffic: TrafficFigures,
    /// Where configuration and log are kept.
    pub data_dir: String,
    /// The file the configuration is read from; absent where it is kept in `data_dir`.
    pub config_file: Option<String>,
}

/// In what Gatewright runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shell {
    /// In its own window.
    #[default]
    Desktop,
    /// As a server, with its window in a browser.
    Headless,
}

/// Says what the gateway is doing.
#[utoipa::path(
    get, path = "/status", tag = "status", operation_id = "status",
    responses((status = 200, body = Status), (status = "default", body = Problem)),
)]
pub(super) async fn read(
    State(gateway): State<Gateway>,
    shell: Option<Extension<Shell>>,
) -> Json<Status> {
    let shell = shell.map(|Extension(shell)| shell).unwrap_or_default();
    Json(collect(&gateway, shell).await)
}

/// What the gateway is doing at this moment.
pub(super) async fn collect(gateway: &Gateway, shell: Shell) -> Status {
    let store = gateway.log().clone();
    // A log that cannot be read must not hide everything else.
    let log = run_blocking(move || store.size()).await.ok();
    let current = gateway.current();
    let listen = &current.config.listen;
    let state = gateway.state().borrow().clone();
    Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        shell,
        revision: current.revision,
        warnings: current.warnings.clone(),
        url: url(&state, listen),
        gateway: state,
        https: gateway.https(),
        exposed: !listen.address.is_loopback(),
        faults: gateway.faults().list(gateway.clock().now().epoch_us),
        recorder: gateway.recorder().status(),
        log,
        traffic: gateway.figures().now(),
        data_dir: gateway.data_dir().display().to_string(),
        config_file: gateway.config_file().map(|path| path.display().to_string()),
    }
}

/// Where callers on this machine reach the gateway, or would if it ran.
pub(super) fn url(state: &GatewayState, listen: &crate::config::Listen) -> String {
    let mut address = match state {
        GatewayState::Running { address } => *address,
        GatewayState::Stopped | GatewayState::Starting | GatewayState::Failed { .. } => {
            std::net::SocketAddr::new(listen.address, listen.port)
        }
    };
    // Listening on every address includes this one, which callers can use as it stands.
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    format!("http://{address}")
}
