import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { renderConfigError } from "../../../core/config/config-error.ts";
import { parsePolicy } from "../../../core/config/parse-policy.ts";
import { policySchema } from "../../../core/config/policy-schema.ts";

const faultsOf = (text: string): readonly string[] => {
  const parsed = parsePolicy(text, "policy");
  return parsed.ok ? [] : parsed.fault.map(renderConfigError);
};

test("what isn't said has defaults, and says nothing of acting", () => {
  expect(parsePolicy("signals: {}", "policy")).toEqual({
    ok: true,
    value: { every: 10_000, signals: {}, judge: { confidence: 0.99, minSamples: 50, effect: { errors: 0.005, latency: 0.1 } }, strategy: [], brake: { rollbacks: 2, per: 3_600_000 }, onNoData: "pause", noDataAfter: 60_000, dryRun: false },
  });
});

test.each(["reference/policy.md", "how-to/connect-alertmanager.md"])("examples of %s are policies", (name) => {
  const page = readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
  const examples = [...page.matchAll(/```yaml policy\n([^`]*)```/g)];
  expect(examples.length).toBeGreaterThan(0);
  expect(examples.flatMap(([, text = ""]) => faultsOf(text))).toEqual([]);
});

describe("everything that is wrong is told at once, with its place", () => {
  test.each<[string, string, readonly string[]]>([
    ["nothing", "", ["policy:1:1: it is empty"]],
    ["no signals", "every: 1s", ["policy:1:1: signals: is missing"]],
    ["a rule of a signal that there isn't", "signals:\n  health: {health: {}}\nstrategy:\n  - {when: [helth], do: rollback}", ['policy:4:13: strategy[0].when[0]: "helth" is no signal of this policy; did you mean "health"?']],
    ["several", "every: 1\nsignals:\n  Health: {health: {}}\n  other: {health: {failing: 0.3}}\nstrategy:\n  - {do: page, to: 1.0.0, strategy: best}\nbrake: {rollbacks: -1}", [
      'policy:1:8: every: needs a duration: a number and ms, s, m, h or d, such as "10s"',
      'policy:3:3: signals.Health: a signal is called by 1 to 32 of a-z, 0-9 and "-", starting with a letter',
      "policy:4:29: signals.other.health.failing: needs a percentage in quotes or bare, such as 30%",
      'policy:6:16: strategy[0].to: says where a rollback or a failover goes: it stands beside "do: rollback" or "do: failover" only',
      'policy:6:27: strategy[0].strategy: says how far a rollback goes: it stands beside "do: rollback" only',
      "policy:7:20: brake.rollbacks: -1 is too small: at least 0",
    ]],
    ["a command, a URL, a token", "signals: {health: {health: {command: [rm]}}}\nnotify: http://evil", ['policy:1:29: signals.health.health.command: is not a known key; known here: crashLoops, failing, lasting', 'policy:2:1: notify: is not a known key; known here: every, signals, judge, strategy, brake, onNoData, noDataAfter, dryRun']],
    ["places that are none", 'signals: {}\nstrategy: [{do: rollback, to: "../x"}, {do: failover, to: "track:Green"}]', ['policy:2:31: strategy[0].to: "../x" is not a version: name one release, or leave it out for the previous good one', 'policy:2:59: strategy[1].to: "track:Green" is no service and no track:<name>']],
  ])("%s", (_name, text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  test("one that is far too long isn't read", () => {
    expect(faultsOf(`signals: {}\n#${"x".repeat(70_000)}`)).toEqual(["policy:1:1: it is 70013 bytes long; the limit is 65536"]);
  });
});

test("the published schema is the one that is used", async () => {
  const schema = z.toJSONSchema(policySchema, { io: "input", target: "draft-7" });
  const named = { title: "rollpin policy", description: "By what a service is guarded: policies/<service>. docs/reference/policy.md says what it means.", ...schema };
  await expect(`${JSON.stringify(named, undefined, 2)}\n`).toMatchFileSnapshot("../../../docs/reference/policy.schema.json");
});
