import type { StoreFault } from "../../../core/model/fault.ts";
import type { CheckedEndpoint } from "../../../core/store/port.ts";
import { watchInstances } from "../../../core/store/watch.ts";
import type { AgentDeps } from "../../agent-deps.ts";
import { firstOf } from "../../process/first-signal.ts";

export interface InstanceWatch {
  /** As the catalog shows them; undefined while nobody looks, or before the first answer. */
  instances(): readonly CheckedEndpoint[] | undefined;
  /** Begins, or ends, or leaves it as it is. */
  keep(isNeeded: boolean): void;
  /** Looks now, and not by what was heard last. */
  lookAgain(): Promise<void>;
  ended(): Promise<void>;
}

export interface InstanceWatchDeps extends Pick<AgentDeps, "clock" | "random" | "store"> {
  /** As it is registered. */
  readonly service: string;
  readonly onChange: () => void;
  readonly onFault: (fault: StoreFault) => void;
}

/** Each change of one instance wakes all that look: the more there are, the longer they rest before they look again. */
const REST_PER_INSTANCE_MS = 2;

/** An agent whose service has no routes asks Consul for nothing here. */
export function watchWhileNeeded({ clock, onChange, onFault, random, service, store }: InstanceWatchDeps, signal: AbortSignal): InstanceWatch {
  let instances: readonly CheckedEndpoint[] | undefined;
  let end: (() => void) | undefined;
  let ended = Promise.resolve();

  const begin = (): (() => void) => {
    const over = firstOf(signal);
    const onReading = ({ endpoints }: { readonly endpoints: readonly CheckedEndpoint[] }): void => {
      instances = endpoints;
      onChange();
    };
    ended = watchInstances(store, service, { onReading, onFault }, { clock, random, signal: over.signal, restMs: () => (instances?.length ?? 0) * REST_PER_INSTANCE_MS }).finally(over.release);
    return over.fire;
  };

  return {
    instances: () => instances,
    keep(isNeeded) {
      if (isNeeded) return void (end ??= begin());
      end?.();
      end = undefined;
      instances = undefined;
    },
    async lookAgain() {
      const read = await store.catalog.instances(service, { signal });
      if (read.ok && end !== undefined) instances = read.value.endpoints;
    },
    ended: () => ended,
  };
}
