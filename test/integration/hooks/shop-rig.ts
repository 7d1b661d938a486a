/** A service with a PostgreSQL of its own, one instance of it, and an agent that may migrate its data. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ConsulServer } from "../../support/consul-server.ts";
import type { PostgresServer } from "../../support/postgres-server.ts";
import { type TestAgent, pidsUnder, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { registered } from "../stories/story.ts";

const MIGRATE = fileURLToPath(new URL("../../../examples/migrations/migrate.js", import.meta.url));
export const OLD = "1.0.0";
export const NEW = "2.0.0";
const SCHEMAS = [[OLD, { reads: ">=6 <7", writes: 6 }], [NEW, { reads: ">=8 <9", writes: 8 }]] as const;
const ORDERS = 300;

export interface Shop {
  readonly service: string;
  /** An instance of the service. */
  readonly app: TestAgent;
  /** Runs its migrations. */
  readonly data: TestAgent;
  /** What its database is at, as its own table of migrations says. */
  schema(): Promise<number>;
  /** Every order as both releases know it, with more of them taken by the newer one meanwhile. */
  takeOrders(count: number): Promise<void>;
  /** Throws unless each order that was taken is there, with its customer and its price. */
  proveOrders(): Promise<void>;
  /** What a head says, and the pin. */
  stands(): Promise<{ readonly pin: string | undefined; readonly schema: number | undefined; readonly operation: string | undefined }>;
  /** Somebody else's session keeps the next migration waiting in its middle; answers how to let it go on. */
  hold(): Promise<() => Promise<void>>;
  /** A migration waits for what `hold` holds. */
  waits(): Promise<void>;
  /** The processes of the migration under way. */
  migrations(): Promise<readonly number[]>;
  remove(): Promise<void>;
}

export async function startShop(consul: ConsulServer, postgres: PostgresServer, service: string): Promise<Shop> {
  const database = service.replaceAll("-", "_");
  const sql = (text: string) => postgres.query(database, text);
  await postgres.createDatabase(database);
  for (const to of [6, 7, 8]) await promisify(execFile)(process.execPath, [MIGRATE], { env: { ...process.env, ...postgres.environment(database), ROLLPIN_SCHEMA_FROM: String(to === 6 ? 0 : to - 1), ROLLPIN_SCHEMA_TO: String(to) } });
  let taken = 0;
  const takeOrders = async (count: number): Promise<void> => {
    await sql(`INSERT INTO customers (name) SELECT 'customer ' || n FROM generate_series(${taken + 1}, ${taken + count}) n; INSERT INTO orders (id, cents, customer_id, note) SELECT n, n * 7, customers.id, 'new' FROM generate_series(${taken + 1}, ${taken + count}) n JOIN customers ON name = 'customer ' || n`);
    taken += count;
  };
  await takeOrders(ORDERS);
  const app = await startAgent({ consul: consul.address, service, instance: `${service}-1`, releases: { [OLD]: "good.js", [NEW]: "good.js" }, files: Object.fromEntries(SCHEMAS.map(([version, schema]) => [`releases/${version}/release.json`, JSON.stringify({ version, schema })])) });
  const migrate = `{command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(MIGRATE)}], timeout: 60s}`;
  const hooks = `register: false\ntrack: data\nsessionTtl: 10s\nhooks:\n  migrate:\n    down: ${migrate}\n    up: ${migrate}\n`;
  const data = await startAgent({ consul: consul.address, service, instance: `${service}-data`, releases: {}, yaml: hooks, environment: postgres.environment(database) });
  await registered(consul, service, OLD, NEW);
  return {
    service,
    app,
    data,
    takeOrders,
    async schema() {
      const [[name] = []] = await sql("SELECT name FROM pgmigrations ORDER BY id DESC LIMIT 1");
      return Number.parseInt(name ?? "0", 10);
    },
    async proveOrders() {
      const [[isNew] = []] = await sql("SELECT to_regclass('customers') IS NOT NULL");
      const names = isNew === "t" ? "JOIN customers ON customers.id = customer_id" : "";
      const [[wrong, all] = []] = await sql(`SELECT count(*) FILTER (WHERE cents <> orders.id * 7 OR ${isNew === "t" ? "name" : "customer"} IS DISTINCT FROM 'customer ' || orders.id), count(*) FROM orders ${names}`);
      if (wrong !== "0" || all !== String(taken)) throw new Error(`of ${taken} orders ${all} are there, and ${wrong} of them wrong`);
    },
    async stands() {
      const head = JSON.parse((await consul.kv.get(`rollpin/desired/${service}/head`)) ?? "{}") as { readonly schema?: number; readonly operation?: { readonly id: string } };
      return { pin: await consul.kv.get(`rollpin/desired/${service}/pin`), schema: head.schema, operation: head.operation?.id };
    },
    async hold() {
      const blocker = sql("BEGIN; LOCK TABLE customers IN ACCESS SHARE MODE; SELECT pg_sleep(600)").catch(() => []);
      await until("the customers are held", async () => (await sql("SELECT 1 FROM pg_locks WHERE relation = 'customers'::regclass AND mode = 'AccessShareLock' AND granted AND pid <> pg_backend_pid()")).length > 0);
      return async () => {
        await sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()");
        await blocker;
      };
    },
    waits: async () => void (await until("a migration waits in its middle", async () => (await sql("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migrate' AND wait_event_type = 'Lock'")).length > 0)),
    // Its own: other tests run the same program.
    migrations: async () => (await pidsUnder(MIGRATE)).filter((pid) => isOf(pid, `PGHOST=${postgres.environment(database)["PGHOST"]}\0`)),
    async remove() {
      await Promise.all([app.remove(), data.remove()]);
    },
  };
}

function isOf(pid: number, variable: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").includes(variable);
  } catch {
    return false;
  }
}
