import { operationsRoot } from "../../store/keys.ts";

export interface NamedOperation {
  readonly hasRecord: boolean;
  /** Steps, or leave, are there: it has not ended, or nobody has cleared away after it. */
  readonly hasParts: boolean;
}

/** The operations that keys below `operations/` belong to. */
export function groupNames(keys: readonly string[]): ReadonlyMap<string, NamedOperation> {
  const found = new Map<string, NamedOperation>();
  for (const key of keys) {
    const [id = "", ...rest] = key.slice(operationsRoot.length).split("/");
    const former = found.get(id) ?? { hasRecord: false, hasParts: false };
    found.set(id, rest.length === 0 ? { ...former, hasRecord: true } : { ...former, hasParts: true });
  }
  return found;
}
