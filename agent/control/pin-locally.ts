import { type LocalPinKeeper, keepLocalPin } from "../local-pin/keep-local-pin.ts";
import type { Control, ControlDeps } from "./parts.ts";
import { selfOf } from "./self.ts";

/** A person's word on this host, for when Consul can't be asked. */
export function pinLocally({ agent, contact, memory }: ControlDeps, control: () => Control): LocalPinKeeper {
  const { file, log, stateFolder } = agent;
  return keepLocalPin({
    folder: stateFolder,
    log,
    self: selfOf(agent),
    isPossible: file.actuator === "instance" && file.appliers.length > 0,
    remembered: () => memory.remembered(),
    intent: () => control().follower.intent(),
    isCutOff: () => !contact.connected(),
    onChange: () => control().loop.poke(),
  });
}
