/** What becomes of traffic, and what rollpin says, when a real HAProxy is hurt. */
import { rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SLOTS } from "../../../core/decide/routing/compiled-routes.ts";
import { xxh32 } from "../../../core/decide/routing/xxh32.ts";
import type { CheckedEndpoint } from "../../../core/store/port.ts";
import { type HaproxyServer, createHaproxy, haproxyProgram } from "../../support/haproxy-server.ts";
import { until } from "../../support/until.ts";
import { answersOf } from "../routers/case-rig.ts";
import { ask, closeAll, endpoint, follow, listening } from "../routers/router-rig.ts";
import { MOST_OFF, ONE_NINE_NINETY, SPLIT_REQUESTS, deviationsOf } from "../routers/split.ts";
import type { Steered } from "../routers/steered.ts";
import { commandTo, steer } from "./haproxy-rig.ts";

let haproxy: HaproxyServer;
let steered: Steered;
let instances: readonly CheckedEndpoint[];
async function route(routes: string, revision = 1): Promise<void> {
  follow(steered.router, { routes, instances, revision });
  await steered.serves();
}

async function answer(path = "/"): Promise<string> {
  const { body, status } = await ask(haproxy.port, { path });
  return status === 200 ? body : String(status);
}

const command = (text: string): Promise<string> => commandTo(haproxy, text);
const ALL_TO_2 = 'split: {"2.0.0": 1}';
const is = (version: string) => until(`${version} answers`, async () => (await answer()) === version);

describe.skipIf(haproxyProgram === undefined)("a real HAProxy", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    haproxy = await createHaproxy();
    await haproxy.start();
  }, 300_000);
  beforeEach(async () => {
    instances = await Promise.all(["1.0.0", "2.0.0"].map(async (name) => endpoint(name, await listening((_, response) => response.end(name)))));
    steered = steer(haproxy, { reload: haproxy.reload, check: haproxy.check });
    await route("{}");
  });
  afterEach(async () => {
    await steered.end();
    closeAll();
  }, 60_000);
  afterAll(() => haproxy.remove(), 60_000);

  it("killed and started anew goes by the same routes from its first request on, and follows again", async () => {
    await route(ALL_TO_2);
    await until("its files are written", async () => (await answer()) === "2.0.0" && !steered.router.isSettling());
    await haproxy.kill();
    const fault = await until("it is told", () => steered.router.fault());
    expect(fault).toMatchObject({ code: "haproxy-unreachable", message: expect.stringContaining(haproxy.settings.socket) as string });
    await haproxy.start();
    expect(await answer()).toBe("2.0.0");
    await route("{}");
    expect(await answer()).toBe("1.0.0");
  });

  it("whose routes turn while it is down starts with the new ones", async () => {
    await haproxy.kill();
    await until("it is told", () => steered.router.fault());
    follow(steered.router, { routes: ALL_TO_2, instances, revision: 2 });
    await until("the new ones are written", async () => (await readMap("runs")).length === 1 && (await configOf()).includes("server 2.0.0:"));
    await haproxy.start();
    expect(await answer()).toBe("2.0.0");
    await steered.serves();
  });

  it("without its socket goes on as it was, says so, and follows once the socket is back", async () => {
    await rm(haproxy.settings.socket);
    follow(steered.router, { routes: ALL_TO_2, instances, revision: 2 });
    await until("it is told", () => steered.router.fault()?.code === "haproxy-unreachable");
    expect(await answer()).toBe("1.0.0");
    // A reload would take the listening sockets over it: only a start brings it back.
    await haproxy.kill();
    await haproxy.start();
    await steered.serves();
    expect(await answer()).toBe("2.0.0");
  });

  it("whose socket takes commands and never answers goes on as it was, says so, and follows once it answers", async () => {
    const path = haproxy.settings.socket;
    await rename(path, `${path}.aside`);
    const mute = createServer(() => undefined).listen(path);
    const begun = performance.now();
    follow(steered.router, { routes: ALL_TO_2, instances, revision: 2 });
    const fault = await until("it is told", async () => {
      // Requests don't wait for it.
      expect(await answer()).toBe("1.0.0");
      return steered.router.fault();
    });
    // A command, and a question about the state.
    expect(performance.now() - begun).toBeLessThan(2 * 5_000 + 5_000);
    expect(fault).toEqual({ code: "haproxy-unreachable", message: expect.stringContaining(`${path} took a command, and has not answered within 5 s`) as string });
    expect(steered.router.view()?.revision).toBe(1);
    expect(await answer()).toBe("1.0.0");
    mute.close();
    await rename(`${path}.aside`, path);
    await steered.serves();
    expect(await answer()).toBe("2.0.0");
  });

  it("changed by hand is put right, and it is said", async () => {
    const [backend = ""] = /rollpin\.checkout:[0-9]+/.exec(await command(`show map ${join(haproxy.settings.folder, "rollpin.checkout.runs.map")}`)) ?? [];
    const name = `${backend}/1.0.0:stable:127.0.0.1:${instances[0]?.port}`;
    const hands: readonly (readonly [string, string])[] = [
      [`set server ${name} state maint`, "state ready"],
      [`clear map ${join(haproxy.settings.folder, "rollpin.checkout.runs.map")}`, "map of runs"],
    ];
    for (const [hand, repair] of hands) {
      await command(hand);
      await until(`"${hand}" is undone`, () => steered.warnings.some((line) => line.startsWith("haproxy-drift") && line.includes(repair)));
      await is("1.0.0");
    }
  });

  it("says which instances it can't be given", async () => {
    follow(steered.router, { routes: "{}", instances: [...instances, { ...endpoint("1.0.0", 80), address: "shop.internal" }] });
    await steered.serves();
    expect(steered.router.notes().join()).toContain('nothing to send to "shop.internal:80"');
    await is("1.0.0");
  });

  it("changed by hand just before the routes turn goes by the new ones all the same", async () => {
    const runs = join(haproxy.settings.folder, "rollpin.checkout.runs.map");
    for (const [hand, routes, version] of [[`clear map ${runs}`, ALL_TO_2, "2.0.0"], [`add map ${runs} 1:1 nobody`, "{}", "1.0.0"]] as const) {
      await command(hand);
      await route(routes);
      await is(version);
    }
  });

  it("whose files a hand edited has them written anew, and it is said", async () => {
    const path = join(haproxy.settings.folder, "rollpin.checkout.cfg");
    await until("it is told", async () => {
      // Until it has written them once, they are nobody's.
      if ((await configOf()).includes("frontend rollpin.checkout")) await writeFile(path, "# mine\n");
      return steered.warnings.some((line) => line.includes(`${path} was changed by something else`));
    });
    await until("it is written anew", async () => (await configOf()).includes("frontend rollpin.checkout"));
  });

  it("that can't be reloaded goes on with what it has, follows the routes, and it is said until it can", async () => {
    await steered.end();
    const broken = join(haproxy.settings.folder, "broken.cfg");
    await writeFile(broken, "nonsense\n");
    steered = steer(haproxy, { reload: haproxy.reload, check: haproxy.check, maxConnections: 5_000 });
    await route(ALL_TO_2, 2);
    expect(await answer()).toBe("2.0.0");
    expect(steered.router.notes().join()).toMatch(/HAProxy runs an older .*check/);
    await rm(broken);
    await steered.end();
    steered = steer(haproxy, { reload: haproxy.reload, check: haproxy.check, maxConnections: 5_000 });
    await route(ALL_TO_2, 3);
    await until("it was reloaded", () => steered.router.notes().length === 0);
    expect(await answer()).toBe("2.0.0");
  });

  it("splits 1/9/90 within binomial bounds, and counts what was served", { timeout: 120_000 + SPLIT_REQUESTS * 5 }, async () => {
    const three = [...instances, endpoint("3.0.0", await listening((_, response) => response.end("3.0.0")))];
    follow(steered.router, { routes: ONE_NINE_NINETY.routes, instances: three });
    await steered.serves();
    const found = await answersOf(haproxy.port, {}, SPLIT_REQUESTS);
    for (const off of deviationsOf("HAProxy", found)) expect(off).toBeLessThan(MOST_OFF);
    await until("it is counted", () => Math.abs((steered.router.tally.served()?.["1.0.0"] ?? 0) - (found.get("1.0.0") ?? 0) / SPLIT_REQUESTS) < 0.01);
  });

  it("sends every user where the built-in router would, and grows a share by users only", async () => {
    const users = Array.from({ length: 60 }, (_, number) => `user-${number}`);
    let before = new Set<string>();
    for (const share of [5, 25, 50]) {
      await route(`split: {"2.0.0": ${share}, pin: ${100 - share}}\nsticky: {cookie: session}`);
      const asked = await Promise.all(users.map(async (user) => [user, (await ask(haproxy.port, { headers: { cookie: `session=${user}` } })).body] as const));
      for (const [user, version] of asked) expect(version, user).toBe(xxh32(user) % SLOTS < share * 100 ? "2.0.0" : "1.0.0");
      const now = new Set(asked.flatMap(([user, version]) => (version === "2.0.0" ? [user] : [])));
      expect([...before].filter((user) => !now.has(user))).toEqual([]);
      before = now;
    }
  });
});

async function configOf(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return readFile(join(haproxy.settings.folder, "rollpin.checkout.cfg"), "utf8");
}

async function readMap(name: string): Promise<readonly string[]> {
  const { readFile } = await import("node:fs/promises");
  return (await readFile(join(haproxy.settings.folder, `rollpin.checkout.${name}.map`), "utf8")).split("\n").filter((line) => line !== "");
}
