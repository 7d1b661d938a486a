/** What an answer outside 2xx, or one that no Consul gives, means to whoever asked. */
import type { StoreFault } from "../../model/fault.ts";
import type { Asked } from "./failures-as-faults.ts";
import type { Answer } from "./transport.ts";
import { retryAfterOf } from "./answer-fields.ts";

/** Consul's words where it knows of no server that lives in the datacentre that was asked for. */
const NO_PATH = /No path to datacenter|Remote DC has no server currently reachable/i;
/** Consul's words where a write surely did not happen: no server took it up. */
const NOBODY_LEADS = /No cluster leader|node is not the leader|No known Consul servers|timed out enqueuing|failed to get conn|connection refused/i;
/** Consul's words where the request was under way between servers when it broke. */
const LEADERSHIP_LOST = /leadership lost|leadership transfer|raft is already shutdown|rpc error|EOF|i\/o timeout|connection reset/i;
/** A server refused it before it was looked at. */
const TOO_OFTEN = /rate limit|too many requests/i;
const NOT_ALLOWED = /Permission denied|ACL not found|ACL disabled|lacks permission/i;

/** For every status outside 2xx that has no meaning of its own to its operation. */
export function faultOfAnswer(asked: Asked, answer: Answer): StoreFault {
  const { operation, key } = asked;
  const text = answer.body.toString();
  const cause = describeAnswer(answer);
  if (answer.status === 403 || answer.status === 401 || NOT_ALLOWED.test(text)) return { kind: "denied", operation, key, cause };
  // Go's net/http says so before Consul has seen anything of the request.
  if (answer.status === 400 && /HTTP request to an HTTPS server/i.test(text)) return { kind: "unreachable", operation, key, cause: "what answers there speaks TLS only: write https:// instead of http://" };
  if (answer.status === 413) return { kind: "too-large", operation, key, cause };
  if (asksToSlowDown(answer, text)) return { kind: "overloaded", operation, key, cause, retryAfterMs: retryAfterOf(answer.headers) };
  if (answer.status < 500 || isPage(answer)) return unreadable(asked, answer);
  if (NO_PATH.test(text)) return { kind: "unreachable", operation, key, cause };
  if (NOBODY_LEADS.test(text)) return { kind: "no-leader", operation, key, cause };
  if (LEADERSHIP_LOST.test(text)) return asked.writes ? { kind: "unknown-outcome", operation, key, cause } : { kind: "no-leader", operation, key, cause };
  return unreadable(asked, answer);
}

/** Consul up to 1.14 answers 500 at its limits.rpc_rate, newer ones 429 or 503 (Consul: rate limits). */
function asksToSlowDown({ status }: Answer, text: string): boolean {
  return status === 429 || status === 503 || (status === 500 && TOO_OFTEN.test(text));
}

/** An answer that can't be understood. A write behind a 2xx or a 5xx of that kind may have happened. */
export function unreadable(asked: Asked, answer: Answer, why?: string): StoreFault {
  const { operation, key, writes } = asked;
  const cause = why === undefined ? describeAnswer(answer) : `${why}: ${describeAnswer(answer)}`;
  const mayHaveHappened = writes && (answer.status < 300 || answer.status >= 500);
  return { kind: mayHaveHappened ? "unknown-outcome" : "bad-answer", operation, key, cause };
}

/** A proxy's page, whatever it says. */
function isPage({ headers, body }: Answer): boolean {
  return headers["content-type"]?.startsWith("text/html") === true || /^\s*<(!doctype|html)/i.test(body.subarray(0, 100).toString());
}

const MOST_SHOWN = 200;

/** Status and the beginning of the body, on one line. */
function describeAnswer({ status, body }: Answer): string {
  // Controls out: the text ends up on terminals and in logs.
  const text = body.subarray(0, MOST_SHOWN * 4).toString().replace(/[\s\p{Cc}]+/gu, " ").trim();
  const shown = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
  return shown === "" ? `HTTP ${status} without a body` : `HTTP ${status}: ${shown}`;
}
