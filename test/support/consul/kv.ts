import type { ConsulHttp } from "./http.ts";

interface RawEntry {
  readonly key: string;
  readonly value: Buffer;
  readonly modifyIndex: number;
  readonly createIndex: number;
  readonly session: string | undefined;
}

/** What a person with curl would do. Keys are whole: `rollpin/desired/checkout/pin`. */
export interface RawKv {
  put(key: string, value: string | Uint8Array): Promise<void>;
  /** The value as text; undefined when there is no such key. */
  get(key: string): Promise<string | undefined>;
  entry(key: string): Promise<RawEntry | undefined>;
  /** Everything below a prefix, by key. */
  list(prefix: string): Promise<RawEntry[]>;
  delete(key: string): Promise<void>;
  deleteBelow(prefix: string): Promise<void>;
}

export function rawKv(http: ConsulHttp): RawKv {
  const read = async (key: string, query: string): Promise<RawEntry[]> => {
    const answer = await http.ask(`${path(key)}${query}`);
    return answer.status === 404 ? [] : (JSON.parse(answer.body.toString()) as WireEntry[]).map(fromWire);
  };
  return {
    async put(key, value) {
      const answer = await http.ask(path(key), { method: "PUT", body: value });
      if (answer.body.toString().trim() !== "true") throw new Error(`PUT ${key}: ${answer.body.toString()}`);
    },
    get: async (key) => (await read(key, ""))[0]?.value.toString(),
    entry: async (key) => (await read(key, ""))[0],
    list: (prefix) => read(prefix, "?recurse"),
    delete: async (key) => void (await http.ask(path(key), { method: "DELETE" })),
    deleteBelow: async (prefix) => void (await http.ask(`${path(prefix)}?recurse`, { method: "DELETE" })),
  };
}

interface WireEntry {
  readonly Key: string;
  readonly Value: string | null;
  readonly ModifyIndex: number;
  readonly CreateIndex: number;
  readonly Session?: string;
}

function fromWire(wire: WireEntry): RawEntry {
  return {
    key: wire.Key,
    value: Buffer.from(wire.Value ?? "", "base64"),
    modifyIndex: wire.ModifyIndex,
    createIndex: wire.CreateIndex,
    session: wire.Session,
  };
}

function path(key: string): string {
  return `/v1/kv/${key.split("/").map(encodeURIComponent).join("/")}`;
}
