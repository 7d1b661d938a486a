/** Four services that depend on each other, a bad release among them, and a database that goes back with them. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Result, err, ok } from "../../../core/model/result.ts";
import { endAgents } from "../agents.ts";
import { openLoad } from "../load.ts";
import { rollpinRunner } from "../rollpin.ts";
import type { DemoPlace, Prepared, Scenario, Told } from "../scenario.ts";
import { instanceOf, startGroup } from "./group-fleet.ts";
import { groupReport } from "./group-report.ts";
import { tellGroupStory } from "./group-story.ts";
import { type Database, startDatabase } from "./postgres.ts";
import { MEMBERS, SCHEMA, dataOf } from "./services.ts";

export const GROUP_SCENARIO: Scenario = {
  instances: (service) => [...MEMBERS.map(({ role }) => instanceOf(service, role)), dataOf(service)],
  async play(place, prepared) {
    const { complain, consul } = prepared;
    const database = await startDatabase({ folder: place.folder, env: consul.env, report: complain, signal: place.signal });
    if (!database.ok) return database;
    try {
      await fill(place, database.value);
      return await withFleet(place, prepared, database.value);
    } finally {
      await database.value.stop();
    }
  },
};

/** The first steps of the schema are older than this story, and so are some orders. */
async function fill({ root }: DemoPlace, { column, environment }: Database): Promise<void> {
  const migrate = join(root, "examples", "migrations", "migrate.js");
  for (const [from, to] of [[0, 6], [6, SCHEMA.before]]) await promisify(execFile)(process.execPath, [migrate], { env: { ...process.env, ...environment, ROLLPIN_SCHEMA_FROM: String(from), ROLLPIN_SCHEMA_TO: String(to) } });
  await column("INSERT INTO orders (id, customer, cents) SELECT n, 'Ana', n FROM generate_series(1, 100) n");
}

async function withFleet(place: DemoPlace, prepared: Prepared, database: Database): Promise<Result<Told, string>> {
  const { folder, process, signal } = place;
  const { args, complain, consul, rollpin } = prepared;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`An agent beside each of four services, and one that may migrate the data of ${consul.service}-orders, on ${consul.where}.`);
  const load = openLoad(args.rate);
  const fleet = await startGroup(place, prepared, database);
  try {
    if (signal.aborted) return err("interrupted");
    const told = await tellGroupStory({ consul, fleet, database, load, say, signal, run: rollpinRunner({ rollpin, env: consul.env, signal }), seconds: args.seconds });
    return told.ok ? ok((paint) => groupReport(told.value, paint)) : told;
  } finally {
    await load.stop();
    await endAgents(fleet, folder, complain, () => database.stop());
  }
}
