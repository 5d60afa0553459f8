//! API keys to be made, and changes to them: what they may say.

use std::collections::BTreeMap;

use super::{ApiKey, KeyAccess};
use crate::config::Issue;
use crate::ids::PlanName;
use crate::store::StoreError;

const MAX_LABELS: usize = 32;
const MAX_SCOPES: usize = 64;
const MAX_GRANTS: usize = 1_000;

/// A key to be issued.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewKey {
    /// What to call it.
    pub name: String,
    /// Who uses it. `None`: the same as the name.
    pub consumer: Option<String>,
    /// Notes for people.
    pub labels: BTreeMap<String, String>,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// Its plan.
    pub plan: Option<PlanName>,
    /// Where it may be used.
    pub access: KeyAccess,
    /// From when on it is refused, microseconds since 1970.
    pub expires_at_us: Option<i64>,
}

/// Changes to a key. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyChange {
    /// What to call it.
    pub name: Option<String>,
    /// Who uses it.
    pub consumer: Option<String>,
    /// Notes for people.
    pub labels: Option<BTreeMap<String, String>>,
    /// Its scopes.
    pub scopes: Option<Vec<String>>,
    /// Its plan; `Some(None)` takes it away.
    pub plan: Option<Option<PlanName>>,
    /// Where it may be used.
    pub access: Option<KeyAccess>,
    /// From when on it is refused, microseconds since 1970; `Some(None)`: never.
    pub expires_at_us: Option<Option<i64>>,
}

/// Why a key could not be issued or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// What it should say will not do.
    #[error("{}", sentences(.0))]
    Refused(Vec<Issue>),
    /// It is in no state for that; the text says why, as a sentence.
    #[error("{0}")]
    State(String),
    /// The change could not be stored, so it is not in force either.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn sentences(issues: &[Issue]) -> String {
    let all: Vec<_> = issues.iter().map(sentence).collect();
    all.join("; ")
}

fn sentence(issue: &Issue) -> String {
    format!("{}: {}", issue.path, issue.message)
}

impl NewKey {
    /// A key that may be used nowhere yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// The same for this consumer.
    #[must_use]
    pub fn of(self, consumer: impl Into<String>) -> Self {
        Self {
            consumer: Some(consumer.into()),
            ..self
        }
    }

    /// The same for use on all routes.
    #[must_use]
    pub fn everywhere(self) -> Self {
        Self {
            access: KeyAccess::All,
            ..self
        }
    }
}

impl KeyChange {
    /// A key as this changes it.
    pub(super) fn apply(&self, key: &ApiKey) -> ApiKey {
        let Self {
            name,
            consumer,
            labels,
            scopes,
            plan,
            access,
            expires_at_us,
        } = self.clone();
        let mut key = key.clone();
        if let Some(name) = name {
            key.name = name;
        }
        if let Some(consumer) = consumer {
            key.consumer = consumer;
        }
        if let Some(labels) = labels {
            key.labels = labels;
        }
        if let Some(scopes) = scopes {
            key.scopes = scopes;
        }
        if let Some(plan) = plan {
            key.plan = plan;
        }
        if let Some(access) = access {
            key.access = access;
        }
        if let Some(expires_at_us) = expires_at_us {
            key.expires_at_us = expires_at_us;
        }
        key
    }
}

/// Tidies what people wrote and says everything that will not do.
///
/// # Errors
/// Names, scopes and the like that cannot be used.
pub(super) fn check(mut key: ApiKey) -> Result<ApiKey, KeyError> {
    let mut issues = Vec::new();
    for (at, name) in [("name", &mut key.name), ("consumer", &mut key.consumer)] {
        *name = name.trim().to_owned();
        if let Err(reason) = usable_name(name) {
            issues.push(Issue::error(at, reason));
        }
    }
    if key.labels.len() > MAX_LABELS {
        let message = format!("a key has at most {MAX_LABELS} labels");
        issues.push(Issue::error("labels", message));
    }
    for (name, value) in &key.labels {
        if name.is_empty() || name.len() > 64 || value.len() > 256 {
            let message = "a label has a name of at most 64 bytes and at most 256 bytes of text";
            issues.push(Issue::error(format!("labels.{name}"), message));
        }
    }
    check_scopes(&mut key.scopes, &mut issues);
    check_access(&mut key.access, &mut issues);
    match issues.is_empty() {
        true => Ok(key),
        false => Err(KeyError::Refused(issues)),
    }
}

/// Names go into headers for services, so they are kept to what a header can carry.
fn usable_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("a name is missing");
    }
    if name.len() > 64 || !name.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
        return Err("a name has at most 64 printable ASCII characters");
    }
    Ok(())
}

/// Scopes are told to services and to callers, as words between spaces (RFC 6749, section 3.3).
fn check_scopes(scopes: &mut Vec<String>, issues: &mut Vec<Issue>) {
    if scopes.len() > MAX_SCOPES {
        let message = format!("a key has at most {MAX_SCOPES} scopes");
        issues.push(Issue::error("scopes", message));
    }
    for (n, scope) in scopes.iter_mut().enumerate() {
        *scope = scope.trim().to_owned();
        let is_word = (1..=128).contains(&scope.len())
            && scope
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
        if !is_word {
            let message = format!(
                "`{scope}` is no scope: use at most 128 printable ASCII characters, without \
                 spaces, `\"` and `\\`"
            );
            issues.push(Issue::error(format!("scopes[{n}]"), message));
        }
    }
    let mut before = Vec::new();
    scopes.retain(|scope| {
        let is_new = !before.contains(scope);
        before.push(scope.clone());
        is_new
    });
}

fn check_access(access: &mut KeyAccess, issues: &mut Vec<Issue>) {
    let KeyAccess::Selected { grants } = access else {
        return;
    };
    if grants.len() > MAX_GRANTS {
        let message = format!("a key has at most {MAX_GRANTS} grants");
        issues.push(Issue::error("access.grants", message));
    }
    for (n, grant) in grants.iter_mut().enumerate() {
        for (m, method) in grant.methods.iter_mut().enumerate() {
            *method = method.trim().to_owned();
            if http::Method::from_bytes(method.as_bytes()).is_err() {
                let message = format!("`{method}` is no method");
                issues.push(Issue::error(
                    format!("access.grants[{n}].methods[{m}]"),
                    message,
                ));
            } else if method.bytes().any(|b| b.is_ascii_lowercase()) {
                // Methods are told apart by case, and nobody means `get`.
                method.make_ascii_uppercase();
            }
        }
    }
}
