/** What most clients have between themselves and Consul's DNS: something that keeps an answer for as long as it may. */
import { systemClock } from "../../core/clock.ts";
import { type SrvAnswer, askSrv } from "./dns.ts";

/** An answer whole until the shortest TTL in it is over (RFC 2181, 5.2); one that names nobody isn't kept. */
export function createCachingResolver(port: number, ask: (port: number, name: string) => Promise<SrvAnswer> = askSrv): (name: string) => Promise<SrvAnswer> {
  const kept = new Map<string, { readonly answer: SrvAnswer; readonly until: number }>();
  return async (name) => {
    const found = kept.get(name);
    if (found !== undefined && systemClock.monotonic() < found.until) return found.answer;
    // Counted from the question: an answer may be as old as that.
    const asked = systemClock.monotonic();
    const answer = await ask(port, name);
    if (answer.records.length > 0) kept.set(name, { answer, until: asked + 1_000 * Math.min(...answer.records.map(({ ttl }) => ttl)) });
    return answer;
  };
}
