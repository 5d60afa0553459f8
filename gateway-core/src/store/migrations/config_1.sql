-- Every configuration that was ever in force, as JSON.
CREATE TABLE revisions (
    number INTEGER PRIMARY KEY,
    at_us  INTEGER NOT NULL,
    actor  TEXT NOT NULL,
    note   TEXT NOT NULL,
    config TEXT NOT NULL
) STRICT;

-- API keys: what may be seen of them, and their SHA-256.
CREATE TABLE api_keys (
    id            BLOB PRIMARY KEY,
    name          TEXT NOT NULL,
    consumer      TEXT NOT NULL,
    hint          TEXT NOT NULL,
    hash          BLOB NOT NULL UNIQUE,
    created_at_us INTEGER NOT NULL,
    revoked_at_us INTEGER
) STRICT, WITHOUT ROWID;
