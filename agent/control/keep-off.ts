/** This instance's part in a migration that its version can't read: out of the catalog, nothing new through the agent's own port, and it says so. */
import { whyOff } from "../../core/decide/schema/off.ts";
import type { InstanceRecord } from "../../core/model/records.ts";
import { createTurns } from "../appliers/turns.ts";
import type { Intent } from "../loop/intent.ts";
import type { ControlDeps } from "./parts.ts";

export interface OffKeeper {
  /** Consul's word; without it everything stays as it is. */
  consider(intent: Intent): void;
  /** Another version may be in front now. */
  look(): void;
  /** For the instance's record. */
  traffic(): InstanceRecord["traffic"];
}

interface Off {
  readonly version: string;
  readonly why: string;
}

/** `onChange`: the record says something else. */
export function keepOff({ agent: { file, formerOff, inbound, rememberOff }, presence: { registration } }: Pick<ControlDeps, "agent" | "presence">, onChange: () => void): OffKeeper {
  let why = (version: string): string | undefined => (version === formerOff?.version ? formerOff.why : undefined);
  /** What runs, and mustn't take anything. */
  let off: Off | undefined;
  /** It has nothing in flight any more. */
  let isQuiet = false;
  let over = new AbortController();
  const inTurn = createTurns();
  const closePort = (): void => inbound?.takeOff((version) => why(version) !== undefined, checkPathOf(file.register));
  closePort();

  const become = (next: Off | undefined): void => {
    off = next;
    if (inbound !== undefined) void inTurn(() => rememberOff(next));
    onChange();
  };

  const drain = async (signal: AbortSignal): Promise<void> => {
    await inbound?.quiet(signal);
    if (signal.aborted) return;
    isQuiet = true;
    onChange();
  };

  /** What runs now, where that mustn't take anything. */
  const offNow = (): Off | undefined => {
    const version = inbound?.state().upstream?.version ?? registration?.announced()?.version;
    const reason = version === undefined ? undefined : why(version);
    return version === undefined || reason === undefined ? undefined : { version, why: reason };
  };

  const look = (): void => {
    const next = offNow();
    if (next?.version === off?.version) return next?.why === off?.why ? undefined : become(next);
    over.abort();
    over = new AbortController();
    isQuiet = inbound === undefined;
    become(next);
    if (next !== undefined && !isQuiet) void drain(over.signal);
  };

  return {
    look,
    consider(intent) {
      if (intent.kind !== "consul") return;
      const { off: ground, target } = intent;
      why = (version) => (ground === undefined ? undefined : whyOff(file.service, ground, version, target.version));
      registration?.takeOff(why);
      closePort();
      look();
    },
    traffic() {
      const isAnnounced = registration?.announced() !== undefined;
      if (!isAnnounced && inbound?.state().upstream === undefined) return undefined;
      const name = file.register === false ? undefined : (file.register.name ?? file.service);
      return { catalog: isAnnounced ? name : undefined, off: isQuiet ? off?.why : undefined };
    },
  };
}

function checkPathOf(register: ControlDeps["agent"]["file"]["register"]): string | undefined {
  return register !== false && register.check !== false && "http" in register.check ? register.check.http : undefined;
}
