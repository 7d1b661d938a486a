/** The agent as it is shipped: the bundle, a process of its own. */
import { spawn } from "node:child_process";
import { copyFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../../core/clock.ts";
import { until } from "../../support/until.ts";

export interface BundledAgent {
  readonly pid: number;
  end(): Promise<void>;
}

export interface BundlePlace {
  /** `dist/rollpin.js`. */
  readonly bin: string;
  /** Of Node, separated by spaces. */
  readonly nodeFlags: string;
  readonly consul: string;
  /** Gets the agent's file, and test/support/services/good.js as `server.mjs`. */
  readonly folder: string;
  readonly yaml: string;
  /** `http://…` of its local HTTP. */
  readonly local: string;
}

const GONE_MS = 20_000;

/** Ready, and asked once for all that is loaded only when somebody asks: an agent in use is scraped. */
export async function startBundle({ bin, nodeFlags, consul, folder, yaml, local }: BundlePlace): Promise<BundledAgent> {
  await copyFile(fileURLToPath(new URL("test/support/services/good.js", `file://${process.cwd()}/`)), join(folder, "server.mjs"));
  const file = join(folder, "rollpin.yaml");
  await writeFile(file, yaml);
  const child = spawn(process.execPath, [...nodeFlags.split(" ").filter((flag) => flag !== ""), resolve(bin), "agent", "-c", file, "--consul-addr", consul], { stdio: ["ignore", "ignore", "pipe"] });
  const said: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  await until("the agent is ready", async () => {
    if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}: ${Buffer.concat(said).toString()}`);
    return (await fetch(`${local}/readyz`)).ok;
  });
  for (const path of ["/metrics", "/v1/state"]) await (await fetch(`${local}${path}`)).arrayBuffer();
  return {
    pid: child.pid ?? 0,
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new AbortController();
      child.once("exit", () => gone.abort());
      child.kill("SIGTERM");
      await systemClock.sleep(GONE_MS, gone.signal);
    },
  };
}
