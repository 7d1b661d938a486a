/** `rollpin agent pin|unpin --local`: writes what a person says into the agent's state folder, tells the agent, and waits. Asks no Consul. */
import { randomBytes } from "node:crypto";
import { type Clock, isoTime } from "../../core/clock.ts";
import { messageOf } from "../../core/model/message-of.ts";
import { EXIT } from "../exit.ts";
import { readLastKnownGood } from "../files/last-known-good.ts";
import { livingOwner } from "../files/state-lock.ts";
import type { LoadedFile } from "../load-file.ts";
import { findArtifacts, linkHomes, readArtifactPattern } from "../releases/find-artifacts.ts";
import type { LocalPinArguments } from "./arguments.ts";
import { awaitOutcome } from "./await-outcome.ts";
import { type LocalPin, consulPin } from "./local-pin.ts";
import { readLocalPin, removeLocalPin, writeLocalPin } from "./pin-file.ts";

export interface CommandDeps {
  readonly loaded: LoadedFile;
  readonly by: string;
  readonly clock: Clock;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** SIGHUP to the agent: look again. */
  readonly wake: (pid: number) => void;
}

export interface Ended {
  readonly code: number;
  readonly text: string;
  /** Absent where it was refused, or couldn't be done: then nothing was changed. */
  readonly outcome?: LocalPinEnding;
}

/** `told`: the agent was, and nobody waited. `no-agent`: its next start goes by it. `over`: what Consul says goes again. `absent`: there was none to end. */
export type LocalPinEnding = "applied" | "over" | "failed" | "waiting" | "told" | "no-agent" | "absent";

/** How a person calls it. */
export const instanceOf = ({ file }: LoadedFile): string => file.instance ?? file.service;

export async function runLocalPin(args: LocalPinArguments, deps: CommandDeps): Promise<Ended> {
  try {
    return args.verb === "pin" ? await pin(args, deps) : await unpin(args, deps);
  } catch (error) {
    const why = messageOf(error);
    return { code: EXIT.usage, text: `the local pin can't be kept in ${deps.loaded.stateFolder}: ${why}. Nothing was changed; free or mount the disk, or run this as the agent's user` };
  }
}

async function pin(args: LocalPinArguments & { readonly verb: "pin" }, deps: CommandDeps): Promise<Ended> {
  const refused = await refusalOf(args.version, deps.loaded);
  if (refused !== undefined) return { code: EXIT.refused, text: refused };
  const next = await composePin(args, deps);
  await writeLocalPin(deps.loaded.stateFolder, next);
  return await tellAgent(next.id, args, deps, `${args.version}, held to it by a local pin${next.insteadOf === undefined ? "" : ` in place of ${next.insteadOf}, which Consul pinned when last heard`}; it ends when Consul's pin changes, or by "rollpin agent unpin --local"`);
}

async function unpin(args: LocalPinArguments, deps: CommandDeps): Promise<Ended> {
  const { stateFolder } = deps.loaded;
  const read = await readLocalPin(stateFolder);
  if (!(await removeLocalPin(stateFolder))) return { code: EXIT.done, outcome: "absent", text: `there is no local pin in ${stateFolder}` };
  const id = read.ok ? read.value?.id : undefined;
  return await tellAgent(id, args, deps, "what Consul says, or said when last heard: the local pin is over");
}

/** A sentence, where it can't be done here. */
async function refusalOf(version: string, { file, folder }: LoadedFile): Promise<string | undefined> {
  if (file.actuator !== "instance" || file.appliers.length === 0) return `refused: the agent of ${file.service} (actuator: ${file.actuator}) doesn't switch this host's own instance, so a local pin would move nothing; do it where the service is deployed`;
  if (file.releases.artifacts === undefined) return undefined;
  const pattern = readArtifactPattern(file.releases.artifacts, folder);
  const found = await findArtifacts(pattern, linkHomes(file.releases, folder));
  if (!found.ok) return `refused by the check artifact: ${found.fault}`;
  const { strays, versions } = found.value;
  if (versions.includes(version)) return undefined;
  const stray = strays.find((one) => one.version === version);
  if (stray !== undefined) return `refused by the check artifact: ${stray.why}`;
  return `refused by the check artifact: ${version} has no artifact on this host (${pattern.whole}); there is ${versions.length === 0 ? "none" : versions.slice(-8).join(", ")}`;
}

async function composePin({ reason, version }: LocalPinArguments & { readonly verb: "pin" }, { by, clock, loaded }: CommandDeps): Promise<LocalPin> {
  const { file, stateFolder } = loaded;
  const before = await readLocalPin(stateFolder);
  const known = await readLastKnownGood(stateFolder);
  const applied = known.ok && known.value?.service === file.service ? consulPin(known.value.state, file.track) : undefined;
  // One after the other: both are set against what Consul said before the first.
  const former = before.ok ? before.value : undefined;
  const armed = former?.armed === true;
  const insteadOf = armed ? former.insteadOf : applied;
  return { format: 1, id: randomBytes(8).toString("hex"), version, by, at: isoTime(clock.now()), reason, insteadOf, armed, applied: false, former: truthOf(former) };
}

/** Of pins that follow each other, the last that was made true. */
function truthOf(pin: LocalPin | undefined): LocalPin["former"] {
  if (pin?.applied !== true) return pin?.former;
  const { at, by, id, reason, version } = pin;
  return { id, version, by, at, reason };
}

async function tellAgent(id: string | undefined, { timeout, verb, wait }: LocalPinArguments, { clock, loaded, signal, wake }: CommandDeps, then: string): Promise<Ended> {
  const { stateFolder } = loaded;
  const pid = await livingOwner(stateFolder);
  const name = instanceOf(loaded);
  if (pid === undefined) {
    return { code: wait && verb === "pin" ? EXIT.incomplete : EXIT.done, outcome: "no-agent", text: `no agent runs with ${loaded.path} now, so nothing was switched. When it is started, ${name} runs ${then}` };
  }
  wake(pid);
  if (!wait || id === undefined) return { code: EXIT.done, outcome: "told", text: `told the agent (pid ${pid}): ${name} is to run ${then}` };
  const awaited = await awaitOutcome(stateFolder, id, { clock, timeout, signal });
  switch (awaited.kind) {
    case "applied":
      return { code: EXIT.done, outcome: "applied", text: `${name} runs ${then}` };
    case "ended":
      return { code: EXIT.done, outcome: "over", text: verb === "pin" ? `the local pin is over already: ${awaited.message}` : `${name} goes by ${then}` };
    case "failed":
      return { code: EXIT.incomplete, outcome: "failed", text: `not applied, and taken back; what ran before goes on. ${awaited.message}` };
    case "waiting":
      return { code: EXIT.incomplete, outcome: "waiting", text: `not applied yet: ${awaited.message}. What was said stands, and the agent goes on with it; its log and "rollpin agent unpin --local" help` };
  }
}
