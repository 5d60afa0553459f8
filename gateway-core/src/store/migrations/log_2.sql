-- What an answer went on as, and how many messages passed then, kept or not.
ALTER TABLE exchanges ADD COLUMN stream TEXT;
ALTER TABLE exchanges ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;

-- Messages of WebSockets and event streams. They are stored as they pass, before their exchange is.
CREATE TABLE messages (
    exchange   BLOB NOT NULL,
    number     INTEGER NOT NULL,
    direction  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    at_us      INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    truncated  INTEGER NOT NULL,
    text       TEXT,
    base64     TEXT,
    event      TEXT,
    event_id   TEXT,
    close_code INTEGER
) STRICT;

CREATE UNIQUE INDEX messages_exchange ON messages (exchange, number);
