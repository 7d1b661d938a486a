/** vitest globalSetup: one Consul binary for all workers, and an end to what earlier runs left behind. */
import { reapLeftovers } from "../../cli/launcher/leftovers.ts";
import { obtainConsul } from "../../cli/launcher/obtain.ts";

export default async function setup(): Promise<void> {
  await reapLeftovers(Date.now());
  if (process.env["ROLLPIN_TEST_CONSUL"] !== undefined) return;
  // A binary even where CONSUL_HTTP_ADDR is set: tests kill their Consul, and never touch somebody's own.
  const obtained = await obtainConsul({ env: process.env, binaryOnly: true, report: (line) => console.error(line), signal: AbortSignal.timeout(300_000) });
  if (!obtained.ok) throw new Error(obtained.fault);
  if (obtained.value.kind === "binary") process.env["ROLLPIN_TEST_CONSUL"] = obtained.value.path;
}
