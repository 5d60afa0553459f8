//! The certificates of the HTTPS listener, each made when it is asked for, and anew while it runs, well before its end.

use std::collections::HashMap;
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
/// Most certificates kept; beyond that they are made anew.
const MOST_NAMES: usize = 256;

/// How a listener shakes hands: TLS 1.2 and 1.3, HTTP/2 or HTTP/1.1 by ALPN (RFC 7301).
pub fn server_config(ca: LocalCa, clock: Clock) -> Arc<ServerConfig> {
    let resolver = Arc::new(Resolver {
        ca,
        clock,
        made: Mutex::default(),
    });
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks the versions that are on by default")
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}

/// Certificates by the name that was asked for. A name of its own each, since many programs take
/// no `*.localhost`: a wildcard there would stand for everything under a top-level domain.
struct Resolver {
    ca: LocalCa,
    clock: Clock,
    made: Mutex<HashMap<Option<String>, Made>>,
}

struct Made {
    at: OffsetDateTime,
    certificate: Arc<CertifiedKey>,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello
            .server_name()
            .map(str::to_ascii_lowercase)
            .filter(|name| name.ends_with(".localhost"));
        let now = date_time(&self.clock);
        let mut made = self.made.lock();
        if let Some(made) = made.get(&name)
            && (made.at..made.at + RENEW_AFTER).contains(&now)
        {
            return Some(made.certificate.clone());
        }
        if made.len() >= MOST_NAMES {
            made.clear();
        }
        let certificate = Arc::new(self.ca.issue(name.as_deref(), now));
        let entry = Made {
            at: now,
            certificate: certificate.clone(),
        };
        made.insert(name, entry);
        Some(certificate)
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}
