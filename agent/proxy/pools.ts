import { Agent, type ClientRequest } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Clock, callAfter } from "../../core/clock.ts";
import { type RawHeaders, valueOf } from "./headers.ts";
import { type Upstream, keyOf } from "./upstream.ts";

/**
 * A connection that rests longer, or half as long, is closed by us before the upstream does, so that hardly any request
 * meets one that is being closed: common servers close theirs after 2 s (gunicorn), 5 s (Node) or more.
 */
const REST_MS = 1_000;
const MOST_RESTING = 256;

/** Kept connections, one pool for each upstream. */
export interface Pools {
  of(upstream: Upstream): Agent;
  drop(upstream: Upstream): void;
  close(): void;
}

/**
 * All of its connections go to one place, so that none needs a name of its own, which Node would put together several
 * times for each request. What rests is looked for now and then: Node's own limit starts a timer anew with every read and
 * write, and has two listeners made for every request.
 */
class Pool extends Agent {
  readonly #clock: Clock;
  /** Those that rested at the last look, and how much had been sent over them by then. */
  #rested: ReadonlyMap<Socket, number> = new Map();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    super({ keepAlive: true, maxFreeSockets: MOST_RESTING, scheduling: "lifo" });
    this.#clock = clock;
  }

  override getName(): string {
    return "";
  }

  override keepSocketAlive(stream: Duplex): boolean {
    // All of them are, by Agent's own createConnection; `_httpMessage` is how Agent itself comes by the answer.
    const socket = stream as Socket & { readonly _httpMessage?: ClientRequest & { readonly res?: { readonly rawHeaders: RawHeaders } } };
    socket.unref();
    this.#cancel ??= callAfter(this.#clock, REST_MS / 2, () => this.#look());
    return !isEndedByHint(socket._httpMessage?.res?.rawHeaders);
  }

  override destroy(): void {
    this.#cancel?.();
    super.destroy();
  }

  #look(): void {
    const resting = Object.values(this.freeSockets).flatMap((sockets = []) => sockets);
    const before = this.#rested;
    this.#rested = new Map(resting.map((socket) => [socket, socket.bytesWritten]));
    for (const socket of resting) if (before.get(socket) === socket.bytesWritten) socket.destroy();
    this.#cancel = resting.length === 0 ? undefined : callAfter(this.#clock, REST_MS / 2, () => this.#look());
  }
}

/** Node's rule: where the upstream says that it closes within a second, a request might meet that. */
function isEndedByHint(raw: RawHeaders = []): boolean {
  const [, seconds] = /^timeout=(\d+)/.exec(valueOf(raw, "keep-alive") ?? "") ?? [];
  return seconds !== undefined && Number(seconds) <= 1;
}

export function createPools(clock: Clock): Pools {
  const pools = new Map<string, Pool>();
  return {
    of(upstream) {
      const key = keyOf(upstream);
      const known = pools.get(key);
      if (known !== undefined) return known;
      const pool = new Pool(clock);
      pools.set(key, pool);
      return pool;
    },
    drop(upstream) {
      pools.get(keyOf(upstream))?.destroy();
      pools.delete(keyOf(upstream));
    },
    close() {
      for (const pool of pools.values()) pool.destroy();
      pools.clear();
    },
  };
}
