import { describe, expect, it } from "vitest";
import { type CommandLine, commandLine } from "./command-line.ts";

const quiet = ["--yes", "--no-wait"] as const;
const files = { "routes.yaml": "split: {2.0.0: 5, pin: 95} # canary\nsticky: {cookie: session}\n" };

/** `checkout` pinned to 1.0.0, with as many instances of each version in the catalog as are named. */
async function shop(...running: readonly string[]): Promise<CommandLine> {
  const cli = commandLine({ files });
  for (const version of ["1.0.0", "2.0.0", "3.0.0"]) await cli.succeed("release", "register", "checkout", version);
  for (const [index, version] of running.entries()) {
    const [service = "", ...rest] = version.includes(":") ? version.split(":") : ["checkout", version];
    const [number, track = "stable"] = rest.join(":").split("@");
    const registered = await cli.store.catalog.register({ id: `${service}-${index}`, service, port: 1000 + index, meta: { version: number ?? "", track } });
    expect(registered.ok).toBe(true);
  }
  await cli.succeed("pin", "checkout", "1.0.0", ...quiet);
  return cli;
}

const textOf = async (cli: CommandLine): Promise<string | null> => (await cli.json("routes", "route", "show", "checkout")).routes;

describe("route", () => {
  it("set, shift, back and clear change one document, and show says what comes of it", async () => {
    const cli = await shop("1.0.0", "2.0.0");
    expect(await cli.json("routes", "route", "show", "checkout")).toMatchObject({ exit: 0, routes: null, revision: 1, split: [{ share: "pin", wanted: 1, to: "1.0.0" }], rules: [], failover: null, notes: [] });
    await cli.succeed("route", "set", "checkout", "routes.yaml", ...quiet);
    expect(await textOf(cli)).toBe(files["routes.yaml"]);
    await cli.succeed("route", "shift", "checkout", "2.0.0", "25%", ...quiet);
    expect(await textOf(cli)).toBe("split: {2.0.0: 25, pin: 75} # canary\nsticky: {cookie: session}\n");
    expect((await cli.succeed("route", "show", "checkout")).stdout).toContain("now: 25% to 2.0.0, 75% to pin (1.0.0)");
    await cli.succeed("route", "shift", "checkout", "--back", ...quiet);
    expect(await textOf(cli)).toBe("sticky: {cookie: session}\n");
    await cli.succeed("route", "clear", "checkout", ...quiet);
    expect(await textOf(cli)).toBeNull();
    expect((await cli.succeed("history", "checkout")).stdout).toMatch(/routes[^]*shift[^]*shift[^]*routes/);
    await cli.succeed("undo", "checkout", ...quiet);
    expect(await textOf(cli)).toBe("sticky: {cookie: session}\n");
  });

  it("shifts to a track and instantly back", async () => {
    const cli = await shop("1.0.0", "2.0.0@green");
    await cli.succeed("pin", "checkout", "2.0.0", "--track", "green", ...quiet);
    await cli.succeed("route", "shift", "checkout", "--to-track", "green", ...quiet);
    expect(await cli.json("routes", "route", "show", "checkout")).toMatchObject({ routes: "split: {track:green: 100, pin: 0}\n", split: [{ to: "2.0.0@green", wanted: 1 }, { share: "pin", wanted: 0 }] });
    await cli.succeed("route", "shift", "checkout", "--back", ...quiet);
    expect(await textOf(cli)).toBeNull();
  });

  it("refuses what nobody would take, by name, unless that is overridden", async () => {
    const cli = await shop("1.0.0");
    const { error, exit } = await cli.json("error", "route", "shift", "checkout", "2.0.0", "10%", ...quiet);
    expect({ exit, check: error.check }).toEqual({ exit: 3, check: "no-live-instance" });
    await cli.succeed("route", "shift", "checkout", "2.0.0", "10%", "--override", ...quiet);
    expect((await cli.json("routes", "route", "show", "checkout")).notes).toEqual(["2.0.0, 10%: 2.0.0 has no passing instance; its share stays with pin"]);
    expect((await cli.json("error", "route", "shift", "checkout", "9.0.0", "10%", ...quiet)).error.check).toBe("registered");
  });

  it.each([
    [["route", "set", "checkout"], /name one source for the routes/],
    [["route", "set", "checkout", "--text", "split: {a b: 1}"], /the routes aren't right: line 1, column 9: split\["a b"\]/],
    [["route", "shift", "checkout"], /say what gets which share/],
    [["route", "shift", "checkout", "2.0.0"], /say what gets which share/],
    [["route", "shift", "checkout", "2.0.0", "25"], /no share: write 0% to 100%/],
    [["route", "shift", "checkout", "2.0.0", "101%"], /no share/],
    [["route", "shift", "checkout", "a b", "1%"], /is no version/],
    [["route", "shift", "checkout", "2.0.0", "1%", "--back"], /can't stand beside --back/],
    [["failover", "checkout"], /name no failover: say where to with --to/],
    [["failover", "checkout", "--to", "track:Green"], /is not a track/],
  ])("%j is bad usage", async (argv, says) => {
    const cli = await shop("1.0.0", "2.0.0");
    const ran = await cli.run(...argv, ...quiet);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toMatch(says);
  });
});

describe("failover and failback", () => {
  it("hand all traffic over and back", async () => {
    const cli = await shop("1.0.0", "backup:1.0.0");
    await cli.succeed("failover", "checkout", "--to", "backup", ...quiet);
    expect(await cli.json("routes", "route", "show", "checkout")).toMatchObject({ failover: { state: "on", why: "backup has taken over: it was commanded" }, split: [{ share: "failover", to: "backup", wanted: 1 }] });
    await cli.succeed("failback", "checkout", ...quiet);
    expect(await cli.json("routes", "route", "show", "checkout")).toMatchObject({ routes: "failover: {to: backup}\n", failover: { state: "stands-by" } });
    expect((await cli.json("error", "failover", "checkout", "--to", "nowhere", ...quiet)).error.check).toBe("no-live-instance");
  });
});

describe("a pin that moves", () => {
  it("takes its name out of the routes", async () => {
    const cli = await shop("1.0.0", "2.0.0");
    await cli.succeed("route", "set", "checkout", "--text", "split: {1.0.0: 90, 2.0.0: 10}", ...quiet);
    const ran = await cli.succeed("pin", "checkout", "2.0.0", ...quiet);
    expect(ran.stderr).toMatch(/warned routes: the routes name 1\.0\.0, which no track is pinned to any more:\s+those names become "pin"/);
    expect(await textOf(cli)).toBe("split: {2.0.0: 10, pin: 90}\n");
  });

  it("by hand makes the name mean the pin", async () => {
    const cli = await shop("1.0.0", "2.0.0");
    await cli.succeed("pin", "checkout", "2.0.0", ...quiet);
    await cli.succeed("route", "set", "checkout", "--text", "split: {2.0.0: 100}", ...quiet);
    cli.store.putByHand("desired/checkout/pin", "1.0.0");
    await cli.succeed("config", "set", "checkout", "--text", "a", ...quiet);
    expect(await cli.json("routes", "route", "show", "checkout")).toMatchObject({ split: [{ share: "2.0.0", to: "1.0.0", instead: "a hand has left that version, so its name means the pin" }] });
  });
});
