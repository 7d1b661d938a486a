/** `routers` of the agent's file: what sends traffic where the routes say. One kind, one schema. */
import * as z from "zod/mini";
import { meshEntryKinds } from "../model/mesh-entries.ts";
import { parseInstanceName, parseServiceName } from "../model/names.ts";
import { type Result, err, ok } from "../model/result.ts";
import { argv, perhapsWithin, within } from "./fields.ts";
import { parseListen, parsedBy } from "./values.ts";

/** What every kind has. */
const common = {
  /** The service whose traffic it routes. */
  upstream: parsedBy(parseServiceName),
  /** Of its record below `routers/<upstream>/`; the instance's unless given. */
  name: z.optional(parsedBy(parseInstanceName)),
};

/** What those have that a client connects to. */
const limits = {
  /** Silence of an instance: in mode `http` of all tries together before an answer has begun, in mode `tcp` before its first byte. HAProxy takes it for that of a client, too. */
  responseTimeout: within(100, 60_000),
  /** How long a client's connection may rest between requests. */
  idleTimeout: within(1_000, 75_000),
  /** How long the report that new routes are served waits for what is in flight at versions that they leave. */
  drain: within(0, 10_000),
  maxConnections: z._default(z.int().check(z.minimum(1)), 10_000),
};

/** Programs of which it is known what they can't do (core/decide/routing/expressible.ts). */
const templatePrograms = ["nginx", "envoy"] as const;

export const proxySchema = z.strictObject({
  kind: z.literal("proxy"),
  ...common,
  /** Where clients connect. */
  listen: parsedBy(parseRouterListen),
  /** `http` routes request by request, `tcp` connection by connection, unread. */
  mode: z._default(z.enum(["http", "tcp"]), "http"),
  /** How long requests and connections wait while no instance takes them. */
  hold: within(0, 5_000),
  /** `http`: silence of one try, where another instance may be tried after it. */
  tryTimeout: within(50, 15_000),
  ...limits,
});
export type ProxyRouterSettings = z.infer<typeof proxySchema>;

export const haproxySchema = z.strictObject({
  kind: z.literal("haproxy"),
  ...common,
  /** Where HAProxy listens for clients. */
  listen: parsedBy(parseHaproxyListen),
  /** Its `stats socket`, with `level admin`. */
  socket: z.string().check(z.minLength(1)),
  /** Where rollpin's part of its configuration is written. */
  folder: z.string().check(z.minLength(1)),
  /** Whether the whole configuration is one that HAProxy starts with; run before `reload`. */
  check: z.optional(argv),
  /** Has HAProxy read its configuration anew. */
  reload: z.optional(argv),
  /** How many kinds of instances the routes may name at a time, those of the routes before them included. */
  backends: z._default(z.int().check(z.minimum(2), z.maximum(256)), 8),
  /** Silence of an instance to a request that may be repeated, after which another is asked; none is where it isn't given. */
  tryTimeout: perhapsWithin(50),
  ...limits,
});
export type HaproxyRouterSettings = z.infer<typeof haproxySchema>;

export const templateRouterSchema = z.strictObject({
  kind: z.literal("template"),
  ...common,
  /** What reads the file, so that it is said of routes what that can't do. */
  program: z.optional(z.enum(templatePrograms)),
  /** Where clients connect, for the template and for people. */
  listen: z.optional(parsedBy(parseRouterListen)),
  source: z.string().check(z.minLength(1)),
  target: z.string().check(z.minLength(1)),
  /** Run on the candidate: `{{candidate}}` is its path. */
  check: z.optional(argv),
  /** Has the program read the file. It ends when new requests go by it. */
  reload: z.optional(argv),
  /** Ends when nothing goes by the file before it any more. */
  drained: z.optional(argv),
  /** Where the program writes who answered what, a line `<address>:<port> <status>` for each request. */
  log: z.optional(z.string().check(z.minLength(1))),
  /** Of `check` and `reload`. */
  timeout: within(100, 30_000),
  drain: limits.drain,
  /** Instances came or went: render once nothing has changed for `min`, at the latest after `max`. */
  quiescence: z._default(z.strictObject({ min: within(0, 100), max: within(0, 2_000) }), { min: 100, max: 2_000 }),
});
export type TemplateRouterSettings = z.infer<typeof templateRouterSchema>;

const catalogSchema = z.strictObject({
  kind: z.literal("catalog"),
  name: common.name,
  /** With what is filled in, beside those of `register`: for what reads weights from tags. */
  tags: z._default(z.array(z.string()), []),
});
export type CatalogRouterSettings = z.infer<typeof catalogSchema>;

const meshSchema = z.strictObject({
  kind: z.literal("mesh"),
  ...common,
  /** Entries that somebody else has made, and that it goes on with. */
  adopt: z._default(z.array(z.enum(meshEntryKinds)), []),
});
export type MeshRouterSettings = z.infer<typeof meshSchema>;

/** What may stand in such a tag, as `{{weight}}`. */
export const tagPlaceholders = ["weight", "share", "version", "track"] as const;

export const routersSchema = z._default(z.array(z.discriminatedUnion("kind", [proxySchema, haproxySchema, templateRouterSchema, catalogSchema, meshSchema])), []);
/** Each sends what comes to it to the instances of its upstream. */
export type UpstreamRouterSettings = ProxyRouterSettings | HaproxyRouterSettings | TemplateRouterSettings;
export type RouterSettings = UpstreamRouterSettings | CatalogRouterSettings | MeshRouterSettings;

export function upstreamRoutersOf(routers: readonly RouterSettings[]): readonly UpstreamRouterSettings[] {
  return routers.filter((router) => router.kind !== "catalog" && router.kind !== "mesh");
}

/** Consul's service mesh, which is told where the requests for an upstream go. */
export function meshRoutersOf(routers: readonly RouterSettings[]): readonly MeshRouterSettings[] {
  return routers.filter((router) => router.kind === "mesh");
}

/** The mesh is one, however many agents look after it. */
const MESH_NAME = "mesh";

/** Of its record. */
export function routerName({ kind, name }: RouterSettings, instance: string): string {
  return name ?? (kind === "mesh" ? MESH_NAME : instance);
}

/** Consul's own catalog, which is told how much to send to this agent's instance. */
export function catalogRouterOf(routers: readonly RouterSettings[]): CatalogRouterSettings | undefined {
  return routers.find((router) => router.kind === "catalog");
}

function parseHaproxyListen(text: string): ReturnType<typeof parseRouterListen> {
  const parsed = parseRouterListen(text);
  return parsed.ok && parsed.value.port === 0 ? err(`${JSON.stringify(text)} leaves HAProxy to take any port: write "127.0.0.1:<port>"`) : parsed;
}

/** Only an address to listen on: there is no way to hand a path to clients that speak TCP. */
function parseRouterListen(text: string): Result<{ readonly host: string; readonly port: number }, string> {
  const parsed = parseListen(text);
  if (!parsed.ok || parsed.value.kind === "unix") return err(`${JSON.stringify(text)} is not an address to listen on: write "127.0.0.1:<port>"`);
  const { host, port } = parsed.value;
  return ok({ host, port });
}
