/**
 * Two hundred agents when their Consul is killed and comes back: how many ask in the same 100 ms, and how much they ask of
 * what isn't there. Their own watches and sessions, in this one process; with no appliers, since only Consul's side counts.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { until } from "../support/until.ts";
import { openStore, settingsOf } from "./fleet/consul.ts";
import { flip, registerReleases } from "./fleet/operator.ts";
import { type RunningAgent, startAgent } from "./fleet/start-agent.ts";
import { type Witness, createWitness, mostInWindow, windowsOf } from "./herd/witness.ts";
import { startBenchConsul } from "./measure/bench-consul.ts";
import { type Figure, tell } from "./measure/figures.ts";
import { options } from "./measure/options.ts";

const flags = options({ agents: "200", "away-ms": "5000", "after-ms": "15000" });

const AGENTS = Number(flags.agents);
const AWAY_MS = Number(flags["away-ms"]);
const AFTER_MS = Number(flags["after-ms"]);
const SERVICE = "checkout";
/** A fleet must be back within 2 s of Consul's return: core/store/watch/back-off.ts. */
const BACK_GOAL_MS = 2_000;
/** Evenly over the longest pause, 1.5 s, it would be a fifteenth of them; a busy machine bunches them. Without jitter it is nearly all. */
const SHARE_AT_ONCE = 0.4;
/** The watch, the session, the record, and what a watch reads twice before it believes a Consul that was away. */
const REQUESTS_EACH = 15;
const REQUESTS_AWAY_EACH_PER_S = 6;

function figuresOf(witnesses: readonly Witness[], away: { readonly from: number; readonly to: number }): readonly Figure[] {
  const after = (times: readonly number[]): readonly number[] => times.filter((at) => at >= away.to);
  const backAt = Math.min(...witnesses.flatMap(({ answered }) => after(answered.desired)));
  const firsts = (about: "desired" | "session"): readonly number[] => witnesses.map(({ answered }) => (after(answered[about])[0] ?? Number.NaN) - backAt);
  const asked = witnesses.flatMap((witness) => witness.asked);
  const whileAway = asked.filter((at) => at >= away.from && at < away.to);
  const since = after(asked).map((at) => at - backAt).filter((at) => at >= 0);
  const watches = firsts("desired");
  console.log(`watches heard, per 100 ms: ${windowsOf(watches).join(" ")}`);
  console.log(`sessions renewed, per 100 ms: ${windowsOf(firsts("session")).join(" ")}`);
  console.log(`requests, per 100 ms of the first 4 s: ${windowsOf(since.filter((at) => at < 4_000)).join(" ")}`);
  return [
    { name: `${AGENTS} agents, Consul away: requests of each`, value: (whileAway.length / AGENTS / (away.to - away.from)) * 1_000, unit: "per s", atMost: { value: REQUESTS_AWAY_EACH_PER_S, kind: "bound" } },
    { name: "from the first watch that Consul answers again to the last", value: Math.max(...watches), unit: "ms", atMost: { value: BACK_GOAL_MS, kind: "goal" } },
    { name: "most watches that came back in the same 100 ms", value: mostInWindow(watches), unit: "agents", atMost: { value: AGENTS * SHARE_AT_ONCE, kind: "bound" } },
    { name: "from the first to the last session that was renewed", value: Math.max(...firsts("session")), unit: "ms" },
    { name: "most requests in the same 100 ms", value: mostInWindow(since), unit: "requests", atMost: { value: AGENTS, kind: "bound" } },
    { name: `requests of each in ${AFTER_MS / 1_000} s from Consul's return`, value: since.length / AGENTS, unit: "requests", atMost: { value: REQUESTS_EACH, kind: "bound" } },
  ];
}

const consul = await startBenchConsul({ persistent: true });
const folder = await mkdtemp(join(tmpdir(), "rollpin-herd-"));
const agents: RunningAgent[] = [];
try {
  const store = openStore(consul.address);
  await registerReleases(store, SERVICE, ["1.0.0"]);
  await flip(store, SERVICE, "1.0.0");
  store.close();
  const witnesses = Array.from({ length: AGENTS }, () => createWitness(systemClock));
  agents.push(...witnesses.map((witness, at) => startAgent({ consul: settingsOf(consul.address), service: SERVICE, instance: `${SERVICE}-${at}`, folder, sessionTtl: "15s", onAsked: witness.onAsked, onAnswered: witness.onAnswered })));
  await until("all are in sync", () => agents.every(({ agent }) => agent.state().record.status === "in-sync"), { deadlineMs: 120_000 });
  // What a start asks is over.
  await systemClock.sleep(AWAY_MS);
  await consul.node.kill();
  const from = systemClock.monotonic();
  await systemClock.sleep(AWAY_MS);
  const to = systemClock.monotonic();
  await consul.node.launch();
  const missing = await consul.node.awaitReady(new AbortController().signal);
  if (missing !== undefined) throw new Error(missing);
  await systemClock.sleep(AFTER_MS);
  process.exitCode = tell(figuresOf(witnesses, { from, to }));
} finally {
  await Promise.all(agents.map((agent) => agent.end()));
  await consul.stop();
  await rm(folder, { recursive: true, force: true });
}
