/** Rollouts by real agents on a real Consul: promoted, turned back, paused, aborted, and taken over when the one that guards is killed. */
import { afterAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { shapes } from "../../../cli/output/shapes.ts";
import { rolloutSchema } from "../../../core/model/rollout.ts";
import { hearWebhook } from "../../support/hear-webhook.ts";
import { historyOf } from "../../support/history.ts";
import type { TestAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { ownConsul } from "../stories/own-consul.ts";
import { expectExit, flat, processYaml, registered, runs } from "../stories/story.ts";

const { consul, start } = await ownConsul();
const pager = await hearWebhook();
afterAll(() => pager.close());

const RELEASES = { "1.0.0": "good.js", "2.0.0": "good.js", "3.0.0": "exits-at-once.js" };
const POLICY = "every: 500ms\nsignals: {health: {health: {}}}\nnoDataAfter: 20s\n";
const run = (code: number, ...words: readonly string[]) => expectExit(code, words, { consul: consul.address });

/** An instance of each track, all of which may guard. */
async function fleet(service: string): Promise<Readonly<Record<"stable" | "canary", TestAgent>>> {
  const agent = (track: string) => start({ service, instance: `${service}-${track}`, releases: RELEASES, yaml: processYaml(`sessionTtl: 10s\ntrack: ${track}\nguard: {notify: [{webhook: "${pager.url}"}]}\n`) });
  const [stable, canary] = await Promise.all([agent("stable"), agent("canary")]);
  await registered(consul, service, ...Object.keys(RELEASES));
  for (const { instance } of [stable, canary]) await until(`${instance} is in the registry`, async () => (await consul.kv.get(`rollpin/instances/${service}/${instance}`)) !== undefined);
  await run(0, "pin", service, "1.0.0", "--yes");
  await run(0, "pin", service, "1.0.0", "--track", "canary", "--yes");
  await run(0, "policy", "set", service, "--text", POLICY, "--yes");
  return { stable, canary };
}

async function rolloutOf(service: string) {
  return z.parse(shapes.rollout, JSON.parse((await run(0, "rollout", "status", service, "-o", "json")).stdout)).rollout;
}

/** What people were told of it, once each was. */
const told = (service: string, ...deeds: readonly string[]) => until(`people are told of ${service}: ${deeds.join(", ")}`, () => {
  const heard = pager.heard.filter((one) => one["service"] === service);
  return deeds.every((deed) => heard.some((one) => `${String(one["deed"])} ${String(one["outcome"])}` === deed)) ? heard : undefined;
});
const explained = async (service: string) => z.parse(shapes.guard, JSON.parse((await run(0, "guard", "explain", service, "-o", "json")).stdout));

/** By its record: a CLI that is started on a busy machine may miss a state that stands for two seconds. */
const reaches = (service: string, state: string, taken: number) => until(`the rollout of ${service} is ${state} at step ${taken}`, async () => {
  const rollout = rolloutSchema.parse(JSON.parse((await consul.kv.get(`rollpin/rollouts/${service}`)) ?? "{}"));
  return rollout.state === state && rollout.taken === taken ? rollout : undefined;
}, { deadlineMs: 60_000 });

describe("a rollout", () => {
  it("takes its steps, each after its hold, and ends good; then the same version is refused", { timeout: 120_000 }, async () => {
    const { canary, stable } = await fleet("well");
    await run(0, "rollout", "start", "well", "2.0.0", "--tracks", "canary", "--hold", "1s", "--bake", "1s", "--yes", "--reason", "faster");
    await run(4, "rollout", "start", "well", "3.0.0", "--tracks", "canary", "--yes");
    await reaches("well", "promoted", 2);
    await runs(stable, "2.0.0");
    await runs(canary, "2.0.0");
    expect((await historyOf(consul, "well")).filter(({ kind }) => kind === "rollout")).toMatchObject([{ by: "rollout" }, { by: "rollout" }]);
    expect(flat((await run(0, "release", "show", "well", "2.0.0")).stdout)).toContain("good");
    expect(flat((await run(0, "rollout", "status", "well")).stdout)).toContain("promoted: it stood every step, and is good what it rests on: rollpin guard explain well 1");
    expect(await told("well", "promote done")).toMatchObject([{ action: 1, rollout: { state: "promoted", taken: 2 } }]);
    await run(2, "rollout", "start", "well", "2.0.0", "--yes");
    await run(2, "rollout", "retry", "well", "--yes");
  });

  it("of a version that doesn't come up goes back to where it began, condemned; tried again only with --override", { timeout: 120_000 }, async () => {
    const { canary, stable } = await fleet("ill");
    const { pid } = (await stable.state()).record;
    await run(0, "rollout", "start", "ill", "3.0.0", "--tracks", "canary", "--hold", "1s", "--yes");
    const rollout = await reaches("ill", "turned-back", 1);
    expect(rollout.why).toMatch(/1 of 1 instances of ill with 3\.0\.0 are not well|exited with code 7/);
    await runs(canary, "1.0.0");
    expect((await stable.state()).record.pid).toBe(pid);
    expect(flat((await run(0, "release", "show", "ill", "3.0.0")).stdout)).toContain("condemned");
    const { action } = await explained("ill");
    expect(action).toMatchObject({ deed: "turn-back", outcome: "done", services: { ill: rollout.head }, rollout: { state: "turned-back" } });
    expect(await told("ill", "turn-back done")).toMatchObject([{ kind: "guard-action", action: action?.action, says: action?.says, explain: `rollpin guard explain ill ${action?.action}` }]);
    expect(flat((await run(0, "guard", "explain", "ill")).stdout)).toContain("its rollout by");
    expect((await run(3, "rollout", "retry", "ill", "--yes")).stderr).toContain("condemned");
    await run(0, "rollout", "retry", "ill", "--override", "--yes");
    await reaches("ill", "turned-back", 1);
    await runs(canary, "1.0.0");
  });

  it("stands still while it is paused, goes on when it is promoted, and is taken back by abort", { timeout: 120_000 }, async () => {
    const { canary, stable } = await fleet("said");
    expect((await run(2, "rollout", "pause", "said", "--yes")).stderr).toContain("never had a rollout");
    await run(0, "rollout", "start", "said", "2.0.0", "--tracks", "canary", "--hold", "1h", "--bake", "1h", "--yes");
    await reaches("said", "holding", 1);
    await runs(canary, "2.0.0");
    await run(0, "rollout", "pause", "said", "--reason", "lunch", "--yes");
    expect(flat((await run(0, "rollout", "status", "said")).stdout)).toContain("lunch");
    await run(0, "rollout", "promote", "said", "--yes");
    await reaches("said", "holding", 2);
    await runs(stable, "2.0.0");
    await run(0, "rollout", "abort", "said", "--yes", "--reason", "not today");
    await runs(stable, "1.0.0");
    await runs(canary, "1.0.0");
    expect(await rolloutOf("said")).toMatchObject({ state: "aborted", why: "not today" });
    expect((await run(3, "rollout", "resume", "said", "--yes")).stderr).toContain("is over (aborted)");
  });

  it("goes on when the agent that guards is killed, and no step is taken twice", { timeout: 120_000 }, async () => {
    const agents = await fleet("shot");
    await run(0, "rollout", "start", "shot", "2.0.0", "--tracks", "canary", "--hold", "2s", "--bake", "1s", "--yes");
    await reaches("shot", "holding", 1);
    const { leader } = z.parse(shapes.guard, JSON.parse((await run(0, "guard", "explain", "shot", "-o", "json")).stdout));
    const dies = leader === agents.canary.instance ? agents.canary : agents.stable;
    await dies.kill();
    await dies.start();
    await reaches("shot", "promoted", 2);
    expect((await historyOf(consul, "shot")).filter(({ kind }) => kind === "rollout")).toHaveLength(2);
    await told("shot", "promote done");
  });

  it("is over as soon as a person rolls back, and no step follows", { timeout: 120_000 }, async () => {
    const { canary, stable } = await fleet("over");
    await run(0, "rollout", "start", "over", "2.0.0", "--tracks", "canary", "--hold", "2s", "--bake", "1s", "--yes");
    await reaches("over", "holding", 1);
    await run(0, "rollback", "over", "--track", "canary", "--to", "1.0.0", "--yes");
    expect(await rolloutOf("over")).toMatchObject({ state: "overtaken" });
    await until("its record says so too", async () => JSON.parse((await consul.kv.get("rollpin/rollouts/over")) ?? "{}").state === "overtaken");
    await runs(canary, "1.0.0");
    await runs(stable, "1.0.0");
  });
});

describe("what can't begin is refused before anything is written", () => {
  it.each([
    ["without a policy", 3, ["rollout", "start", "bare", "2.0.0"], "has no policy"],
    ["of a version that isn't registered", 3, ["rollout", "start", "known", "9.9.9"], "9.9.9"],
    ["of a service that nobody knows", 2, ["rollout", "start", "nobody", "1.0.0"], "unknown"],
    ["with steps that don't rise", 2, ["rollout", "start", "known", "2.0.0", "--steps", "5%,5%"], "rising shares"],
    ["with a preview and no blue-green", 2, ["rollout", "start", "known", "2.0.0", "--preview", "x=1"], "--blue-green"],
    ["with --track stable", 2, ["rollout", "start", "known", "2.0.0", "--track", "stable"], "ends with"],
  ] as const)("%s", async (_, code, words, says) => {
    for (const service of ["bare", "known"]) for (const version of ["1.0.0", "2.0.0"]) await run(0, "release", "register", service, version);
    await run(0, "pin", "known", "1.0.0", "--yes", "--no-wait");
    await run(0, "policy", "set", "known", "--text", POLICY, "--yes");
    expect((await run(code, ...words, "--yes")).stderr).toContain(says);
    expect(await consul.kv.get("rollpin/rollouts/known")).toBeUndefined();
  });
});
