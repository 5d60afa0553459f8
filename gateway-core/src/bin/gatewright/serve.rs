//! `gatewright serve`: runs the gateway, and its admin API and UI on loopback.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use gateway_core::admin::guard::{Guard, Token};
use gateway_core::admin::serve::{AdminServer, bind};
use gateway_core::clock::Clock;
use gateway_core::gateway::{ApplyError, Change, GatewayState, HttpsState, StartError};
use gateway_core::store::Actor;
use gateway_core::{Gateway, admin, discovery};
use tokio::net::TcpListener;

use crate::terminal::{complain, say};
use crate::{DataDir, ui_files};

/// Where the admin API and the UI are, unless told otherwise.
const ADMIN_PORT: u16 = 9180;
/// How many ports after it are tried.
const MORE_PORTS: u16 = 20;

/// How to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Run this file instead of the configuration saved last.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    data: DataDir,
    /// Port of the gateway, saved in its configuration.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Port of the admin API and the UI. Unless given: 9180, or the next one that is free.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    admin_port: Option<u16>,
    /// Run whatever programs the configuration names for its services. Without this, those that came
    /// with a file run only once you have approved them in the window.
    #[arg(long)]
    approve_processes: bool,
}

/// Runs until it is told to stop.
pub(crate) async fn serve(options: Options) -> anyhow::Result<()> {
    let Options {
        config,
        data,
        port,
        admin_port,
        approve_processes,
    } = options;
    // Asked for first: a signal that comes during the start is heard too.
    let mut signals = Signals::new()?;
    let data_dir = data.path();
    let gateway = Gateway::open(gateway_core::Options {
        data_dir: data_dir.clone(),
        config_file: config,
        clock: Clock::system(),
    })
    .await?;
    let own = std::env::current_exe().context("this program cannot find itself")?;
    gateway.supervise_with(own);
    if approve_processes {
        gateway.approve_all_processes();
    }
    let (socket, address) = admin_socket(admin_port).await?;
    // Before anything is proxied: nothing may ever be proxied to the admin API.
    gateway.own_addresses().add(address);
    let guard = Guard::with_metrics_token(
        address.port(),
        Token::load(&data_dir)?,
        Token::load_for_metrics(&data_dir)?,
    );
    let router = guard.protect(admin::router(gateway.clone()), ui_files::router());
    let server = AdminServer::start(socket, router);
    start_gateway(&gateway, port).await?;
    greet(&gateway, address, &guard.one_time_path(), &data_dir);

    signals.first().await;
    complain("stopping; running requests may finish (a second signal stops at once)");
    tokio::select! {
        () = stop(gateway, server) => Ok(()),
        () = signals.first() => bail!("stopped before running requests had finished"),
    }
}

async fn stop(gateway: Gateway, server: AdminServer) {
    tokio::join!(gateway.shutdown(), server.stop());
}

async fn admin_socket(wanted: Option<u16>) -> anyhow::Result<(TcpListener, SocketAddr)> {
    if let Some(port) = wanted {
        return bind(port)
            .await
            .with_context(|| match discovery::holder_of(port) {
                Some(holder) => format!(
                    "port {port} for the admin API is used by `{}` (pid {}); choose another with \
                 `--admin-port`",
                    holder.name, holder.pid
                ),
                None => format!(
                    "the admin API cannot use port {port}; choose another with `--admin-port`"
                ),
            });
    }
    for port in ADMIN_PORT..=ADMIN_PORT + MORE_PORTS {
        match bind(port).await {
            Ok(bound) => return Ok(bound),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error).context("the admin API cannot listen on 127.0.0.1"),
        }
    }
    bail!(
        "ports {ADMIN_PORT} to {} are all in use; choose one for the admin API with `--admin-port`",
        ADMIN_PORT + MORE_PORTS
    )
}

/// Starts the gateway. A port that is taken is no reason to give up: the UI can choose another.
async fn start_gateway(gateway: &Gateway, port: Option<u16>) -> anyhow::Result<()> {
    if let Some(port) = port {
        choose_port(gateway, port).await?;
    }
    match gateway.start().await {
        Ok(_) => {}
        Err(error @ StartError::PortInUse(_)) => complain(&format!(
            "{error}. Choose another port in the window under Settings, or start with `--port`."
        )),
        Err(
            error @ (StartError::Listen { .. }
            | StartError::Certificate(_)
            | StartError::LocalIssuer(_)),
        ) => complain(&format!(
            "{error}. Choose another address in the window under Settings."
        )),
    }
    Ok(())
}

async fn choose_port(gateway: &Gateway, port: u16) -> anyhow::Result<()> {
    let current = gateway.current();
    if current.config.listen.port == port {
        return Ok(());
    }
    let mut config = current.config.clone();
    config.listen.port = port;
    let note = "port given on the command line".to_owned();
    let change = Change {
        config,
        expected: None,
        actor: Actor::System,
        note,
    };
    match gateway.apply(change).await {
        Ok(_) => Ok(()),
        Err(ApplyError::Listen(error)) => {
            complain(&error.to_string());
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

fn greet(gateway: &Gateway, admin: SocketAddr, one_time_path: &str, data_dir: &Path) {
    let version = env!("CARGO_PKG_VERSION");
    let listening = match &*gateway.state().borrow() {
        GatewayState::Running { address } => format!("http://{address}"),
        GatewayState::Stopped | GatewayState::Starting | GatewayState::Failed { .. } => {
            "not running".to_owned()
        }
    };
    let https = match gateway.https() {
        HttpsState::Off => String::new(),
        HttpsState::Running { address } => format!("\n           https://{address}"),
        HttpsState::Failed { message } => format!("\n           no HTTPS: {message}"),
    };
    say(&format!(
        "Gatewright {version}\n\
         \n  Gateway  {listening}\
{https}\
         \n  Window   http://{admin}\
         \n           sign in with this link; it works once:\
         \n           http://{admin}{one_time_path}\
         \n  Data     {}\n\
         \nStop with Ctrl+C.",
        data_dir.display()
    ));
}

/// The ways in which a system or a person says stop.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    async fn first(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next one.
    async fn first(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
