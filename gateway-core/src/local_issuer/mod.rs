//! An issuer of one's own for test tokens (JWT-4): a key, and a small server on loopback that
//! publishes its public half.

mod key;

use std::future::IntoFuture as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use key::{LocalIssuerError, LocalKey, Wish};

/// The name by which routes take its tokens.
pub const NAME: &str = "local";

/// The claim `iss` of its tokens.
pub fn issuer(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// A running server of the local issuer's public key. It stops when this is dropped.
#[derive(Debug)]
pub struct LocalIssuerServer {
    stop: DropGuard,
    server: JoinHandle<()>,
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Its port cannot be had.
    #[error(transparent)]
    Port(#[from] io::Error),
    /// There is no key.
    #[error(transparent)]
    Key(#[from] LocalIssuerError),
}

impl LocalIssuerServer {
    /// Publishes the key of `folder` on a port of 127.0.0.1. Needs a Tokio runtime.
    ///
    /// # Errors
    /// The port is taken, or the key cannot be read or made.
    pub async fn start(port: u16, folder: &Path) -> Result<Self, ServerError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let folder = folder.to_owned();
        let key = tokio::task::spawn_blocking(move || LocalKey::open(&folder));
        let key = key.await.expect("opening a key does not panic")?;
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let server = axum::serve(listener, published(address, &key));
        let server = tokio::spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                result = server.into_future() => if let Err(error) = result {
                    tracing::warn!(%error, "the local issuer stopped");
                },
            }
        });
        Ok(Self {
            stop: stop.drop_guard(),
            server,
        })
    }

    /// Stops it and waits until its port is free again.
    pub async fn stop(self) {
        let Self { stop, server } = self;
        drop(stop);
        if let Err(error) = server.await {
            tracing::warn!(%error, "the local issuer ended badly");
        }
    }
}

/// The key set, and as much of OpenID Connect Discovery as is true here: nobody can sign in.
fn published(address: SocketAddr, key: &LocalKey) -> Router {
    let issuer = issuer(address.port());
    let about = json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "id_token_signing_alg_values_supported": ["ES256"],
        "subject_types_supported": ["public"],
    });
    let always = |document: Value| get(move || std::future::ready(Json(document.clone())));
    Router::new()
        .route("/.well-known/jwks.json", always(key.jwks()))
        .route("/.well-known/openid-configuration", always(about))
}
