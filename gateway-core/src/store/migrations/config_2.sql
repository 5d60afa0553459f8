-- What keys are for: labels, scopes, plan, access, as JSON. Those issued before could be used on all
-- routes, and still can.
ALTER TABLE api_keys ADD COLUMN terms TEXT NOT NULL
    DEFAULT '{"labels":{},"scopes":[],"plan":null,"access":{"kind":"all"}}';
ALTER TABLE api_keys ADD COLUMN expires_at_us INTEGER;
ALTER TABLE api_keys ADD COLUMN last_used_at_us INTEGER;
ALTER TABLE api_keys ADD COLUMN rolled_from BLOB;
ALTER TABLE api_keys ADD COLUMN replaced_by BLOB;
