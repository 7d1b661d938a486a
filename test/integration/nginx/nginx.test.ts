/** Shares, users and hostile values in a real nginx, and what becomes of traffic when it is hurt. */
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { request } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CheckedEndpoint } from "../../../core/store/port.ts";
import { type NginxServer, createNginx, nginxProgram } from "../../support/nginx-server.ts";
import { until } from "../../support/until.ts";
import { DEVIATIONS, answersOf, usersOf } from "../routers/case-rig.ts";
import { ask, closeAll, dumb, endpoint, follow, listening } from "../routers/router-rig.ts";
import type { Steered } from "../routers/steered.ts";
import { steer } from "./nginx-rig.ts";

/** `npm run prove -- cutover-nginx` asks for 100,000. */
const SPLIT_REQUESTS = Number(process.env["ROLLPIN_SPLIT_REQUESTS"] ?? 3_000);

let nginx: NginxServer;
let steered: Steered;
let instances: readonly CheckedEndpoint[];
let revision = 0;

/** Each is a flip of its own. */
function turn(routes: string, of = instances): void {
  revision += 1;
  follow(steered.router, { routes, instances: of, revision });
}

async function route(routes: string): Promise<void> {
  turn(routes);
  await steered.serves();
}

const answers = async (path = "/"): Promise<readonly string[]> => [...(await answersOf(nginx.port, { path }, 3)).keys()];

const linesOf = async (path: string): Promise<number> => (await readFile(path, "utf8")).split("\n").length - 1;

describe.skipIf(nginxProgram === undefined)("a real nginx", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    nginx = await createNginx();
    await nginx.start();
  }, 300_000);
  beforeEach(async () => {
    instances = await Promise.all(["1.0.0", "2.0.0", "3.0.0"].map(async (name) => endpoint(name, await listening((_, response) => response.end(name)))));
    steered = steer(nginx);
    await route("{}");
  });
  afterEach(async () => {
    await steered.end();
    closeAll();
  }, 60_000);
  afterAll(() => nginx.remove(), 60_000);

  it(`a split of 1/9/90 is one over ${SPLIT_REQUESTS} requests`, { timeout: 120_000 + SPLIT_REQUESTS * 10 }, async () => {
    await route("split: {3.0.0: 1, 2.0.0: 9, pin: 90}");
    const before = await linesOf(String(nginx.settings["log"]));
    const found = await answersOf(nginx.port, {}, SPLIT_REQUESTS);
    console.log(`= split, nginx: ${JSON.stringify(Object.fromEntries(found))} of ${SPLIT_REQUESTS}`);
    // By its log it is known what it answered: at the next look, which a new word brings about.
    await until("all are in the log", async () => (await linesOf(String(nginx.settings["log"]))) >= before + SPLIT_REQUESTS);
    follow(steered.router, { routes: "split: {3.0.0: 1, 2.0.0: 9, pin: 90}", instances, revision });
    await until("all are counted", () => Object.values(steered.router.tally.requests).reduce((sum, count) => sum + count, 0) >= SPLIT_REQUESTS);
    expect(steered.router.tally.served()).toEqual(Object.fromEntries([...found].map(([version, count]) => [version, Math.round((count / SPLIT_REQUESTS) * 10_000) / 10_000])));
    for (const [name, part] of [["3.0.0", 0.01], ["2.0.0", 0.09], ["1.0.0", 0.9]] as const) expect(Math.abs((found.get(name) ?? 0) / SPLIT_REQUESTS - part), name).toBeLessThanOrEqual(DEVIATIONS * Math.sqrt((part * (1 - part)) / SPLIT_REQUESTS));
  });

  it("a share that grows only adds users, and moves nobody between the others", async () => {
    const users = Array.from({ length: 400 }, (_, at) => `user-${at}`);
    const all: (readonly ReadonlySet<string>[])[] = [];
    for (const share of [5, 25, 50]) {
      await route(`split: {2.0.0: ${share}, 3.0.0: 20, pin: ${80 - share}}\nsticky: {header: X-User}`);
      all.push([await usersOf("2.0.0", nginx.port, "x-user", users), await usersOf("3.0.0", nginx.port, "x-user", users)]);
      expect(await usersOf("2.0.0", nginx.port, "x-user", users)).toEqual(all.at(-1)?.[0]);
    }
    const [few, more, most] = all.map(([growing]) => growing ?? new Set<string>()) as [ReadonlySet<string>, ReadonlySet<string>, ReadonlySet<string>];
    expect(few.size).toBeGreaterThan(0);
    expect(more.size).toBeGreaterThan(few.size);
    expect(most.size).toBeGreaterThan(more.size);
    expect([...few].filter((user) => !more.has(user))).toEqual([]);
    expect([...more].filter((user) => !most.has(user))).toEqual([]);
    expect(all.map(([, other]) => other)).toEqual(all.map(() => all[0]?.[1]));
  });

  it("takes whatever stands in the catalog for text, or keeps the last good and says why", async () => {
    const source = join(nginx.folder, "echo.liquid");
    await writeFile(source, "server {\n  listen {{ listen }};\n{% for i in groups[0].instances %}  location = /{{ i.port | word }} { return 200 {{ i.version | nginx_quote }}; }\n{% endfor %}}\n");
    await steered.end();
    steered = steer(nginx, { source });
    const hostile = ['a"b', "a\\b", 'a\\"; }', "a; return 500; }", "}", "{", "#x", "'", "a\\nb", "~^.*", "\\", "é %00"];
    const versions = (names: readonly string[]) => names.map((version, at) => ({ ...endpoint("1.0.0", at + 1), meta: { version } }));
    follow(steered.router, { pins: {}, instances: versions(hostile) });
    await steered.serves();
    for (const [at, version] of hostile.entries()) expect(await answers(`/${at + 1}`), version).toEqual([version]);
    for (const version of ["$host", "a\nreturn 500;", "a\rb", "\u0000"]) {
      revision += 1;
      follow(steered.router, { pins: {}, instances: versions([version]), revision });
      expect(await until("it is told", () => steered.router.wanted()?.revision === revision && steered.router.fault())).toMatchObject({ code: "router-template", message: expect.stringContaining("nginx_quote") as string });
      expect(await answers("/2"), "the last good").toEqual([hostile[1]]);
    }
  });

  it("leaves out an instance that accepts and never answers, within the template's time limits, and asks it again when it is well", async () => {
    const source = join(nginx.folder, "quick.liquid");
    const example = await readFile(join(nginx.folder, "upstream.conf.liquid"), "utf8");
    const quick = example.replace("proxy_read_timeout 30s", "proxy_read_timeout 400ms").replace("fail_timeout=10s", "fail_timeout=5s");
    for (const limit of ["400ms", "fail_timeout=5s"]) expect(quick).toContain(limit);
    await writeFile(source, quick);
    await steered.end();
    steered = steer(nginx, { source });
    const slow = await dumb("slow");
    turn("{}", [endpoint("1.0.0", slow.port), endpoint("1.0.0", await listening((_, response) => response.end("well")))]);
    await steered.serves();
    const answer = async (): Promise<string> => {
      const begun = performance.now();
      const { body, status } = await ask(nginx.port);
      // One try at it, and the other's answer.
      expect(performance.now() - begun).toBeLessThan(2 * 400 + 1_500);
      return status === 200 ? body : String(status);
    };
    await until("each worker knows", async () => {
      const before = slow.asked();
      const found = await Promise.all(Array.from({ length: 8 }, answer));
      expect(found.filter((each) => each !== "well")).toEqual([]);
      return before > 0 && slow.asked() === before;
    });
    slow.heal();
    await until("it answers again", async () => (await answer()) === "slow");
  });

  it("carries upgraded connections", async () => {
    const asked = request({ port: nginx.port, host: "127.0.0.1", headers: { connection: "Upgrade", upgrade: "echo" } }).end();
    const [, socket] = (await once(asked, "upgrade", { signal: AbortSignal.timeout(30_000) })) as [unknown, Socket];
    socket.write("hello");
    const [echoed] = (await once(socket, "data", { signal: AbortSignal.timeout(30_000) })) as [Buffer];
    socket.destroy();
    expect(echoed.toString()).toBe("hello");
  });

  it("that doesn't accept the new file goes on as it was, and it is said with nginx's words until it does", async () => {
    const source = join(nginx.folder, "broken.liquid");
    await writeFile(source, "nonsense {{ upstream }};\n");
    await steered.end();
    steered = steer(nginx, { source });
    turn("split: {2.0.0: 1}");
    expect(await until("it is told", () => steered.router.fault())).toMatchObject({ code: "router-refused", message: expect.stringContaining('unknown directive "nonsense"') as string });
    expect(await answers()).toEqual(["1.0.0"]);
    await steered.end();
    steered = steer(nginx);
    await route("split: {2.0.0: 1}");
    expect(await answers()).toEqual(["2.0.0"]);
  });

  it("that was killed starts with the routes as they are now, and follows again", async () => {
    await route("split: {2.0.0: 1}");
    await nginx.kill();
    turn("split: {3.0.0: 1}");
    expect(await until("it is told", () => steered.router.fault())).toMatchObject({ code: "router-broken", message: expect.stringContaining("nginx doesn't run") as string });
    await nginx.start();
    expect(await answers()).toEqual(["3.0.0"]);
    await until("it follows", () => steered.router.fault() === undefined && !steered.router.isSettling());
    expect(await answers()).toEqual(["3.0.0"]);
  });
});
