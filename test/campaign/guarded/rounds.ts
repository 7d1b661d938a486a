/** One change that is guarded, from how it begins to how it ended. */
import { systemClock } from "../../../core/clock.ts";
import type { GuardAction, GuardState } from "../../../core/model/guard-records.ts";
import type { Verdict } from "../../../core/model/records.ts";
import type { Rollout } from "../../../core/model/rollout.ts";
import type { ConsulServer } from "../../support/consul-server.ts";
import { historyOf } from "../../support/history.ts";
import { pick } from "../../support/random.ts";
import { until } from "../../support/until.ts";
import { expectExit, runs } from "../../integration/stories/story.ts";
import { type RoundEvidence, determineEnding, findWrong } from "./determine-ending.ts";
import { FIRST, type GuardedService, isBad } from "./fleet.ts";

export interface RoundPlan {
  readonly kind: RoundEvidence["kind"];
  readonly version: string;
  readonly policy: string;
}

export interface Round extends RoundPlan {
  readonly service: GuardedService;
  readonly base: string;
  /** What stood when it began. */
  readonly revision: number;
  readonly actionsBefore: number;
}

export interface RoundsDeps {
  readonly consul: ConsulServer;
  /** What people were told. */
  readonly heard: readonly Readonly<Record<string, unknown>>[];
}

const SIGNALS = {
  errors: `errors: {against: baseline, prometheus: {errors: 'sum(increase(http_requests_total{service="{{service}}",version="{{version}}",code="500"}[{{window}}]))', requests: 'sum(increase(http_requests_total{service="{{service}}",version="{{version}}"}[{{window}}]))'}}`,
  share: `share: {prometheus: 'sum(increase(http_requests_total{service="{{service}}",version="{{version}}",code="500"}[5s])) / sum(increase(http_requests_total{service="{{service}}",version="{{version}}"}[5s]))', above: 0.2}`,
  paged: "paged: {alertmanager: {alertname: HighErrorRate}}",
  chain: "chain: {chain: {}}",
  health: "health: {health: {}}",
} as const;

/** As Prometheus says it to Alertmanager. */
export const RULES = `
groups:
  - name: services
    rules:
      - alert: HighErrorRate
        expr: sum by (service, version) (increase(http_requests_total{code="500"}[5s])) / sum by (service, version) (increase(http_requests_total[5s])) > 0.2
`;

/** In turn a bad release, a good rollout, a bad one, and a good release; by which signals, and how long these may be silent, is drawn. */
export function drawRound(random: () => number, number: number): RoundPlan {
  const turn = turnOf(number);
  const signals = pick<readonly (keyof typeof SIGNALS)[]>(random, [["errors"], ["share"], ["paged"], ["chain"], ["errors", "paged", "chain", "health"]]);
  const policy = `every: 1s\nsignals: {${signals.map((name) => SIGNALS[name]).join(", ")}}\njudge: {confidence: 99.9%, minSamples: 30}\nstrategy: [{do: rollback}]\nbrake: {rollbacks: 20, per: 1s}\nnoDataAfter: ${pick(random, ["6s", "60s"])}\n`;
  return { kind: turn === 0 || turn === 3 ? "release" : "rollout", version: versionOf(number), policy };
}

const TURNS = 4;
/** Each service has another turn in each batch. */
const turnOf = (number: number): number => (number + Math.floor(number / TURNS)) % TURNS;
export const versionOf = (number: number): string => `2.${number}.0${turnOf(number) % 2 === 0 ? "-bad" : ""}`;

export function createRounds({ consul, heard }: RoundsDeps) {
  const lastGood = new Map<string, string>();
  const manage = (...words: readonly string[]) => expectExit(0, [...words, "--yes"], { consul: consul.address });
  const read = async <T>(key: string): Promise<T | undefined> => {
    const text = await consul.kv.get(`rollpin/${key}`);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  };

  /** Everything is well, guarded, and at a release that may be gone back to. */
  async function prepare({ name, tracks }: GuardedService, policy: string): Promise<string> {
    const base = lastGood.get(name) ?? FIRST;
    const before = await read<Rollout>(`rollouts/${name}`);
    if (before?.paused !== undefined) await manage("rollout", "abort", name, "--no-wait");
    await manage("policy", "set", name, "--text", policy);
    await manage("pin", name, base, "--no-wait");
    await manage("pin", name, base, "--track", "canary", "--no-wait");
    await manage("release", "clear", name, base, "--good");
    await Promise.all(Object.values(tracks).map(({ agent }) => runs(agent, base)));
    await until(`${name} is guarded`, async () => (await consul.kv.list(`rollpin/locks/guard/${name}`)).some(({ session }) => session !== undefined));
    return base;
  }

  async function begin(service: GuardedService, plan: RoundPlan): Promise<Round> {
    const { kind, policy, version } = plan;
    const base = await prepare(service, policy);
    const [head, state] = await Promise.all([read<{ revision: number }>(`desired/${service.name}/head`), read<GuardState>(`guard/${service.name}/state`)]);
    if (kind === "release") await manage("pin", service.name, version, "--no-wait");
    else await manage("rollout", "start", service.name, version, "--tracks", "canary", "--hold", "3s", "--bake", "3s");
    return { ...plan, service, base, revision: head?.revision ?? 0, actionsBefore: state?.actions ?? 0 };
  }

  async function gather({ actionsBefore, base, kind, revision, service: { name }, version }: Round): Promise<RoundEvidence> {
    const [history, actions, state, rollout, verdict, stable, canary] = await Promise.all([
      historyOf(consul, name),
      consul.kv.list(`rollpin/guard/${name}/actions/`),
      read<GuardState>(`guard/${name}/state`),
      kind === "rollout" ? read<Rollout>(`rollouts/${name}`) : undefined,
      read<Verdict>(`verdicts/${name}/${version}`),
      consul.kv.get(`rollpin/desired/${name}/pin`),
      consul.kv.get(`rollpin/desired/${name}/pin.canary`),
    ]);
    return {
      kind,
      version,
      base,
      history: history.filter((entry) => entry.revision > revision),
      actions: actions.map(({ value }) => JSON.parse(value.toString()) as GuardAction).filter(({ action }) => action > actionsBefore),
      actionsBefore,
      state,
      rollout,
      pins: { stable: stable?.trim(), canary: canary?.trim() },
      verdict: verdict?.verdict,
      told: new Set(heard.flatMap((one) => (one["service"] === name ? [Number(one["action"])] : []))),
    };
  }

  /** `mended`: when the last server was back; undefined until it is. */
  async function end(round: Round, mended: () => number | undefined): Promise<RoundEvidence> {
    const isLastWord = (evidence: RoundEvidence): boolean => {
      const ending = determineEnding(evidence);
      const since = mended();
      const isQuiet = since !== undefined && systemClock.monotonic() - since > QUIET_MS;
      return since !== undefined && ending !== "open" && (ending !== "stands" && ending !== "paused" ? true : isQuiet && (ending === "paused" || !isBad(round.version)));
    };
    await until(`${round.kind} of ${round.service.name} ${round.version} ends`, async () => isLastWord(await gather(round)), { deadlineMs: END_MS, everyMs: 250 });
    // What is found later is told later: who was told is asked of the very actions that are judged.
    const evidence = await until("people are told", async () => {
      const now = await gather(round);
      return now.actions.every(({ action }) => now.told.has(action)) && now;
    }, { everyMs: 250 }).catch(() => gather(round));
    if (determineEnding(evidence) === "promoted" || (determineEnding(evidence) === "stands" && !isBad(round.version))) lastGood.set(round.service.name, round.version);
    return evidence;
  }

  return {
    begin,
    /** What is wrong with it, too; what doesn't end is wrong. */
    async end(round: Round, mended: () => number | undefined): Promise<{ readonly evidence: RoundEvidence; readonly wrong: readonly string[] }> {
      try {
        const evidence = await end(round, mended);
        return { evidence, wrong: findWrong(evidence) };
      } catch (error) {
        const evidence = await gather(round);
        return { evidence, wrong: [String(error), ...findWrong(evidence)] };
      }
    },
  };
}

/** After the last server is back, what nobody has accused by then stands, and what pauses stays so. */
const QUIET_MS = 12_000;
const END_MS = 150_000;
