import { describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { type CommandLine, commandLine } from "./command-line.ts";

/** A clock that a test sets: history's times are whole minutes of one morning. */
function morning() {
  let now = Date.parse("2026-03-01T08:00:00.000Z");
  return { clock: { ...systemClock, now: () => now }, to: (time: string) => void (now = Date.parse(`2026-03-01T${time}:00.000Z`)) };
}

/** At 8:00 checkout and payments, at 9:00 both newer, checkout with a canary; at 10:00 search for the first time. */
async function shop(): Promise<CommandLine> {
  const { clock, to } = morning();
  const cli = commandLine({ clock });
  for (const service of ["checkout", "payments", "search"]) for (const version of ["1.0.0", "2.0.0"]) await cli.succeed("release", "register", service, version);
  const pin = (...words: readonly string[]) => cli.succeed("pin", ...words, "--yes", "--no-wait");
  await pin("checkout", "1.0.0");
  await pin("payments", "1.0.0");
  to("09:00");
  await pin("checkout", "2.0.0");
  await pin("checkout", "2.0.0", "--track", "canary");
  await pin("payments", "2.0.0");
  to("10:00");
  await pin("search", "1.0.0");
  to("11:00");
  return cli;
}

const pinsOf = async (cli: CommandLine): Promise<Record<string, string | null>> =>
  Object.fromEntries((await cli.json("status", "status")).services.flatMap(({ service, tracks }) => tracks.map(({ pin, track }) => [track === "stable" ? service : `${service} ${track}`, pin])));

describe("rollback --at --all", () => {
  it("takes every service back to that time in one plan, and leaves alone what did not exist", async () => {
    const cli = await shop();
    const ran = await cli.runWith({ columns: 300 }, "rollback", "--all", "--at", "2026-03-01T08:30:00Z", "--yes", "--no-wait");
    expect(ran.stderr).toContain("search did not exist at 2026-03-01T08:30:00.000Z");
    expect(ran.stderr).toContain("at 2026-03-01T08:30:00.000Z payments was at revision 1, of 2026-03-01T08:00:00.000Z");
    expect(await pinsOf(cli)).toEqual({ checkout: "1.0.0", "checkout canary": "2.0.0", payments: "1.0.0", search: "1.0.0" });
    await cli.succeed("undo", "checkout", "--yes", "--no-wait");
    expect(await pinsOf(cli)).toEqual({ checkout: "2.0.0", "checkout canary": "2.0.0", payments: "2.0.0", search: "1.0.0" });
  });

  it("prunes what did not exist where that is asked for, by a plan that can be applied later", async () => {
    const cli = await shop();
    const { plan } = await cli.json("plan", "rollback", "--all", "--at", "2026-03-01T08:30:00Z", "--prune", "--dry-run");
    expect(plan.services.map(({ asOf, changes, service }) => ({ asOf, service, to: changes.map(({ after }) => after) }))).toEqual([
      { asOf: 1, service: "checkout", to: ["1.0.0", "none"].sort().reverse() },
      { asOf: 1, service: "payments", to: ["1.0.0"] },
      { asOf: undefined, service: "search", to: ["none"] },
    ]);
    await cli.succeed("apply", plan.fingerprint, "--yes", "--no-wait");
    expect(await pinsOf(cli)).toEqual({ checkout: "1.0.0", "checkout canary": "none", payments: "1.0.0", search: "none" });
  });

  it("of some services, or of one track", async () => {
    const cli = await shop();
    await cli.succeed("rollback", "checkout", "--at", "2026-03-01T08:30:00Z", "--yes", "--no-wait");
    expect(await pinsOf(cli)).toMatchObject({ checkout: "1.0.0", payments: "2.0.0" });
  });

  it("says which services stay, and nothing of a change where all do", async () => {
    const cli = await shop();
    const ran = await cli.succeed("rollback", "--all", "--at", "2026-03-01T09:30:00Z", "--yes", "--no-wait");
    expect(ran.stdout).toContain("nothing to change: checkout is there already");
    await cli.succeed("pin", "search", "2.0.0", "--yes", "--no-wait");
    expect((await cli.succeed("rollback", "--all", "--at", "2026-03-01T10:30:00Z", "--dry-run")).stdout).toContain("unchanged: checkout, payments are there already");
  });

  it.each([
    { argv: ["rollback"], says: "name the services" },
    { argv: ["rollback", "--all"], says: "--all goes with --at" },
    { argv: ["rollback", "checkout", "--all", "--at", "1m"], says: "leave out the names" },
    { argv: ["rollback", "checkout", "--prune"], says: "--prune goes with --at" },
    { argv: ["rollback", "checkout", "--prune", "--at", "1m", "--track", "canary"], says: "--prune goes with --at" },
  ])("exit 2: $argv", async ({ argv, says }) => {
    const cli = await shop();
    const { error, exit } = await cli.json("error", ...argv, "--yes");
    expect(exit).toBe(2);
    expect(error.message).toContain(says);
  });
});
