/**
 * Simulated canaries: how often one is called worse that isn't, at any look, and how soon one that is. Figures and bounds as
 * `npm run prove` reads them; with all canaries it also renews the tables and the plot in docs/judgement.md. Seeds are fixed.
 *
 *   node test/bench/run.js canaries --canaries 500      a quick look, which writes nothing
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { BASELINE_RATE, FAULTS, PART, measureDetection, requestsUntilFound } from "./canaries/detection.ts";
import { type CASES, EFFECT, countAlarmsOfStep, countFalseAlarms } from "./canaries/false-alarms.ts";
import { CONFIDENCE } from "./canaries/judges.ts";
import { countLatencyAlarms } from "./canaries/latency-canary.ts";
import { plotDetection } from "./canaries/plot.ts";
import { TRAFFIC } from "./canaries/traffic.ts";
import { writeBetween } from "./canaries/write-between.ts";

const ALL = 10_000;
const { values } = parseArgs({ options: { canaries: { type: "string", default: String(ALL) } } });
const canaries = Number(values.canaries);
/** What only shows how others do needs fewer. */
const [fewer, few] = [Math.ceil(canaries / 5), Math.ceil(canaries / 10)];
const SEED = 20_261_130;
const MOST_ALARMS = 1 - CONFIDENCE;
const SMALL_EFFECT = 0.001;

const percent = (part: number, digits = 2): string => `${(part * 100).toFixed(digits)}%`;
const duration = (seconds: number | undefined): string => (seconds === undefined ? "-" : seconds < 120 ? `${seconds} s` : seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`);
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => [head, head.map((_, at) => (at === 0 ? "---" : "---:")), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

function bound(what: string, part: number): void {
  if (part <= MOST_ALARMS) return;
  console.log(`! ${what}: ${percent(part)} false alarms, more than ${percent(MOST_ALARMS)}`);
  process.exitCode = 1;
}

/** Of each kind of traffic, how many were called worse at any look. The first three columns have a bound. */
function falseAlarms(): string {
  const rows = TRAFFIC.map((traffic, at) => {
    const count = (name: keyof typeof CASES, of: number, judge: string): number => (countFalseAlarms(name, traffic, of, SEED + at)[judge]?.alarms ?? 0) / of;
    const alike = countFalseAlarms("alike", traffic, canaries, SEED + at);
    const held = [(alike["none"]?.alarms ?? 0) / canaries, (alike["effect"]?.alarms ?? 0) / canaries, count("edge", canaries, "effect"), count("incident", fewer, "none")];
    const broken = [count("chiSquare", few, "naive"), count("series", few, "naive")];
    for (const part of held) bound(traffic.name, part);
    console.log(`= ${traffic.name}: of ${canaries} without a fault ${held.slice(0, 2).map((part) => percent(part)).join(" (effect 0), ")} (effect ${percent(EFFECT, 1)}) are called worse at any look; worse by just the effect ${percent(held[2] ?? 0)}; both alike in an incident ${percent(held[3] ?? 0)}; chi-square at every look ${percent(broken[0] ?? 0, 1)}, Mann-Whitney of the series ${percent(broken[1] ?? 0, 1)}`);
    return [traffic.name, ...held.map((part) => percent(part)), ...broken.map((part) => percent(part, 1))];
  });
  return table(["traffic", "no difference, effect 0", `no difference, effect ${percent(EFFECT, 1)}`, `worse by just ${percent(EFFECT, 1)}, effect ${percent(EFFECT, 1)}`, "an incident on both sides, effect 0", "chi-square at every look", "Mann-Whitney of the series"], rows);
}

function steps(): string {
  const [totals, stretches] = [countAlarmsOfStep("totals", few, SEED) / few, countAlarmsOfStep("stretches", few, SEED) / few];
  bound("a step during an incident, in stretches", stretches);
  const text = `a step from 5% to 50% at the moment when an incident begins on both sides: ${percent(stretches)} of ${few} called worse where each stretch is counted by itself, ${percent(totals, 0)} by totals`;
  console.log(`= ${text}`);
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}

function detection(): string {
  const rows = TRAFFIC.flatMap((traffic) =>
    FAULTS.map((fault, at) => {
      const measured = [SMALL_EFFECT, EFFECT].map((effect) => measureDetection(traffic, { fault, effect, canaries: few, seed: SEED + at }));
      const cells = measured.flatMap(({ detected, medianS, ninetyS }) => [percent(detected, 0), `${duration(medianS)} / ${duration(ninetyS)}`]);
      const [first] = measured;
      console.log(`= ${traffic.name}, ${percent(fault, 1)} more fail: ${cells.slice(0, 2).join(", ")} at effect ${percent(SMALL_EFFECT, 1)}; ${cells.slice(2).join(", ")} at effect ${percent(EFFECT, 1)}`);
      return [traffic.name, percent(fault, 1), ...cells, percent(first?.atEnd ?? 0, 0), percent(first?.bySeries ?? 0, 0)];
    }),
  );
  return table(["traffic", "more that fail", `found, effect ${percent(SMALL_EFFECT, 1)}`, "half / nine in ten after", `found, effect ${percent(EFFECT, 1)}`, "half / nine in ten after", "one chi-square at the end", "Mann-Whitney of the series"], rows);
}

function latencies(): string {
  const rows = TRAFFIC.slice(2).map((traffic) => {
    const alike = [0, 0.1].map((effect) => countLatencyAlarms(traffic, { slower: 1, effect, canaries: fewer, seed: SEED }));
    for (const { worse } of alike) bound(`latencies, ${traffic.name}`, worse);
    const slow = [1.15, 1.3, 2].map((slower) => countLatencyAlarms(traffic, { slower, effect: 0.1, canaries: few, seed: SEED }));
    const cells = [...alike.map(({ worse }) => percent(worse)), percent(alike[0]?.atEveryLook ?? 0, 1), ...slow.map(({ medianS, worse }) => `${percent(worse, 0)}, ${duration(medianS)}`)];
    console.log(`= latencies, ${traffic.name}: of ${fewer} alike ${cells.slice(0, 2).join(" (effect 0), ")} (effect 10%) are called slower; Mann-Whitney at every look ${cells[2]}; 15%, 30%, 100% slower: ${cells.slice(3).join("; ")}`);
    return [traffic.name, ...cells];
  });
  return table(["traffic", "alike, effect 0", "alike, effect 10%", "alike, Mann-Whitney at every look", "15% slower", "30% slower", "100% slower"], rows);
}

function plot(): string {
  const most = 100_000;
  const curves = FAULTS.map((fault, at) => ({ name: `${percent(fault, 1)} more fail`, of: few, found: requestsUntilFound(fault, SMALL_EFFECT, { canaries: few, most, seed: SEED + at }) }));
  return plotDetection(curves, { least: 1, most, title: `called worse, of ${few} canaries each; ${percent(PART, 0)} of the traffic, baseline ${percent(BASELINE_RATE, 1)}, effect ${percent(SMALL_EFFECT, 1)}, confidence ${percent(CONFIDENCE, 0)}` });
}

const tables = { "false alarms": falseAlarms(), steps: steps(), detection: detection(), latencies: latencies() };
const drawing = plot();
if (canaries === ALL) {
  for (const [name, text] of Object.entries(tables)) await writeBetween("docs/judgement.md", name, text);
  await writeFile("docs/judgement.svg", drawing);
}
