import { type Result, err, ok } from "../../core/model/result.ts";
import { type Entries, linesOf } from "./map-entries.ts";
import { type Observed, parseObserved } from "./observed.ts";
import type { Step } from "./plan-turn.ts";
import type { RuntimeSocket } from "./runtime-socket.ts";
import type { MapName, Sections } from "./sections.ts";

/** HAProxy takes one buffer of a request (16 KiB unless configured) and drops what is longer. */
const MOST_BYTES = 8_000;
/** Success is silence, or one of these; an error is any other text. */
const SUCCESSES = new Set(["", "New server registered.", "Server deleted."]);

/** The fault is a sentence: HAProxy's own, or why it can't be asked. */
export async function readObserved(socket: RuntimeSocket, sections: Sections, marker: string): Promise<Result<Observed | { readonly lacks: string }, string>> {
  const read = async (map: MapName): Promise<string | undefined> => {
    const answer = await socket.ask(`show map ${sections.maps[map]}`);
    return answer.ok && !answer.value.startsWith("Unknown map") ? answer.value : undefined;
  };
  const [stat, runs, rules, sticky] = await Promise.all([socket.ask("show stat -1 7 -1"), read("runs"), read("rules"), read("sticky")]);
  if (!stat.ok) return stat;
  if (!stat.value.startsWith("# pxname")) return err(`HAProxy doesn't show its state: ${firstLine(stat.value)}`);
  return ok(parseObserved({ stat: stat.value, maps: { runs, rules, sticky } }, sections, marker));
}

/** Does what a turn consists of. A refusal ends it: what was done until then is safe to stay in. */
export async function applyTurn(steps: readonly Step[], socket: RuntimeSocket, sections: Sections): Promise<Result<void, string>> {
  for (const step of steps) {
    const done = await applyStep(step, socket, sections);
    if (!done.ok && step.kind !== "remove") return done;
  }
  return ok(undefined);
}

function applyStep(step: Step, socket: RuntimeSocket, sections: Sections): Promise<Result<void, string>> {
  return step.kind === "map" ? replaceMap(sections.maps[step.map], step.entries, socket) : inTurn(batchesOf(step.commands, 1), (batch) => command(batch.join(";"), socket));
}

/** HAProxy: `prepare map`, `add map @<version>`, `commit map`: requests see the old one or the new one, whole. */
async function replaceMap(path: string, entries: Entries, socket: RuntimeSocket): Promise<Result<void, string>> {
  const prepared = await socket.ask(`prepare map ${path}`);
  if (!prepared.ok) return prepared;
  const version = /^New version created: ([0-9]+)/.exec(prepared.value)?.[1];
  if (version === undefined) return err(`HAProxy refuses "prepare map ${path}": ${firstLine(prepared.value)}`);
  const added = await inTurn(batchesOf(entries.map((entry) => linesOf([entry])), 0), (batch) => command(`add map @${version} ${path} <<\n${batch.join("")}`, socket));
  return added.ok ? command(`commit map @${version} ${path}`, socket) : added;
}

async function command(text: string, socket: RuntimeSocket): Promise<Result<void, string>> {
  const answer = await socket.ask(text);
  if (!answer.ok) return answer;
  const refusal = answer.value.split("\n").find((line) => !SUCCESSES.has(line.trim()));
  return refusal === undefined ? ok(undefined) : err(`HAProxy refuses "${firstLine(text).slice(0, 200)}": ${refusal.trim()}`);
}

async function inTurn<T>(all: readonly T[], run: (one: T) => Promise<Result<void, string>>): Promise<Result<void, string>> {
  for (const one of all) {
    const done = await run(one);
    if (!done.ok) return done;
  }
  return ok(undefined);
}

/** `between`: bytes that join two of them. */
function batchesOf(texts: readonly string[], between: number): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let room = 0;
  for (const text of texts) {
    const last = batches.at(-1);
    room -= text.length + between;
    if (last !== undefined && room >= 0) last.push(text);
    else {
      batches.push([text]);
      room = MOST_BYTES - text.length;
    }
  }
  return batches;
}

function firstLine(text: string): string {
  return text.split("\n").find((line) => line.trim() !== "")?.trim() ?? "no answer";
}
