/** Listening sockets that somebody opened before this process began: the agent before it, or systemd. */
export interface InheritedSockets {
  /** The descriptor of one that has this name, once. */
  take(name: string): number | undefined;
  /** Once: whether an agent before this one still stands in the places that this one is to take. */
  succeeds(): boolean;
}

/** Names and descriptors that an agent gives to the one that is to take over: `inbound=3,listen=4`. */
export const HANDED_VARIABLE = "ROLLPIN_HANDED_SOCKETS";

/** sd_listen_fds(3): the first descriptor that is passed on. */
export const FIRST_DESCRIPTOR = 3;

/** From the environment. What systemd meant for another process (LISTEN_PID) is left alone, and so is what says nonsense. */
export function inheritedSockets(env: Readonly<Record<string, string | undefined>>, pid: number): InheritedSockets {
  let succeeds = env[HANDED_VARIABLE] !== undefined;
  const found = new Map([...handed(env[HANDED_VARIABLE] ?? ""), ...fromSystemd(env, pid)]);
  return {
    succeeds() {
      const first = succeeds;
      succeeds = false;
      return first;
    },
    take(name) {
      const descriptor = found.get(name);
      found.delete(name);
      return descriptor;
    },
  };
}

function handed(text: string): readonly (readonly [string, number])[] {
  return text.split(",").flatMap((entry) => {
    const [, name, descriptor] = /^([^=]+)=(\d{1,6})$/.exec(entry) ?? [];
    return name === undefined ? [] : [[name, Number(descriptor)] as const];
  });
}

/** sd_listen_fds_with_names(3). A single socket is the inbound port's whatever its name, for systemd's default is the unit's. */
function fromSystemd(env: Readonly<Record<string, string | undefined>>, pid: number): readonly (readonly [string, number])[] {
  if (env["LISTEN_PID"] !== String(pid) || !/^\d{1,4}$/.test(env["LISTEN_FDS"] ?? "")) return [];
  const count = Number(env["LISTEN_FDS"]);
  if (count === 1) return [["inbound", FIRST_DESCRIPTOR]];
  const names = (env["LISTEN_FDNAMES"] ?? "").split(":");
  return Array.from({ length: count }, (_, index) => [names[index] ?? "", FIRST_DESCRIPTOR + index] as const);
}
