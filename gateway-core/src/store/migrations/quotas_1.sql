-- How much of each quota was used, in which period (microseconds since 1970). A partition is a hash,
-- or an id: never what a caller sent.
CREATE TABLE quota_counts (
    quota     TEXT NOT NULL,
    partition BLOB NOT NULL,
    start_us  INTEGER NOT NULL,
    end_us    INTEGER NOT NULL,
    used      INTEGER NOT NULL,
    PRIMARY KEY (quota, partition)
) STRICT, WITHOUT ROWID;
