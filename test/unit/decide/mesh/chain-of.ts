/** Where entries would have Consul send, without a Consul: as its discovery chain compiles them. */
import { type MeshEntry, type MeshEntryKind, NEUTRAL_FIELDS } from "../../../../core/model/mesh-entries.ts";
import { type HttpMatch, type MatchedRequest, isMatched } from "../../../support/mesh-match.ts";

export type Present = Readonly<Partial<Record<MeshEntryKind, MeshEntry>>>;

interface Fields {
  readonly DefaultSubset?: string;
  readonly Subsets?: Readonly<Record<string, { readonly Filter?: string }>>;
  readonly Redirect?: { readonly Service: string };
  readonly Splits?: readonly (Way & { readonly Weight: number })[];
  readonly Routes?: readonly { readonly Match: { readonly HTTP: HttpMatch }; readonly Destination: Way }[];
}
interface Way {
  readonly Service?: string;
  readonly ServiceSubset?: string;
}

/** Percent by filter (empty for any instance), or by another service's name. Throws where a subset is named that isn't there: Consul refuses that. */
export function chainOf(present: Present, request: MatchedRequest = {}): Readonly<Record<string, number>> {
  const of = (kind: MeshEntryKind): Fields => present[kind]?.fields ?? NEUTRAL_FIELDS[kind];
  const { DefaultSubset = "", Redirect, Subsets = {} } = of("service-resolver");
  const resolve = ({ Service, ServiceSubset }: Way): string => {
    if (Service !== undefined) return Service;
    if (Redirect !== undefined) return Redirect.Service;
    const name = ServiceSubset ?? DefaultSubset;
    if (name === "") return "";
    const subset = Subsets[name];
    if (subset === undefined) throw new Error(`there is no subset ${name}`);
    return subset.Filter ?? "";
  };
  const shares: Record<string, number> = {};
  const add = (way: Way, weight: number): void => void (shares[resolve(way)] = (shares[resolve(way)] ?? 0) + weight);
  // All of them are looked at, as Consul does when it compiles.
  for (const { Destination } of of("service-router").Routes ?? []) resolve(Destination);
  const route = of("service-router").Routes?.find(({ Match }) => isMatched(Match.HTTP, request));
  if (route !== undefined && (route.Destination.ServiceSubset !== undefined || route.Destination.Service !== undefined)) add(route.Destination, 100);
  else for (const split of of("service-splitter").Splits ?? []) add(split, split.Weight);
  return shares;
}
