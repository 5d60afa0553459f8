//! TLS to targets: whom to trust, and what it means when a target is not.
//!
//! The system's certificates are read once. A file named in the configuration is looked at before
//! each new connection, and read again when it changed, so that a renewed authority needs no restart.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::error::{ErrorCode, ProxyError};
use crate::config::{Protocol, Tls};
use crate::snapshot::origin::Origin;

/// The name of HTTP/2 in a TLS handshake (RFC 9113, section 3.1).
pub const H2: &[u8] = b"h2";
const HTTP_1_1: &[u8] = b"http/1.1";

/// Most settings that are kept ready; there are as many as services trust differently.
const MOST_READY: usize = 64;

/// Whom to trust, ready for handshakes.
#[derive(Default)]
pub struct Trust {
    system: OnceCell<Arc<RootCertStore>>,
    ready: Mutex<HashMap<Trusted, Arc<ClientConfig>>>,
}

/// What handshakes have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Trusted {
    by: By,
    protocol: Protocol,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum By {
    System,
    /// A file, as it was when it was last changed.
    File {
        path: String,
        changed: Option<SystemTime>,
        bytes: u64,
    },
    Anyone,
}

impl Trust {
    /// Shakes hands with a target over an open connection.
    ///
    /// # Errors
    /// [`ErrorCode::UpstreamTls`], with the reason.
    pub async fn shake_hands(
        &self,
        origin: &Origin,
        tls: &Tls,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, ProxyError> {
        let refuse = |reason: String| {
            let reason = format!("{}: {reason}", origin.authority);
            ProxyError::Upstream(ErrorCode::UpstreamTls, reason)
        };
        let name = tls.server_name.as_deref().unwrap_or(origin.host());
        let server = ServerName::try_from(name.to_owned())
            .map_err(|_| refuse(format!("`{name}` cannot stand in a certificate")))?;
        let config = self.config(tls, origin.protocol).await.map_err(refuse)?;
        let connected = TlsConnector::from(config).connect(server, stream).await;
        connected.map_err(|error| refuse(explain(&error, name)))
    }

    async fn config(&self, tls: &Tls, protocol: Protocol) -> Result<Arc<ClientConfig>, String> {
        let trusted = Trusted {
            by: By::of(tls).await?,
            protocol,
        };
        if let Some(ready) = self.ready.lock().get(&trusted) {
            return Ok(ready.clone());
        }
        let config = Arc::new(self.make(&trusted).await?);
        let mut ready = self.ready.lock();
        if ready.len() >= MOST_READY {
            ready.clear();
        }
        ready.insert(trusted, config.clone());
        Ok(config)
    }

    async fn make(&self, trusted: &Trusted) -> Result<ClientConfig, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .expect("ring has ciphers for both versions of TLS");
        let mut config = match &trusted.by {
            By::System => {
                let roots = self.system.get_or_try_init(system_roots).await?;
                builder.with_root_certificates(roots.clone())
            }
            By::File { path, .. } => builder.with_root_certificates(roots_of(path).await?),
            By::Anyone => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Anyone(provider))),
        }
        .with_no_client_auth();
        config.alpn_protocols = match trusted.protocol {
            Protocol::Auto => vec![H2.to_vec(), HTTP_1_1.to_vec()],
            Protocol::Http1 => vec![HTTP_1_1.to_vec()],
            Protocol::Http2 => vec![H2.to_vec()],
        };
        Ok(config)
    }
}

impl By {
    async fn of(tls: &Tls) -> Result<Self, String> {
        if tls.skip_verify {
            return Ok(Self::Anyone);
        }
        let Some(path) = &tls.ca_file else {
            return Ok(Self::System);
        };
        let file = tokio::fs::metadata(path)
            .await
            .map_err(|error| unreadable(path, &error))?;
        Ok(Self::File {
            path: path.clone(),
            changed: file.modified().ok(),
            bytes: file.len(),
        })
    }
}

fn unreadable(path: &str, error: &io::Error) -> String {
    format!("`tls.ca_file` {path} cannot be read: {error}")
}

async fn system_roots() -> Result<Arc<RootCertStore>, String> {
    tokio::task::spawn_blocking(|| {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            let why: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
            return Err(format!(
                "the system has no certificates of authorities to trust ({}); name a file of your \
                 own as `tls.ca_file`",
                why.join("; ")
            ));
        }
        Ok(Arc::new(roots))
    })
    .await
    .expect("reading certificates does not panic")
}

async fn roots_of(path: &str) -> Result<RootCertStore, String> {
    let text = tokio::fs::read(Path::new(path))
        .await
        .map_err(|error| unreadable(path, &error))?;
    let wrong = |reason: String| format!("`tls.ca_file` {path} {reason}");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| wrong(format!("is no PEM: {error}")))?;
        roots
            .add(certificate)
            .map_err(|error| wrong(format!("holds a certificate that is none: {error}")))?;
    }
    match roots.is_empty() {
        true => Err(wrong(
            "holds no certificate (`-----BEGIN CERTIFICATE-----`)".to_owned(),
        )),
        false => Ok(roots),
    }
}

/// Why a handshake failed, and what to do.
fn explain(error: &io::Error, name: &str) -> String {
    let cause = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(error)) => explain_certificate(error, name),
        Some(rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => {
            "it does not speak the `protocol` of the service over TLS (ALPN)".to_owned()
        }
        Some(rustls::Error::AlertReceived(AlertDescription::CertificateRequired)) => {
            "it asks for a certificate of the gateway, which has none".to_owned()
        }
        Some(rustls::Error::AlertReceived(alert)) => {
            format!("it broke off the TLS handshake: {alert:?}")
        }
        Some(rustls::Error::InvalidMessage(_)) => {
            "it does not speak TLS; is its URL `http://`?".to_owned()
        }
        Some(other) => format!("no TLS handshake: {other}"),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "it closed the connection during the TLS handshake".to_owned()
        }
        None => format!("no TLS handshake: {error}"),
    }
}

fn explain_certificate(error: &CertificateError, name: &str) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet; is the clock right?".to_owned()
        }
        CertificateError::UnknownIssuer => {
            "its certificate comes from an unknown issuer; name the file of its authority as \
             `tls.ca_file`"
                .to_owned()
        }
        CertificateError::NotValidForName => format!("its certificate is not for `{name}`"),
        CertificateError::NotValidForNameContext { presented, .. } => format!(
            "its certificate is for {}, not for `{name}`; say which name to ask for as \
             `tls.server_name`",
            presented
                .iter()
                .map(|name| plain_name(name))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        CertificateError::BadSignature => {
            "its certificate was not signed by the authority it names; was that one made anew?"
                .to_owned()
        }
        other => format!("its certificate is not good: {other}"),
    }
}

/// `DnsName("a")`, as rustls says it, as `a`.
fn plain_name(name: &str) -> &str {
    name.split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'))
        .map_or(name, |inner| inner.trim_matches('"'))
}

/// Takes any certificate, but only from who holds its key.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
