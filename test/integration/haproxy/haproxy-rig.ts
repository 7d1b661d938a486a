/** A router of rollpin's that steers a real HAProxy; what it goes by is handed to it, no Consul is asked. */
import { openHaproxyRouter } from "../../../agent/haproxy/haproxy-router.ts";
import type { Router } from "../../../agent/routers/router.ts";
import { systemClock } from "../../../core/clock.ts";
import { haproxySchema } from "../../../core/config/router-settings.ts";
import type { HaproxyServer } from "../../support/haproxy-server.ts";
import { until } from "../../support/until.ts";
import { whenClosed } from "../routers/router-rig.ts";

export interface Steered {
  readonly router: Router;
  /** What it warned of, `event: message`. */
  readonly warnings: readonly string[];
  /** HAProxy goes by what was handed over last. */
  serves(): Promise<void>;
  /** It stops steering; HAProxy goes on. */
  end(): Promise<void>;
}

export interface SteerSettings {
  readonly caller?: string;
  readonly [key: string]: unknown;
}

export function steer({ settings }: HaproxyServer, { caller = "shop", ...more }: SteerSettings = {}): Steered {
  const parsed = haproxySchema.parse({ kind: "haproxy", upstream: "checkout", ...settings, ...more });
  const opened = openHaproxyRouter(parsed, { clock: systemClock, caller, folder: "/" });
  if (!opened.ok) throw new Error(opened.fault);
  const { value: router } = opened;
  const warnings: string[] = [];
  const over = new AbortController();
  const running = router.run?.(over.signal, { turned: () => undefined, warn: (event, message) => void warnings.push(`${event}: ${message}`) });
  whenClosed(() => over.abort());
  return {
    router,
    warnings,
    async serves() {
      await until("HAProxy goes by it", () => {
        const fault = router.fault();
        if (fault !== undefined) throw new Error(fault.message);
        return router.wanted() !== undefined && router.view() === router.wanted() && !router.isSettling();
      });
    },
    async end() {
      over.abort();
      await running;
    },
  };
}
