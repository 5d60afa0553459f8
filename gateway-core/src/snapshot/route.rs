//! A route with everything that its requests need.

use std::sync::Arc;

use http::Method;
use http::uri::Authority;
use regex::Regex;

use super::Service;
use super::access::AccessRule;
use super::answer::OwnAnswer;
use super::authentication::Authentication;
use super::cors::Cors;
use super::header_edits::HeaderEdits;
use super::limits::Limit;
use super::matcher::conditions::Condition;
use super::matcher::hosts::HostPattern;
use super::matcher::paths::PathPattern;
use super::mock::Mock;
use super::rewrite::PathChange;
use super::versions::Versions;
use crate::aggregate::plan::Plan;
use crate::ids::{RouteName, ServiceName};

/// A route with everything that its requests need.
pub struct Route {
    /// Its name.
    pub name: RouteName,
    /// Routes with a higher one are asked first.
    pub priority: i32,
    /// Hosts; empty for any.
    pub hosts: Vec<HostPattern>,
    /// Its path.
    pub path: PathPattern,
    /// Methods; empty for any.
    pub methods: Vec<Method>,
    /// Conditions, all of which have to hold.
    pub conditions: Vec<Condition>,
    /// What a segment before its path has to look like to be taken for a version; `None` where
    /// versions do not stand there.
    pub first_segment: Option<Regex>,
    /// Its versions.
    pub versions: Option<Versions>,
    /// What becomes of the path.
    pub path_change: PathChange,
    /// The `Host` that the service sees.
    pub host_header: HostHeader,
    /// Changes to the request's headers.
    pub request_headers: HeaderEdits,
    /// Changes to the answer's headers: a service's, or the route's own. Problems are left as they
    /// are.
    pub response_headers: HeaderEdits,
    /// Largest request body taken, in bytes, where the route says so.
    pub max_request_body_bytes: Option<u64>,
    /// How callers show who they are.
    pub authentication: Authentication,
    /// Which web pages of other origins may call; `None` where services say that.
    pub cors: Option<Cors>,
    /// Which answers are kept and given again; `None` where none are.
    pub cache: Option<Arc<crate::cache::Policy>>,
    /// Who of those that are known may call.
    pub access: Vec<AccessRule>,
    /// Its limits, in the order of the config.
    pub limits: Vec<Arc<Limit>>,
    /// What stands in for who answers; `None` where nothing does.
    pub mock: Option<Mock>,
    /// Who answers.
    pub backend: Backend,
}

/// Who answers.
#[derive(Clone)]
pub enum Backend {
    /// A service.
    Service(Arc<Service>),
    /// Several services together.
    Aggregate(Arc<Plan>),
    /// The gateway itself.
    Own(OwnAnswer),
}

/// The `Host` that a service sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostHeader {
    /// The one the caller sent.
    Caller,
    /// That of the target's URL.
    Target,
    /// This one.
    Fixed(Authority),
}

impl Route {
    /// Whether the route takes this method.
    pub fn takes(&self, method: &Method) -> bool {
        self.methods.is_empty() || self.methods.contains(method)
    }

    /// The service that answers, if one does.
    pub fn service_name(&self) -> Option<&ServiceName> {
        match &self.backend {
            Backend::Service(service) => Some(&service.name),
            Backend::Own(_) | Backend::Aggregate(_) => None,
        }
    }
}
