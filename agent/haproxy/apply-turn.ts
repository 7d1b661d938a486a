import { type Result, err, ok } from "../../core/model/result.ts";
import { type Entries, type MapEntry, linesOf, onlyChange } from "./map-entries.ts";
import { type Observed, parseObserved } from "./observed.ts";
import type { Step } from "./plan-turn.ts";
import type { RuntimeSocket } from "./runtime-socket.ts";
import { type Sections, mapNames } from "./sections.ts";

/** HAProxy takes one buffer of a request (16 KiB unless configured) and drops what is longer. */
const MOST_BYTES = 8_000;
/** Success is silence, or one of these; an error is any other text. */
const SUCCESSES = new Set(["", "New server registered.", "Server deleted."]);

/** The fault is a sentence: HAProxy's own, or why it can't be asked. */
export async function readObserved(socket: RuntimeSocket, sections: Sections, marker: string): Promise<Result<Observed | { readonly lacks: string }, string>> {
  // On one connection: each takes both sides as long as what is asked for, and traffic waits for it.
  const answer = await socket.ask(["show stat -1 7 -1", ...mapNames.map((map) => `show map ${sections.maps[map]}`)].join(";"));
  if (!answer.ok) return answer;
  const [stat = "", ...maps] = answersIn(answer.value);
  if (!stat.startsWith("# pxname")) return err(`HAProxy doesn't show its state: ${firstLine(answer.value)}`);
  const [runs, rules, sticky] = maps.map((map) => (map.startsWith("Unknown map") ? undefined : map));
  return ok(parseObserved({ stat, maps: { runs, rules, sticky } }, sections, marker));
}

/** An empty line ends each, also where it says nothing else. */
function answersIn(text: string): readonly string[] {
  const answers = [""];
  for (const line of text.split("\n")) {
    if (line === "") answers.push("");
    else answers.push(`${answers.pop() ?? ""}${line}\n`);
  }
  return answers;
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
  return step.kind === "map" ? turnMap(sections.maps[step.map], step, socket) : inTurn(batchesOf(step.commands, 1), (batch) => command(batch.join(";"), socket));
}

/** One value that changes changes at once, as all of a map does that is replaced. */
function turnMap(path: string, { entries, from }: Extract<Step, { readonly kind: "map" }>, socket: RuntimeSocket): Promise<Result<void, string>> {
  const change = onlyChange(from, entries);
  return change === undefined || !isPlain(change) ? replaceMap(path, entries, socket) : command(`set map ${path} ${change.key} ${change.value}`, socket);
}

/** As it is written in a command without being escaped. */
function isPlain({ key, value }: MapEntry): boolean {
  return /^[\w.:-]+$/.test(key) && /^[\w.:-]+$/.test(value);
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
