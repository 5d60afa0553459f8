-- Filters of the log that were given a name, in the order they were saved.
CREATE TABLE views (
    name     TEXT PRIMARY KEY COLLATE NOCASE,
    q        TEXT NOT NULL,
    position INTEGER NOT NULL
) STRICT;
