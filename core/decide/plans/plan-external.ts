import type { ServiceFacts, Stored } from "../../model/facts.ts";
import type { Head } from "../../model/records.ts";
import type { EffectiveState } from "../effective.ts";
import { determineSchema } from "../schema/schema-ground.ts";
import { type Planned, assemblePlan, nothingToChange } from "./assemble-plan.ts";

/** An agent can give these without reading all the facts. */
export interface ExternalFacts extends Pick<ServiceFacts, "service" | "desired" | "accepted"> {
  readonly head: Stored<Head>;
  /** Of what is pinned at least: what a flip pins writes its schema as any release does. */
  readonly releases: ServiceFacts["releases"];
}

/**
 * Adopts hand flips into history. It writes no desired key: it expects the flipped ones to stand as they were read. Keys
 * that can't be obeyed are no part of it.
 */
export function planExternal(facts: ExternalFacts, effective: EffectiveState): Planned {
  const { service, head, desired } = facts;
  const { state, flipped, overrides } = effective;
  const schema = determineSchema(head.value, state.pins, (version) => facts.releases.get(version)?.value);
  if (head.value.operation !== undefined) return nothingToChange(`${service}: what was changed by hand is written into history when operation ${head.value.operation.id} has ended`);
  if (flipped.length === 0) return nothingToChange(`${service}: no key was changed by hand`);
  return assemblePlan({
    kind: "external",
    services: [
      {
        service,
        why: `${flipped.join(", ")} changed by hand`,
        head: { value: head.value, modifyIndex: head.modifyIndex },
        before: facts.accepted,
        after: state,
        recorded: true,
        writes: [],
        verdicts: [],
        expects: flipped.map((part) => ({ part, modifyIndex: desired.find((key) => key.part === part)?.modifyIndex })),
        overrides,
        ...(schema === head.value.schema ? {} : { schema }),
      },
    ],
    checks: [],
  });
}
