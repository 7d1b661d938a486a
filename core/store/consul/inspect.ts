/** Questions about Consul itself, for `rollpin doctor`: what a store has no business to ask. Reads only. */
import type { Clock } from "../../clock.ts";
import type { Outcome } from "../../model/fault.ts";
import { ok } from "../../model/result.ts";
import type { CallOptions } from "../port.ts";
import { type ConsulAddress, describeAddress } from "./address.ts";
import { dateOf } from "./answer-fields.ts";
import { createCall } from "./call.ts";
import { baseUrl, commonHeaders, commonQuery, openConnections } from "./connections.ts";
import type { LoadedSettings } from "./load-settings.ts";
import { createPackageTransport } from "./package-transport.ts";

export interface ConsulInspector {
  readonly address: ConsulAddress;
  /** As a person would write it. */
  readonly where: string;
  readonly hasToken: boolean;
  readonly verifiesTls: boolean;
  /** An answer of any status. `path` as in Consul's documentation, such as `/v1/status/leader`. */
  read(path: string, options?: CallOptions): Promise<Outcome<ConsulAnswer>>;
  close(): void;
}

export interface ConsulAnswer {
  readonly status: number;
  readonly body: string;
  /** The Date header (whole seconds), milliseconds since the epoch. */
  readonly date: number | undefined;
}

const TIMEOUT_MS = 10_000;
/** Consul's own settings are some ten kilobytes. */
const MOST_ANSWER_BYTES = 16 * 1024 * 1024;

export function createConsulInspector(loaded: LoadedSettings, clock: Clock): ConsulInspector {
  const connections = openConnections(loaded, 1);
  const closing = new AbortController();
  const transport = createPackageTransport({ baseUrl: baseUrl(loaded), headers: commonHeaders(loaded), clock, agent: connections.calling, mostAnswerBytes: MOST_ANSWER_BYTES });
  const call = createCall({ transport, query: commonQuery(loaded), timeoutMs: TIMEOUT_MS, closed: closing.signal });
  return {
    address: loaded.address,
    where: describeAddress(loaded.address),
    hasToken: loaded.token !== undefined,
    verifiesTls: loaded.tls.verify,
    read: async (path, options) => {
      const answered = await call({ operation: "read", key: path, method: "GET", path }, options);
      if (!answered.ok) return answered;
      const { status, body, headers } = answered.value.answer;
      return ok({ status, body: body.toString(), date: dateOf(headers) });
    },
    close: () => {
      closing.abort();
      connections.close();
    },
  };
}
