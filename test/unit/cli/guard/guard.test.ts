import { expect, test } from "vitest";
import type { GuardAction, GuardState } from "../../../../core/model/guard-records.ts";
import { commandLine } from "../command-line.ts";

const action = (number: number): GuardAction => ({
  action: number,
  at: "2026-03-01T12:00:00.000Z",
  by: "checkout-1",
  suspect: { service: "checkout", track: "stable", version: "2.0.0", baseline: "1.0.0", since: "2026-03-01T11:59:00.000Z" },
  cause: "stable:2.0.0@2",
  finding: { kind: "bad", signals: ["health"], summary: "health: 2 of 2 crash" },
  readings: { health: { says: "bad", summary: "2 of 2 crash", alike: false, evidence: [{ kind: "instances", of: 2, words: "\u001B[31mred" }] } },
  policy: { line: "no strategy: page", digest: "d" },
  deed: "page",
  outcome: "paged",
  says: `number ${number}`,
});

async function guarded(state?: GuardState) {
  const line = commandLine();
  await line.succeed("release", "register", "checkout", "1.0.0");
  line.store.putByHand("locks/guard/checkout", JSON.stringify({ leader: "checkout-1" }));
  if (state !== undefined) line.store.putByHand("guard/checkout/state", JSON.stringify(state));
  for (const number of [1, 2]) line.store.putByHand(`guard/checkout/actions/000000000${number}`, JSON.stringify(action(number)));
  return line;
}
const LATCHED: GuardState = { actions: 2, changes: [{ at: "2026-03-01T11:00:00.000Z", deed: "rollback", action: 1 }], dealt: [{ cause: "stable:2.0.0@2", what: "acted", action: 1 }], latched: { at: "2026-03-01T12:00:00.000Z", why: "1 change was made", action: 2 } };

test("explain shows the newest, or the one that is named, with its evidence made visible", async () => {
  const line = await guarded();
  const newest = (await line.succeed("guard", "explain", "checkout")).stdout;
  expect(newest).toContain("#2");
  expect(newest).toContain("health says bad; other versions not: 2 of 2 crash");
  expect(newest).not.toContain("\u001B");
  expect(await line.json("guard", "guard", "explain", "checkout", "1", "-o", "json")).toMatchObject({ leader: null, state: null, action: { action: 1 }, others: [{ action: 2 }] });
  expect(await line.run("guard", "explain", "checkout", "7")).toMatchObject({ exit: 2, stderr: expect.stringContaining("has no action 7: it keeps 1 to 2") as string });
});

test("resume takes the brake off, and keeps what was dealt with", async () => {
  const line = await guarded(LATCHED);
  expect((await line.succeed("status", "checkout")).stdout).toContain("the guard's brake is on");
  expect(await line.json("guard-resumed", "guard", "resume", "checkout", "--dry-run", "-o", "json")).toMatchObject({ outcome: "planned", latched: { action: 2 } });
  expect((await line.run("guard", "resume", "checkout")).exit).toBe(2);
  expect(await line.json("guard-resumed", "guard", "resume", "checkout", "--yes", "-o", "json")).toMatchObject({ outcome: "changed" });
  expect(await line.json("guard", "guard", "explain", "checkout", "-o", "json")).toMatchObject({ state: { actions: 2, changes: [], dealt: LATCHED.dealt } });
  expect(await line.json("guard-resumed", "guard", "resume", "checkout", "--yes", "-o", "json")).toMatchObject({ outcome: "unchanged", latched: null });
});

test("a state that somebody wrote over is told, and not begun anew", async () => {
  const line = await guarded(LATCHED);
  line.store.putByHand("guard/checkout/state", "{}");
  expect(await line.run("guard", "resume", "checkout", "--yes")).toMatchObject({ exit: 6, stderr: expect.stringContaining("guard/checkout/state can't be read") as string });
});
