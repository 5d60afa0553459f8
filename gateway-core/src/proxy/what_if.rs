//! A request that is only asked about. It is decided as any other, by the same stages in the same
//! order, but nothing is taken, counted, sent or asked. Secrets of a request in the log were masked, so
//! what was found out about them then is taken for granted, and said.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::clock::Now;
use crate::ids::{RouteName, VersionName};
use crate::keys::ApiKey;
use crate::proxy::error::ErrorCode;
use crate::record::decision::{Facts, NamedBy};
use crate::record::redact::MASK;
use crate::snapshot::limits::stood::Stood;

/// Under which circumstances a request is asked about.
pub(crate) struct WhatIf {
    /// When it is taken to come.
    pub now: Now,
    /// What is known of its caller.
    pub caller: Assumed,
    /// The version that it got then, and how.
    pub version: Option<(RouteName, VersionName, NamedBy)>,
    /// How limits stood then. Absent: as they stand now.
    pub limits: Option<Stood>,
    /// What was taken for granted.
    pub notes: Notes,
}

/// What is known of a caller whose secrets are not there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assumed {
    /// Whoever it is, it is this consumer.
    pub consumer: Option<String>,
    /// The API key that stands where one is masked, or why that one was refused.
    pub key: Option<Result<Arc<ApiKey>, ErrorCode>>,
    /// What was found of a name and password that are masked.
    pub password: Option<Password>,
    /// Whether the signature of a token was right where it is masked.
    pub signature: Option<bool>,
    /// What the service that is asked about callers said, and where that is.
    pub consent: Option<Consent>,
}

/// What was found of a name and a password.
#[derive(Clone, Debug)]
pub(crate) enum Password {
    /// They are those of this consumer.
    Of(String),
    /// They are those of a consumer whose name is not known, beside another credential; it gave the
    /// caller these.
    With {
        /// Groups of all credentials.
        groups: Vec<String>,
        /// Scopes of all credentials.
        scopes: Vec<String>,
    },
    /// They are not good.
    Wrong {
        /// Why.
        reason: String,
        /// The consumer, where it is known at all.
        consumer: Option<String>,
    },
}

/// What the service that is asked about callers said.
#[derive(Clone, Debug)]
pub(crate) enum Consent {
    /// Yes, and that the caller is this consumer.
    Given(Option<String>),
    /// An answer of its own.
    Refused(Facts),
    /// Nothing.
    Silent(ErrorCode, String),
}

/// What was taken for granted, one sentence each.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<Vec<String>>);

impl Notes {
    /// Says it, once.
    pub(crate) fn say(&self, note: impl Into<String>) {
        let (mut all, note) = (self.0.lock(), note.into());
        if !all.contains(&note) {
            all.push(note);
        }
    }

    /// All that was said.
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().clone()
    }
}

impl WhatIf {
    /// The version that the request got on this route, where its turn or a cookie decided.
    pub(crate) fn version_on(&self, route: &RouteName) -> Option<(&VersionName, NamedBy)> {
        let (then, version, by) = self.version.as_ref()?;
        (then == route).then_some((version, *by))
    }
}

/// Whether this stands where a secret stood.
pub(crate) fn is_masked(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    text.contains(MASK) || text.contains('…')
}
