/**
 * From the start of the operator's transaction to the last answer by the version that it leaves, as clients of ten routers get
 * them, by kind of router, against ten bare blocking queries. Both are flipped under the same load, one after the other. Where
 * Consul is told (its catalog by ten instances, its mesh by one of ten agents), Consul is asked whom it names.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RouterProgram, obtainRouter } from "../../cli/launcher/obtain-router.ts";
import { systemClock } from "../../core/clock.ts";
import type { Plan } from "../../core/model/plan.ts";
import type { Store } from "../../core/store/port.ts";
import { openStore } from "./fleet/consul.ts";
import { applyFlip, flip, planFlip, planShare, registerReleases, valueOf } from "./fleet/operator.ts";
import { type BenchConsul, startBenchConsul } from "./measure/bench-consul.ts";
import { type Figure, tell } from "./measure/figures.ts";
import { now } from "./measure/now.ts";
import { options } from "./measure/options.ts";
import { quantilesOf } from "./measure/quantiles.ts";
import { type WorkerProcess, startWorkerProcess } from "./measure/worker-process.ts";
import { type Crowd, startCrowd } from "./propagation/crowd.ts";
import { serviceOf } from "./propagation/messages.ts";
import { startScript } from "./proxy/fronts.ts";
import { type RouterKind, type Place, type StartRouters, TRACKS, type ToClients, type Turned, isConsulKind, routerKinds, upstreamOf } from "./routers/messages.ts";

const flags = options({ kinds: "proxy,haproxy,nginx,catalog,mesh", routers: "10", flips: "50" });

const VERSIONS = ["1.0.0", "2.0.0"] as const;
const WARM_UP = 5;
const GOAL = 2;
/** nginx is told by a reload, which closes kept connections in between: a client may meet that. */
const WITH_GOAL: readonly RouterKind[] = ["proxy", "haproxy"];
const OBTAIN_MS = 300_000;
/** What a flip leaves to do: records, what is kept on disk. */
const AFTERMATH_MS = 300;

interface Contender {
  readonly kind: RouterKind;
  readonly routers: WorkerProcess;
  readonly places: readonly Place[];
  /** Milliseconds: of the last of all routers; of the last of all bare watchers, under this kind's load. */
  readonly turned: number[];
  readonly heard: number[];
  failures: number;
}

interface Ground {
  readonly consul: BenchConsul;
  readonly store: Store;
  readonly bare: Crowd;
  readonly clients: WorkerProcess;
  /** What bare watchers are told of, one after the other. */
  readonly versions: Iterator<string, never>;
}

function* inTurn(): Generator<string, never> {
  for (;;) yield* VERSIONS;
}

async function say({ clients }: Ground, word: ToClients): Promise<unknown> {
  clients.send(word);
  return clients.next();
}

/** The environment that says where test/support finds them; undefined where there is none. */
async function environmentFor(kind: RouterKind): Promise<NodeJS.ProcessEnv | undefined> {
  if (kind === "proxy" || isConsulKind(kind)) return process.env;
  const program: RouterProgram = kind;
  const obtained = await obtainRouter(program, { env: process.env, report: (line) => console.error(line), signal: AbortSignal.timeout(OBTAIN_MS) });
  if (!obtained.ok) console.error(`${kind} is left out: ${obtained.fault}`);
  return obtained.ok ? { ...process.env, [`ROLLPIN_TEST_${kind.toUpperCase()}`]: obtained.value } : undefined;
}

/** The catalog's instances stay what they are, so that what is timed isn't how fast processes are switched: the routes move. */
function planTurn(store: Store, kind: RouterKind, version: string): Promise<Plan> {
  return kind === "catalog" ? planShare(store, upstreamOf(kind), version) : planFlip(store, upstreamOf(kind), version);
}

async function startContender(kind: RouterKind, { consul, store }: Ground, folder: string, upstreams: readonly number[]): Promise<readonly Contender[]> {
  const env = await environmentFor(kind);
  if (env === undefined) return [];
  const service = upstreamOf(kind);
  await registerReleases(store, service, VERSIONS);
  if (kind === "catalog") {
    for (const [at, track] of TRACKS.entries()) await applyFlip(store, await planFlip(store, service, VERSIONS[at] ?? "", track));
  } else for (const [at, version] of VERSIONS.entries()) valueOf(await store.catalog.register({ id: `${service}-${version}`, service, address: "127.0.0.1", port: upstreams[at], meta: { version } }));
  await applyFlip(store, await planTurn(store, kind, VERSIONS[1]));
  const routers = startWorkerProcess("routers/worker", { env });
  const start: StartRouters = { kind, address: consul.address, dnsPort: consul.node.ports.dns, count: Number(flags.routers), folder };
  routers.send(start);
  return [{ kind, routers, places: (await routers.next()) as readonly Place[], turned: [], heard: [], failures: 0 }];
}

/** Milliseconds from the start of the transaction until all bare watchers have heard of it. */
async function flipBare({ bare, store, versions }: Ground): Promise<number> {
  const plan = await planFlip(store, serviceOf("watch"), versions.next().value);
  const seen = bare.nextRound();
  const startedAt = now();
  const [, { applied }] = await Promise.all([applyFlip(store, plan), seen]);
  await bare.quiet();
  return applied - startedAt;
}

async function flipRouters(ground: Ground, contender: Contender, version: string): Promise<number> {
  const plan = await planTurn(ground.store, contender.kind, version);
  const at = now();
  await applyFlip(ground.store, plan);
  const { failures, lastOldAt } = (await say(ground, { word: "turned", at, version })) as Turned;
  contender.failures += failures;
  await systemClock.sleep(AFTERMATH_MS);
  return Math.max(...lastOldAt) - at;
}

/** Load, both flips, end of load: each comes first in turn. */
async function flipBoth(ground: Ground, contender: Contender, round: number): Promise<void> {
  const [to, from] = round % 2 === 0 ? VERSIONS : VERSIONS.toReversed();
  await say(ground, { word: "begin", places: contender.places, version: from ?? "" });
  let [heard, turned] = [Number.NaN, Number.NaN];
  if (round % 4 < 2) heard = await flipBare(ground);
  turned = await flipRouters(ground, contender, to ?? "");
  if (round % 4 >= 2) heard = await flipBare(ground);
  await say(ground, { word: "end" });
  if (round < WARM_UP) return;
  contender.heard.push(heard);
  contender.turned.push(turned);
}

function figuresOf({ failures, heard, kind, turned }: Contender): readonly Figure[] {
  const [last, floor] = [quantilesOf(turned), quantilesOf(heard)];
  return [
    ...(["p50", "p99"] as const).flatMap((share): Figure[] => [
      { name: `${flags.routers} bare blocking queries beside them, last has heard, ${share}`, value: floor[share], unit: "ms" },
      { name: `${flags.routers} x ${kind}, last answer by the version left, ${share}`, value: last[share], unit: "ms" },
      { name: `${flags.routers} x ${kind}, last old answer / last bare query, ${share}`, value: last[share] / floor[share], unit: "x", atMost: WITH_GOAL.includes(kind) ? { value: GOAL, kind: "goal" } : undefined },
    ]),
    { name: `${flags.routers} x ${kind}, failed requests`, value: failures, unit: "", atMost: WITH_GOAL.includes(kind) ? { value: 0, kind: "bound" } : undefined },
  ];
}

const consul = await startBenchConsul();
const folder = await mkdtemp(join(tmpdir(), "rollpin-routers-"));
const store = openStore(consul.address);
const upstream = await startScript("upstream", "proxy/upstream");
const contenders: Contender[] = [];
const started: { end(): Promise<void> }[] = [upstream];
try {
  await registerReleases(store, serviceOf("watch"), VERSIONS);
  await flip(store, serviceOf("watch"), VERSIONS[1]);
  const bare = await startCrowd("watch", { address: consul.address, watchers: Number(flags.routers), processes: 1, folder, execArgv: [] });
  const clients = startWorkerProcess("routers/clients");
  started.push(bare, clients);
  const ground: Ground = { consul, store, bare, clients, versions: inTurn() };
  for (const kind of routerKinds.filter((each) => flags.kinds.split(",").includes(each))) contenders.push(...(await startContender(kind, ground, folder, upstream.ports)));
  started.push(...contenders.map(({ routers }) => routers));
  for (let round = 0; round < WARM_UP + Number(flags.flips); round += 1) for (const contender of contenders) await flipBoth(ground, contender, round);
} finally {
  await Promise.all(started.map((each) => each.end()));
  store.close();
  await consul.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = tell(contenders.flatMap(figuresOf));
