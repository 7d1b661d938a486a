import { type PaceGate, createPaceGate } from "../pace/gate.ts";
import type { ControlDeps } from "./parts.ts";

/** Where this instance's changes wait for those of others. Undefined where its agent changes nothing by itself. */
export function paceChanges({ agent, presence }: ControlDeps, onChange: () => void): PaceGate | undefined {
  const { clock, file, formerSession, instance, random, store } = agent;
  if (file.actuator !== "instance" || file.appliers.length === 0) return undefined;
  return createPaceGate({ store, clock, random, service: file.service, instance, sessionTtl: file.sessionTtl, session: presence.session, hadSession: formerSession !== undefined, onChange });
}
