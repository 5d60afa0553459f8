//! How callers of a route show who they are.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, Uri};

use super::issuers::Issuer;
use crate::config::{AuthenticationMethod, Require};

/// How callers of a route show who they are.
#[derive(Default)]
pub struct Authentication {
    /// The ways that are taken, in the order of the config; empty where none is asked for.
    pub methods: Vec<Method>,
    /// Whether one of them is enough.
    pub require: Require,
    /// Whether callers pass who show nothing at all.
    pub anonymous: bool,
}

/// A way to show who one is.
pub enum Method {
    /// An API key.
    ApiKey,
    /// A consumer's name and password.
    Basic,
    /// A token of one of these issuers.
    Jwt(Vec<Arc<Issuer>>),
    /// Somebody is asked.
    Forward(Box<ForwardAuth>),
}

/// Who is asked about callers, and how.
pub struct ForwardAuth {
    /// Where.
    pub url: Uri,
    /// Headers of the request that are passed on.
    pub request_headers: Vec<HeaderName>,
    /// Headers of the answer that the service is sent.
    pub response_headers: Vec<HeaderName>,
    /// Header of the answer that names the consumer.
    pub consumer_header: Option<HeaderName>,
    /// How long it may take.
    pub timeout: Duration,
}

impl Method {
    /// What it is called.
    pub fn kind(&self) -> AuthenticationMethod {
        match self {
            Self::ApiKey => AuthenticationMethod::ApiKey,
            Self::Basic => AuthenticationMethod::Basic,
            Self::Jwt(_) => AuthenticationMethod::Jwt,
            Self::Forward(_) => AuthenticationMethod::Forward,
        }
    }
}

impl Authentication {
    /// Whether API keys are taken.
    pub fn takes_keys(&self) -> bool {
        self.methods.iter().any(|m| matches!(m, Method::ApiKey))
    }

    /// Whether tokens are taken.
    pub fn takes_tokens(&self) -> bool {
        self.methods.iter().any(|m| matches!(m, Method::Jwt(_)))
    }

    /// Who is asked about callers, if somebody is.
    pub fn forward(&self) -> Option<&ForwardAuth> {
        self.methods.iter().find_map(|method| match method {
            Method::Forward(forward) => Some(&**forward),
            Method::ApiKey | Method::Basic | Method::Jwt(_) => None,
        })
    }
}
