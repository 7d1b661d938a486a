import type { HookRun, HookStep } from "../../core/model/hook-records.ts";

/** What a hook's command learns. Names, versions and numbers only: their grammars are safe in any shell. */
export function hookEnvironment(instance: string, { fromVersion = "", hook, service, toVersion = "" }: HookStep, { attempt, from, operation, to, way }: HookRun): Readonly<Record<string, string>> {
  return {
    ROLLPIN_SERVICE: service,
    ROLLPIN_INSTANCE: instance,
    ROLLPIN_HOOK: hook,
    ROLLPIN_WAY: way,
    ROLLPIN_SCHEMA_FROM: String(from),
    ROLLPIN_SCHEMA_TO: String(to),
    ROLLPIN_FROM_VERSION: fromVersion,
    ROLLPIN_VERSION: toVersion,
    ROLLPIN_OPERATION: operation,
    ROLLPIN_ATTEMPT: String(attempt),
  };
}
