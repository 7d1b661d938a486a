/** The database of the group's story. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { obtainPostgres } from "../../../cli/launcher/obtain-postgres.ts";
import { type PreparedPostgres, preparePostgres } from "../../../cli/launcher/prepare-postgres.ts";
import { type Result, err, ok } from "../../../core/model/result.ts";
import type { Environment } from "../consul.ts";
import { endChild } from "../end-child.ts";
import { waitFor } from "../patience.ts";

export interface Database {
  /** For whoever connects, or migrates. */
  readonly environment: Readonly<Record<string, string>>;
  readonly pid: number;
  /** The first column of what a query gives. */
  readonly column: (sql: string) => Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface DatabaseWanted {
  /** Of the demo: everything is below it. */
  readonly folder: string;
  readonly env: Environment;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

const NAME = "postgres";
/** node-pg-migrate's loader would leave compiled files in the folder for temporary ones. */
const NO_CACHE = { JITI_FS_CACHE: "false" };
const COME_UP_MS = 20_000;
const STOP_LIMIT_MS = 5_000;

const run = promisify(execFile);

export async function startDatabase({ env, folder, report, signal }: DatabaseWanted): Promise<Result<Database, string>> {
  const obtained = await obtainPostgres({ env, report, signal });
  if (!obtained.ok) return obtained;
  const own = join(folder, "postgres");
  await mkdir(own, { mode: 0o700 });
  // Where this is root the server isn't, and has to come to its own folder.
  await chmod(folder, 0o711);
  const prepared = await preparePostgres(obtained.value, own).catch((error: unknown) => String(error));
  if (typeof prepared === "string") return err(`PostgreSQL can't be made ready: ${prepared}`);
  const child = spawn(join(prepared.programs, "postgres"), prepared.words, { ...prepared.as, cwd: own, detached: true, stdio: "ignore" });
  await once(child, "spawn");
  const column = (sql: string): Promise<readonly string[]> => ask(prepared, sql);
  const up = await waitFor("PostgreSQL answers", COME_UP_MS, signal, () => column("SELECT 1").catch(() => undefined));
  // SIGINT: whoever is connected is cut off.
  const stop = (): Promise<void> => endChild(child, "SIGINT", STOP_LIMIT_MS);
  if (!up.ok) {
    await stop();
    return up;
  }
  return ok({ environment: { ...prepared.environment(NAME), ...NO_CACHE }, pid: child.pid ?? 0, column, stop });
}

async function ask({ environment, programs }: PreparedPostgres, sql: string): Promise<readonly string[]> {
  const { stdout } = await run(join(programs, "psql"), ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql], { env: { ...process.env, ...environment(NAME) } });
  return stdout.split("\n").filter((line) => line !== "");
}
