import type { ObserveSettings } from "../../core/config/agent-file.ts";
import type { Result } from "../../core/model/result.ts";
import { type SignalFlag, createSignalFlag } from "../loop/signal-flag.ts";
import { type ReadVersionDependencies, readVersion } from "./read-version.ts";

/** Reads the running version every `interval`, and sooner when `asked`; tells the first answer and each one that differs. Ends with the signal. */
export async function pollVersion(settings: Pick<ObserveSettings, "interval" | "version">, dependencies: ReadVersionDependencies, onVersion: (read: Result<string, string>) => void, asked: SignalFlag = createSignalFlag()): Promise<void> {
  const { signal } = dependencies;
  let told: string | undefined;
  while (!signal.aborted) {
    const read = await readVersion(settings.version, dependencies);
    const text = JSON.stringify(read);
    if (!signal.aborted && text !== told) {
      told = text;
      onVersion(read);
    }
    await asked.wait(signal, settings.interval);
  }
}
