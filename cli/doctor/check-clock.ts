import { type Finding, type Patient, fine, warning } from "./finding.ts";

/** Dates in history are corrected where the clocks differ by more than this. */
const TOLERATED_MS = 1_000;
/** The Date header is cut to whole seconds: what it means lies half a second later, give or take as much. */
const HALF_SECOND_MS = 500;

/** This machine's clock against Consul's. */
export async function checkClock({ inspector, signal, now }: Patient): Promise<readonly Finding[]> {
  const asked = now();
  const answer = await inspector.read("/v1/status/leader", { signal });
  const answered = now();
  if (!answer.ok || answer.value.date === undefined) return [];
  const skew = answer.value.date + HALF_SECOND_MS - (asked + answered) / 2;
  if (Math.abs(skew) <= TOLERATED_MS + HALF_SECOND_MS) return [fine("clock", "this machine's clock and Consul's agree to a second")];
  const seconds = `${(Math.abs(skew) / 1000).toFixed(0)} s`;
  return [warning("clock", `this machine's clock is ${seconds} ${skew > 0 ? "behind" : "ahead of"} Consul's: --at and ages are off by that much`, "set both by NTP (chrony or systemd-timesyncd)")];
}
