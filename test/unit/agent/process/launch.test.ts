import { describe, expect, it } from "vitest";
import type { Change } from "../../../../agent/appliers/applier.ts";
import { isSatisfiedBy, overlaps, planLaunch, resolveInvocation } from "../../../../agent/process/launch.ts";
import { parseSettings } from "../../../integration/process/loop-step.ts";

const resolveFor = (command: readonly string[], version: string, directory?: string) =>
  resolveInvocation(parseSettings({ command, ...(directory === undefined ? {} : { directory }) }), "/srv/app", { version, port: 8080 });

describe("what is run", () => {
  it("is filled in, relative to the file's folder, argument by argument", () => {
    expect(resolveFor(["./releases/{{version}}/server", "--port={{port}}", "{{version}} {{other}}; rm -rf $HOME"], "1.4.2+b.7", "releases/{{version}}")).toEqual({
      ok: true,
      value: { program: "/srv/app/releases/1.4.2+b.7/server", arguments: ["--port=8080", "1.4.2+b.7 {{other}}; rm -rf $HOME"], directory: "/srv/app/releases/1.4.2+b.7" },
    });
  });

  it("may lie anywhere where its pattern says so, since the file is the operator's", () => {
    expect(resolveFor(["../common/bin/{{version}}"], "1")).toMatchObject({ ok: true, value: { program: "/srv/common/bin/1" } });
    expect(resolveFor(["node", "x.js"], "1")).toMatchObject({ ok: true, value: { program: "node", directory: "/srv/app" } });
    expect(resolveFor(["/opt/server-{{version}}/run"], "1")).toMatchObject({ ok: true, value: { program: "/opt/server-1/run" } });
  });

  it.each(["..", "../../bin/sh", "a/../../b", "/bin/sh", "", "-rf", "1\n2", "1 2"])("is nothing for the version %j", (version) => {
    expect(resolveFor(["./releases/{{version}}/server"], version)).toMatchObject({ ok: false });
  });

  it("must stay inside the folder that its pattern gives", () => {
    expect(resolveFor(["./releases/{{version}}/../../../bin/sh"], "1.0")).toMatchObject({ ok: false, fault: expect.stringContaining("outside of /srv/app/releases") });
    expect(resolveFor(["node"], "1.0", "releases/{{version}}/../..")).toMatchObject({ ok: false });
  });
});

describe("overlap", () => {
  it.each([
    [{ command: ["server", "{{port}}"] }, true],
    [{ command: ["server"], environment: { LISTEN: "127.0.0.1:{{port}}" } }, true],
    [{ command: ["server", "{{version}}"] }, false],
  ])("%j: %s", (settings, expected) => {
    expect(overlaps(parseSettings(settings))).toBe(expected);
  });
});

describe("a change", () => {
  const change = (to: Partial<Change["to"]>, more: Partial<Change> = {}): Change => ({
    service: "checkout", instance: "i", track: "stable", revision: 3, digest: "", from: undefined, to: { version: "1", config: "c", routes: "r", ...to }, restart: false, ...more,
  });
  const launch = planLaunch(change({}), "1", 8080);

  it.each<[string, Change, ("config" | "routes")[], boolean]>([
    ["the same", change({}), ["config", "routes"], true],
    ["another version", change({ version: "2" }), [], false],
    ["another config that needs no restart", change({ config: "d" }), ["routes"], true],
    ["another config that does", change({ config: "d" }), ["config"], false],
    ["a config removed", change({ config: undefined }), ["config"], false],
    ["a restart done for that revision", change({}, { restart: true }), [], true],
    ["a restart asked for later", change({}, { restart: true, revision: 4 }), [], false],
    ["a restart without a revision", change({}, { restart: true, revision: 0 }), [], false],
  ])("%s", (_, asked, restartOn, satisfied) => {
    expect(isSatisfiedBy(asked, launch, restartOn)).toBe(satisfied);
  });
});
