-- Who sent a request, and the exchange that it repeats, if it repeats one.
ALTER TABLE exchanges ADD COLUMN origin TEXT NOT NULL DEFAULT 'caller';
ALTER TABLE exchanges ADD COLUMN replay_of BLOB;
