-- Rows that a person keeps: neither retention nor emptying the log removes them. `bytes` is about how
-- much they take.
CREATE TABLE pins (
    seq   INTEGER PRIMARY KEY,
    bytes INTEGER NOT NULL
) STRICT;

-- Rows that a person removed, for as long as that can be undone. They are in no other table any more,
-- but for their messages.
CREATE TABLE removed (
    seq      INTEGER PRIMARY KEY,
    id       BLOB NOT NULL UNIQUE,
    until_us INTEGER NOT NULL,
    summary  TEXT NOT NULL,
    kept     TEXT NOT NULL
) STRICT;

-- Up to this number there are pinned rows only: nobody has to pass by them to find the oldest row
-- that may go.
ALTER TABLE log_rows ADD COLUMN only_pinned_to INTEGER NOT NULL DEFAULT 0;
