import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresServer, postgresPrograms, startPostgres } from "../../support/postgres-server.ts";
import { until } from "../../support/until.ts";

const MIGRATE = fileURLToPath(new URL("../../../examples/migrations/migrate.js", import.meta.url));
const EXAMPLE = fileURLToPath(new URL("../../../examples/migrations/migrations/", import.meta.url));

const STEP = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migrate'";

/** All of them in `npm run prove -- migrations`. */
const VICTIMS = process.env["ROLLPIN_MIGRATION_KILLS"] === undefined ? ["its backend"] : ["the migration", "its backend", "the server"];

describe.skipIf(postgresPrograms === undefined)("the example's migrations on a real PostgreSQL", () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.remove());

  const migrating = (database: string, from: number, to: number) =>
    promisify(execFile)(process.execPath, [MIGRATE], { env: { ...process.env, ...postgres.environment(database), ROLLPIN_SCHEMA_FROM: String(from), ROLLPIN_SCHEMA_TO: String(to) } });
  const migrate = async (database: string, ...schemas: readonly number[]): Promise<string> => {
    let printed = "";
    for (const [at, to] of schemas.slice(1).entries()) printed = (await migrating(database, schemas[at] ?? 0, to)).stdout.trim().split("\n").at(-1) ?? "";
    return printed;
  };
  const names = async (database: string) => (await postgres.query(database, "SELECT name FROM pgmigrations ORDER BY id")).flat();

  it("go up and down step by step, and not one row that both versions know is lost", async () => {
    await postgres.createDatabase("steps");
    await migrate("steps", 0, 6);
    await postgres.query("steps", "INSERT INTO orders VALUES (1, 'Ana', 100), (2, 'Bo', 250), (3, 'Ana', 5)");
    expect(await migrate("steps", 6, 7, 8)).toBe("schema 7 -> 8");
    await postgres.query("steps", "INSERT INTO customers (name) VALUES ('Cy'); INSERT INTO orders (id, cents, note, customer_id) SELECT 4, 77, 'new', id FROM customers WHERE name = 'Cy'");
    expect(await names("steps")).toEqual(["6_orders", "7_notes", "8_customers"]);
    await migrate("steps", 8, 7, 6);
    expect(await postgres.query("steps", "SELECT * FROM orders ORDER BY id")).toEqual([["1", "100", "Ana"], ["2", "250", "Bo"], ["3", "5", "Ana"], ["4", "77", "Cy"]]);
    expect(await names("steps")).toEqual(["6_orders"]);
  });

  it("are done once, however often a step is asked for, and none where another is due", async () => {
    await postgres.createDatabase("again");
    await migrate("again", 0, 6, 7);
    expect(await migrate("again", 6, 7)).toBe("schema 7 stands already");
    await expect(migrate("again", 8, 7)).resolves.toBe("schema 7 stands already");
    await expect(migrate("again", 6, 5)).rejects.toThrow(/the schema is at 7, not at 6: nothing was changed/);
    expect(await names("again")).toEqual(["6_orders", "7_notes"]);
  });

  it.each(VICTIMS)("lose no order when %s is killed in the middle of a step, and the step is done again", async (victim) => {
    const name = victim.replaceAll(/[^a-z]/g, "_");
    await postgres.createDatabase(name);
    await migrate(name, 0, 6, 7, 8);
    await postgres.query(name, "INSERT INTO customers (name) SELECT 'c' || n FROM generate_series(1, 500) n; INSERT INTO orders (id, cents, customer_id) SELECT id, id, id FROM customers");
    // Somebody holds what the step's last statement wants.
    const blocker = postgres.query(name, "BEGIN; LOCK TABLE customers IN ACCESS SHARE MODE; SELECT pg_sleep(600)").catch(() => []);
    await until("the table is held", async () => (await postgres.query(name, "SELECT 1 FROM pg_locks WHERE relation = 'customers'::regclass")).length > 0);
    const killed = migrating(name, 8, 7);
    const ended = expect(killed).rejects.toThrow();
    await until("the step waits in its middle", async () => (await postgres.query(name, `SELECT 1 ${STEP} AND wait_event_type = 'Lock'`)).length > 0);
    if (victim === "the migration") killed.child.kill("SIGKILL");
    else if (victim === "its backend") await postgres.query(name, `SELECT pg_terminate_backend(pid) ${STEP}`);
    else await postgres.kill();
    await ended;
    if (victim === "the server") await postgres.start();
    else await postgres.query(name, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND pid <> pg_backend_pid()");
    await blocker;
    expect(await names(name)).toEqual(["6_orders", "7_notes", "8_customers"]);
    expect(await migrate(name, 8, 7)).toBe("schema 8 -> 7");
    expect(await postgres.query(name, "SELECT count(*), count(DISTINCT customer), sum(cents) FROM orders")).toEqual([["500", "500", "125250"]]);
    expect(await names(name)).toEqual(["6_orders", "7_notes"]);
  });
});

it("the example's migrations have both ways each, so that the planner may cross them", async () => {
  for (const name of ["6_orders", "7_notes", "8_customers"]) expect(await readFile(`${EXAMPLE}${name}.sql`, "utf8")).toMatch(/^-- Up Migration\n(.+\n)+\n-- Down Migration\n(.+\n)+$/);
});
