/** Where Consul's compiled discovery chain sends a request: what Envoy would be told, down to the instances. */
import type { ConsulServer } from "../../support/consul-server.ts";
import { type HttpMatch, type MatchedRequest, isMatched } from "../../support/mesh-match.ts";

interface Chain {
  readonly StartNode: string;
  readonly Nodes: Readonly<Record<string, ChainNode>>;
  readonly Targets: Readonly<Record<string, { readonly Service: string; readonly Subset: { readonly Filter?: string; readonly OnlyPassing?: boolean } }>>;
}

interface ChainNode {
  readonly Routes?: readonly { readonly Definition: { readonly Match: { readonly HTTP: HttpMatch } }; readonly NextNode: string }[];
  readonly Splits?: readonly { readonly Weight: number; readonly NextNode: string }[];
  readonly Resolver?: { readonly Target: string };
}

/** The part of each instance, 0 to 1, by its id; `none` where nobody would answer. */
export async function readChain({ http }: Pick<ConsulServer, "http">, service: string, request: MatchedRequest = {}): Promise<Readonly<Record<string, number>>> {
  const { Chain: chain } = await http.json<{ readonly Chain: Chain }>(`/v1/discovery-chain/${service}`);
  const shares: Record<string, number> = {};
  const add = (name: string, part: number): void => void (shares[name] = (shares[name] ?? 0) + part);
  const visit = async (name: string, part: number): Promise<void> => {
    const { Resolver, Routes, Splits } = chain.Nodes[name] ?? {};
    const route = Routes?.find(({ Definition }) => isMatched(Definition.Match.HTTP, request));
    if (route !== undefined) await visit(route.NextNode, part);
    for (const { NextNode, Weight } of Splits ?? []) await visit(NextNode, (part * Weight) / 100);
    const target = Resolver === undefined ? undefined : chain.Targets[Resolver.Target];
    if (target === undefined) return;
    const found = await http.json<readonly { readonly Service: { readonly ID: string } }[]>(`/v1/health/service/${target.Service}?passing&filter=${encodeURIComponent(target.Subset.Filter ?? "")}`);
    for (const { Service } of found) add(Service.ID, part / found.length);
    if (found.length === 0) add("none", part);
  };
  await visit(chain.StartNode, 1);
  return shares;
}
