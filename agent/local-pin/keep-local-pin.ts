import { messageOf } from "../../core/model/message-of.ts";
import type { Remembered, Self } from "../loop/determine-intent.ts";
import type { Intent } from "../loop/intent.ts";
import type { Standing } from "../loop/loop-state.ts";
import type { Log } from "../log.ts";
import { armAtReading, determineOutcome, determineWord } from "./determine-end.ts";
import type { LocalPin, LocalPinOutcome } from "./local-pin.ts";
import { overlayLocalPin } from "./overlay.ts";
import { readLocalPin, removeLocalPin, writeLocalPin, writeOutcome } from "./pin-file.ts";

export interface LocalPinDeps {
  /** The agent's state folder. */
  readonly folder: string;
  readonly log: Log;
  readonly self: Self;
  /** Where one agent acts for all, or only looks, one host's pin means nothing. */
  readonly isPossible: boolean;
  readonly remembered: () => Remembered | undefined;
  /** Without a local pin. */
  readonly intent: () => Intent;
  /** Consul doesn't answer. */
  readonly isCutOff: () => boolean;
  readonly onChange: () => void;
}

/** A pin set by a person on this host, and what becomes of it. Costs nothing while there is none. */
export interface LocalPinKeeper {
  pin(): LocalPin | undefined;
  /** What the instance means to run with the pin in force. */
  overlay(intent: Intent): Intent;
  /** Every new intent: Consul's newer word ends a pin. */
  consider(intent: Intent): void;
  /** Where the instance stands with it. */
  note(standing: Standing): void;
  /** Reads the file: at the start, and whenever somebody says that it changed. */
  look(): Promise<void>;
}

interface KeptState {
  pin: LocalPin | undefined;
  /** Files are written one after the other. */
  writing: Promise<void>;
  /** Looks come from the start and from signals, one after the other too. */
  looking: Promise<void>;
}

export function keepLocalPin(deps: LocalPinDeps): LocalPinKeeper {
  const { log, self } = deps;
  const state: KeptState = { pin: undefined, writing: Promise.resolve(), looking: Promise.resolve() };

  const keep = (next: LocalPin): void => {
    if (next === state.pin) return;
    state.pin = next;
    save(deps, state, () => rewrite(deps.folder, next));
  };
  const end = (pin: LocalPin, outcome: Omit<LocalPinOutcome, "id">): void => {
    const next = outcome.outcome === "failed" ? formerOf(pin) : undefined;
    state.pin = next;
    log.warn({ event: "local-pin-ended", version: pin.version, outcome: outcome.outcome }, `the local pin to ${pin.version} is over: ${outcome.message}`);
    save(deps, state, async () => {
      if (await isOurs(deps.folder, pin)) await (next === undefined ? removeLocalPin(deps.folder) : writeLocalPin(deps.folder, next));
      await writeOutcome(deps.folder, { id: pin.id, ...outcome });
    });
    deps.onChange();
  };
  const consider = (intent: Intent): void => {
    if (state.pin === undefined) return;
    const word = determineWord(state.pin, intent, self.track);
    if (word.kind === "stays") keep(word.pin);
    else end(state.pin, { outcome: "ended", message: word.why });
  };

  const look = async (): Promise<void> => {
    const read = await readFor(deps, state);
    if (read === undefined) return;
    const { before, found } = read;
    if (found === undefined) return before === undefined ? undefined : end(before, { outcome: "ended", message: "somebody on this host unpinned it" });
    log.warn({ event: "local-pin", version: found.version, by: found.by, at: found.at, reason: found.reason }, `this instance is held to ${found.version} by a local pin of ${found.by}, whatever Consul pins; "rollpin agent unpin --local" ends it`);
    state.pin = found;
    keep(armAtReading(found, deps.intent(), self.track));
    consider(deps.intent());
    deps.onChange();
  };

  return {
    pin: () => state.pin,
    overlay: (intent) => (state.pin === undefined ? intent : overlayLocalPin(intent, state.pin, { self, remembered: deps.remembered(), isCutOff: deps.isCutOff() })),
    consider,
    note(standing) {
      const { pin } = state;
      const outcome = pin === undefined || pin.applied ? undefined : determineOutcome(pin, standing);
      if (pin === undefined || outcome === undefined) return;
      if (outcome.outcome === "failed") return end(pin, outcome);
      keep({ ...pin, applied: true });
      save(deps, state, () => writeOutcome(deps.folder, outcome));
    },
    look: () => (state.looking = state.looking.then(look)),
  };
}

/** What was in force before one that can't be made true. */
function formerOf({ former, ...pin }: LocalPin): LocalPin | undefined {
  return former === undefined ? undefined : { ...pin, ...former, reason: former.reason, applied: true };
}

/** Undefined where the file says nothing new, or nothing that can be used. */
async function readFor({ folder, isPossible, log }: LocalPinDeps, state: KeptState): Promise<{ readonly before: LocalPin | undefined; readonly found: LocalPin | undefined } | undefined> {
  await state.writing;
  const read = await readLocalPin(folder);
  if (!read.ok) {
    log.error({ event: "local-pin" }, read.fault);
    return undefined;
  }
  const found = read.value;
  if (found !== undefined && !isPossible) {
    log.error({ event: "local-pin" }, `the local pin to ${found.version} is ignored: only an agent with "actuator: instance" and appliers switches its own instance`);
    return undefined;
  }
  return found?.id === state.pin?.id ? undefined : { before: state.pin, found };
}

/** A disk that refuses loses what a restart would know; what is in force now stays so. */
function save({ folder, log }: LocalPinDeps, state: KeptState, write: () => Promise<void>): void {
  state.writing = state.writing.then(write).catch((error: unknown) => {
    log.error({ event: "disk" }, `the local pin could not be kept in ${folder}: ${messageOf(error)}; free or mount the disk, then set or end it again`);
  });
}

/** A person may have written another one, or removed it, meanwhile. */
async function rewrite(folder: string, pin: LocalPin): Promise<void> {
  if (await isOurs(folder, pin)) await writeLocalPin(folder, pin);
}

async function isOurs(folder: string, pin: LocalPin): Promise<boolean> {
  const read = await readLocalPin(folder);
  return read.ok && read.value?.id === pin.id;
}
