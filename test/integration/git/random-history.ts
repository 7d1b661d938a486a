/** Histories such as operators make them, drawn from a seed: pins of several tracks, config, routes, pace, groups, undo, verdicts, modes and hands. */
import { type CommandLine, commandLine } from "../../unit/cli/command-line.ts";
import type { MemoryStore } from "../../../core/store/memory.ts";
import type { Store } from "../../../core/store/port.ts";
import { registerRelease } from "../../../core/operations/register-release.ts";
import { pick } from "../../support/random.ts";

export const SERVICES = ["checkout", "payments", "search", "x-1"] as const;
const VERSIONS = ["1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0+build.7", "nightly_42"] as const;
const TRACKS = ["stable", "stable", "canary", "constructor"] as const;
const PEOPLE = ["ana@laptop", "Jürgen Müller <jm@shop.example>", "<", "ops\nauthor x <y> 0 +0000", "日本太郎", "a\u0007b", " "] as const;
const REASONS = ["20% errors", "zwölf — 🔥\n\nsecond paragraph", "Rollpin-Plan: nobody's", "data 5\n", "\u0000\u0001", '"quotes" \\ and \r\n lines'] as const;
const CONFIGS = ["timeout: 3s\n", "", "no end of line", "\r\n\r\n", "\uFEFFbom: yes\n", "emoji: 🔥\n", "done\ndata 3\nabc", " \t"] as const;
const ROUTES = ["split: {canary-not: 5, pin: 95}\n", "split:\n  pin: 100 # all of it\n", '{"split": {"track:canary": 10, "pin": 90}}', "rules:\n  - match: {path: /beta}\n    split: {2.0.0-rc.1: 100}\nsplit: {pin: 100}\n"] as const;
const PACES = ["1", "25%", "all", "3 stop-after 2"] as const;

/** A command line at any store, as one of several people. */
export function personAt(store: Store, by: string): CommandLine {
  // Only what every store has is used of it.
  return commandLine({ store: store as MemoryStore, by, env: { PATH: process.env["PATH"] ?? "" } });
}

export async function registerAll(store: Store): Promise<void> {
  for (const service of SERVICES) {
    for (const [at, version] of VERSIONS.entries()) {
      // Of one service nobody says what its releases write; going back in the others leaves data that are newer than what is pinned.
      const schema = service === "search" ? {} : { schema: { reads: ">=1", writes: at + 1 } };
      const done = await registerRelease(store, service, { version, artifact: `shop/${service}:${version}`, commit: "6e3b1f0", labels: { team: "shop" }, ...schema }, { by: "ci", now: Date.now() });
      if (!done.ok) throw new Error(JSON.stringify(done.fault));
    }
  }
}

/** What was done, and how it ended: refusals are part of life. */
export async function makeHistory(store: Store, random: () => number, steps: number): Promise<readonly string[]> {
  const diary: string[] = [];
  for (let step = 0; step < steps; step += 1) {
    const cli = personAt(store, pick(random, PEOPLE));
    const words = draw(random);
    if (words === undefined) await flip(store, random);
    else {
      const { exit, stderr } = await cli.run(...words, "--yes", "--reason", pick(random, REASONS));
      if (exit === 1) throw new Error(`rollpin ${words.join(" ")}: ${stderr}`);
      diary.push(`${words.join(" ")}: ${exit}`);
    }
  }
  return diary;
}

function draw(random: () => number): readonly string[] | undefined {
  const service = pick(random, SERVICES);
  const some = SERVICES.filter(() => random() < 0.5);
  const wait = "--no-wait";
  const actions = [
    () => ["pin", service, pick(random, VERSIONS), "--track", pick(random, TRACKS), wait],
    () => ["pin", service, pick(random, VERSIONS), "--override", wait],
    () => ["unpin", service, "--track", pick(random, TRACKS), wait],
    () => ["config", "set", service, "--text", pick(random, CONFIGS), wait],
    () => ["config", "set", service, "--remove", wait],
    () => ["route", "set", service, "--text", pick(random, ROUTES), "--override", wait],
    () => ["pace", service, pick(random, PACES)],
    () => ["rollback", ...(some.length === 0 ? [service] : some), "--override", wait],
    () => ["undo", service, "--override", wait],
    () => ["release", "condemn", service, pick(random, VERSIONS)],
    () => ["release", "clear", service, pick(random, VERSIONS), ...(random() < 0.5 ? ["--good"] : [])],
    () => [random() < 0.3 ? "observe" : "enforce", service, wait],
    () => undefined,
  ] as const;
  return pick(random, actions)();
}

async function flip(store: Store, random: () => number): Promise<void> {
  const key = `desired/${pick(random, SERVICES)}/pin`;
  const there = await store.get(key);
  if (!there.ok) throw new Error(JSON.stringify(there.fault));
  const value = pick(random, VERSIONS);
  await store.transact([there.value === undefined ? { kind: "create", key, value } : { kind: "replace", key, value, modifyIndex: there.value.modifyIndex }]);
}
