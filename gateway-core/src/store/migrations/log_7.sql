-- Who called, and under which plan.
ALTER TABLE exchanges ADD COLUMN consumer TEXT;
ALTER TABLE exchanges ADD COLUMN plan TEXT;

-- Rows of before did not say it. Where all that was counted of a key since has one consumer and one
-- plan, it is told by their key; else it stays unknown.
CREATE TEMP TABLE callers AS
    SELECT key_id, max(consumer) AS consumer, max(plan) AS plan FROM usage_series
    WHERE key_id <> x'' AND consumer <> '' AND consumer <> '(others)'
    GROUP BY key_id HAVING count(DISTINCT consumer) = 1 AND count(DISTINCT plan) = 1;
UPDATE exchanges SET consumer = callers.consumer, plan = nullif(callers.plan, '')
    FROM callers WHERE callers.key_id = exchanges.key_id;
DROP TABLE callers;

CREATE INDEX exchanges_consumer ON exchanges (consumer COLLATE NOCASE, seq)
    WHERE consumer IS NOT NULL;
CREATE INDEX exchanges_plan ON exchanges (plan COLLATE NOCASE, seq) WHERE plan IS NOT NULL;
