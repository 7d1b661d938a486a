import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { promisify } from "node:util";
import type { ConsulNode } from "../../../cli/launcher/consul-node.ts";
import { until } from "../until.ts";

/** A signal is only on its way when `kill` returns: until the last thread has stopped, Consul still answers. */
export async function pause(node: ConsulNode): Promise<void> {
  const pid = node.pid();
  if (pid === undefined) throw new Error(`Consul at ${node.address} isn't running: there is nothing to pause`);
  node.signal("SIGSTOP");
  await until(`process ${pid} is stopped`, async () => (await states(pid)).every((state) => state.startsWith("T")), { everyMs: 2 });
}

/** Of each thread where there is /proc, else of the process. */
async function states(pid: number): Promise<string[]> {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return [(await promisify(execFile)("ps", ["-o", "state=", "-p", String(pid)])).stdout.trim()];
  const stats = await Promise.all((await readdir(tasks)).map((task) => readFile(`${tasks}/${task}/stat`, "utf8")));
  // The name before the state is in brackets and may hold anything.
  return stats.map((stat) => stat.slice(stat.lastIndexOf(")") + 2));
}
