//! What is thrown away.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::entry::Stored;
use super::key::{Key, Place};
use crate::ids::RouteName;

/// Which answers are thrown away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purge {
    /// All.
    All,
    /// Those of a route.
    Route(RouteName),
    /// Those of an address.
    Url {
        /// The host, with its port if given, in lower case; any where absent.
        host: Option<String>,
        /// The path that routes are matched against.
        path: String,
        /// The query; any where absent.
        query: Option<String>,
    },
    /// Those that have this tag in `Cache-Tag` or `Surrogate-Key`.
    Tag(String),
}

/// What was thrown away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Purged {
    /// How many answers.
    pub answers: u64,
    /// How many bytes of memory they took.
    pub bytes: u64,
}

impl Purge {
    /// Whether answers under this key may be meant, as far as a key says.
    pub(super) fn is_about(&self, key: &Key, place: &Place) -> bool {
        match self {
            // Of an answer that has not come it is not known which tags it has.
            Self::All | Self::Tag(_) => true,
            Self::Route(route) => key.route == *route,
            Self::Url { host, path, query } => {
                place.path.as_ref() == path
                    && host.as_ref().is_none_or(|host| *host == *place.host)
                    && query.as_ref().is_none_or(|query| asks_alike(key, query))
            }
        }
    }

    /// Whether this answer, which is kept under that key, is thrown away.
    pub(super) fn takes(&self, key: &Key, place: &Place, answer: &Arc<Stored>) -> bool {
        match self {
            Self::Tag(tag) => answer.tags.iter().any(|own| **own == **tag),
            Self::All | Self::Route(_) | Self::Url { .. } => self.is_about(key, place),
        }
    }
}

/// Whether a request with this query may be answered with what is kept under a key: not all of a query
/// has to be part of each.
fn asks_alike(key: &Key, query: &str) -> bool {
    if key.whole_query {
        return *key.query == *query;
    }
    let mut parts = key.query.split('&').filter(|part| !part.is_empty());
    parts.all(|part| query.split('&').any(|other| other == part))
}
