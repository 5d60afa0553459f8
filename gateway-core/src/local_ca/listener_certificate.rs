//! The certificate of the HTTPS listener, made anew while it runs, well before its end.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use time::{Duration, OffsetDateTime};

use super::{LocalCa, date_time};
use crate::clock::Clock;

const RENEW_AFTER: Duration = Duration::days(60);

/// How a listener shakes hands: TLS 1.2 and 1.3, HTTP/2 or HTTP/1.1 by ALPN (RFC 7301).
pub fn server_config(ca: LocalCa, clock: Clock) -> Arc<ServerConfig> {
    let resolver = Arc::new(Resolver {
        ca,
        clock,
        current: Mutex::new(None),
    });
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks the versions that are on by default")
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}

struct Resolver {
    ca: LocalCa,
    clock: Clock,
    current: Mutex<Option<(OffsetDateTime, Arc<CertifiedKey>)>>,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let now = date_time(&self.clock);
        let mut current = self.current.lock();
        if let Some((made, certificate)) = current.as_ref()
            && (*made..*made + RENEW_AFTER).contains(&now)
        {
            return Some(certificate.clone());
        }
        let certificate = Arc::new(self.ca.issue(now));
        *current = Some((now, certificate.clone()));
        Some(certificate)
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}
