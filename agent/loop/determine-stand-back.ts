import type { LoopFacts, Step } from "./determine-step.ts";

/** The step of an agent that may not act for its service; undefined where it may. */
export function determineStandBack(facts: LoopFacts): Step | undefined {
  const { intent } = facts;
  if (intent.kind === "unknown" || intent.mode === "enforce") return undefined;
  if (intent.mode === "ejected") {
    return { kind: "stand-back", status: "held", reason: { code: "ejected", message: 'the service was ejected: this agent has let go of it, and what runs goes on by itself; "rollpin enforce" or "rollpin adopt" takes it back' } };
  }
  if (intent.hold !== undefined) return { kind: "stand-back", status: "held", reason: intent.hold };
  const wanted = intent.target.version;
  const running = facts.process === undefined || facts.process.state === "none" ? facts.observed?.version : facts.process.version;
  if (running !== undefined && (wanted === undefined || running === wanted)) return { kind: "stand-back", status: "in-sync", reason: undefined };
  if (running === undefined) return { kind: "stand-back", status: "held", reason: { code: "observing", message: `the service is only observed, and what runs here can't be told (${facts.observed?.problem ?? "this agent has started nothing"}); "rollpin enforce" lets agents act` } };
  return { kind: "stand-back", status: "drifted", reason: { code: "observing", message: `runs ${running}, pinned is ${wanted}; the service is only observed: "rollpin enforce" lets agents act` } };
}
