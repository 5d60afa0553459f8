//! Which requests an answer may be given to again, before its `Vary` is asked.

use http::HeaderName;

use crate::ids::{RouteName, VersionName};

/// What requests have to share to get the same answer. Two that differ in any of it never do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The route that took the request.
    pub route: RouteName,
    /// The terms under which it was kept; see [`super::Policy::generation`].
    pub generation: u64,
    /// The version of the route.
    pub version: Option<VersionName>,
    /// Whose it is.
    pub whose: Whose,
    /// Whether the caller was connected by TLS.
    pub https: bool,
    /// The host that was asked for, with its port if given, in lower case.
    pub host: Box<str>,
    /// The path as it was asked for.
    pub path: Box<str>,
    /// The part of the query that counts.
    pub query: Box<str>,
    /// Whether that is all of it.
    pub whole_query: bool,
    /// The headers that the route names, with their values, normalised.
    pub headers: Vec<(HeaderName, Option<Vec<u8>>)>,
}

/// Whose requests an answer may be given to again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// All that the route takes, or all that showed no credential.
    Everyone,
    /// Those of one caller: this consumer, with this credential, in these groups and with these
    /// scopes.
    Caller(Box<Identity>),
}

/// Who a caller is, as far as services are told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The consumer.
    pub consumer: Option<Box<str>>,
    /// The credential.
    pub credential: Option<Box<str>>,
    /// Groups of the consumer.
    pub groups: Vec<String>,
    /// Scopes of the credential.
    pub scopes: Vec<String>,
    /// What the service that was asked about the caller said of it.
    pub told: Vec<(HeaderName, Vec<u8>)>,
}

impl Whose {
    /// In a few words, such as `consumer acme`.
    pub fn words(&self) -> String {
        match self {
            Self::Everyone => "everyone".to_owned(),
            Self::Caller(who) => match (&who.consumer, &who.credential) {
                (Some(consumer), Some(credential)) => {
                    format!("consumer {consumer}, credential {credential}")
                }
                (Some(consumer), None) => format!("consumer {consumer}"),
                (None, Some(credential)) => format!("credential {credential}"),
                (None, None) => "this caller".to_owned(),
            },
        }
    }
}

impl Key {
    /// How much memory it takes, in bytes, about.
    pub fn weight(&self) -> u64 {
        let headers = self.headers.iter();
        let headers: usize = headers
            .map(|(name, value)| name.as_str().len() + value.as_ref().map_or(0, Vec::len))
            .sum();
        let texts = self.host.len() + self.path.len() + self.query.len() + headers;
        u64::try_from(texts).unwrap_or(u64::MAX).saturating_add(256)
    }
}

/// An address at which answers are found, whoever's and under whatever terms: what a request changed
/// that was not only a question is no longer good for any of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The host, with its port if given, in lower case.
    pub host: Box<str>,
    /// The path that routes are matched against.
    pub path: Box<str>,
}
