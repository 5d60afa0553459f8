//! A request that was tried, as a test to save.

use std::net::IpAddr;

use http::HeaderName;
use http::header::{ACCEPT, HOST};
use http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;

use super::request::head;
use super::secrets::{masked, redactor};
use crate::config::{Config, HeaderLine, SavedTest};
use crate::ids::VersionName;
use crate::snapshot::Snapshot;
use crate::snapshot::matcher::conditions::Subject;
use crate::snapshot::versions::Scheme;

/// A request as a test to save, and what of the request is not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TestToSave {
    /// The test.
    pub test: SavedTest,
    /// Headers that are left out: programs send them on their own or they hold a secret, and no route
    /// asks for them.
    pub left_out: Vec<String>,
    /// Where the mask stands for a secret: ``the header `x-api-key` `` or `the path or query`.
    pub masked: Vec<String>,
}

/// What programs send with each request, whatever it is for.
const USUAL: [&str; 16] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "dnt",
    "origin",
    "pragma",
    "priority",
    "referer",
    "traceparent",
    "upgrade-insecure-requests",
    "user-agent",
    "x-request-id",
];

/// The request as a test that it comes to `version`, if that is given; `None` where it cannot be
/// saved, since it is not valid or too long.
pub fn to_save(
    request: &Parts,
    version: Option<VersionName>,
    snapshot: &Snapshot,
    config: &Config,
) -> Option<TestToSave> {
    let redactor = redactor(config);
    let mut left_out = Vec::new();
    let mut headers = Vec::new();
    for (name, value) in &request.headers {
        let line = HeaderLine {
            name: name.as_str().to_owned(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        };
        let alone = SavedTest {
            request: "GET /".to_owned(),
            host: None,
            headers: vec![line.clone()],
            version: None,
        };
        let is_secret = || !masked(&alone, &redactor).1.is_empty();
        if *name == HOST {
            continue;
        }
        if asked_for(name, snapshot, request) || !(is_usual(name) || is_secret()) {
            headers.push(line);
        } else if !left_out.contains(&line.name) {
            left_out.push(line.name);
        }
    }
    let target = request.uri.path_and_query().map_or("/", |all| all.as_str());
    let test = SavedTest {
        request: format!("{} {target}", request.method),
        host: host(request, snapshot),
        headers,
        version,
    };
    let (test, masked) = masked(&test, &redactor);
    head(&test).ok()?;
    Some(TestToSave {
        test,
        left_out,
        masked,
    })
}

fn is_usual(name: &HeaderName) -> bool {
    let name = name.as_str();
    USUAL.contains(&name) || name.starts_with("sec-")
}

/// Whether a route looks at a header to know whether the request is its own, or for which version.
fn asked_for(name: &HeaderName, snapshot: &Snapshot, request: &Parts) -> bool {
    // A browser's question before a request is told by these.
    let preflight = request.method == http::Method::OPTIONS
        && (*name == http::header::ORIGIN
            || *name == http::header::ACCESS_CONTROL_REQUEST_METHOD
            || *name == http::header::ACCESS_CONTROL_REQUEST_HEADERS);
    preflight
        || snapshot.routes.iter().any(|route| {
            let mut conditions = route.conditions.iter();
            conditions.any(|condition| condition.on == Subject::Header(name.clone()))
                || match route.versions.as_ref().map(|versions| &versions.scheme) {
                    Some(Scheme::Header(named)) => named == name,
                    Some(Scheme::Accept(_)) => *name == ACCEPT,
                    _ => false,
                }
        })
}

/// The host it was made to, without port. One that only leads to this machine is left out, unless a
/// route asks for it: it tells nothing.
fn host(request: &Parts, snapshot: &Snapshot) -> Option<String> {
    let host = request.headers.get(HOST)?.to_str().ok()?;
    let name = match host.rfind(':') {
        Some(at) if !host[at..].contains(']') => &host[..at],
        _ => host,
    };
    let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
    let here = name == "localhost" || address.is_ok_and(|ip| ip.is_loopback());
    let asked_for = || {
        let mut routes = snapshot.routes.iter();
        routes.any(|route| route.hosts.iter().any(|pattern| pattern.takes(name)))
    };
    (!here || (name != "localhost" && asked_for())).then(|| name.to_owned())
}
