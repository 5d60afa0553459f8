//! The token that programs show, kept in a file that only its owner can read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;
use rand::rngs::OsRng;

use super::sessions::same;

const FILE_NAME: &str = "admin-token";
const METRICS_FILE_NAME: &str = "metrics-token";
const BYTES: usize = 32;

/// The token of one installation: 256 random bits.
pub struct Token(String);

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[error("the token in {} cannot be {did}: {reason}", path.display())]
pub struct TokenError {
    path: PathBuf,
    did: &'static str,
    reason: io::Error,
}

impl Token {
    /// Reads the token in a data folder, or makes one. Its file is for its owner alone (0600), and
    /// is made so again if it is not.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn load(data_dir: &Path) -> Result<Self, TokenError> {
        Self::load_file(data_dir, FILE_NAME)
    }

    /// The same for the token with which metrics are read, and nothing else: what collects them need
    /// not be trusted with more.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn load_for_metrics(data_dir: &Path) -> Result<Self, TokenError> {
        Self::load_file(data_dir, METRICS_FILE_NAME)
    }

    fn load_file(data_dir: &Path, name: &str) -> Result<Self, TokenError> {
        let path = data_dir.join(name);
        let failed = |did| {
            let path = path.clone();
            move |reason| TokenError { path, did, reason }
        };
        match File::open(&path) {
            Ok(file) => {
                make_private(&file).map_err(failed("kept private"))?;
                let mut text = String::new();
                file.take(1024)
                    .read_to_string(&mut text)
                    .map_err(failed("read"))?;
                match usable(text.trim()) {
                    Some(token) => Ok(Self(token.to_owned())),
                    // Half a file, or one that someone has edited.
                    None => {
                        fs::remove_file(&path).map_err(failed("replaced"))?;
                        create(&path).map_err(failed("written"))
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(&path).map_err(failed("written"))
            }
            Err(error) => Err(failed("read")(error)),
        }
    }

    /// Whether `shown` is the token. Takes the same time however much of it is right.
    pub(super) fn is(&self, shown: &str) -> bool {
        same(&self.0, shown)
    }
}

fn usable(text: &str) -> Option<&str> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    (bytes.len() == BYTES).then_some(text)
}

fn create(path: &Path) -> io::Result<Token> {
    let token = random_text();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    writeln!(file, "{token}")?;
    file.sync_all()?;
    Ok(Token(token))
}

#[cfg(unix)]
fn make_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(_file: &File) -> io::Result<()> {
    Ok(())
}

/// 256 random bits as 43 characters that need no escaping anywhere.
pub(super) fn random_text() -> String {
    let mut bytes = [0_u8; BYTES];
    OsRng
        .try_fill_bytes(&mut bytes)
        .expect("the system gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stays_and_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let Token(first) = Token::load(folder.path()).unwrap();
        assert_eq!(first.len(), 43);
        let path = folder.path().join(FILE_NAME);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(), 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            let Token(again) = Token::load(folder.path()).unwrap();
            assert_eq!((again, mode()), (first.clone(), 0o600));
        }
        fs::write(&path, "short").unwrap();
        let replaced = Token::load(folder.path()).unwrap();
        assert!(!replaced.is(&first) && !replaced.is("short") && !replaced.is(""));
    }

    #[test]
    fn a_token_that_cannot_be_kept_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FILE_NAME)).unwrap();
        let error = Token::load(folder.path()).err().unwrap().to_string();
        assert!(error.contains("admin-token"), "{error}");
    }
}
