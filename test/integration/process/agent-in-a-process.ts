/**
 * A process of its own that owns a process applier, to be killed: resumes, then makes one version true, and stays.
 * Told by argv: settings as JSON, folder, instance, version, revision. Tells its parent what it announces, and when it is done.
 */
import { systemClock } from "../../../core/clock.ts";
import { ok } from "../../../core/model/result.ts";
import { createProcessApplier } from "../../../agent/appliers/process.ts";
import { join } from "node:path";
import { applyAsTheLoopDoes, parseSettings } from "./loop-step.ts";

const [settings = "{}", folder = ".", instance = "", version, revision = "1"] = process.argv.slice(2);
const tell = (message: object): void => void process.send?.(message);

const parsed = parseSettings(JSON.parse(settings));
const applier = createProcessApplier({
  settings: parsed,
  folder,
  stateFolder: join(folder, "state"),
  environment: process.env,
  service: "checkout",
  instance,
  track: "stable",
  clock: systemClock,
  random: Math.random,
  announce: async (endpoint) => {
    tell({ announced: endpoint });
    return ok(undefined);
  },
  // The rig's releases are links.
  linksInto: ["/"],
  drained: (_, signal) => systemClock.sleep(parsed.drain, signal),
  log: (event) => tell({ event }),
  onChange: () => tell({ observed: applier.observe() }),
});
await applier.resume();
const to = { version, config: `for ${version}`, routes: undefined };
const change = { service: "checkout", instance, track: "stable", revision: Number(revision), digest: "", from: undefined, to, restart: false };
tell({ done: await applyAsTheLoopDoes(applier, change, new AbortController().signal), observed: applier.observe() });
process.on("disconnect", () => process.exit());
