//! Files for this user alone.

use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// Writes a file for this user alone, wholly or not at all, whatever stood there before.
///
/// # Errors
/// What the operating system says.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    written(path, content)?
        .persist(path)
        .map_err(|error| error.error)?;
    Ok(())
}

/// Writes a file for this user alone, wholly or not at all, unless there is one already, which is
/// then left alone.
///
/// # Errors
/// What the operating system says.
pub(crate) fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    match written(path, content)?.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
    }
}

/// Made for its owner alone, whatever the umask is.
fn written(path: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_created_once_and_replaced_at_will() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let read = || std::fs::read_to_string(&path).unwrap();
        create(&path, b"1").unwrap();
        assert_eq!(read(), "1");
        create(&path, b"2").unwrap();
        assert_eq!(read(), "1");
        replace(&path, b"3").unwrap();
        assert_eq!(read(), "3");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        for write in [create, replace] {
            let path = folder.path().join("key");
            write(&path, b"1").unwrap();
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
