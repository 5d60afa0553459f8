//! Starts and stops listening.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpListener;

use super::checks::Reach;
use super::doors::Door;
use super::{Control, Gateway, GatewayState, HttpsState, PortInUse};
use crate::config::Config;
use crate::discovery;
use crate::echo::Echo;

/// Why the gateway cannot listen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// Another process listens there.
    #[error("{}", port_sentence(.0))]
    PortInUse(PortInUse),
    /// The operating system says no.
    #[error("the gateway cannot listen on {address}: {reason}")]
    Listen {
        /// Where it wanted to listen.
        address: SocketAddr,
        /// What the operating system says.
        reason: String,
    },
    /// There is no certificate for HTTPS.
    #[error("the gateway has no certificate for HTTPS: {0}")]
    Certificate(String),
    /// The local issuer has no key.
    #[error("the local issuer has no key: {0}")]
    LocalIssuer(String),
}

impl Gateway {
    /// Begins to take requests, at the address of the configuration. Running already, it is left
    /// alone. The state follows, also to [`GatewayState::Failed`].
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn start(&self) -> Result<SocketAddr, StartError> {
        let mut control = self.0.control.lock().await;
        if let Some(listener) = &control.listener {
            return Ok(listener.address());
        }
        self.set_state(GatewayState::Starting);
        let config = self.current().config.clone();
        if let Err(error) = self.start_built_in(&mut control, &config).await {
            tracing::warn!(%error, "a built-in service does not run");
        }
        let started = self
            .open_door(&mut control, Door::Http, &config.listen)
            .await;
        match &started {
            Err(error) => self.set_state(error.state()),
            // HTTP goes on where HTTPS cannot.
            Ok(_) => {
                self.open_https(&mut control, &config.listen).await;
                self.follow_checks(&mut control);
                self.follow_issuers(&mut control);
                self.follow_programs(&mut control);
            }
        }
        started
    }

    /// Takes no more requests, closes tunnels such as those of WebSockets, and waits until running
    /// requests have ended, at most ten seconds.
    pub async fn stop(&self) {
        let mut control = self.0.control.lock().await;
        let listeners = [control.listener.take(), control.https.take()];
        let stops = listeners.into_iter().flatten().map(|listener| {
            self.0.own_addresses.remove(listener.address());
            listener.stop()
        });
        // Tunnels have no end of their own to wait for, and one may open while others close.
        tokio::join!(
            futures_util::future::join_all(stops),
            self.0.tunnels.close()
        );
        self.0.https.send_replace(HttpsState::Off);
        control.kept.stop().await;
        control.checks.stop();
        control.fetches.stop();
        if let Some((_, local)) = control.local_issuer.take() {
            local.stop().await;
        }
        if let Some((_, echo)) = control.echo.take() {
            echo.stop().await;
        }
        self.set_state(GatewayState::Stopped);
    }

    /// Stops, also a proof that runs, and waits until everything that happened is in the log on disk, and what was used of
    /// quotas, and when keys were last used, is there too.
    pub async fn shutdown(&self) {
        self.0.prover.stop().await;
        self.stop().await;
        self.0.quotas.keep().await;
        self.0.key_keeper.keep().await;
        self.0.recorder.flush().await;
    }

    /// Checks the targets of the snapshot in force, and no others.
    pub(super) fn follow_checks(&self, control: &mut Control) {
        let inner = &self.0;
        let snapshot = inner.snapshot();
        let services = snapshot.services.values();
        // Instances of programs are checked as long as there are any: see `process::published`.
        let not_run = services.filter(|service| service.managed.is_none());
        let targets = not_run.flat_map(|service| service.checked_targets());
        control.checks.follow(targets, &self.reach(), &inner.clock);
    }

    /// How targets are reached.
    pub(super) fn reach(&self) -> Reach {
        Reach {
            own: self.0.own_addresses.clone(),
            pool: self.0.pool.clone(),
        }
    }

    /// Runs the echo service and the local issuer where the configuration wants them, if it does.
    pub(super) async fn start_built_in(
        &self,
        control: &mut Control,
        config: &Config,
    ) -> Result<(), StartError> {
        self.start_echo(control, config).await?;
        self.start_local_issuer(control, config).await
    }

    async fn start_echo(&self, control: &mut Control, config: &Config) -> Result<(), StartError> {
        let wanted = config.echo.as_ref().map(|echo| echo.port);
        if wanted == control.echo.as_ref().map(|(port, _)| *port) {
            return Ok(());
        }
        let started = match wanted {
            None => None,
            Some(port) => {
                let address = SocketAddr::new(IpAddr::from([127, 0, 0, 1]), port);
                let echo = Echo::start(port)
                    .await
                    .map_err(|error| why_not(address, &error))?;
                Some((port, echo))
            }
        };
        if let Some((_, old)) = std::mem::replace(&mut control.echo, started) {
            old.stop().await;
        }
        Ok(())
    }

    pub(super) fn set_state(&self, state: GatewayState) {
        self.0.state.send_replace(state);
    }
}

impl StartError {
    fn state(&self) -> GatewayState {
        GatewayState::Failed {
            message: self.to_string(),
            port_in_use: match self {
                Self::PortInUse(port) => Some(port.clone()),
                Self::Listen { .. } | Self::Certificate(_) | Self::LocalIssuer(_) => None,
            },
        }
    }
}

/// Binds an address.
///
/// # Errors
/// It cannot be bound: who holds it, and which port is free.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| why_not(address, &error))
}

pub(super) fn why_not(address: SocketAddr, error: &io::Error) -> StartError {
    if error.kind() == io::ErrorKind::AddrInUse {
        return StartError::PortInUse(PortInUse {
            port: address.port(),
            holder: discovery::holder_of(address.port()),
            free: next_free(address),
        });
    }
    let reason = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "not permitted (ports below 1024 need special rights)".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    };
    StartError::Listen { address, reason }
}

fn next_free(address: SocketAddr) -> Option<u16> {
    (address.port()..=u16::MAX)
        .skip(1)
        .take(100)
        .find(|port| std::net::TcpListener::bind((address.ip(), *port)).is_ok())
}

fn port_sentence(taken: &PortInUse) -> String {
    let holder = match &taken.holder {
        Some(process) => format!("`{}` (pid {})", process.name, process.pid),
        None => "another process".to_owned(),
    };
    let advice = match taken.free {
        Some(port) => format!("; port {port} is free"),
        None => String::new(),
    };
    format!("port {} is used by {holder}{advice}", taken.port)
}
