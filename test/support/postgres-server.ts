/** A real PostgreSQL in a folder of its own, heard of on a unix socket there only. */
import { type ChildProcess, execFile } from "node:child_process";
import { chmod, chown, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
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

const USER = "rollpin";
const SEPARATOR = "\u001F";
/** A power cut isn't tested here, and killed processes leave what they wrote to the kernel. */
const SETTINGS = ["listen_addresses=", "fsync=off", "shared_buffers=16MB", "max_connections=30", "client_connection_check_interval=50ms"];

const run = promisify(execFile);

/** Started. */
export async function startPostgres(): Promise<PostgresServer> {
  if (postgresPrograms === undefined) throw new Error("ROLLPIN_TEST_POSTGRES is not set: run this under vitest's integration project, whose globalSetup sets it");
  const folder = await mkdtemp(join(tmpdir(), "rpp-"));
  const user = await otherUser();
  if (user !== undefined) await giveTo(user, folder);
  const programs = await reachablePrograms(postgresPrograms, folder, user);
  const data = join(folder, "data");
  await run(join(programs, "initdb"), ["-D", data, "-U", USER, "-A", "trust", "-N", "-E", "UTF8", "--no-locale"], { ...user, cwd: folder });
  const group = createProgramGroup();
  const environment = (database: string): Record<string, string> => ({ PGHOST: folder, PGUSER: USER, PGDATABASE: database });
  const query: PostgresServer["query"] = async (database, sql) => {
    const { stdout } = await run(join(programs, "psql"), ["-X", "-q", "-A", "-t", "-F", SEPARATOR, "-v", "ON_ERROR_STOP=1", "-c", sql], { cwd: folder, env: { ...process.env, ...environment(database) } });
    return stdout.split("\n").filter((line) => line !== "").map((line) => line.split(SEPARATOR));
  };
  const launch = (): ChildProcess => group.start(join(programs, "postgres"), ["-D", data, "-k", folder, ...SETTINGS.flatMap((setting) => ["-c", setting])], { ...user, cwd: folder });
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

interface User {
  readonly uid: number;
  readonly gid: number;
}

const giveTo = ({ gid, uid }: User, folder: string): Promise<void> => chown(folder, uid, gid);

/** It doesn't run as root. */
async function otherUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(["-u", "-g"].map(async (flag) => Number((await run("id", [flag, "nobody"])).stdout)));
  if (uid === undefined || gid === undefined) throw new Error("id says nothing of the user nobody");
  return { uid, gid };
}

/** Root's cache is for root alone. */
async function reachablePrograms(programs: string, folder: string, user: User | undefined): Promise<string> {
  const isReachable = await run(join(programs, "postgres"), ["--version"], { ...user, cwd: folder }).then(() => true, () => false);
  if (isReachable) return programs;
  const copy = join(folder, "programs");
  await cp(programs, copy, { recursive: true, verbatimSymlinks: true });
  await chmod(copy, 0o755);
  return copy;
}
