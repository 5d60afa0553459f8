//! The two doors of the gateway, HTTP and HTTPS: opened, moved and closed as the configuration says.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::net::TcpListener;

use super::run::{StartError, bind};
use super::{Control, Gateway, GatewayState, HttpsState};
use crate::config::Listen;
use crate::local_ca::{self, LocalCa};
use crate::proxy::listener::Listener;

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// Without TLS. Always there.
    Http,
    /// With TLS, where it is wanted.
    Https,
}

impl Door {
    pub(super) const ALL: [Self; 2] = [Self::Http, Self::Https];

    /// Where a configuration wants it.
    pub(super) fn wanted(self, listen: &Listen) -> Option<SocketAddr> {
        let port = match self {
            Self::Http => Some(listen.port),
            Self::Https => listen.https.as_ref().map(|https| https.port),
        };
        port.map(|port| SocketAddr::new(listen.address, port))
    }
}

/// A door that is ready to be opened.
pub(super) struct Bound {
    door: Door,
    socket: TcpListener,
    tls: Option<Arc<ServerConfig>>,
}

impl Control {
    fn at(&mut self, door: Door) -> &mut Option<Listener> {
        match door {
            Door::Http => &mut self.listener,
            Door::Https => &mut self.https,
        }
    }
}

impl Gateway {
    /// Opens a door where `listen` wants it, if it does.
    pub(super) async fn open_door(
        &self,
        control: &mut Control,
        door: Door,
        listen: &Listen,
    ) -> Result<SocketAddr, StartError> {
        let address = door
            .wanted(listen)
            .expect("HTTP is always wanted, HTTPS was asked for");
        let socket = bind(address).await?;
        let tls = self.tls(control, door).await?;
        self.serve(control, Bound { door, socket, tls })
    }

    /// Opens the door for HTTPS, if it is wanted. Where it cannot be, the state says so.
    pub(super) async fn open_https(&self, control: &mut Control, listen: &Listen) {
        if Door::Https.wanted(listen).is_none() {
            return;
        }
        if let Err(error) = self.open_door(control, Door::Https, listen).await {
            tracing::warn!(%error, "no HTTPS");
            let message = error.to_string();
            self.0.https.send_replace(HttpsState::Failed { message });
        }
    }

    /// Binds every address that `new` wants and `old` did not, beside those that are served.
    ///
    /// # Errors
    /// One of them cannot be had; then all is as it was.
    pub(super) async fn bind_new(
        &self,
        control: &mut Control,
        old: &Listen,
        new: &Listen,
    ) -> Result<Vec<Bound>, StartError> {
        let mut bound = Vec::new();
        for door in Door::ALL {
            let (before, wanted) = (door.wanted(old), door.wanted(new));
            let Some(address) = wanted.filter(|_| wanted != before) else {
                continue;
            };
            match self.bind_beside(control, door, before, address).await {
                Ok(one) => bound.push(one),
                Err(error) => {
                    drop(bound);
                    self.take_back(control, old).await?;
                    return Err(error);
                }
            }
        }
        Ok(bound)
    }

    /// On the same port the old address and the new one may exclude each other; then the old one is
    /// let go of first.
    async fn bind_beside(
        &self,
        control: &mut Control,
        door: Door,
        before: Option<SocketAddr>,
        address: SocketAddr,
    ) -> Result<Bound, StartError> {
        let tls = self.tls(control, door).await?;
        let mut socket = bind(address).await;
        let same_port = before.is_some_and(|before| before.port() == address.port());
        if matches!(socket, Err(StartError::PortInUse(_))) && same_port {
            if let Some(listener) = control.at(door).take() {
                self.0.own_addresses.remove(listener.address());
                listener.release().await;
            }
            socket = bind(address).await;
        }
        Ok(Bound {
            door,
            socket: socket?,
            tls,
        })
    }

    /// Serves the addresses of the configuration in force again, where they were let go of.
    pub(super) async fn take_back(
        &self,
        control: &mut Control,
        listen: &Listen,
    ) -> Result<(), StartError> {
        if control.listener.is_none() {
            self.open_door(control, Door::Http, listen).await?;
        }
        if control.https.is_none() {
            self.open_https(control, listen).await;
        }
        Ok(())
    }

    /// Serves what was bound instead of what was before, and closes what is not wanted any more.
    pub(super) fn move_to(
        &self,
        control: &mut Control,
        bound: Vec<Bound>,
        listen: &Listen,
    ) -> Result<(), StartError> {
        for one in bound {
            self.serve(control, one)?;
        }
        if Door::Https.wanted(listen).is_none() {
            self.0.https.send_replace(HttpsState::Off);
            if let Some(old) = control.https.take() {
                self.retire(old);
            }
        }
        Ok(())
    }

    fn serve(&self, control: &mut Control, bound: Bound) -> Result<SocketAddr, StartError> {
        let Bound { door, socket, tls } = bound;
        let wanted = socket.local_addr();
        let listener =
            Listener::start(socket, tls, self.0.clone()).map_err(|error| StartError::Listen {
                address: wanted.unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0))),
                reason: error.to_string(),
            })?;
        let address = listener.address();
        self.0.tunnels.reopen();
        self.0.own_addresses.add(address);
        match door {
            Door::Http => self.set_state(GatewayState::Running { address }),
            Door::Https => {
                self.0.https.send_replace(HttpsState::Running { address });
            }
        }
        if let Some(old) = control.at(door).replace(listener) {
            self.retire(old);
        }
        Ok(address)
    }

    /// Requests on an old address end in their own time.
    fn retire(&self, old: Listener) {
        self.0.own_addresses.remove(old.address());
        tokio::spawn(old.stop());
    }

    /// How a door shakes hands; the authority is made when it is first needed.
    async fn tls(
        &self,
        control: &mut Control,
        door: Door,
    ) -> Result<Option<Arc<ServerConfig>>, StartError> {
        if door == Door::Http {
            return Ok(None);
        }
        if control.tls.is_none() {
            let (folder, clock) = (self.0.data_dir.clone(), self.0.clock.clone());
            let opened = tokio::task::spawn_blocking(move || {
                let ca = LocalCa::open(&folder, local_ca::date_time(&clock))?;
                Ok(local_ca::server_config(ca, clock))
            });
            let opened: Result<_, local_ca::CaError> =
                opened.await.expect("opening an authority does not panic");
            control.tls = Some(opened.map_err(|error| StartError::Certificate(error.to_string()))?);
        }
        Ok(control.tls.clone())
    }
}
