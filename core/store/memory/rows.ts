/** Consul's KV state store, as agent/consul/state/kvs.go and graveyard.go have it. Keys are full keys. */
export interface Row {
  readonly key: string;
  readonly value: Buffer;
  readonly createIndex: number;
  readonly modifyIndex: number;
  /** How often the key was locked. A plain write sets it to 0, which counts as a change. */
  readonly lockIndex: number;
  readonly session: string | undefined;
}

export interface Rows {
  readonly live: Map<string, Row>;
  /** The index at which each removed key went. */
  readonly graves: Map<string, number>;
  /** Of the last write to any key. */
  lastIndex: number;
}

export function createRows(): Rows {
  return { live: new Map(), graves: new Map(), lastIndex: 0 };
}

export function copyRows(rows: Rows): Rows {
  return { live: new Map(rows.live), graves: new Map(rows.graves), lastIndex: rows.lastIndex };
}

/**
 * An EMPTY prefix under which nothing was ever removed has the index of the whole table, so that a watcher of it wakes
 * for every neighbour's write (kvsListTxn).
 */
export function readPrefix(rows: Rows, prefix: string): { readonly found: readonly Row[]; readonly queryIndex: number } {
  const found = [...rows.live.values()].filter((row) => row.key.startsWith(prefix)).sort((a, b) => (a.key < b.key ? -1 : 1));
  const graves = [...rows.graves].filter(([key]) => key.startsWith(prefix)).map(([, index]) => index);
  const index = Math.max(0, ...found.map((row) => row.modifyIndex), ...graves);
  return { found, queryIndex: Math.max(1, index === 0 ? rows.lastIndex : index) };
}

/** What a write leaves: the same row where nothing in it changed, so that nobody wakes. */
export function writeRow(existing: Row | undefined, next: Omit<Row, "createIndex" | "modifyIndex">, index: number): Row {
  const same = existing !== undefined && existing.value.equals(next.value) && existing.session === next.session && existing.lockIndex === next.lockIndex;
  return same ? existing : { ...next, createIndex: existing?.createIndex ?? index, modifyIndex: index };
}
