/** A router of rollpin's that steers a real nginx; what it goes by is handed to it, no Consul is asked. */
import { join } from "node:path";
import { openTemplateRouter } from "../../../agent/routers/template/template-router.ts";
import { systemClock } from "../../../core/clock.ts";
import { templateRouterSchema } from "../../../core/config/router-settings.ts";
import type { NginxServer } from "../../support/nginx-server.ts";
import { type Steered, steerBy } from "../routers/steered.ts";

export interface SteerSettings {
  readonly caller?: string;
  readonly [key: string]: unknown;
}

export function steer({ folder, settings }: NginxServer, { caller = "shop", ...more }: SteerSettings = {}): Steered {
  const parsed = templateRouterSchema.parse({ ...settings, ...more });
  return steerBy(openTemplateRouter(parsed, { clock: systemClock, caller, folder, stateFolder: join(folder, "state") }));
}
