-- Which version of its route took a request.
ALTER TABLE exchanges ADD COLUMN version TEXT;
CREATE INDEX exchanges_version ON exchanges (version COLLATE NOCASE, seq) WHERE version IS NOT NULL;
