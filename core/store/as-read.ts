/** Operations that fail where the key no longer stands as it was read: with that modifyIndex, or not at all where it is undefined. */
import type { Operation } from "./port.ts";

export function writeAsRead(key: string, value: string, modifyIndex: number | undefined): Operation {
  return modifyIndex === undefined ? { kind: "create", key, value } : { kind: "replace", key, value, modifyIndex };
}

export function removeAsRead(key: string, modifyIndex: number | undefined): Operation {
  return modifyIndex === undefined ? { kind: "expect-absent", key } : { kind: "remove", key, modifyIndex };
}

export function expectAsRead(key: string, modifyIndex: number | undefined): Operation {
  return modifyIndex === undefined ? { kind: "expect-absent", key } : { kind: "expect", key, modifyIndex };
}
