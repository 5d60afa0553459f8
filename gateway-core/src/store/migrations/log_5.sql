-- What sums of usage are kept apart by. Empty: not known, or there is none.
CREATE TABLE usage_series (
    id          INTEGER PRIMARY KEY,
    key_id      BLOB NOT NULL,
    consumer    TEXT NOT NULL,
    plan        TEXT NOT NULL,
    route       TEXT NOT NULL,
    version     TEXT NOT NULL,
    service     TEXT NOT NULL,
    target      TEXT NOT NULL,
    outcome     INTEGER NOT NULL,
    source      TEXT NOT NULL,
    from_window INTEGER NOT NULL,
    last_us     INTEGER NOT NULL,
    UNIQUE (key_id, consumer, plan, route, version, service, target, outcome, source, from_window)
) STRICT;

-- Sums per second, minute, hour and day (`step`, in seconds), from `at` on, seconds since 1970. They
-- outlive the rows, and are exact for every request, stored or dropped. `total`, `upstream` and
-- `gateway` are counts of durations, which add up.
CREATE TABLE usage (
    step           INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    series         INTEGER NOT NULL,
    requests       INTEGER NOT NULL,
    request_bytes  INTEGER NOT NULL,
    response_bytes INTEGER NOT NULL,
    retries        INTEGER NOT NULL,
    total          BLOB NOT NULL,
    upstream       BLOB NOT NULL,
    gateway        BLOB NOT NULL,
    PRIMARY KEY (step, at, series)
) STRICT, WITHOUT ROWID;

-- Up to when the finer sums were added up to those of `step`. What is counted later for a time before
-- that goes to both; what is after it is read from the finer ones.
CREATE TABLE usage_rolled_up (
    step  INTEGER PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT;

-- Sums of older versions: without durations, and 4xx with 401 and 429 in it.
CREATE TEMP TABLE old_usage AS
    SELECT minute * 60 AS at, key_id, route, 429 AS outcome, limited AS requests,
           0 AS request_bytes, 0 AS response_bytes FROM usage_minutes WHERE limited > 0
    UNION ALL
    SELECT minute * 60, key_id, route, 401, refused, 0, 0 FROM usage_minutes WHERE refused > 0
    UNION ALL
    SELECT minute * 60, key_id, route, status_class, requests - limited - refused, request_bytes,
           response_bytes FROM usage_minutes;

INSERT INTO usage_series (key_id, consumer, plan, route, version, service, target, outcome, source,
                          from_window, last_us)
    SELECT key_id, '', '', route, '', '', '', outcome, 'upstream', 0, max(at) * 1000000
    FROM old_usage WHERE requests > 0 GROUP BY key_id, route, outcome;
INSERT INTO usage (step, at, series, requests, request_bytes, response_bytes, retries, total,
                   upstream, gateway)
    SELECT 60, at, id, sum(requests), sum(request_bytes), sum(response_bytes), 0, x'', x'', x''
    FROM old_usage JOIN usage_series USING (key_id, route, outcome)
    WHERE requests > 0 GROUP BY at, id;
INSERT INTO usage_rolled_up (step, until)
    VALUES (60, coalesce((SELECT max(at) + 60 FROM usage), 0)), (3600, 0), (86400, 0);
-- When a key was last accepted was known exactly.
UPDATE usage_series SET last_us = max(last_us, coalesce(
    (SELECT at_us FROM key_last_used WHERE key_last_used.key_id = usage_series.key_id), 0))
    WHERE key_id <> x'' AND outcome <> 401;

DROP TABLE old_usage;
DROP TABLE usage_minutes;
DROP TABLE key_last_used;

-- Rows of the log, so that nobody has to count them.
CREATE TABLE log_rows (rows INTEGER NOT NULL) STRICT;
INSERT INTO log_rows SELECT count(*) FROM exchanges;
