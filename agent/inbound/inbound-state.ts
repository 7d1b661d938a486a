import type { InboundSettings } from "../../core/config/inbound-settings.ts";

/** The inbound port as `/v1/state` shows it. */
export interface InboundState {
  readonly address: string;
  readonly port: number;
  readonly mode: InboundSettings["mode"];
  /** Where new requests or connections go; absent while nothing serves. */
  readonly upstream?: { readonly version: string; readonly port: number } | undefined;
  /** Of clients, open now. */
  readonly connections: number;
  /** Requests (`http`) or connections (`tcp`) that a process has to do with now. */
  readonly inFlight: number;
  /** `http`: answers by the version that gave them (`none`: the agent itself) and class, such as `1.4.2 2xx`. */
  readonly requests: Readonly<Record<string, number>>;
}
