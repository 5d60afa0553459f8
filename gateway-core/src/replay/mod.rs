//! Sending a request of the log again: as it was, edited, to another version, or straight to a
//! target.
//!
//! The log holds no secrets, so a request that was made with one cannot be repeated as it stands. A
//! key is granted by its id instead (see [`crate::gateway`]); whatever else is missing is said
//! before anything is sent.

mod request;
mod version;

use http::Method;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ids::{KeyId, VersionName};
use crate::keys::KeyRing;
use crate::record::detail::ExchangeDetail;
use crate::record::summary::{KeyName, RequestOrigin};
use crate::snapshot::{Backend, Route, Service, Snapshot};

pub use request::ReplayRequest;
pub use version::name_version;

/// Most times that a request is sent again at once.
pub const MOST_TIMES: u32 = 200;
/// Most of them that run at the same time.
pub const MOST_AT_ONCE: u32 = 20;

/// What sending a request of the log again would be.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReplayPlan {
    /// The request as its caller sent it, but for what the log does not hold.
    pub request: ReplayRequest,
    /// The request as its service got it, to be sent straight to a target. Absent where none did.
    pub direct: Option<ReplayRequest>,
    /// What of the request cannot be repeated, one sentence each.
    #[schema(example = json!(["Header `authorization` is left out: its value is not in the log."]))]
    pub left_out: Vec<String>,
    /// Whether something is missing that changes what the request does.
    pub incomplete: bool,
    /// Whether the method only reads, so that sending it again changes nothing (RFC 9110, 9.2.1).
    pub safe: bool,
    /// The key that the original was made with, where it is good still.
    pub key: Option<KeyName>,
    /// The consumer that the original was made by.
    pub consumer: Option<String>,
    /// The version that the original was of.
    pub version: Option<VersionName>,
    /// The versions that there are.
    pub versions: Vec<VersionName>,
    /// URLs of the targets that the request may be sent to straight.
    pub targets: Vec<String>,
    /// How many times it may be sent at once.
    pub most_times: u32,
    /// Why it may be sent only once, if so.
    pub why_once: Option<String>,
}

/// What sending `detail`'s request again through a gateway at `own_host` would be.
pub fn plan(
    detail: &ExchangeDetail,
    snapshot: &Snapshot,
    keys: &KeyRing,
    own_host: &str,
) -> ReplayPlan {
    let summary = &detail.summary;
    let mut repeated = request::as_sent(detail);
    if summary.origin == RequestOrigin::Import {
        // It was made to somebody else's server.
        own_host.clone_into(&mut repeated.request.host);
    }
    let route = route_of(detail, snapshot);
    let services = services(detail, snapshot, route);
    let why_once = services
        .iter()
        .flat_map(|service| &service.targets)
        .find(|target| !is_on_this_machine(target.authority.host()))
        .map(|target| {
            format!(
                "The target {} may be on another machine, so the request is sent once at a time.",
                target.url
            )
        });
    let key = summary.key.clone();
    let versions = route.and_then(|route| route.versions.as_ref());
    ReplayPlan {
        safe: is_safe(&repeated.request.method),
        direct: request::as_forwarded(detail),
        key: key.filter(|key| is_good(keys, key.id)),
        consumer: summary.consumer.clone(),
        version: summary.version.clone(),
        versions: versions
            .iter()
            .flat_map(|versions| &versions.list)
            .map(|version| version.name.clone())
            .collect(),
        targets: services
            .iter()
            .flat_map(|service| &service.targets)
            .map(|target| target.url.clone())
            .collect(),
        most_times: match why_once {
            Some(_) => 1,
            None => MOST_TIMES,
        },
        why_once,
        request: repeated.request,
        left_out: repeated.left_out,
        incomplete: repeated.incomplete,
    }
}

/// The request of the log as its caller sent it, and whether something is missing that changes what
/// it does.
pub(crate) fn as_sent(detail: &ExchangeDetail) -> (ReplayRequest, bool) {
    let repeated = request::as_sent(detail);
    (repeated.request, repeated.incomplete)
}

/// Whether a method only reads.
pub fn is_safe(method: &str) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS]
        .iter()
        .any(|safe| safe.as_str() == method)
}

/// The route that took the request, as it is now.
pub fn route_of<'s>(detail: &ExchangeDetail, snapshot: &'s Snapshot) -> Option<&'s Route> {
    let name = detail.summary.route.as_ref()?;
    let mut routes = snapshot.routes.iter();
    routes
        .find(|route| route.name == *name)
        .map(|route| &**route)
}

/// The services that may answer the request: its own first, then those of the route and of its
/// versions.
pub fn services<'s>(
    detail: &ExchangeDetail,
    snapshot: &'s Snapshot,
    route: Option<&'s Route>,
) -> Vec<&'s Service> {
    let own = detail.summary.service.as_ref();
    let own = own.and_then(|name| snapshot.services.get(name));
    let of_route = route.and_then(|route| match &route.backend {
        Backend::Service(service) => Some(service),
        Backend::Own(_) | Backend::Aggregate(_) => None,
    });
    let versions = route.and_then(|route| route.versions.as_ref());
    let of_versions = versions
        .iter()
        .flat_map(|versions| &versions.list)
        .filter_map(|version| version.service.as_ref());
    let mut services: Vec<&Service> = Vec::new();
    for service in own.into_iter().chain(of_route).chain(of_versions) {
        if !services.iter().any(|known| known.name == service.name) {
            services.push(service);
        }
    }
    services
}

/// Whether a consumer is known: by the configuration, by a key, or since the request was theirs.
pub fn is_known(
    consumer: &str,
    detail: &ExchangeDetail,
    snapshot: &Snapshot,
    keys: &KeyRing,
) -> bool {
    snapshot.consumers.get(consumer).is_some()
        || detail.summary.consumer.as_deref() == Some(consumer)
        || keys.list().iter().any(|key| key.consumer == consumer)
}

fn is_good(keys: &KeyRing, id: KeyId) -> bool {
    keys.granted(id).is_ok()
}

/// Whether a host is an address of this machine alone, whatever is resolved.
fn is_on_this_machine(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    match host.parse::<std::net::IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_reads_is_safe() {
        for (method, safe) in [("GET", true), ("HEAD", true), ("OPTIONS", true)] {
            assert_eq!(is_safe(method), safe);
        }
        for method in ["POST", "DELETE", "get", "TRACE", "QUERY", ""] {
            assert!(!is_safe(method), "{method}");
        }
    }

    #[test]
    fn addresses_of_other_machines_are_told_from_this_one() {
        for (host, own) in [
            ("127.0.0.1", true),
            ("127.9.9.9", true),
            ("[::1]", true),
            ("[::ffff:127.0.0.1]", true),
            ("LocalHost", true),
            ("shop.localhost", true),
            ("localhost.example.com", false),
            ("10.0.0.1", false),
            ("example.com", false),
        ] {
            assert_eq!(is_on_this_machine(host), own, "{host}");
        }
    }
}
