/** The service catalog of the memory world: one node, whose instances pass until a test says otherwise. */
import { isKeptBackByRoutes, isMarkedOff } from "../kept-back.ts";
import { type Endpoint, type EndpointReading, type InstancesReading, KEPT_BACK, NEUTRAL_WEIGHT, type RegisteredService, type ServiceRegistration } from "../port.ts";

const NODE = "memory";
const NODE_ADDRESS = "127.0.0.1";

export interface Services {
  readonly registered: Map<string, ServiceRegistration>;
  readonly failing: Set<string>;
  /** By id, with the reason. */
  readonly maintained: Map<string, string>;
  /** The index of each service's last change. */
  readonly changedAt: Map<string, number>;
}

export function createServices(): Services {
  return { registered: new Map(), failing: new Set(), maintained: new Map(), changedAt: new Map() };
}

export function copyServices(services: Services): Services {
  return { registered: new Map(services.registered), failing: new Set(services.failing), maintained: new Map(services.maintained), changedAt: new Map(services.changedAt) };
}

export function readService(services: Services, id: string): RegisteredService | undefined {
  const found = services.registered.get(id);
  return found && { id, service: found.service, address: found.address ?? "", port: found.port ?? 0, tags: found.tags ?? [], meta: found.meta, weight: found.weight ?? NEUTRAL_WEIGHT };
}

export function readHealthy(services: Services, service: string): EndpointReading {
  const passing = registeredAs(services, service).filter(({ id }) => !services.failing.has(id) && !services.maintained.has(id));
  return { endpoints: passing.map(endpointOf), queryIndex: indexOf(services, service) };
}

export function readInstances(services: Services, service: string): InstancesReading {
  const endpoints = registeredAs(services, service).map((one) => {
    const reason = services.maintained.get(one.id);
    const isOwn = reason?.startsWith(KEPT_BACK) === true;
    return { ...endpointOf(one), passing: !isMarkedOff(one.meta) && !services.failing.has(one.id) && (reason === undefined || isOwn), keptBack: isOwn && isKeptBackByRoutes(one.meta) };
  });
  return { endpoints, queryIndex: indexOf(services, service) };
}

const registeredAs = ({ registered }: Services, service: string): readonly ServiceRegistration[] => [...registered.values()].filter((one) => one.service === service);
const indexOf = ({ changedAt }: Services, service: string): number => Math.max(1, changedAt.get(service) ?? 0);

function endpointOf({ address = NODE_ADDRESS, id, meta, port = 0, tags = [], weight = NEUTRAL_WEIGHT }: ServiceRegistration): Endpoint {
  return { id, node: NODE, address, port, tags, meta, weight };
}
