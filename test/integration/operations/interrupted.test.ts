/** kill -9 of the real CLI at its writes, one after the other: what is left is finished or taken back, and nothing is half done. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planEach } from "../../../core/decide/plans/plan-each.ts";
import { changeService } from "../../../core/decide/plans/service-change.ts";
import { applyPlan } from "../../../core/operations/apply.ts";
import { gatherFacts } from "../../../core/operations/gather.ts";
import { registerRelease } from "../../../core/operations/register-release.ts";
import { storeAt } from "../../contract/world.ts";
import { copyKeys } from "../../support/consul/copy-keys.ts";
import { type DeadlyProxy, startDeadlyProxy } from "../../support/consul/deadly-proxy.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type Ran, rollpin } from "../../support/rollpin.ts";
import { heal } from "./heal.ts";

const COUNT = Number(process.env["ROLLPIN_KILLED_SERVICES"] ?? 40);
/** Every so many writes the program is killed; 1: at each. */
const EVERY = Number(process.env["ROLLPIN_KILL_EVERY"] ?? 6);
const SERVICES = Array.from({ length: COUNT }, (_, place) => `svc-${String(place).padStart(3, "0")}`);
const TEMPLATE = "template";

let consul: ConsulServer;
let proxy: DeadlyProxy;
let before: string;
let after: string;
/** Of an undisturbed run. */
let writes: number;

/** Two states of each service: 1.0.0 and 2.0.0, half of them with a config of their own for each. */
async function fillTemplate(): Promise<void> {
  const store = await storeAt({ address: consul.address }, { prefix: TEMPLATE });
  for (const [place, service] of SERVICES.entries()) {
    for (const version of ["1.0.0", "2.0.0"]) {
      await registerRelease(store, service, { version }, { by: "test", now: Date.now() });
      const facts = await gatherFacts(store, service);
      if (!facts.ok) throw new Error(JSON.stringify(facts.fault));
      const plan = planEach("pin", [facts.value], (known) => ({
        ok: true,
        value: { plan: changeService(known, { why: "test", after: { pins: { stable: version }, ...(place % 2 === 0 ? { config: `of: ${version}\n` } : {}) }, concerns: () => true }), checks: [], notes: [] },
      }));
      const applied = plan.ok ? await applyPlan(store, plan.value, { by: "test", now: Date.now(), planSuffix: "aaaaaa" }) : plan;
      if (!applied.ok) throw new Error(JSON.stringify(applied.fault));
    }
  }
  store.close();
}

interface Entry {
  readonly plan: string;
  readonly revision: number;
}

/** Pins, configs, routes and verdicts, as one text; and what must be so after anything: no marks, whole histories, nothing left lying about. */
async function look(prefix: string): Promise<{ readonly state: string; readonly problems: readonly string[] }> {
  const all = await consul.kv.list(`${prefix}/`);
  const texts = all.map(({ key, value }) => ({ key: key.slice(prefix.length + 1), text: value.toString() }));
  const desired = texts.filter(({ key }) => key.startsWith("desired/") && !key.endsWith("/head")).map(({ key, text }) => `${key}=${text}`);
  const verdicts = texts.filter(({ key }) => key.startsWith("verdicts/")).map(({ key, text }) => `${key}=${(JSON.parse(text) as { verdict: string }).verdict}`);
  const problems: string[] = [];
  for (const service of SERVICES) {
    const head = JSON.parse(texts.find(({ key }) => key === `desired/${service}/head`)?.text ?? "{}") as { revision: number; plan: string; operation?: unknown };
    const history = texts.filter(({ key }) => key.startsWith(`history/${service}/`)).map(({ text }) => JSON.parse(text) as Entry);
    if (head.operation !== undefined) problems.push(`${service} is marked`);
    if (history.map(({ revision }) => revision).join() !== Array.from({ length: head.revision }, (_, place) => place + 1).join()) problems.push(`the history of ${service} has ${history.map(({ revision }) => revision).join()}, its head ${head.revision}`);
    if (history.at(-1)?.plan !== head.plan) problems.push(`the last entry of ${service} is not its head's`);
  }
  problems.push(...texts.flatMap(({ key }) => (/^operations\/[^/]+\//.test(key) ? [key] : [])));
  return { state: [...desired, ...verdicts].join("\n"), problems };
}

const words = (prefix: string): readonly string[] => ["rollback", ...SERVICES, "--yes", "--no-wait", "--prefix", prefix];

const say = (prefix: string, ...more: readonly string[]): Promise<Ran> => rollpin([...more, "--yes", "--prefix", prefix], { consul: consul.address });

beforeAll(async () => {
  consul = await startConsul();
  proxy = await startDeadlyProxy(consul.address);
  await fillTemplate();
  await copyKeys(consul, TEMPLATE, "whole");
  before = (await look("whole")).state;
  proxy.arm(undefined);
  const ran = await rollpin(words("whole"), { consul: proxy.address });
  writes = proxy.transactions();
  const seen = await look("whole");
  expect({ code: ran.code, stderr: ran.code === 0 ? "" : ran.stderr, problems: seen.problems }).toEqual({ code: 0, stderr: "", problems: [] });
  after = seen.state;
  expect(after).not.toBe(before);
}, 180_000);
afterAll(async () => {
  await proxy.close();
  await consul.stop();
});

/** Each death has a fleet of its own. */
async function killAt(at: number, when: "before" | "after", verb: "resume" | "abort"): Promise<{ readonly outcome: "before" | "after"; readonly wasBegun: boolean }> {
  const prefix = `kill-${at}-${when}`;
  await copyKeys(consul, TEMPLATE, prefix);
  const dead = new AbortController();
  proxy.arm({ at, when, kill: () => dead.abort() });
  await rollpin(words(prefix), { consul: proxy.address, kill: dead.signal });
  proxy.arm(undefined);
  expect(dead.signal.aborted, `the program never came to write ${at}`).toBe(true);
  const keys = (await consul.kv.list(`${prefix}/operations/`)).map(({ key }) => key);
  const id = keys.map((key) => key.split("/")[2] ?? "")[0];
  const shown = await rollpin(["history", SERVICES[0] ?? "", "--prefix", prefix], { consul: consul.address });
  const isOpen = keys.some((key) => key.split("/").length > 3);
  const noted = /^note: operation ([^ :]+)/.exec(shown.stderr)?.[1];
  const ended = isOpen && (await consul.kv.get(`${prefix}/operations/${id}`))?.includes('"phase":"done"') === true;
  expect(noted, `what the next command says first, after write ${at}`).toBe(isOpen && !ended ? id : undefined);
  const healed = id === undefined ? [] : await heal((...more) => say(prefix, ...more), id, verb);
  const { problems, state } = await look(prefix);
  const told = healed.map(({ code, stderr }) => `${code}: ${stderr.trim()}`).join("\n");
  expect({ problems, told: state === before || state === after ? "" : told }, `killed ${when} write ${at} of ${writes}, then ${verb}`).toEqual({ problems: [], told: "" });
  await consul.kv.deleteBelow(`${prefix}/`);
  const wasBegun = id !== undefined && !healed.some(({ stderr }) => stderr.includes("cut off before it began"));
  return { outcome: state === after ? "after" : "before", wasBegun };
}

describe(`a rollback of ${COUNT} services, killed at its writes`, () => {
  it("is finished by resume and taken back by abort: all after, or all before", { timeout: 3_600_000 }, async () => {
    const tally = { deaths: 0, after: 0, before: 0, resumed: 0, aborted: 0 };
    const points = Array.from({ length: writes }, (_, place) => place + 1).flatMap((at) => [{ at, when: "before" as const }, { at, when: "after" as const }]);
    for (const [place, { at, when }] of points.entries()) {
      if (place % EVERY !== 0) continue;
      const verb = (place / EVERY) % 2 === 0 ? "resume" : "abort";
      const { outcome, wasBegun } = await killAt(at, when, verb);
      tally.deaths += 1;
      tally[outcome] += 1;
      if (wasBegun) tally[verb === "resume" ? "resumed" : "aborted"] += 1;
      if (wasBegun && verb === "resume") expect(outcome, `killed ${when} write ${at}, then resumed`).toBe("after");
    }
    console.log(`= ${tally.deaths} times kill -9 at ${writes} writes of a rollback of ${COUNT} services: ${tally.after} exactly after, ${tally.before} exactly before, 0 else; ${tally.resumed} resumed, ${tally.aborted} aborted`);
    expect(tally.resumed).toBeGreaterThan(0);
    expect(tally.aborted).toBeGreaterThan(0);
  });
});
