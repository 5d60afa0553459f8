//! A service over HTTP/2, over TLS, or both.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::Body;

/// An authority of a test's own, with its certificate in a file.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    dir: TempDir,
}

impl Authority {
    pub fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let name = format!("authority {}", MADE.fetch_add(1, Ordering::SeqCst));
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let authority = Self {
            issuer: Issuer::new(params, key),
            pem,
            dir: tempfile::tempdir().unwrap(),
        };
        std::fs::write(authority.file(), authority.pem()).unwrap();
        authority
    }

    /// Its certificate.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Where its certificate is.
    pub fn file(&self) -> PathBuf {
        self.dir.path().join("authority.pem")
    }

    /// A certificate for `name`, for a server that speaks these protocols.
    pub fn server(&self, name: &str, alpn: &[&str]) -> ServerConfig {
        self.server_with(CertificateParams::new([name.to_owned()]).unwrap(), alpn)
    }

    /// A certificate that ran out in 2021.
    pub fn expired(&self, name: &str) -> ServerConfig {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        self.server_with(params, &[])
    }

    fn server_with(&self, params: CertificateParams, alpn: &[&str]) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let chain = vec![CertificateDer::from(certificate)];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }
}

pub type Answering = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// A running service; stops when dropped.
pub struct Modern {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Modern {
    /// Starts a service over HTTP/1.1 or HTTP/2, whichever it is asked in.
    pub async fn start<F>(tls: Option<ServerConfig>, handler: F) -> Self
    where
        F: Fn(Request<Incoming>) -> Answering + Clone + Send + Sync + 'static,
    {
        Self::with(Builder::new(TokioExecutor::new()), tls, handler).await
    }

    /// Starts a service that speaks as `server` says.
    pub async fn with<F>(
        server: Builder<TokioExecutor>,
        tls: Option<ServerConfig>,
        handler: F,
    ) -> Self
    where
        F: Fn(Request<Incoming>) -> Answering + Clone + Send + Sync + 'static,
    {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = connections.clone();
        let tls = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        let accepting = tokio::spawn(async move {
            let mut running = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = socket.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (handler, tls, server) = (handler.clone(), tls.clone(), server.clone());
                let service = service_fn(move |request| {
                    let answer = handler(request);
                    async move { Ok::<_, Infallible>(answer.await) }
                });
                running.spawn(async move {
                    // A caller that hangs up, or does not trust it, is part of some tests.
                    match tls {
                        None => {
                            let io = TokioIo::new(stream);
                            let _ = server.serve_connection_with_upgrades(io, service).await;
                        }
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                let io = TokioIo::new(stream);
                                let _ = server.serve_connection_with_upgrades(io, service).await;
                            }
                        }
                    }
                });
            }
        });
        Self {
            address,
            connections,
            accepting,
        }
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Modern {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
