/** What a broken, late or cancelled request means to whoever asked. */
import type { StoreFault } from "../../model/fault.ts";
import type { TransportFailure } from "./transport.ts";

/** The question, as far as faults need it. */
export interface Asked {
  readonly operation: string;
  readonly key?: string | undefined;
  /** Consul's state may be another one afterwards. */
  readonly writes: boolean;
  readonly timeoutMs: number;
}

const CONNECTION_LIMIT =
  'Consul closes connections past its limits.http_max_conns_per_client like this (200 from one address unless configured): run "rollpin doctor" on this host';

export function faultOfFailure(asked: Asked, failure: TransportFailure): StoreFault {
  const { operation, key, writes, timeoutMs } = asked;
  if (failure.kind === "aborted") return writes && failure.sent ? { kind: "unknown-outcome", operation, key, cause: "aborted after it was sent" } : { kind: "aborted", operation };
  if (failure.kind === "timed-out") {
    if (!writes) return { kind: "timeout", operation, key, afterMs: timeoutMs };
    const cause = `no answer within ${timeoutMs} ms`;
    return failure.sent ? { kind: "unknown-outcome", operation, key, cause } : { kind: "unreachable", operation, key, cause: `no connection within ${timeoutMs} ms` };
  }
  const cause = describeBreak(failure);
  if (failure.kind === "oversized" && !writes) return { kind: "oversized", operation, key, cause };
  if (writes && failure.sent) return { kind: "unknown-outcome", operation, key, cause };
  if (failure.answered || isNotHttp(failure)) return { kind: "bad-answer", operation, key, cause };
  return isClosedAtOnce(failure) ? { kind: "unreachable", operation, key, cause, closed: true } : { kind: "unreachable", operation, key, cause };
}

/** Broken on a kept connection before any answer: its other end had left, most likely before this was asked. */
export function isStaleConnection(failure: TransportFailure): boolean {
  return failure.kind === "broken" && failure.reused && !failure.answered && isHangUp(failure);
}

/** A fresh connection stood and ended without a word: Consul at its limit, or whatever else listens and leaves. */
const isClosedAtOnce = (failure: TransportFailure): boolean => failure.sent && !failure.reused && isHangUp(failure);

const isHangUp = ({ code }: TransportFailure): boolean => code === "ECONNRESET" || code === "EPIPE";

const isNotHttp = ({ code }: TransportFailure): boolean => code?.startsWith("HPE_") === true;

/** What the TLS library says, for a person; looked for in the code and the text. */
const TLS: readonly (readonly [RegExp, string])[] = [
  [/alert certificate expired|alert number 45/i, "Consul refuses this client's certificate because it has expired: give a newer one with CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY"],
  [/CERT_HAS_EXPIRED|certificate has expired/i, "Consul's certificate has expired: renew it there, and look at this host's clock"],
  [/CERT_NOT_YET_VALID|not yet valid/i, "Consul's certificate is not valid yet: look at this host's clock, and at Consul's"],
  [/alert (bad certificate|certificate required|unknown ca)|alert number (42|48|116)/i, "Consul refuses this client's certificate, or wants one: give it with CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY"],
  [/UNABLE_TO_(VERIFY|GET)|SELF_SIGNED|unable to verify|self.signed/i, "its certificate is of no authority that is trusted here: name that authority's file with CONSUL_CACERT"],
  [/ERR_TLS_CERT_ALTNAME|altnames/i, "its certificate is for another name: say which one to expect with CONSUL_TLS_SERVER_NAME"],
  [/wrong version number|packet length too long/i, "what answers there speaks no TLS: write http:// instead of https://"],
];

function describeBreak(failure: TransportFailure): string {
  const tls = TLS.find(([pattern]) => pattern.test(failure.code ?? "") || pattern.test(failure.message));
  if (tls !== undefined && !failure.answered) return `${tls[1]} (${failure.message.trim()})`;
  if (!isHangUp(failure) || failure.answered) return failure.message;
  return `the connection was closed without an answer (${failure.message}). ${CONNECTION_LIMIT}`;
}
