/** A store whose answers are written down beforehand; when they run out, the watch is ended. */
import type { Outcome, StoreFault } from "../../../core/model/fault.ts";
import { err, ok } from "../../../core/model/result.ts";
import { createMemoryStore } from "../../../core/store/memory.ts";
import type { Entry, Reading, Store } from "../../../core/store/port.ts";

export type Step =
  | { readonly block: Outcome<Reading>; readonly takesMs?: number }
  | { readonly list: Outcome<Reading> }
  | { readonly get: Outcome<Entry | undefined> };

export interface Scripted {
  readonly store: Store;
  /** The questions, such as `block 7`. */
  readonly asked: string[];
}

export function scriptedStore(steps: readonly Step[], hooks: { readonly end: () => void; readonly advance: (ms: number) => void }): Scripted {
  const left = [...steps];
  const asked: string[] = [];
  const next = <K extends string>(question: string, kind: K): Promise<Outcome<never>> => {
    asked.push(question);
    const step = left.shift();
    if (step === undefined) {
      hooks.end();
      return Promise.resolve(err({ kind: "aborted", operation: question }));
    }
    if (!(kind in step)) throw new Error(`asked ${question}, but the script has ${JSON.stringify(step)}`);
    if ("takesMs" in step) hooks.advance(step.takesMs ?? 0);
    return Promise.resolve((step as unknown as Record<K, Outcome<never>>)[kind]);
  };
  const store: Store = {
    ...createMemoryStore(),
    block: (_folder, afterIndex, { consistency }) => next(`block ${afterIndex}${consistency === undefined ? "" : ` ${consistency}`}`, "block"),
    list: (_folder, options) => next(`list ${options?.consistency ?? "default"}`, "list"),
    get: (key) => next(`get ${key}`, "get"),
  };
  return { store, asked };
}

/** `reading(7, { "a/pin": "1" })`: every key with the index of the reading unless `at` says otherwise. */
export function reading(queryIndex: number, values: Readonly<Record<string, string>>, at: number = queryIndex): Outcome<Reading> {
  return ok({ queryIndex, entries: Object.entries(values).map(([key, value]) => ({ key, value: Buffer.from(value), createIndex: 1, modifyIndex: at })) });
}

export const fault = (kind: "unreachable" | "denied" | "no-leader" | "overloaded"): Outcome<never> => err({ kind, operation: "watch", cause: "scripted" } satisfies StoreFault);
