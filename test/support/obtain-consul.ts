/** vitest globalSetup: one Consul binary for all workers, and an end to what earlier runs left behind. */
import { reapLeftovers } from "../../cli/launcher/leftovers.ts";

export default async function setup(): Promise<void> {
  await reapLeftovers(Date.now());
  process.env["ROLLPIN_TEST_CONSUL"] ??= "/tmp/consul-try/cache/root/usr/bin/consul";
}
