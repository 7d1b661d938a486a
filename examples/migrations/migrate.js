#!/usr/bin/env node
// Takes the database's schema one step down or up, as a hook of rollpin asks: the step's two ends are in the environment,
// where the database is says PostgreSQL's own environment (PGHOST, PGDATABASE ...).
//
// One step is one transaction: it is done with the row in "pgmigrations" that says so, or not at all. Told twice, it does
// nothing the second time, so whoever was cut off, the step is asked for again.
import { fileURLToPath } from "node:url";
import { PG_MIGRATE_LOCK_ID, runner } from "node-pg-migrate";
import { Client } from "pg";

const TABLE = "pgmigrations";
const [from, to] = ["ROLLPIN_SCHEMA_FROM", "ROLLPIN_SCHEMA_TO"].map((name) => {
  const text = process.env[name] ?? "";
  if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`${name} is ${JSON.stringify(text)}: this is run by rollpin as a hook, with a schema's number there`);
  return Number(text);
});

const database = new Client({ application_name: "migrate" });
await database.connect();
try {
  // What an earlier run that was killed left running in the server still holds it: only after that is it known what stands.
  await database.query("SELECT pg_advisory_lock($1)", [PG_MIGRATE_LOCK_ID]);
  const stands = await newest();
  if (stands === to) console.log(`schema ${to} stands already`);
  else if (stands !== from) throw new Error(`the schema is at ${stands}, not at ${from}: nothing was changed`);
  else await step();
} finally {
  await database.end();
}

async function step() {
  const migrations = fileURLToPath(new URL("migrations", import.meta.url));
  await runner({ dbClient: database, migrationsTable: TABLE, dir: migrations, direction: to < from ? "down" : "up", count: 1, noLock: true, log: (line) => console.log(line) });
  const stands = await newest();
  if (stands !== to) throw new Error(`the step from ${from} led to ${stands}, not to ${to}`);
  console.log(`schema ${from} -> ${to}`);
}

/** The number that the name of the newest migration begins with; 0 where there is none yet. */
async function newest() {
  const { rows: [table] } = await database.query("SELECT to_regclass($1) AS name", [TABLE]);
  if (table.name === null) return 0;
  const { rows: [last] } = await database.query(`SELECT name FROM ${TABLE} ORDER BY id DESC LIMIT 1`);
  return last === undefined ? 0 : Number.parseInt(last.name, 10);
}
