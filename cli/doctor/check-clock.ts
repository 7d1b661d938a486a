import { parseIsoTime } from "../../core/clock.ts";
import { type Finding, type Patient, type Records, fine, warning } from "./finding.ts";

/** Dates in history are corrected where the clocks differ by more than this. */
const TOLERATED_MS = 1_000;
/** The Date header is cut to whole seconds: what it means lies half a second later, give or take as much. */
const HALF_SECOND_MS = 500;
/** A plan that follows another at once is dated a millisecond later, however many follow. */
const TOLERATED_FUTURE_MS = 60_000;
const MEND = "set both by NTP (chrony or systemd-timesyncd)";

/** This machine's clock against Consul's. */
export async function checkClock({ inspector, signal, now }: Patient): Promise<readonly Finding[]> {
  const asked = now();
  const answer = await inspector.read("/v1/status/leader", { signal });
  const answered = now();
  if (!answer.ok || answer.value.date === undefined) return [];
  const skew = answer.value.date + HALF_SECOND_MS - (asked + answered) / 2;
  if (Math.abs(skew) <= TOLERATED_MS + HALF_SECOND_MS) return [fine("clock", "this machine's clock and Consul's agree to a second")];
  return [warning("clock", `this machine's clock is ${apart(skew)} Consul's: --at and ages are off by that much`, MEND)];
}

/** Pure: the clocks of the hosts that live agents stand on, and history that is dated in the future. `now` by Consul's clock. */
export function checkClocks({ services }: Pick<Records, "services">, now: number): readonly Finding[] {
  return services.flatMap(({ head, instances, service }) => [
    ...instances.flatMap(({ live, record: { clockOffsetMs, instance, node } }) =>
      live && clockOffsetMs !== undefined ? [warning("clock", `the clock of ${node ?? "its host"}, where ${instance} of ${service} runs, is ${apart(clockOffsetMs)} Consul's: its logs are dated wrongly by that much; no decision goes by it`, MEND)] : [],
    ),
    ...(head !== undefined && parseIsoTime(head.value.at) - now > TOLERATED_FUTURE_MS ? [datedAhead(service, head.value.revision, head.value.at)] : []),
  ]);
}

function datedAhead(service: string, revision: number, at: string): Finding {
  return warning("clock", `revision ${revision} of ${service} is dated ${at}, which is yet to come: Consul's clock, or an operator's, was wrong when it was made, and whatever follows is dated no earlier`, `set Consul's clock by NTP; until that time name revisions of ${service} with --revision instead of --at`);
}

function apart(offsetMs: number): string {
  return `${(Math.abs(offsetMs) / 1000).toFixed(0)} s ${offsetMs > 0 ? "behind" : "ahead of"}`;
}
