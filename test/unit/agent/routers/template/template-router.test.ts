import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Router } from "../../../../../agent/routers/router.ts";
import { openTemplateRouter } from "../../../../../agent/routers/template/template-router.ts";
import type { View } from "../../../../../agent/routers/view.ts";
import { compileRoutes } from "../../../../../core/decide/routing/compile-routes.ts";
import { systemClock } from "../../../../../core/clock.ts";
import { templateRouterSchema } from "../../../../../core/config/router-settings.ts";
import { NO_ROUTES } from "../../../../../core/model/routes.ts";
import { until } from "../../../../support/until.ts";

let folder: string;
let over: AbortController;
let running: Promise<void> | undefined;
let warnings: string[];
let router: Router;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-template-router-"));
  over = new AbortController();
  warnings = [];
  await writeFile(at("source"), "{% for run in runs %}{{ run.group }}{% endfor %}{% for i in groups[0].instances %} {{ i.authority }}{% endfor %}");
});
afterEach(async () => {
  over.abort();
  await running;
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);
const lines = async (name: string): Promise<readonly string[]> => (await readFile(at(name), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
/** Each run leaves a line; fails while `fail-<name>` is there. */
const noted = (name: string, more = ""): readonly string[] => ["sh", "-c", `echo "$ROLLPIN_UPSTREAM $ROLLPIN_REVISION" >> ${name}; if test -e fail-${name}; then echo no >&2; exit 1; fi; ${more}`];

function open(settings: Readonly<Record<string, unknown>> = {}): void {
  const parsed = templateRouterSchema.parse({ kind: "template", upstream: "checkout", source: "source", target: "target", check: noted("check", `test -e "$0"`).concat("{{candidate}}"), reload: noted("reload"), quiescence: { min: "0s", max: "0s" }, ...settings });
  router = openTemplateRouter(parsed, { clock: systemClock, caller: "shop", folder, stateFolder: at("state") });
  running = router.run?.(over.signal, { turned: () => undefined, warn: (event, message) => void warnings.push(`${event}: ${message}`) });
}

function view(version: string, revision: number, ports = [1]): View {
  const instance = { version, track: "stable", passing: true };
  const facts = { service: "checkout", pins: { stable: version }, left: [], instances: [instance], failoverPassing: undefined };
  return { routes: NO_ROUTES, facts, compiled: compileRoutes(NO_ROUTES, facts), places: ports.map((port) => ({ service: "checkout", host: "127.0.0.1", port, key: `${port}`, version, instance })), revision, digest: version, hold: undefined };
}

const placed = (version: string, ports = "127.0.0.1:1") => until(`it goes to ${version}`, async () => (await lines("target"))[0] === `checkout_${version} ${ports}` && router.view() === router.wanted() && router.fault() === undefined && !router.isSettling());

describe("a router that reads a file", () => {
  it("is rendered for, checked and reloaded, once for what differs", async () => {
    open();
    router.follow(view("1.0.0", 1));
    await placed("1.0.0");
    router.follow(view("1.0.0", 2));
    await until("it has seen the second", () => router.view()?.revision === 2 && !router.isSettling());
    router.follow(view("2.0.0", 3));
    await placed("2.0.0");
    expect([await lines("check"), await lines("reload")]).toEqual([["checkout 1", "checkout 3"], ["checkout 1", "checkout 3"]]);
    expect(router.fault()).toBeUndefined();
  });

  it.each(["check", "reload"])("whose %s fails keeps the last good, says why, and goes on once it doesn't", async (step) => {
    open();
    router.follow(view("1.0.0", 1));
    await placed("1.0.0");
    await writeFile(at(`fail-${step}`), "");
    router.follow(view("2.0.0", 2));
    const fault = await until("it is told", () => router.fault());
    expect(fault).toMatchObject({ code: step === "check" ? "router-refused" : "router-broken", message: expect.stringContaining("no") as string });
    // What can't be told anything doesn't run, and is to start with the new one.
    expect([await lines("target"), router.view()?.revision, router.wanted()?.revision]).toEqual([[`checkout_${step === "check" ? "1.0.0" : "2.0.0"} 127.0.0.1:1`], 1, 2]);
    await rm(at(`fail-${step}`));
    router.follow(view("2.0.0", 2));
    await placed("2.0.0");
    expect(warnings).toHaveLength(1);
  });

  it("takes a template that can't be rendered for a fault, and a mended one for what it is", async () => {
    open();
    router.follow(view("1.0.0", 1));
    await placed("1.0.0");
    await writeFile(at("source"), "{{ nothing }}");
    router.follow(view("2.0.0", 2));
    expect(await until("it is told", () => router.fault())).toMatchObject({ code: "router-template", message: expect.stringContaining("nothing") as string });
    await writeFile(at("source"), "{{ groups[0].name }} mended");
    router.follow(view("2.0.0", 2));
    await placed("2.0.0", "mended");
  });

  it("writes anew what somebody edited, and says so", async () => {
    open();
    router.follow(view("1.0.0", 1));
    await placed("1.0.0");
    await writeFile(at("target"), "mine");
    router.follow(view("1.0.0", 1));
    await placed("1.0.0");
    expect(warnings).toEqual([`router-file: ${at("target")} was changed by something else, and was written anew: it is rollpin's. Change its template instead`]);
  });

  it("waits for a burst of instances to end, and with a flip for nothing", async () => {
    open({ quiescence: { min: "1h", max: "1h" } });
    router.follow(view("1.0.0", 1));
    await placed("1.0.0");
    router.follow(view("1.0.0", 1, [1, 2]));
    router.follow(view("2.0.0", 2, [1, 2, 3]));
    await placed("2.0.0", "127.0.0.1:1 127.0.0.1:2 127.0.0.1:3");
    expect(await lines("reload")).toHaveLength(2);
  });

  it("has settled when its command says so, and a flip doesn't wait for that", async () => {
    open({ drained: noted("drained", "until test -e done; do sleep 0.02; done"), drain: "1h" });
    router.follow(view("1.0.0", 1));
    await until("it drains", async () => (await lines("drained")).length === 1);
    expect([router.view()?.revision, router.isSettling()]).toEqual([1, true]);
    router.follow(view("2.0.0", 2));
    await until("it drains again", async () => (await lines("drained")).length === 2);
    await writeFile(at("done"), "");
    await placed("2.0.0");
    expect(await lines("drained")).toEqual(["checkout 1", "checkout 2"]);
    expect(warnings).toEqual([]);
  });
});
