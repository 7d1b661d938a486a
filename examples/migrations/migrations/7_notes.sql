-- Up Migration
-- What release 1 doesn't know, it can leave out.
ALTER TABLE orders ADD COLUMN note text NOT NULL DEFAULT '';

-- Down Migration
ALTER TABLE orders DROP COLUMN note;
