-- Up Migration
-- Names move into a table of their own.
CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE
);
INSERT INTO customers (name) SELECT DISTINCT customer FROM orders ORDER BY customer;
ALTER TABLE orders ADD COLUMN customer_id bigint REFERENCES customers;
UPDATE orders SET customer_id = customers.id FROM customers WHERE customers.name = orders.customer;
ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;
ALTER TABLE orders DROP COLUMN customer;

-- Down Migration
-- And back, also those of orders that were taken meanwhile.
ALTER TABLE orders ADD COLUMN customer text;
UPDATE orders SET customer = customers.name FROM customers WHERE customers.id = orders.customer_id;
ALTER TABLE orders ALTER COLUMN customer SET NOT NULL;
ALTER TABLE orders DROP COLUMN customer_id;
DROP TABLE customers;
