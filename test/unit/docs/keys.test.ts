import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { guardActionSchema, guardLeadSchema, guardStateSchema } from "../../../core/model/guard-records.ts";
import { hookAskSchema, hookRunSchema, hookStepSchema, hooksLeadSchema } from "../../../core/model/hook-records.ts";
import { operationLockSchema, operationSchema, phases, stepSchema } from "../../../core/model/operation.ts";
import { rolloutSchema, rolloutStates } from "../../../core/model/rollout.ts";
import { headSchema, instanceSchema, instanceStatuses, releaseSchema, rememberedSchema, revisionKinds, revisionSchema, verdictSchema } from "../../../core/model/records.ts";
import { actuationSchema, actuatorSchema, meshLeadSchema } from "../../../core/model/actuator-records.ts";
import { paceSlotSchema, paceStateSchema } from "../../../core/model/pace-records.ts";
import { routerSchema } from "../../../core/model/router-records.ts";

const page = readFileSync(new URL("../../../docs/reference/keys.md", import.meta.url), "utf8");
const schemas = { head: headSchema, release: releaseSchema, verdict: verdictSchema, instance: instanceSchema, router: routerSchema, history: revisionSchema, remembered: rememberedSchema, actuator: actuatorSchema, mesh: meshLeadSchema, paceState: paceStateSchema, paceSlot: paceSlotSchema, operation: operationSchema, operationStep: stepSchema, drainStep: stepSchema, datacentreStep: stepSchema, hookStep: hookStepSchema, hookAsk: hookAskSchema, hooks: hooksLeadSchema, operationLock: operationLockSchema, guardLead: guardLeadSchema, guardState: guardStateSchema, guardAction: guardActionSchema, rolloutAction: guardActionSchema, rollout: rolloutSchema };

function example(name: string): unknown {
  const text = new RegExp(`\`\`\`json ${name}\n([^\`]*)\`\`\``).exec(page)?.[1];
  return JSON.parse(text ?? "no such example");
}

describe("docs/reference/keys.md", () => {
  it.each(Object.entries(schemas))("its %s is one, with every field that there is", (name, schema) => {
    const parsed = z.safeParse(schema, example(name));
    expect(parsed.error?.issues).toBeUndefined();
    // A schema drops what it doesn't know, so nothing in the example is made up.
    expect(parsed.data).toEqual(example(name));
  });

  it("shows every field of an actuation", () => {
    const { last } = example("actuator") as { readonly last: object };
    expect(Object.keys(last).sort()).toEqual(Object.keys(actuationSchema.shape).sort());
  });

  it("shows every field of a hook's run", () => {
    const { last } = example("hooks") as { readonly last: object };
    expect(Object.keys(last).sort()).toEqual(Object.keys(hookRunSchema.shape).sort());
  });

  it("shows every field of head, release, instance, router and operation", () => {
    for (const name of ["head", "release", "instance", "router", "operation"] as const) {
      expect(Object.keys(example(name) as object).sort()).toEqual(Object.keys(schemas[name].shape).sort());
    }
  });

  it("shows every field of what a guard keeps", () => {
    expect(Object.keys(example("guardState") as object).sort()).toEqual(Object.keys(guardStateSchema.shape).sort());
    expect([...new Set([example("guardAction"), example("rolloutAction")].flatMap((action) => Object.keys(action as object)))].sort()).toEqual(Object.keys(guardActionSchema.shape).sort());
  });

  it("shows every field of a rollout, and names its states", () => {
    expect(Object.keys(example("rollout") as object).sort()).toEqual(Object.keys(rolloutSchema.shape).sort());
    for (const state of rolloutStates) expect(page).toContain(`\`${state}\``);
  });

  it("names every status, every kind of revision and every phase of an operation", () => {
    for (const word of [...instanceStatuses, ...revisionKinds, ...phases]) expect(page).toContain(`\`${word}\``);
  });
});
