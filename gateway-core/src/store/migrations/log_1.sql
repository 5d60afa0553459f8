-- One row an exchange: what lists and filters need. Narrow, so that many fit on a page.
CREATE TABLE exchanges (
    seq            INTEGER PRIMARY KEY,
    id             BLOB NOT NULL,
    request_id     TEXT NOT NULL,
    started_at_us  INTEGER NOT NULL,
    method         TEXT NOT NULL,
    host           TEXT NOT NULL,
    path           TEXT NOT NULL,
    query          TEXT,
    protocol       TEXT NOT NULL,
    status         INTEGER NOT NULL,
    source         TEXT NOT NULL,
    ending         TEXT NOT NULL,
    code           TEXT,
    decided_by     TEXT,
    note           TEXT,
    route          TEXT,
    service        TEXT,
    target         TEXT,
    key_id         BLOB,
    key_name       TEXT,
    client_ip      TEXT NOT NULL,
    tries          INTEGER NOT NULL,
    request_bytes  INTEGER NOT NULL,
    response_bytes INTEGER NOT NULL,
    duration_us    INTEGER NOT NULL,
    gateway_us     INTEGER NOT NULL,
    connect_us     INTEGER NOT NULL,
    wait_us        INTEGER NOT NULL,
    receive_us     INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX exchanges_id ON exchanges (id);
CREATE INDEX exchanges_status ON exchanges (status, seq);
CREATE INDEX exchanges_key ON exchanges (key_name COLLATE NOCASE, seq) WHERE key_name IS NOT NULL;
CREATE INDEX exchanges_route ON exchanges (route COLLATE NOCASE, seq) WHERE route IS NOT NULL;

-- What only a look at one exchange needs: trace, headers, bodies, as JSON.
CREATE TABLE details (
    seq  INTEGER PRIMARY KEY,
    kept TEXT NOT NULL
) STRICT;

-- Sums per minute. They outlive the rows, and are exact for every row that was ever stored.
CREATE TABLE usage_minutes (
    minute         INTEGER NOT NULL,
    key_id         BLOB NOT NULL,
    route          TEXT NOT NULL,
    status_class   INTEGER NOT NULL,
    requests       INTEGER NOT NULL,
    limited        INTEGER NOT NULL,
    refused        INTEGER NOT NULL,
    request_bytes  INTEGER NOT NULL,
    response_bytes INTEGER NOT NULL,
    PRIMARY KEY (minute, key_id, route, status_class)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_last_used (
    key_id BLOB PRIMARY KEY,
    at_us  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
