import { type FileOwner, takePlace, writeCandidate } from "../files/atomic-write.ts";
import { readFile, stat } from "node:fs/promises";
import type { HaproxyRouterSettings } from "../../core/config/router-settings.ts";
import { describeRefusal } from "../files/disk-refusal.ts";
import type { Assigned } from "./assign-backends.ts";
import { type Entries, linesOf } from "./map-entries.ts";
import type { Observed } from "./observed.ts";
import type { Step } from "./plan-turn.ts";
import { type Members, renderConfig } from "./render-config.ts";
import { type MapName, type Sections, mapNames } from "./sections.ts";

/** What HAProxy starts with: as it runs, so that its start, or a reload by whomever, changes nothing. */
export interface WrittenFiles {
  /**
   * The steps of a turn that HAProxy took. At every moment the files fit together: servers that maps name come before them,
   * those that maps don't name any more go after. The fault is a sentence.
   */
  follow(steps: readonly Step[], members: Members): Promise<string | undefined>;
  /** As HAProxy runs; returns the paths of files that were others than those written last. */
  keep(maps: Readonly<Record<MapName, Entries>>, members: Members): Promise<{ readonly edited: readonly string[]; readonly fault: string | undefined }>;
}

/** HAProxy may belong to a group of its own. */
const NEW: FileOwner = { mode: 0o640 };

export function writeFilesOf(settings: HaproxyRouterSettings, sections: Sections): WrittenFiles {
  const written = new Map<string, string>();
  const put = async (path: string, text: string): Promise<boolean> => {
    const found = await readFile(path, "utf8").catch(() => undefined);
    const isEdited = found !== undefined && written.has(path) && found !== written.get(path);
    if (found !== text) await takePlace(await writeCandidate(path, text, await ownerOf(path)), path);
    written.set(path, text);
    return isEdited;
  };
  const told = async <T>(run: () => Promise<T>): Promise<T | string> => run().catch((error: unknown) => `${sections.config} and its maps can't be written: ${describeRefusal(error)}; an HAProxy that starts anew would begin with what they were`);
  return {
    async follow(steps, members) {
      const fault = await told(async () => {
        await put(sections.config, renderConfig(settings, sections, members));
        for (const step of steps) if (step.kind === "map") await put(sections.maps[step.map], linesOf(step.entries));
      });
      return typeof fault === "string" ? fault : undefined;
    },
    async keep(maps, members) {
      const edited: string[] = [];
      const fault = await told(async () => {
        for (const map of mapNames) if (await put(sections.maps[map], linesOf(maps[map]))) edited.push(sections.maps[map]);
        if (await put(sections.config, renderConfig(settings, sections, members))) edited.push(sections.config);
      });
      return { edited, fault: typeof fault === "string" ? fault : undefined };
    },
  };
}

/** Who takes part as HAProxy runs, and who is to. */
export function membersOf(observed: Observed | undefined, assigned: readonly Assigned[]): Members {
  const members = new Map<string, readonly string[]>();
  for (const [backend, servers] of observed?.backends ?? []) members.set(backend, servers.filter(({ state }) => state === "ready").map(({ name }) => name));
  for (const { backend, servers } of assigned) members.set(backend, [...new Set([...(members.get(backend) ?? []), ...servers])]);
  return members;
}

async function ownerOf(path: string): Promise<FileOwner> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? NEW : { mode: found.mode & 0o777, uid: found.uid, gid: found.gid };
}
