import type { Clock } from "../../core/clock.ts";
import type { StoreFault } from "../../core/model/fault.ts";
import type { Endpoint, Store } from "../../core/store/port.ts";
import { watchEndpoints } from "../../core/store/watch.ts";

export interface EndpointFollowerDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly services: readonly string[];
  readonly onChange: (signal: AbortSignal) => void;
  readonly onFault: (fault: StoreFault) => void;
}

export interface EndpointFollower {
  /** Undefined until Consul has told them once. */
  endpoints(service: string): readonly Endpoint[] | undefined;
  run(signal: AbortSignal): Promise<void>;
}

/** Knows the live instances of the services that templates read: one watch a service, shared by all templates. */
export function followEndpoints(deps: EndpointFollowerDeps): EndpointFollower {
  const known = new Map<string, readonly Endpoint[]>();
  const follow = (service: string, signal: AbortSignal): Promise<void> =>
    watchEndpoints(
      deps.store,
      service,
      {
        onReading: ({ endpoints }) => {
          known.set(service, endpoints);
          deps.onChange(signal);
        },
        onFault: deps.onFault,
      },
      { clock: deps.clock, random: deps.random, signal },
    );
  return {
    endpoints: (service) => known.get(service),
    async run(signal) {
      await Promise.all(deps.services.map((service) => follow(service, signal)));
    },
  };
}
