//! Which commands a person on this machine has approved (SE-4). A configuration from elsewhere may
//! name a program, but only a person's word makes it run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::private_file;

const FILE: &str = "approved-commands.json";

/// The commands that may run, by their fingerprints.
pub struct Approvals {
    path: PathBuf,
    approved: Mutex<BTreeSet<String>>,
    all: AtomicBool,
}

impl Approvals {
    /// Those of a data folder. A file that cannot be read approves nothing.
    pub fn load(data_dir: &Path) -> Self {
        let path = data_dir.join(FILE);
        let text = std::fs::read(&path).unwrap_or_default();
        let approved = serde_json::from_slice(&text).unwrap_or_default();
        Self {
            path,
            approved: Mutex::new(approved),
            all: AtomicBool::new(false),
        }
    }

    /// Approves whatever the configuration names, as long as this gateway lives.
    pub fn approve_all(&self) {
        self.all.store(true, Ordering::Relaxed);
    }

    /// Whether a command may run.
    pub fn is_approved(&self, fingerprint: &str) -> bool {
        self.all.load(Ordering::Relaxed) || self.approved.lock().contains(fingerprint)
    }

    /// Approves commands. Blocks on the disk.
    ///
    /// # Errors
    /// They may run now, but that cannot be remembered.
    pub fn approve(&self, fingerprints: impl IntoIterator<Item = String>) -> std::io::Result<()> {
        let mut approved = self.approved.lock();
        let before = approved.len();
        approved.extend(fingerprints);
        if approved.len() == before {
            return Ok(());
        }
        let text = serde_json::to_vec_pretty(&*approved).expect("text can be written as JSON");
        private_file::replace(&self.path, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_approved_once_is_remembered_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let approvals = Approvals::load(folder.path());
        assert!(!approvals.is_approved("a"));
        approvals.approve(["a".to_owned()]).unwrap();
        let again = Approvals::load(folder.path());
        assert!(again.is_approved("a") && !again.is_approved("b"));
        again.approve_all();
        assert!(again.is_approved("b"));
        assert!(!Approvals::load(folder.path()).is_approved("b"));
    }
}
