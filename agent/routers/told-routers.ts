/** The routers whose records this agent writes, kept on disk, so that a later life finds those that its file asks for no more. */
import * as z from "zod/mini";
import type { AgentFile } from "../../core/config/agent-file.ts";
import { routerName } from "../../core/config/router-settings.ts";
import { parsedBy } from "../../core/config/values.ts";
import { parseInstanceName, parseServiceName } from "../../core/model/names.ts";
import { type Result, ok } from "../../core/model/result.ts";
import { readChecked, writeChecked } from "../files/checked-file.ts";
import { toldRoutersFile } from "./told-routers-file.ts";

const toldRouterSchema = z.object({ upstream: parsedBy(parseServiceName), router: parsedBy(parseInstanceName) });
/** By the names of its record. */
export type ToldRouter = z.infer<typeof toldRouterSchema>;

const fileSchema = z.object({ format: z.literal(1), routers: z.array(toldRouterSchema) });

/** None where there is no such file. */
export async function readToldRouters(stateFolder: string): Promise<Result<readonly ToldRouter[], string>> {
  const read = await readChecked(toldRoutersFile(stateFolder), fileSchema);
  return read.ok ? ok(read.value?.routers ?? []) : read;
}

/** Throws what the file system throws. */
export function writeToldRouters(stateFolder: string, routers: readonly ToldRouter[]): Promise<void> {
  return writeChecked(toldRoutersFile(stateFolder), { format: 1, routers }, false);
}

/** Those that the file asks for. */
export function toldRoutersOf({ routers, service }: Pick<AgentFile, "routers" | "service">, instance: string): readonly ToldRouter[] {
  return routers.map((settings) => ({ upstream: settings.kind === "catalog" ? service : settings.upstream, router: routerName(settings, instance) }));
}
