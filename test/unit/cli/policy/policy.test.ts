import { expect, test } from "vitest";
import { commandLine } from "../command-line.ts";

const GOOD = "signals: {health: {health: {}}}\nstrategy: [{do: rollback}]\n";

async function known() {
  const line = commandLine({ files: { "good.yaml": GOOD, "bad.yaml": "signals: {health: {helth: {}}}\n" } });
  await line.succeed("release", "register", "checkout", "1.0.0");
  return line;
}

test("a policy is set from a file, shown byte for byte, and removed", async () => {
  const line = await known();
  expect(await line.run("policy", "show", "checkout")).toMatchObject({ exit: 0, stdout: "", stderr: "checkout has no policy, and nobody guards it\n" });
  expect(await line.json("policy", "policy", "set", "checkout", "good.yaml", "--dry-run", "-o", "json")).toMatchObject({ outcome: "planned", policy: GOOD });
  expect((await line.succeed("policy", "show", "checkout")).stdout).toBe("");
  expect(await line.json("policy", "policy", "set", "checkout", "good.yaml", "--yes", "-o", "json")).toMatchObject({ outcome: "changed" });
  expect((await line.succeed("policy", "show", "checkout")).stdout).toBe(GOOD);
  expect(await line.json("policy", "policy", "set", "checkout", "good.yaml", "--yes", "-o", "json")).toMatchObject({ outcome: "unchanged" });
  expect(await line.json("policy", "policy", "set", "checkout", "--remove", "--yes", "-o", "json")).toMatchObject({ outcome: "changed", policy: null });
  expect((await line.succeed("policy", "set", "checkout", "--remove", "--yes")).stdout).toContain("nothing to change");
});

test("what isn't right is refused with its place, and what a hand wrote is shown with what is wrong", async () => {
  const line = await known();
  expect(await line.run("policy", "set", "checkout", "bad.yaml", "--yes")).toMatchObject({ exit: 2, stderr: expect.stringContaining('policy:1:20: signals.health.helth: is not a known key') as string });
  expect((await line.succeed("policy", "show", "checkout")).stdout).toBe("");
  line.store.putByHand("policies/checkout", "signals: 1\n");
  const shown = await line.run("policy", "show", "checkout");
  expect(shown).toMatchObject({ exit: 0, stdout: "signals: 1\n" });
  expect(shown.stderr).toContain("rollpin/policies/checkout:1:10: signals: needs a block of keys, not 1");
});

test("nobody guesses: an unknown service, no yes, two sources", async () => {
  const line = await known();
  expect((await line.run("policy", "set", "chekout", "good.yaml", "--yes")).exit).toBe(2);
  expect((await line.run("policy", "set", "checkout", "good.yaml")).exit).toBe(2);
  expect((await line.run("policy", "set", "checkout", "good.yaml", "--text", GOOD, "--yes")).exit).toBe(2);
});
