/** More agents on one host than Consul has places for: what the operator gets, and what he is told. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { countConnections } from "../../../cli/doctor/count-connections.ts";
import { settingsOf } from "../../bench/fleet/consul.ts";
import { type RunningAgent, startAgent } from "../../bench/fleet/start-agent.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { rollpin } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";

const AGENTS = Number(process.env["ROLLPIN_CROWD"] ?? 30);
const LIMIT = Number(process.env["ROLLPIN_CROWD_LIMIT"] ?? 20);
const TRIES = Number(process.env["ROLLPIN_CROWD_TRIES"] ?? 3);

let consul: ConsulServer | undefined;
let folder: string | undefined;
const running: RunningAgent[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.end()));
  await consul?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

async function used(address: string): Promise<number> {
  const [host = "", port = ""] = address.split(":");
  return countConnections([await readFile("/proc/net/tcp", "utf8")], { host, port: Number(port) }) ?? 0;
}

const isConnected = ({ agent }: RunningAgent): boolean => agent.state().consul.connected;

const knowsWhy = ({ agent }: RunningAgent): boolean => agent.state().consul.lastFault?.includes("http_max_conns_per_client") === true;

test(`${AGENTS} agents at ${LIMIT} places: those left out hold and say why, and an operator without a place is told what to set`, { timeout: 300_000 }, async () => {
  const server = await startConsul({ config: { limits: { http_max_conns_per_client: LIMIT } } });
  consul = server;
  const place = await mkdtemp(join(tmpdir(), "rollpin-crowd-"));
  folder = place;
  const start = (first: number, count: number): void => {
    for (let at = first; at < first + count; at += 1) running.push(startAgent({ consul: settingsOf(server.address), service: "crowd", instance: `crowd-${at}`, folder: place }));
  };

  // As many as fit come first and settle, the rest finds no place.
  const fitting = Math.floor(LIMIT / 2);
  start(0, fitting);
  await until("all that fit watch", () => running.every(isConnected), { deadlineMs: 120_000 });
  await until("every place is taken", async () => (await used(server.address)) >= LIMIT, { deadlineMs: 120_000 });
  start(fitting, AGENTS - fitting);
  const leftOut = running.slice(fitting);
  await until("all that are left out know why", () => leftOut.every((one) => isConnected(one) || knowsWhy(one)), { deadlineMs: 120_000 });
  expect(leftOut.filter(isConnected).length).toBeLessThan(leftOut.length);

  let got = 0;
  for (let at = 0; at < TRIES; at += 1) {
    const tried = await rollpin(["status"], { consul: server.address });
    if (tried.code === 0) got += 1;
    else expect({ code: tried.code, says: tried.stderr }).toEqual({ code: 6, says: expect.stringContaining("http_max_conns_per_client") as string });
  }
  const doctor = await rollpin(["doctor"], { consul: server.address });
  if (doctor.code !== 0) expect(doctor.stdout).toContain("http_max_conns_per_client");
  console.log(`= ${AGENTS} agents at ${LIMIT} places: ${got} of ${TRIES} tries of an operator got in; the others were told which limit to raise`);

  const connections = await used(server.address);
  console.log(`= connections from this host: ${connections}`);
  expect(connections).toBeLessThanOrEqual(2 * AGENTS);

  // Room again: whoever was left out comes in by itself.
  await Promise.all(running.splice(0, fitting).map((one) => one.end()));
  await until("some that were left out are in", () => leftOut.filter(isConnected).length >= Math.min(leftOut.length, fitting) / 2, { deadlineMs: 120_000 });
});
