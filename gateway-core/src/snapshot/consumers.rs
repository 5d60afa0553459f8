//! Who calls, by name.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ids::PlanName;
use crate::passwords::Stored;

/// A hash of nothing that anyone could send, made as all others are.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$\
                       bm9ib2R5IGhhcyB0aGlzIQ$bm9ib2R5IGhhcyBhIHBhc3N3b3JkIGxpa2UgdGhpcyE";

/// The consumers of the config.
pub struct Consumers {
    by_name: HashMap<Arc<str>, Consumer>,
    decoy: Stored,
}

/// A consumer of the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Groups it belongs to.
    pub groups: Vec<String>,
    /// Scopes it has.
    pub scopes: Vec<String>,
    /// Its plan.
    pub plan: Option<PlanName>,
    /// Hash of its password.
    pub password: Option<Stored>,
}

impl Default for Consumers {
    fn default() -> Self {
        Self::new(HashMap::new())
    }
}

impl Consumers {
    /// Holds these.
    pub fn new(by_name: HashMap<Arc<str>, Consumer>) -> Self {
        let passwords = by_name.values().find_map(|one| one.password.clone());
        Self {
            by_name,
            decoy: passwords
                .unwrap_or_else(|| Stored::new(NOBODYS).expect("it has the form of a hash")),
        }
    }

    /// The consumer of this name, where the config has one.
    pub fn get(&self, name: &str) -> Option<&Consumer> {
        self.by_name.get(name)
    }

    /// What a password is checked against where there is no consumer with one, so that it takes as
    /// long. Whether it fits does not matter.
    pub fn decoy(&self) -> &Stored {
        &self.decoy
    }
}
