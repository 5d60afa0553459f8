//! What stands in a gateway's files.

use std::path::Path;

use rusqlite::Connection;

/// Fails if one of `secrets` stands in a file of a stopped gateway's data folder.
pub fn assert_free_of(dir: &Path, secrets: &[&str]) {
    // SQLite takes a database's write-ahead log away when the last connection closes, and a
    // gateway's threads may still be closing theirs: these hold the files in place.
    let _held = ["gatewright.db", "quotas.db", "traffic.db"].map(|name| {
        let database = Connection::open(dir.join(name)).unwrap();
        database
            .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
            .unwrap();
        database
    });
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in secrets {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} stands in {}", path.display());
        }
    }
}
