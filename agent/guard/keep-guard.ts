/** This agent's part in guarding one service: leads where it may, and looks again and again, or as soon as a signal has news. */
import { doubled } from "../../core/decide/doubled.ts";
import { describeStoreFault } from "../../core/model/fault.ts";
import { guardLockKey } from "../../core/store/keys.ts";
import { lookPause } from "../lead/look-pause.ts";
import type { Holder } from "../lead/holder.ts";
import { createSessionLock } from "../lead/session-lock.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import { type PolicyFollower, followPolicy } from "./follow-policy.ts";
import type { GuardDeps, Next } from "./guard-deps.ts";
import { type GuardLeadKeeper, leadGuard } from "./guard-lead.ts";
import { type Look, createLook } from "./look.ts";
import { type SignalKeeper, keepSignals } from "./open-signals.ts";
import { type PolicyReader, readPolicies } from "./policy-reader.ts";

export interface GuardKeeper {
  holder(): Holder;
  /** Whether there is something to guard it by, as it was found last. */
  hasPolicy(): boolean;
  run(signal: AbortSignal): Promise<void>;
}

/** Between two looks, however much news there is. */
const LEAST_PAUSE_MS = 50;
/** At most, by what the last look found. */
const PAUSES: Readonly<Record<Exclude<Next, "again">, number>> = { soon: 1_000, rest: Infinity };
/** After a fault of Consul's, and one more in a row: what is bad meanwhile waits no whole `every`. */
const FIRST_AGAIN_MS = 50;
const LONGEST_AGAIN_MS = 5_000;
/** Until it is looked again whether there is a policy. */
const NO_POLICY_MS = 5_000;

export function keepGuard(deps: GuardDeps): GuardKeeper {
  const { by, clock, service, session, store } = deps;
  const flag = createSignalFlag();
  const parts: Parts = {
    lead: leadGuard(createSessionLock({ ...deps, key: guardLockKey(service) }), by, session),
    policies: readPolicies(store, service),
    signals: keepSignals({ ...deps, news: () => flag.raise() }),
    following: followPolicy({ ...deps, news: () => flag.raise() }),
    look: createLook(deps),
    tell: teller(deps),
    hasPolicy: false,
    quietLooks: 0,
    repeats: 0,
  };
  return {
    holder: () => parts.lead.holder(),
    hasPolicy: () => parts.hasPolicy,
    async run(signal) {
      while (!signal.aborted) {
        const pause = await turn(deps, parts, signal);
        await clock.sleep(LEAST_PAUSE_MS, signal);
        await flag.wait(signal, Math.max(0, pause - LEAST_PAUSE_MS));
      }
      await Promise.all([parts.signals.close(), parts.following.end()]);
      await parts.lead.release();
    },
  };
}

interface Parts {
  readonly lead: GuardLeadKeeper;
  readonly policies: PolicyReader;
  readonly signals: SignalKeeper;
  readonly following: PolicyFollower;
  readonly look: Look;
  readonly tell: (sentence: string, level: "info" | "warn") => void;
  hasPolicy: boolean;
  /** In a row, that brought no news of who leads. */
  quietLooks: number;
  /** Looks in a row that ended with having to look again, or that Consul didn't allow. */
  repeats: number;
}

/** The pause until the next. */
async function turn({ random, service, session }: GuardDeps, parts: Parts, signal: AbortSignal): Promise<number> {
  const { following, lead, look, policies, signals, tell } = parts;
  const policy = await policies.read(signal);
  const idle = NO_POLICY_MS * (0.5 + random() / 2);
  if (!policy.ok) {
    tell(`the policy of ${service} can't be read: ${describeStoreFault(policy.fault)}`, "warn");
    return again(parts, random);
  }
  parts.hasPolicy = policy.value !== undefined;
  if (policy.value === undefined) {
    await Promise.all([signals.close(), following.end(), lead.release()]);
    return idle;
  }
  const before = lead.holder().kind;
  await lead.look(signal);
  const holder = lead.holder();
  parts.quietLooks = holder.kind === before ? parts.quietLooks + 1 : 0;
  const own = session();
  if (holder.kind !== "own" || own === undefined) {
    // Where only Consul is away, what signals have heard is still worth something.
    if (holder.kind !== "unknown") await Promise.all([signals.close(), following.end()]);
    tell(standing(service, holder), holder.kind === "other" ? "info" : "warn");
    return lookPause({ isOwn: false, awaitsNews: holder.kind !== "other", quietLooks: parts.quietLooks, random: random() });
  }
  tell(`this agent guards ${service}${policy.value.policy.dryRun ? ", and only says what it would do" : ""}`, "info");
  following.begin();
  await policies.keep(own, signal);
  const next = await look({ policy: policy.value, session: own, signals: await signals.of(policy.value) }, signal);
  if (next !== "again") parts.repeats = 0;
  return Math.min(next === "again" ? again(parts, random) : PAUSES[next], policy.value.policy.every);
}

/** What stands in the way may do so for long, such as somebody else's operation, or a Consul that is away. */
function again(parts: Parts, random: () => number): number {
  parts.repeats += 1;
  return doubled(FIRST_AGAIN_MS, parts.repeats - 1, LONGEST_AGAIN_MS) * (0.5 + random() / 2);
}

/** The same sentence is told once. */
function teller({ log, service }: GuardDeps): Parts["tell"] {
  let told = "";
  return (sentence, level) => {
    if (sentence !== told) log[level]({ event: "guard", guarded: service }, sentence);
    told = sentence;
  };
}

function standing(service: string, holder: Holder): string {
  if (holder.kind === "other") return `${holder.leader} guards ${service}`;
  return holder.kind === "own" ? `this agent waits for a session before it guards ${service}` : `${service} is not guarded by this agent: ${holder.why}`;
}
