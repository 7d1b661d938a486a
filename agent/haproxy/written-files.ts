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
   * those that maps don't name any more go after.
   */
  follow(steps: readonly Step[], members: Members): Promise<Written>;
  /** As HAProxy runs. */
  keep(maps: Readonly<Record<MapName, Entries>>, members: Members): Promise<Written>;
}

export interface Written {
  /** Paths of files that were others than those written last. */
  readonly edited: readonly string[];
  /** A sentence. */
  readonly fault: string | undefined;
}

/** HAProxy may belong to a group of its own. */
const NEW: FileOwner = { mode: 0o640 };

export function writeFilesOf(settings: HaproxyRouterSettings, sections: Sections): WrittenFiles {
  const written = new Map<string, string>();
  const put = async (path: string, text: string, edited: string[]): Promise<void> => {
    const found = await readFile(path, "utf8").catch(() => undefined);
    if (found !== undefined && written.has(path) && found !== written.get(path)) edited.push(path);
    if (found !== text) await takePlace(await writeCandidate(path, text, await ownerOf(path)), path);
    written.set(path, text);
  };
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: files fit together only between two. */
  const told = (run: (edited: string[]) => Promise<void>): Promise<Written> => {
    const written = last.then(() => write(run));
    last = written;
    return written;
  };
  const write = async (run: (edited: string[]) => Promise<void>): Promise<Written> => {
    const edited: string[] = [];
    try {
      await run(edited);
      return { edited, fault: undefined };
    } catch (error) {
      return { edited, fault: `${sections.config} and its maps can't be written: ${describeRefusal(error)}; an HAProxy that starts anew would begin with what they were` };
    }
  };
  return {
    follow: (steps, members) =>
      told(async (edited) => {
        await put(sections.config, renderConfig(settings, sections, members), edited);
        for (const step of steps) if (step.kind === "map") await put(sections.maps[step.map], linesOf(step.entries), edited);
      }),
    keep: (maps, members) =>
      told(async (edited) => {
        for (const map of mapNames) await put(sections.maps[map], linesOf(maps[map]), edited);
        await put(sections.config, renderConfig(settings, sections, members), edited);
      }),
  };
}

/** Who takes part as HAProxy runs, and who is to. */
export function membersOf(observed: Observed | undefined, assigned: readonly Assigned[]): Members {
  const members = new Map<string, readonly string[]>();
  for (const [backend, servers] of observed?.backends ?? []) members.set(backend, servers.filter(({ state }) => state !== "maint").map(({ name }) => name));
  for (const { backend, servers } of assigned) members.set(backend, [...new Set([...(members.get(backend) ?? []), ...servers])]);
  return members;
}

async function ownerOf(path: string): Promise<FileOwner> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? NEW : { mode: found.mode & 0o777, uid: found.uid, gid: found.gid };
}
