/** kill -9 of the real CLI in the middle of a freeze of many services: it is finished, or every head is as it was. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Canonical, canonical } from "../../../core/decide/digest.ts";
import { registerRelease } from "../../../core/operations/register-release.ts";
import { storeAt } from "../../contract/world.ts";
import { copyKeys } from "../../support/consul/copy-keys.ts";
import { type DeadlyProxy, startDeadlyProxy } from "../../support/consul/deadly-proxy.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type Ran, rollpin } from "../../support/rollpin.ts";
import { heal } from "./heal.ts";

const COUNT = Math.max(80, Number(process.env["ROLLPIN_KILLED_SERVICES"] ?? 0));
const SERVICES = Array.from({ length: COUNT }, (_, place) => `svc-${String(place).padStart(3, "0")}`);
/** A campaign kills it at every write; the suite right after its first step. */
const EVERYWHERE = process.env["ROLLPIN_KILL_EVERY"] !== undefined;
const TEMPLATE = "template";

let consul: ConsulServer;
let proxy: DeadlyProxy;
let before: string;
/** Of an undisturbed run. */
let writes: number;
/** The lock, what the steps are, the record, the marks (60 in each), and then the first step (56 services in each). */
const FIRST_STEP = 1 + Math.ceil(COUNT / 56) + 1 + Math.ceil(COUNT / 60) + 1;

const say = (prefix: string, ...words: readonly string[]): Promise<Ran> => rollpin([...words, "--yes", "--prefix", prefix], { consul: consul.address });
const freeze = (prefix: string, kill?: AbortSignal): Promise<Ran> => rollpin(["freeze", ...SERVICES, "--scope", "all", "--reason", "sale day", "--yes", "--prefix", prefix], { consul: proxy.address, ...(kill === undefined ? {} : { kill }) });

async function fillTemplate(): Promise<void> {
  const store = await storeAt({ address: consul.address }, { prefix: TEMPLATE });
  for (const service of SERVICES) {
    const registered = await registerRelease(store, service, { version: "1.0.0" }, { by: "test", now: Date.now() });
    if (!registered.ok) throw new Error(JSON.stringify(registered.fault));
  }
  store.close();
  const frozen = await say(TEMPLATE, "freeze", ...SERVICES.filter((_, place) => place % 9 === 0).slice(0, 40), "--reason", "before");
  if (frozen.code !== 0) throw new Error(frozen.stderr);
}

/** All keys but those of records that are kept, and of locks that go with the session of the dead, JSON by what it says. */
async function look(prefix: string): Promise<{ readonly keys: string; readonly frozen: number; readonly marked: number }> {
  const all = (await consul.kv.list(`${prefix}/`)).map(({ key, value }) => ({ key: key.slice(prefix.length + 1), text: value.toString() }));
  const heads = all.flatMap(({ key, text }) => (key.endsWith("/head") ? [JSON.parse(text) as { readonly freeze?: { readonly scope: string }; readonly operation?: unknown }] : []));
  const keys = all.filter(({ key }) => !/^(?:operations\/[^/]+$|locks\/)/.test(key)).map(({ key, text }) => `${key}=${text.startsWith("{") ? canonical(JSON.parse(text) as Canonical) : text}`);
  return { keys: keys.join("\n"), frozen: heads.filter((head) => head.freeze?.scope === "all").length, marked: heads.filter(({ operation }) => operation !== undefined).length };
}

beforeAll(async () => {
  consul = await startConsul();
  proxy = await startDeadlyProxy(consul.address);
  await fillTemplate();
  await copyKeys(consul, TEMPLATE, "whole");
  before = (await look("whole")).keys;
  proxy.arm(undefined);
  const ran = await freeze("whole");
  writes = proxy.transactions();
  expect({ code: ran.code, said: ran.stderr }).toEqual({ code: 0, said: expect.stringContaining(`freeze of ${COUNT} services`) as string });
  expect(await look("whole")).toMatchObject({ frozen: COUNT, marked: 0 });
}, 180_000);
afterAll(async () => {
  await proxy.close();
  await consul.stop();
});

async function killAt(prefix: string, at: number, when: "before" | "after"): Promise<void> {
  await copyKeys(consul, TEMPLATE, prefix);
  const dead = new AbortController();
  proxy.arm({ at, when, kill: () => dead.abort() });
  await freeze(prefix, dead.signal);
  proxy.arm(undefined);
  expect(dead.signal.aborted, `the program never came to write ${at}`).toBe(true);
}

async function healed(prefix: string, verb: "resume" | "abort"): Promise<readonly Ran[]> {
  const id = (await consul.kv.list(`${prefix}/operations/`)).map(({ key }) => key.split("/")[2] ?? "")[0];
  return id === undefined ? [] : heal((...words) => say(prefix, ...words), id, verb);
}

describe(`a freeze of ${COUNT} services`, () => {
  it.each(["resume", "abort"] as const)("killed between two steps, and then %s: all are frozen, or every head is as it was", { timeout: 60_000 }, async (verb) => {
    const prefix = `between-${verb}`;
    await killAt(prefix, FIRST_STEP, "after");
    const half = await look(prefix);
    expect({ some: half.frozen > 0 && half.frozen < COUNT, marked: half.marked }).toEqual({ some: true, marked: COUNT });
    expect((await say(prefix, "pin", SERVICES.at(-1) ?? "", "1.0.0", "--no-wait")).stderr).toContain("(freeze by ");
    const [, acted] = await healed(prefix, verb);
    expect(acted?.code, acted?.stderr).toBe(0);
    const after = await look(prefix);
    expect(acted?.stdout).toContain(verb === "abort" ? "is taken back: freezes are as they were before" : `is done: freeze of its ${COUNT} services`);
    if (verb === "abort") expect(after.keys).toBe(before);
    else expect({ frozen: after.frozen, marked: after.marked, left: after.keys.includes("operations/") }).toEqual({ frozen: COUNT, marked: 0, left: false });
  });

  it.runIf(EVERYWHERE)("killed at any of its writes: all after, or all before", { timeout: 3_600_000 }, async () => {
    const tally = { deaths: 0, after: 0, before: 0 };
    for (const when of ["before", "after"] as const) {
      for (let at = 1; at <= writes; at += 1) {
        const prefix = `kill-${at}-${when}`;
        await killAt(prefix, at, when);
        const told = await healed(prefix, at % 2 === 0 ? "resume" : "abort");
        const after = await look(prefix);
        const outcome = after.keys === before ? "before" : "after";
        const isWhole = outcome === "before" || (after.frozen === COUNT && after.marked === 0 && !after.keys.includes("operations/"));
        expect(isWhole, `killed ${when} write ${at} of ${writes}: ${told.map(({ code, stderr }) => `${code}: ${stderr.trim()}`).join("\n")}`).toBe(true);
        await consul.kv.deleteBelow(`${prefix}/`);
        tally.deaths += 1;
        tally[outcome] += 1;
      }
    }
    console.log(`= ${tally.deaths} times kill -9 at ${writes} writes of a freeze of ${COUNT} services: ${tally.after} exactly after, ${tally.before} exactly before, 0 else`);
  });
});
