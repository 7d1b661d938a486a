/** Two programs on hosts of their own that guard everything: one leads, the other waits. */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConsulServer } from "../../support/consul-server.ts";
import { rollpin } from "../../support/rollpin.ts";

export interface GuardHost {
  readonly name: string;
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Of all that were killed. */
  log(): string;
}

export const WEBHOOK_TOKEN = "7a0e3c5d9b1f2846";

/** `guard` is its part of the file, its webhook left out. Not started. */
export async function prepareGuardHost(name: string, port: number, { consul, folder, guard }: { readonly consul: string; readonly folder: string; readonly guard: object & { readonly alertmanager: object } }): Promise<GuardHost> {
  const file = join(folder, `${name}.yaml`);
  const tokenFile = join(folder, "webhook-token");
  await writeFile(tokenFile, WEBHOOK_TOKEN);
  await chmod(tokenFile, 0o600);
  await writeFile(file, JSON.stringify({ name, sessionTtl: "10s", guard: { ...guard, alertmanager: { ...guard.alertmanager, listen: `127.0.0.1:${port}`, tokenFile } } }));
  let running: { readonly killed: AbortController; readonly ended: Promise<void> } | undefined;
  let log = "";
  return {
    name,
    log: () => log,
    start() {
      const killed = new AbortController();
      const ended = rollpin(["agent", "--guard-only", "-c", file], { consul, kill: killed.signal }).then(({ stderr, stdout }) => void (log += stdout + stderr));
      running = { killed, ended };
      return Promise.resolve();
    },
    async kill() {
      running?.killed.abort();
      await running?.ended;
      running = undefined;
    },
  };
}

/** Who guards which service, and by which session. Of a guard that was killed it is so until its session ends. */
export type Leads = ReadonlyMap<string, { readonly leader: string; readonly session: string }>;

export async function readLeads({ kv }: Pick<ConsulServer, "kv">): Promise<Leads> {
  const locks = await kv.list("rollpin/locks/guard/");
  return new Map(locks.flatMap(({ key, session, value }) => (session === undefined ? [] : [[key.slice(key.lastIndexOf("/") + 1), { leader: (JSON.parse(value.toString()) as { readonly leader: string }).leader, session }] as const])));
}
