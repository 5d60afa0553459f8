-- From which row on the words of a row say where its path ends.
ALTER TABLE exchange_index ADD COLUMN ends_from INTEGER NOT NULL DEFAULT 0;
UPDATE exchange_index SET ends_from = (SELECT coalesce(max(seq), 0) + 1 FROM exchanges);

-- Rows in blocks, by columns: which values a column has in a block, and which row has which. `at` is
-- the number of the column times 2^40, and that of the block.
CREATE TABLE exchange_columns (
    at    INTEGER PRIMARY KEY,
    names BLOB NOT NULL,
    rows  BLOB NOT NULL
) STRICT;

-- Which blocks are there: from one to before another. Newer ones come when they are full, older ones
-- bit by bit, beside the traffic.
CREATE TABLE exchange_blocks (
    first_block INTEGER NOT NULL,
    end_block   INTEGER NOT NULL
) STRICT;
