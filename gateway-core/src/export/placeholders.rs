//! Secrets that are filled in where an export has a name for them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{File, Finding, Grade};

/// A secret that has to be filled in. Until it is, nobody is let in by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Placeholder {
    /// What it is called, such as `KEY_ALICE`.
    pub name: String,
    /// The file where it stands.
    pub file: String,
    /// The text to put the value in the place of.
    pub token: String,
    /// What is to be filled in.
    pub form: SecretForm,
    /// Whose it is.
    pub consumer: String,
}

/// What is filled in for a placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecretForm {
    /// The secret itself.
    Plain,
    /// SHA-256 of it, in lower-case hexadecimal.
    Sha256,
}

/// Puts secrets in the place of placeholders in files.
pub fn fill(
    files: &mut [File],
    placeholders: &[Placeholder],
    secret: impl Fn(&Placeholder) -> Option<String>,
) {
    let mut all: Vec<_> = placeholders.iter().collect();
    // One may be the beginning of another.
    all.sort_by_key(|placeholder| std::cmp::Reverse(placeholder.token.len()));
    for placeholder in all {
        let Some(value) = secret(placeholder) else {
            continue;
        };
        let value = match placeholder.form {
            SecretForm::Plain => value,
            SecretForm::Sha256 => sha256_hex(&value),
        };
        for file in files
            .iter_mut()
            .filter(|file| file.name == placeholder.file)
        {
            file.text = file.text.replace(&placeholder.token, &value);
        }
    }
}

/// What a person has to do for it.
pub(super) fn to_fill_in(placeholder: &Placeholder) -> Finding {
    let what = match placeholder.form {
        SecretForm::Plain => "the API key",
        SecretForm::Sha256 => "the SHA-256 of the API key",
    };
    Finding {
        path: "api_keys".to_owned(),
        grade: Grade::FillIn,
        note: format!(
            "put {what} of `{}` in the place of `{}` in {}; until then it is refused",
            placeholder.consumer, placeholder.token, placeholder.file
        ),
        place: None,
        closed: false,
    }
}

pub(crate) fn sha256_hex(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    hex(&digest)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
