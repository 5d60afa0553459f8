//! The gateway that the window looks at.

use std::path::PathBuf;

use axum::Router;
use gateway_core::clock::Clock;
use gateway_core::gateway::OpenError;
use gateway_core::{Gateway, Options};

/// The gateway and its admin API.
pub(crate) struct Desktop {
    pub(crate) gateway: Gateway,
    pub(crate) admin: Router,
    /// Folder of the databases.
    pub(crate) data_dir: PathBuf,
}

impl Desktop {
    /// Opens the gateway, and starts it if it has been configured before.
    pub(crate) async fn open(data_dir: PathBuf) -> Result<Self, OpenError> {
        let options = Options {
            data_dir: data_dir.clone(),
            config_file: None,
            clock: Clock::system(),
        };
        let gateway = Gateway::open(options).await?;
        match std::env::current_exe() {
            Ok(own) => gateway.supervise_with(own),
            Err(error) => tracing::warn!(%error, "services' programs cannot be run"),
        }
        if gateway.current().revision > 0
            && let Err(error) = gateway.start().await
        {
            // The window says so, and offers another port.
            tracing::warn!(%error, "the gateway did not start");
        }
        let admin = gateway_core::admin::router(gateway.clone());
        Ok(Self {
            gateway,
            admin,
            data_dir,
        })
    }
}
