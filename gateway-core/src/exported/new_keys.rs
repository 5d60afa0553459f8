//! New keys for an export. The keys of the configuration are stored as hashes, so nobody can fill
//! them in; new ones can be made, for the exported gateway alone. This gateway does not take them and
//! does not keep them: whoever makes them has them once.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::export::{Export, File, Placeholder};
use crate::keys::format::{generate, hash};

/// A key that was made for an export.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NewSecret {
    /// The placeholder that it is for.
    #[schema(example = "KEY_ALICE")]
    pub name: String,
    /// Whose it is.
    pub consumer: String,
    /// The key.
    pub secret: String,
    /// Its SHA-256, in lower-case hexadecimal.
    pub sha256: String,
}

// A key is never written where one may look for something else.
impl std::fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSecret")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Makes a key for each placeholder.
pub fn make(export: &Export) -> Vec<NewSecret> {
    let by_name: BTreeMap<&str, &Placeholder> = export
        .placeholders
        .iter()
        .map(|one| (one.name.as_str(), one))
        .collect();
    let secrets = by_name.into_values().map(|placeholder| {
        let secret = generate();
        NewSecret {
            name: placeholder.name.clone(),
            consumer: placeholder.consumer.clone(),
            sha256: hash(&secret).0.iter().map(|b| format!("{b:02x}")).collect(),
            secret,
        }
    });
    secrets.collect()
}

/// The keys as a file of variables, as shells, Compose and the products that read their environment
/// take it.
pub fn as_env(export: &Export, secrets: &[NewSecret]) -> String {
    let mut text = format!(
        "# API keys of the export to {}, made by Gatewright, which has not kept them.\n\
         # `gatewright export fill FOLDER --keys THIS` puts them in.\n",
        export.product.title
    );
    for one in secrets {
        text.push_str(&format!("{}={}\n", one.name, one.secret));
    }
    text
}

/// What a file of variables holds.
pub fn from_env(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

/// The files with placeholders, keys put in: the only ones of an export that ever hold a secret.
pub fn filled(export: &Export, secrets: &[NewSecret]) -> Vec<File> {
    let secret = |placeholder: &Placeholder| {
        let mut secrets = secrets.iter();
        let found = secrets.find(|one| one.name == placeholder.name)?;
        Some(found.secret.clone())
    };
    let mut files = export.filled(secret);
    files.retain(|file| super::folder::is_for_secrets(export, &file.name));
    files
}
