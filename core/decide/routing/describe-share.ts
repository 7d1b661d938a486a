import type { CompiledShare } from "./compiled-routes.ts";
import type { Destination } from "./routing-facts.ts";

/** A share as records and `-o json` tell it. */
export function describeShare({ destination, instead, text, wanted }: CompiledShare) {
  return { share: text, wanted, to: destination === undefined ? undefined : destinationName(destination), instead };
}

/** `2.0.0`, `2.0.0@green`, or the service where any version will do. */
export function destinationName({ service, track, version }: Destination): string {
  const name = version ?? service;
  return track === undefined ? name : `${name}@${track}`;
}
