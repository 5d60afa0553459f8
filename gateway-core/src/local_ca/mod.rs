//! An authority of this machine's own, for the certificates of the HTTPS listener.
//!
//! It is made on first use, in the data folder: `local-ca.pem`, and its key in `local-ca.key`, for
//! this user alone. It can vouch for `localhost`, names under it and loopback addresses, and for
//! nothing else, so that trusting it opens no door elsewhere. No list of trusted authorities is ever
//! changed here; people do that, and undo it, by hand.

mod listener_certificate;

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, SanType,
};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

use crate::clock::Clock;
use crate::private_file;

pub use listener_certificate::server_config;

const CERTIFICATE_FILE: &str = "local-ca.pem";
const KEY_FILE: &str = "local-ca.key";
const CA_LIFE: Duration = Duration::days(3_650);
/// Browsers refuse certificates that are good for more than 398 days; a short life costs nothing
/// here, since they are made anew in time.
const LEAF_LIFE: Duration = Duration::days(90);
/// Clocks differ a little.
const BEFORE: Duration = Duration::hours(1);

/// Why there is no authority.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// A file of it cannot be read or written.
    #[error("{} cannot be used: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: io::Error,
    },
    /// Its files are not what they were.
    #[error(
        "{} is no authority ({reason}); move it and `{KEY_FILE}` away to have another made, which \
         then must be trusted anew", path.display()
    )]
    Broken {
        /// The certificate.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// The authority.
pub struct LocalCa {
    /// What is known of it to anyone.
    pub about: About,
    issuer: Issuer<'static, KeyPair>,
}

/// What is known of the authority to anyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The name in its certificate.
    pub name: String,
    /// Where its certificate is.
    pub path: PathBuf,
    /// Its certificate.
    pub pem: String,
    /// SHA-256 of its certificate: pairs of capital hexadecimal digits with colons between them.
    pub fingerprint: String,
    /// The last moment it is good, in seconds since 1970-01-01 UTC.
    pub not_after_s: i64,
}

impl About {
    /// What is known of the authority in `folder`; `None` where none was made yet.
    ///
    /// # Errors
    /// Its certificate cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, CaError> {
        let path = folder.join(CERTIFICATE_FILE);
        let pem = match fs::read_to_string(&path) {
            Ok(pem) => pem,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(reason) => return Err(CaError::File { path, reason }),
        };
        let broken = |reason: String| CaError::Broken {
            path: path.clone(),
            reason,
        };
        let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes())
            .map_err(|error| broken(error.to_string()))?;
        let certificate = block
            .parse_x509()
            .map_err(|error| broken(error.to_string()))?;
        let name = certificate
            .subject()
            .iter_common_name()
            .next()
            .and_then(|name| name.as_str().ok())
            .unwrap_or_default()
            .to_owned();
        let not_after_s = certificate.validity().not_after.timestamp();
        let digits: Vec<_> = Sha256::digest(&block.contents)
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        Ok(Some(Self {
            name,
            not_after_s,
            fingerprint: digits.join(":"),
            path,
            pem,
        }))
    }
}

impl LocalCa {
    /// The authority in `folder`; made now where there is none, or where it is past its time.
    ///
    /// # Errors
    /// It cannot be read or made.
    pub fn open(folder: &Path, now: OffsetDateTime) -> Result<Self, CaError> {
        match About::read(folder)? {
            Some(about) if about.not_after_s > now.unix_timestamp() => Self::load(folder, about),
            _ => Self::make(folder, now),
        }
    }

    fn load(folder: &Path, about: About) -> Result<Self, CaError> {
        let path = folder.join(KEY_FILE);
        let key = fs::read_to_string(&path).map_err(|reason| CaError::File { path, reason })?;
        let broken = |error: rcgen::Error| CaError::Broken {
            path: about.path.clone(),
            reason: error.to_string(),
        };
        let key = KeyPair::from_pem(&key).map_err(broken)?;
        let issuer = Issuer::from_ca_cert_pem(&about.pem, key).map_err(broken)?;
        Ok(Self { about, issuer })
    }

    fn make(folder: &Path, now: OffsetDateTime) -> Result<Self, CaError> {
        let key = KeyPair::generate().expect("the system has random numbers");
        let params = authority(now);
        let certificate = params
            .self_signed(&key)
            .expect("an authority as written here can be signed");
        // The key first: a certificate without one is of no use, and would stand in the way.
        keep(&folder.join(KEY_FILE), key.serialize_pem().as_bytes())?;
        keep(&folder.join(CERTIFICATE_FILE), certificate.pem().as_bytes())?;
        let about = About::read(folder)?.expect("it was just written");
        Ok(Self {
            about,
            issuer: Issuer::new(params, key),
        })
    }

    /// A certificate for `localhost`, loopback addresses and `name`, which is under `localhost`; good
    /// from now on for 90 days.
    fn issue(&self, name: Option<&str>, now: OffsetDateTime) -> CertifiedKey {
        let key = KeyPair::generate().expect("the system has random numbers");
        let certificate = leaf(name, now)
            .signed_by(&key, &self.issuer)
            .expect("a certificate as written here can be signed");
        let private = PrivateKeyDer::try_from(key.serialize_der()).expect("it was just made");
        let signing = ring::sign::any_supported_type(&private).expect("it was just made");
        CertifiedKey::new(vec![certificate.der().clone()], signing)
    }
}

/// Where the certificate of the authority in `folder` is, once it was made.
pub fn certificate_file(folder: &Path) -> PathBuf {
    folder.join(CERTIFICATE_FILE)
}

/// The time on `clock`, as certificates have it.
pub fn date_time(clock: &Clock) -> OffsetDateTime {
    let seconds = clock.now().epoch_us.div_euclid(1_000_000);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn authority(now: OffsetDateTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named("Gatewright local authority");
    params.not_before = now - BEFORE;
    params.not_after = now + CA_LIFE;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)),
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(
                IpAddr::V6(Ipv6Addr::LOCALHOST),
                128,
            )),
        ],
        excluded_subtrees: Vec::new(),
    });
    params
}

fn leaf(name: Option<&str>, now: OffsetDateTime) -> CertificateParams {
    let names: Vec<_> = name
        .into_iter()
        .chain(["localhost"])
        .map(str::to_owned)
        .collect();
    let mut params = CertificateParams::new(names).expect("TLS took the name as one of a host");
    for ip in [
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ] {
        params.subject_alt_names.push(SanType::IpAddress(ip));
    }
    params.distinguished_name = named("Gatewright on this machine");
    params.not_before = now - BEFORE;
    params.not_after = now + LEAF_LIFE;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::OrganizationName, "Gatewright");
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn keep(path: &Path, content: &[u8]) -> Result<(), CaError> {
    private_file::replace(path, content).map_err(|reason| CaError::File {
        path: path.to_owned(),
        reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap()
    }

    #[test]
    fn it_is_made_once_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(About::read(folder.path()).unwrap(), None);
        let made = LocalCa::open(folder.path(), now()).ok().unwrap();
        let again = LocalCa::open(folder.path(), now()).ok().unwrap();
        assert_eq!(made.about, again.about);
        assert_eq!(made.about.name, "Gatewright local authority");
        assert_eq!(made.about.fingerprint.len(), 32 * 3 - 1);
    }

    #[test]
    fn one_past_its_time_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let made = LocalCa::open(folder.path(), now()).ok().unwrap();
        let later = now() + CA_LIFE + Duration::days(1);
        let next = LocalCa::open(folder.path(), later).ok().unwrap();
        assert_ne!(made.about.fingerprint, next.about.fingerprint);
    }

    #[cfg(unix)]
    #[test]
    fn its_key_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        LocalCa::open(folder.path(), now()).ok().unwrap();
        let mode = fs::metadata(folder.path().join(KEY_FILE))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_no_certificate_is_said_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(CERTIFICATE_FILE);
        fs::write(&path, "nonsense").unwrap();
        let error = LocalCa::open(folder.path(), now()).err().unwrap();
        assert!(error.to_string().contains("is no authority"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "nonsense");
    }

    #[test]
    fn a_lost_key_is_said() {
        let folder = tempfile::tempdir().unwrap();
        LocalCa::open(folder.path(), now()).ok().unwrap();
        fs::remove_file(folder.path().join(KEY_FILE)).unwrap();
        let error = LocalCa::open(folder.path(), now()).err().unwrap();
        assert!(error.to_string().contains(KEY_FILE), "{error}");
    }
}
