/** A real PostgreSQL in a folder of its own, heard of on a unix socket there only. */
import { type ChildProcess, execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { preparePostgres } from "../../cli/launcher/prepare-postgres.ts";
import { createProgramGroup } from "./program-group.ts";
import { until } from "./until.ts";

export interface PostgresServer {
  /** Of PostgreSQL's own: where a database of this server is. */
  environment(database: string): Readonly<Record<string, string>>;
  createDatabase(name: string): Promise<void>;
  /** What a query gives, a list of columns as text for each row; rejects with the server's own words. */
  query(database: string, sql: string): Promise<readonly (readonly string[])[]>;
  start(): Promise<void>;
  /** SIGKILL, to the server and all of its backends. */
  kill(): Promise<void>;
  readonly output: () => string;
  remove(): Promise<void>;
}

/** The folder of its programs; undefined where none could be obtained: `describe.skipIf`. */
export const postgresPrograms = process.env["ROLLPIN_TEST_POSTGRES"];

const SEPARATOR = "\u001F";

const run = promisify(execFile);

/** Started. */
export async function startPostgres(): Promise<PostgresServer> {
  if (postgresPrograms === undefined) throw new Error("ROLLPIN_TEST_POSTGRES is not set: run this under vitest's integration project, whose globalSetup sets it");
  const folder = await mkdtemp(join(tmpdir(), "rpp-"));
  const { as, environment, programs, words } = await preparePostgres(postgresPrograms, folder);
  const group = createProgramGroup();
  const query: PostgresServer["query"] = async (database, sql) => {
    const { stdout } = await run(join(programs, "psql"), ["-X", "-q", "-A", "-t", "-F", SEPARATOR, "-v", "ON_ERROR_STOP=1", "-c", sql], { cwd: folder, env: { ...process.env, ...environment(database) } });
    return stdout.split("\n").filter((line) => line !== "").map((line) => line.split(SEPARATOR));
  };
  const launch = (): ChildProcess => group.start(join(programs, "postgres"), words, { ...as, cwd: folder });
  const start = async (): Promise<void> => {
    let server = launch();
    await until("PostgreSQL answers", async () => {
      // Backends of a killed one that still end keep its memory, and a next one from starting.
      if (server.exitCode !== null) server = launch();
      return query("postgres", "SELECT 1").catch((error: unknown) => {
        throw new Error(group.output().slice(-2_000), { cause: error });
      });
    });
  };
  await start();
  return {
    environment,
    query,
    start,
    createDatabase: async (name) => void (await query("postgres", `CREATE DATABASE ${name}`)),
    kill: group.kill,
    output: group.output,
    async remove() {
      await group.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
