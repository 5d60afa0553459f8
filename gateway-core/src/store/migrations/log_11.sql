-- The words of rows in parts, each of which has the rows from a number on, up to the next part. A part
-- goes as a whole, once all of its rows are gone: removing rows one by one from an index of words takes
-- as long as making it.
CREATE TABLE exchange_word_parts (
    first_seq INTEGER PRIMARY KEY,
    name      TEXT NOT NULL
) STRICT;
INSERT INTO exchange_word_parts VALUES (0, 'exchange_words');
