import { NO_ARTIFACT } from "../loop/determine-step.ts";
import type { Intent } from "../loop/intent.ts";
import type { Standing } from "../loop/loop-state.ts";
import { type LocalPin, type LocalPinOutcome, consulPin } from "./local-pin.ts";
import { LOCAL_PIN } from "./overlay.ts";

/**
 * When an agent first reads a pin: what it saw newest is what the pin was set against. One that hasn't heard from Consul
 * takes what the command found to be applied last; where that is unknown too, Consul's first word will do.
 */
export function armAtReading(pin: LocalPin, intent: Intent, track: string): LocalPin {
  if (pin.armed) return pin;
  if (intent.kind === "consul") return { ...pin, insteadOf: consulPin(intent.state, track), armed: true };
  return pin.insteadOf === undefined ? pin : { ...pin, armed: true };
}

/** What Consul's word makes of it. `stays`: Consul goes on saying what the pin was set against. */
export type Word = { readonly kind: "stays"; readonly pin: LocalPin } | { readonly kind: "ends"; readonly why: string };

/** Consul's word, however often it is heard, ends a local pin only where it is another than the one that the pin was set against. */
export function determineWord(pin: LocalPin, intent: Intent, track: string): Word {
  if (intent.kind !== "consul") return { kind: "stays", pin };
  const pinned = consulPin(intent.state, track);
  if (pinned === pin.version) return { kind: "ends", why: `Consul pins ${pinned} as well` };
  if (!pin.armed) return { kind: "stays", pin: { ...pin, insteadOf: pinned, armed: true } };
  if (pinned === pin.insteadOf) return { kind: "stays", pin };
  return { kind: "ends", why: `Consul's pin changed from ${pin.insteadOf ?? "something unknown"} to ${pinned}, which is a newer word` };
}

/** What became of a pin that wasn't applied before; undefined while it is being tried. */
export function determineOutcome(pin: LocalPin, { applied, reason, status }: Standing): LocalPinOutcome | undefined {
  const { id, version } = pin;
  if (status === "held" && reason?.code === LOCAL_PIN && applied?.target.version === version) return { id, outcome: "applied", message: `runs ${version}` };
  // Other holds pass: the agent starts, or another has its name.
  if (status !== "stalled" && reason?.code !== NO_ARTIFACT) return undefined;
  return { id, outcome: "failed", message: reason?.message ?? `the instance is ${status} and gives no reason` };
}
