/** A new PostgreSQL in a folder, for the demo and the tests: made ready, not started. */
import { execFile } from "node:child_process";
import { chmod, chown, cp } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface PreparedPostgres {
  /** Where its programs are; a user other than root may run them. */
  readonly programs: string;
  readonly data: string;
  /** What to start `postgres` with: it is heard of on a unix socket in the folder, and nowhere else. */
  readonly words: readonly string[];
  /** It doesn't run as root. */
  readonly as: User | undefined;
  /** PostgreSQL's own variables: where a database of this server is. */
  readonly environment: (database: string) => Readonly<Record<string, string>>;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

const USER = "rollpin";
/** A power cut isn't what is shown, and killed processes leave what they wrote to the kernel. */
const SETTINGS = ["listen_addresses=", "fsync=off", "shared_buffers=16MB", "max_connections=30", "client_connection_check_interval=50ms"];

const run = promisify(execFile);

/** `folder` is there; where this is root, it is given to another user, who must be able to come to it. Rejects with the program's own words. */
export async function preparePostgres(installed: string, folder: string): Promise<PreparedPostgres> {
  const as = await otherUser();
  if (as !== undefined) await chown(folder, as.uid, as.gid);
  const programs = await reachablePrograms(installed, folder, as);
  const data = join(folder, "data");
  await run(join(programs, "initdb"), ["-D", data, "-U", USER, "-A", "trust", "-N", "-E", "UTF8", "--no-locale"], { ...as, cwd: folder });
  return {
    programs,
    data,
    as,
    words: ["-D", data, "-k", folder, ...SETTINGS.flatMap((setting) => ["-c", setting])],
    environment: (database) => ({ PGHOST: folder, PGUSER: USER, PGDATABASE: database }),
  };
}

async function otherUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(["-u", "-g"].map(async (flag) => Number((await run("id", [flag, "nobody"])).stdout)));
  if (uid === undefined || gid === undefined) throw new Error("id says nothing of the user nobody");
  return { uid, gid };
}

/** Root's cache is for root alone. */
async function reachablePrograms(installed: string, folder: string, as: User | undefined): Promise<string> {
  const isReachable = await run(join(installed, "postgres"), ["--version"], { ...as, cwd: folder }).then(() => true, () => false);
  if (isReachable) return installed;
  const copy = join(folder, "programs");
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true });
  await chmod(copy, 0o755);
  return copy;
}
