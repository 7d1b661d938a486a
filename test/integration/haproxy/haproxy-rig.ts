/** A router of rollpin's that steers a real HAProxy; what it goes by is handed to it, no Consul is asked. */
import { openHaproxyRouter } from "../../../agent/haproxy/haproxy-router.ts";
import { openRuntimeSocket } from "../../../agent/haproxy/runtime-socket.ts";
import { systemClock } from "../../../core/clock.ts";
import { haproxySchema } from "../../../core/config/router-settings.ts";
import type { HaproxyServer } from "../../support/haproxy-server.ts";
import { type Steered, steerBy } from "../routers/steered.ts";

export interface SteerSettings {
  readonly caller?: string;
  readonly [key: string]: unknown;
}

export function steer({ settings }: HaproxyServer, { caller = "shop", ...more }: SteerSettings = {}): Steered {
  const parsed = haproxySchema.parse({ kind: "haproxy", upstream: "checkout", ...settings, ...more });
  const opened = openHaproxyRouter(parsed, { clock: systemClock, caller, folder: "/" });
  if (!opened.ok) throw new Error(opened.fault);
  return steerBy(opened.value);
}

/** At its runtime socket, as a person's hand would. */
export async function commandTo({ settings }: HaproxyServer, text: string): Promise<string> {
  const asked = await openRuntimeSocket(settings.socket, systemClock).ask(text);
  if (!asked.ok) throw new Error(asked.fault);
  return asked.value;
}
