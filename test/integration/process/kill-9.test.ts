import { type ChildProcess, fork } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { freePorts } from "../../../core/free-ports.ts";
import { until } from "../../support/until.ts";
import type { RawSettings } from "./loop-step.ts";
import { BESIDE, type Rig, ask, createRig } from "./rig.ts";

/** 20 in `npm run prove -- releases`. */
const SWITCHES = Number(process.env["ROLLPIN_SWITCHES"] ?? 5);
/** Each starts two agents and as many services a switch, one after the other. */
const LIMIT_MS = 180_000;

interface Told {
  readonly announced?: { readonly version: string; readonly port: number | undefined };
  readonly observed?: { readonly state: string };
  readonly done?: { readonly ok: boolean };
}

let rig: Rig;
let program: string;
const agents: ChildProcess[] = [];

beforeEach(async () => {
  rig = await createRig();
  program = join(rig.folder, "agent.mjs");
  await build({ entryPoints: [fileURLToPath(new URL("agent-in-a-process.ts", import.meta.url))], outfile: program, bundle: true, platform: "node", format: "esm", logLevel: "error", banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' } });
  await rig.deliver("1.0.0", "good");
  await rig.deliver("2.0.0", "good");
});

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.kill("SIGKILL");
  await rig.end();
  await rm(program, { force: true });
});

/** Told what is announced, as a client that follows the catalog is. */
function startAgent(settings: RawSettings, version: string, revision: number, onTold: (told: Told) => void): ChildProcess {
  const agent = fork(program, [JSON.stringify(settings), rig.folder, rig.instance, version, String(revision)]);
  agents.push(agent);
  agent.on("message", (told: Told) => onTold(told));
  return agent;
}

const whenGone = (agent: ChildProcess): Promise<unknown> => new Promise((resolve) => (agent.exitCode !== null || agent.signalCode !== null ? resolve(undefined) : agent.once("exit", resolve)));

describe("kill -9 of the agent at random points of a switch", () => {
  it("leaves one process of the right version after the next start, and clients never see a failure", async () => {
    let port: number | undefined;
    const failures: string[] = [];
    const over = new AbortController();
    const client = (async () => {
      for (; !over.signal.aborted; await systemClock.sleep(5)) {
        if (port !== undefined) await ask(`http://127.0.0.1:${port}`).catch((error: unknown) => failures.push(`${new Date().toISOString()} port ${port}: ${String(error)}`));
      }
    })();
    for (let revision = 1; revision <= SWITCHES; revision += 1) {
      const version = revision % 2 === 0 ? "2.0.0" : "1.0.0";
      const killed = startAgent(BESIDE, version, revision, ({ announced }) => (port = announced?.port ?? port));
      await systemClock.sleep(60 + Math.random() * 400);
      killed.kill("SIGKILL");
      await whenGone(killed);
      let done: Told["done"];
      const next = startAgent(BESIDE, version, revision, (told) => {
        port = told.announced?.port ?? port;
        done = told.done ?? done;
      });
      await until(`switch ${revision} is done`, () => done);
      expect(done).toMatchObject({ ok: true });
      await until(`switch ${revision} left one process`, () => rig.processes().filter((pid) => pid !== next.pid).length === 1);
      expect(await ask(`http://127.0.0.1:${port ?? 0}`)).toBe(version);
      next.kill("SIGKILL");
      await whenGone(next);
    }
    over.abort();
    await client;
    expect(failures).toEqual([]);
  }, LIMIT_MS);

  it("holds too where old and new can't run at once", async () => {
    const settings = { ...BESIDE, command: [process.execPath, "./releases/{{version}}.js"], port: (await freePorts(1))[0] };
    for (let revision = 1; revision <= SWITCHES; revision += 1) {
      const version = revision % 2 === 0 ? "2.0.0" : "1.0.0";
      const killed = startAgent(settings, version, revision, () => undefined);
      await systemClock.sleep(60 + Math.random() * 400);
      killed.kill("SIGKILL");
      await whenGone(killed);
      let done: Told["done"];
      const next = startAgent(settings, version, revision, (told) => (done = told.done ?? done));
      await until(`switch ${revision} is done`, () => done);
      expect(done).toMatchObject({ ok: true });
      await until(`switch ${revision} left one process`, () => rig.processes().length === 1);
      expect(await ask(`http://127.0.0.1:${settings.port}`)).toBe(version);
      next.kill("SIGKILL");
      await whenGone(next);
    }
  }, LIMIT_MS);
});
