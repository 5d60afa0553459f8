-- What became of a request where answers are kept; NULL on routes that keep none.
ALTER TABLE exchanges ADD COLUMN cache TEXT;
