/** The service catalog of the memory world: one node, whose instances pass until a test says otherwise. */
import type { Endpoint, EndpointReading, InstancesReading, RegisteredService, ServiceRegistration } from "../port.ts";

const NODE = "memory";
const NODE_ADDRESS = "127.0.0.1";

export interface Services {
  readonly registered: Map<string, ServiceRegistration>;
  readonly failing: Set<string>;
  /** The index of each service's last change. */
  readonly changedAt: Map<string, number>;
}

export function createServices(): Services {
  return { registered: new Map(), failing: new Set(), changedAt: new Map() };
}

export function copyServices(services: Services): Services {
  return { registered: new Map(services.registered), failing: new Set(services.failing), changedAt: new Map(services.changedAt) };
}

export function readService(services: Services, id: string): RegisteredService | undefined {
  const found = services.registered.get(id);
  return found && { id, service: found.service, address: found.address ?? "", port: found.port ?? 0, tags: found.tags ?? [], meta: found.meta };
}

export function readHealthy(services: Services, service: string): EndpointReading {
  const { endpoints, queryIndex } = readInstances(services, service);
  return { endpoints: endpoints.filter(({ passing }) => passing).map(({ passing: _, ...endpoint }): Endpoint => endpoint), queryIndex };
}

export function readInstances(services: Services, service: string): InstancesReading {
  const endpoints = [...services.registered.values()]
    .filter((one) => one.service === service)
    .map((one) => ({ id: one.id, node: NODE, address: one.address ?? NODE_ADDRESS, port: one.port ?? 0, tags: one.tags ?? [], meta: one.meta, passing: !services.failing.has(one.id) }));
  return { endpoints, queryIndex: Math.max(1, services.changedAt.get(service) ?? 0) };
}
