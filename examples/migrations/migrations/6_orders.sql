-- Up Migration
CREATE TABLE orders (
  id bigint PRIMARY KEY,
  customer text NOT NULL,
  cents bigint NOT NULL
);

-- Down Migration
DROP TABLE orders;
