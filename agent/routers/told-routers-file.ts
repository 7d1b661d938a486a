import { access } from "node:fs/promises";
import { join } from "node:path";

export const toldRoutersFile = (stateFolder: string): string => join(stateFolder, "routers.json");

/** Whether this agent ever had routers: what reads the file is loaded for that only. */
export async function hasToldRouters(stateFolder: string): Promise<boolean> {
  return access(toldRoutersFile(stateFolder)).then(
    () => true,
    () => false,
  );
}
