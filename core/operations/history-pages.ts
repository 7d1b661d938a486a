import type { Outcome } from "../model/fault.ts";
import { ok } from "../model/result.ts";
import type { Entry, ReadOptions, Store } from "../store/port.ts";

/** A revision's key ends in ten digits; those that share all but two come in one answer. */
const PAGE = /^.*\/[0-9]{8}(?=[0-9]{2}$)/;

/** Prefixes for `list` that hold these keys of history, newest first: with their configs they can be more than is read of one answer. */
export function pagesOf(names: readonly string[]): readonly string[] {
  return [...new Set(names.flatMap((name) => PAGE.exec(name) ?? []))].sort().reverse();
}

/** Undefined where a page holds nothing although it held something a moment ago: emptiness isn't believed. */
export async function readPage(store: Store, page: string, options: ReadOptions): Promise<Outcome<readonly Entry[] | undefined>> {
  const listed = await store.list(page, options);
  if (!listed.ok) return listed;
  return ok(listed.value.entries.length === 0 ? undefined : listed.value.entries);
}
