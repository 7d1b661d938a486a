/** The store over a real Consul. At most two connections unless told otherwise: one to watch with, one for the rest. */
import type { Clock } from "../../clock.ts";
import type { Store } from "../port.ts";
import { createBlockingTransport } from "./blocking-transport.ts";
import { type Call, createCall } from "./call.ts";
import { createCachedAnswers } from "./cached-answers.ts";
import { createCatalog } from "./catalog.ts";
import { createClockOffset } from "./clock-offset.ts";
import { baseUrl, commonHeaders, commonQuery, openConnections } from "./connections.ts";
import { createKeyValueCalls } from "./key-value.ts";
import type { LoadedSettings } from "./load-settings.ts";
import { createPackageTransport } from "./package-transport.ts";
import { createMesh } from "./mesh.ts";
import { createSessions } from "./sessions.ts";
import { createTransact } from "./transaction.ts";
import type { Transport } from "./transport.ts";

export interface ConsulStoreOptions {
  /** Without a slash at either end. */
  readonly prefix: string;
  readonly clock: Clock;
  /** Of every call but a blocking query; 10 s unless given. */
  readonly timeoutMs?: number | undefined;
  /** Bytes of an answer beyond which it is refused as `oversized`; 128 MiB unless given. */
  readonly mostAnswerBytes?: number | undefined;
  /** Blocking queries that may be parked at once, each on a connection of its own; 1 unless given. */
  readonly watchConnections?: number | undefined;
}

/** Above the 7 s for which Consul holds a read while it has no leader. */
const TIMEOUT_MS = 10_000;
/** A service's whole history, or a fleet's records: more than that is no answer to work with. */
const MOST_ANSWER_BYTES = 128 * 1024 * 1024;

export function createConsulStore(loaded: LoadedSettings, options: ConsulStoreOptions): Store {
  const { prefix, clock, timeoutMs = TIMEOUT_MS, mostAnswerBytes = MOST_ANSWER_BYTES, watchConnections = 1 } = options;
  const connections = openConnections(loaded, watchConnections);
  const closing = new AbortController();
  const common = { baseUrl: baseUrl(loaded), headers: commonHeaders(loaded), clock, mostAnswerBytes };
  const clockOffset = createClockOffset(clock);
  const cachedAnswers = createCachedAnswers(clock);
  const callOver = (transport: Transport): Call =>
    createCall({
      transport,
      query: commonQuery(loaded),
      timeoutMs,
      closed: closing.signal,
      doubt: ({ headers }) => cachedAnswers.doubt(headers),
      onAnswer: ({ headers }) => clockOffset.note(headers),
    });

  const call = callOver(createPackageTransport({ ...common, agent: connections.calling }));
  const callBlocking = callOver(createBlockingTransport({ ...common, agent: connections.watching }));
  return {
    prefix,
    clockOffsetMs: () => clockOffset.offsetMs(),
    ...createKeyValueCalls(prefix, call, callBlocking),
    transact: createTransact(prefix, call),
    sessions: createSessions(call),
    catalog: createCatalog(call, callBlocking),
    mesh: createMesh(call),
    close: () => {
      closing.abort();
      connections.close();
    },
  };
}
