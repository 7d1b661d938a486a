/** How many connections to Consul an agent may hold: by default Consul closes a host's 201st without a word. */

/** One for its watch, one for the rest (core/store/consul/connections.ts). */
export const CONNECTIONS_OF_AN_AGENT = 2;
/** For each service that it routes to: desired state, instances, and those of a service that takes over from it. */
export const CONNECTIONS_OF_AN_UPSTREAM = 3;
