/** A router that steers a program of its own; what it goes by is handed to it, no Consul is asked. */
import type { Router } from "../../../agent/routers/router.ts";
import { until } from "../../support/until.ts";
import { whenClosed } from "./router-rig.ts";

export interface Steered {
  readonly router: Router;
  /** What it warned of, `event: message`. */
  readonly warnings: readonly string[];
  /** The program goes by what was handed over last. */
  serves(): Promise<void>;
  /** It stops steering; the program goes on. */
  end(): Promise<void>;
}

export function steerBy(router: Router): Steered {
  const warnings: string[] = [];
  const over = new AbortController();
  const running = router.run?.(over.signal, { turned: () => undefined, warn: (event, message) => void warnings.push(`${event}: ${message}`) });
  whenClosed(() => over.abort());
  return {
    router,
    warnings,
    async serves() {
      await until("it goes by what it was told", () => {
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
