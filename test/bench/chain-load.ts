/** How many spans a second the analyser takes on one core, and whether its memory stays flat. Figures and bounds as `npm run prove` reads them. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parseArgs } from "node:util";
import { DEFAULT_LIMITS, createAnalyser } from "../../core/decide/chain/analyser.ts";
import type { Span } from "../../core/model/span.ts";
import { seededRandom } from "../support/random.ts";
import { simulateRequest } from "./chain/simulate.ts";
import { drawSystem, drawVersion } from "./chain/topology.ts";

const { values: flags } = parseArgs({ options: { millions: { type: "string", default: "2" } } });
const BOUND_PER_SECOND = 20_000;
/** Of the heap at the end of the first tenth. */
const BOUND_GROWTH = 1.2;
const BATCH = 500;
/** What comes in a second of the clock that the analyser is told: more than is asked for, so that it holds much. */
const SPANS_PER_SECOND = 20_000;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const random = seededRandom(1);
const traces = drawTraces();
const wanted = Number(flags.millions) * 1_000_000;
const analyser = createAnalyser(DEFAULT_LIMITS);
const heaps: number[] = [];
/** Of processor time: the machine may be busy with others. */
let [taken, now, busyMs, requests] = [0, 1_800_000_000_000, 0, 0];

for (let tenth = 1; tenth <= 10; tenth += 1) {
  while (taken < (wanted * tenth) / 10) feed();
  collectGarbage();
  heaps.push(process.memoryUsage().heapUsed);
}
const perSecond = (1000 * taken) / busyMs;
const [first = 0, last = 0] = [heaps[0], heaps.at(-1)];
const { dropped, held } = analyser.figures();
console.log(`= ${(taken / 1_000_000).toFixed(1)} million spans of ${requests} requests: ${Math.round(perSecond)} a second on one core`);
console.log(`= heap after each tenth: ${heaps.map((heap) => Math.round(heap / 1_048_576)).join(", ")} MiB; held in the end: ${held.traces} traces, ${held.spans} spans, dropped ${JSON.stringify(dropped)}`);
if (perSecond < BOUND_PER_SECOND) broken(`fewer than ${BOUND_PER_SECOND} spans a second`);
if (last > first * BOUND_GROWTH) broken(`the heap grew from ${Math.round(first / 1_048_576)} to ${Math.round(last / 1_048_576)} MiB`);

/** Failures among them, and calls that lost a record. */
function drawTraces(): readonly (readonly Span[])[] {
  const system = drawSystem(random, 100);
  for (const service of system.services.slice(0, 20)) service.rollout = { version: { ...drawVersion(random, service.name, "2.0.0", 3), fault: { kind: "errors", rate: 0.2 } }, share: 0.3 };
  return Array.from({ length: 2_000 }, () => simulateRequest(system, 0, { random, changedAt: 0, onCall: () => undefined }).filter(() => random() > 0.01));
}

function feed(): void {
  const batch: Span[] = [];
  while (batch.length < BATCH) {
    requests += 1;
    const trace = requests.toString(16).padStart(32, "0");
    for (const span of traces[requests % traces.length] ?? []) batch.push({ ...span, trace, start: span.start + now - 5_000, end: span.end + now - 5_000, deadline: span.deadline === undefined ? undefined : span.deadline + now - 5_000 });
  }
  now += (1000 * batch.length) / SPANS_PER_SECOND;
  const before = process.cpuUsage();
  analyser.take(batch, now);
  analyser.settle(now);
  const { system, user } = process.cpuUsage(before);
  busyMs += (system + user) / 1_000;
  taken += batch.length;
}

function broken(what: string): void {
  console.log(`! ${what}`);
  process.exitCode = 1;
}
