-- Finding rows. Rows from `from_seq` on are in both tables below; older ones are put there bit by
-- bit, beside the traffic.
CREATE TABLE exchange_index (
    from_seq INTEGER NOT NULL
) STRICT;
INSERT INTO exchange_index SELECT coalesce(max(seq), 0) + 1 FROM exchanges;

-- Which rows hold which three letters in a row. Where they stand is not kept: rows that are found are
-- looked at anyway.
CREATE VIRTUAL TABLE exchange_words USING fts5(
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram'
);

-- Each ten seconds: which rows began in them, and how many of each class of status.
CREATE TABLE exchange_spans (
    span      INTEGER PRIMARY KEY,
    first_seq INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL,
    class_1   INTEGER NOT NULL,
    class_2   INTEGER NOT NULL,
    class_3   INTEGER NOT NULL,
    class_4   INTEGER NOT NULL,
    class_5   INTEGER NOT NULL
) STRICT;
