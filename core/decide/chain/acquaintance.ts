/** Learns from calls that were answered who is behind a name, for those that nobody answers. Bounded: what was learned first goes first. */
import type { Span } from "../../model/span.ts";
import { dropOldest } from "../drop-oldest.ts";
import type { Known } from "./find-outcomes.ts";
import type { JoinedTrace } from "./join-trace.ts";

export interface Acquaintance extends Known {
  learn(trace: JoinedTrace): void;
}

interface Instance {
  readonly service: string;
  readonly version: string;
  readonly host: string | undefined;
}

interface Address {
  instance: Instance;
  /** An instance that is replaced at its address is another once; behind a balancer they take turns. */
  turns: number;
}

const MOST_TURNS = 3;

export function createAcquaintance(limits: { readonly names: number }): Acquaintance {
  /** Undefined: several services. */
  const consumers = new Map<string, string | undefined>();
  const addresses = new Map<string, Address>();
  const learnConsumer = ({ peer, service }: Span): void => {
    if (peer === undefined) return;
    if (!consumers.has(peer)) put(consumers, peer, service, limits.names);
    else if (consumers.get(peer) !== service) consumers.set(peer, undefined);
  };
  const learnAddress = (at: string, entry: Span): void => {
    const known = addresses.get(at);
    if (known === undefined) return put(addresses, at, { instance: instanceOf(entry), turns: 0 }, limits.names);
    const { host, service, version } = known.instance;
    if (host === entry.host && version === entry.version && service === entry.service) return;
    known.instance = instanceOf(entry);
    known.turns += 1;
  };
  return {
    learn(trace) {
      for (const entry of trace.entries) {
        if (entry.kind === "consumer") learnConsumer(entry);
        const address = entry.kind === "server" ? trace.callOf(entry)?.address : undefined;
        if (address !== undefined) learnAddress(address, entry);
      }
    },
    consumerOf: (queue) => consumers.get(queue),
    instanceAt: (address) => {
      const known = addresses.get(address);
      return known === undefined || known.turns > MOST_TURNS ? undefined : known.instance;
    },
  };
}

const instanceOf = ({ host, service, version }: Span): Instance => ({ service, version, host });

function put<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.set(key, value);
  dropOldest(map, most);
}
