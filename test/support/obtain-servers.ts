/** vitest globalSetup: one Consul and one HAProxy for all workers, and an end to what earlier runs left behind. */
import { reapLeftovers } from "../../cli/launcher/leftovers.ts";
import { obtainConsul } from "../../cli/launcher/obtain.ts";
import { obtainRouter } from "../../cli/launcher/obtain-router.ts";

const OBTAIN_MS = 300_000;

const report = (line: string): void => console.error(line);

export default async function setup(): Promise<void> {
  await reapLeftovers(Date.now());
  if (process.env["ROLLPIN_TEST_CONSUL"] === undefined) await setUpConsul();
  if (process.env["ROLLPIN_TEST_HAPROXY"] === undefined) await setUpHaproxy();
}

async function setUpConsul(): Promise<void> {
  // A binary even where CONSUL_HTTP_ADDR is set: tests kill their Consul, and never touch somebody's own.
  const obtained = await obtainConsul({ env: process.env, binaryOnly: true, report, signal: AbortSignal.timeout(OBTAIN_MS) });
  if (!obtained.ok) throw new Error(obtained.fault);
  if (obtained.value.kind === "binary") process.env["ROLLPIN_TEST_CONSUL"] = obtained.value.path;
}

/** There is none for every system that rollpin runs on: its own tests are then left out, and it is said. */
async function setUpHaproxy(): Promise<void> {
  const obtained = await obtainRouter("haproxy", { env: process.env, report, signal: AbortSignal.timeout(OBTAIN_MS) });
  if (obtained.ok) process.env["ROLLPIN_TEST_HAPROXY"] = obtained.value;
  else report(`the tests of HAProxy are left out: ${obtained.fault}`);
}
