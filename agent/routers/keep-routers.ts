import type { Clock } from "../../core/clock.ts";
import type { ProxyRouterSettings, UpstreamRouterSettings } from "../../core/config/router-settings.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { Leaving } from "../proxy/door.ts";
import type { KeepsCalls } from "../proxy/ended-call.ts";
import type { InheritedSockets } from "../upgrade/inherited-sockets.ts";
import type { Router } from "./router.ts";

/** The routers' ports over the readings of the agent's file. Nothing of them is loaded where no file asks for one. */
export interface RouterKeeper {
  /** Makes them what the file says, whose folder that is: the same socket where only limits differ. */
  open(settings: readonly UpstreamRouterSettings[], folder: string): Promise<Result<readonly Router[], string>>;
  /** Listening sockets by the names under which a successor looks for them. */
  sockets(): Readonly<Record<string, Router["listener"]>>;
  /** Takes nothing new; resolves when what was in flight has ended, or the limit is over. */
  leave(leaving: Leaving): Promise<void>;
}

export interface RouterKeeperDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly sockets: InheritedSockets;
  /** The service that calls. */
  readonly caller: string;
  readonly stateFolder: string;
  /** Who writes down what is asked of an upstream. */
  readonly callsOf: (upstream: string) => KeepsCalls;
}

/** What a router that the file doesn't ask for any more may go on with. */
const DROPPED: Leaving = { silenceMs: 5_000, limitMs: 30_000 };

export function keepRouters({ caller, callsOf, clock, random, sockets, stateFolder }: RouterKeeperDeps): RouterKeeper {
  let routers: readonly Router[] = [];
  const leave = async (leaving: Leaving, going: readonly Router[]): Promise<void> => {
    routers = routers.filter((router) => !going.includes(router));
    await Promise.all(going.map((router) => router.leave(leaving)));
  };
  const openAnew = async (settings: UpstreamRouterSettings, folder: string): Promise<Result<Router, string>> => {
    if (settings.kind === "haproxy") {
      const { openHaproxyRouter } = await import("../haproxy/haproxy-router.ts");
      return openHaproxyRouter(settings, { clock, caller, folder });
    }
    if (settings.kind === "template") {
      const { openTemplateRouter } = await import("./template/template-router.ts");
      return ok(openTemplateRouter(settings, { clock, caller, folder, stateFolder }));
    }
    const { openProxyRouter } = await import("./proxy-router.ts");
    return openProxyRouter(settings, { clock, random, caller, calls: callsOf(settings.upstream), inherited: sockets.take(socketName(settings)) });
  };
  const openOne = async (settings: UpstreamRouterSettings, folder: string): Promise<Result<Router, string>> => {
    const same = routers.find((router) => nameOf(router.settings) === nameOf(settings));
    if (same !== undefined) {
      same.adjust(settings);
      return ok(same);
    }
    const opened = await openAnew(settings, folder);
    if (opened.ok) routers = [...routers, opened.value];
    return opened;
  };
  return {
    async open(wanted, folder) {
      // They accept no more from here on, so that their ports may be taken anew; what they carry ends in the background.
      void leave(DROPPED, routers.filter((router) => !wanted.some((settings) => nameOf(settings) === nameOf(router.settings))));
      for (const settings of wanted) {
        const opened = await openOne(settings, folder);
        if (!opened.ok) return err(opened.fault);
      }
      return ok(routers);
    },
    sockets: () => Object.fromEntries(routers.flatMap(({ listener, settings }) => (settings.kind === "proxy" ? [[socketName(settings), listener]] : []))),
    leave: (leaving) => leave(leaving, routers),
  };
}

function socketName({ listen: { host, port }, upstream }: ProxyRouterSettings): string {
  return `router:${upstream}:${host}:${port}`;
}

function nameOf(settings: UpstreamRouterSettings): string {
  // Whatever differs, what is written for it is another.
  if (settings.kind !== "proxy") return JSON.stringify(settings);
  return `${socketName(settings)} ${settings.mode} ${settings.name ?? ""}`;
}
