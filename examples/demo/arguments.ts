import { parseArgs } from "node:util";
import { type Result, err, ok } from "../../core/model/result.ts";

export type RouterKind = "proxy" | "haproxy";
type ScenarioName = "rollback" | "canary" | "chain" | "group";

export interface DemoArguments {
  /** Which story is told: of one service that an operator takes back, of a canary that turns back by itself, of three services that the guard watches, or of four that depend on each other. */
  readonly scenario: ScenarioName;
  /** How long each act lasts: the good version, the bad one, the good one again. */
  readonly seconds: number;
  /** Requests a second. */
  readonly rate: number;
  /** Who carries the clients' requests: the agent itself, or a real HAProxy that the agent steers. */
  readonly router: RouterKind;
  /** The bundled `rollpin`; dist/rollpin.js unless given. */
  readonly rollpin: string | undefined;
  readonly help: boolean;
}

export const USAGE = `usage: npm run demo -- [--scenario <rollback, canary, chain or group>] [--seconds <1 to 10>] [--rate <10 to 2000>] [--router <proxy or haproxy>] [--rollpin <file>]

  --scenario <name> rollback: one service, a canary and a release that err, under load (the default); canary: a rollout
                    in steps that real metrics turn back, nobody types a word; chain: three services whose guard finds,
                    by the records of calls on a NATS, the one with the bug; group: four services that depend on each
                    other, and a PostgreSQL that goes back with them
  --seconds <n>     how long each of the three acts lasts (3)
  --rate <n>        requests a second (200; of the group 20, of the chain 60)
  --router <kind>   of the rollback: what clients ask: proxy, the one that is built in (the default), or haproxy, a real HAProxy
  --rollpin <file>  another build of rollpin than dist/rollpin.js

It starts a Consul of its own, or uses the one that CONSUL_HTTP_ADDR names, under a prefix and a service name of its
own, and removes both afterwards. That Consul must be able to reach 127.0.0.1, where the demo's service listens.`;

const RATES: Readonly<Record<ScenarioName, string>> = { rollback: "200", canary: "200", chain: "60", group: "20" };

export function parseDemoArguments(argv: readonly string[]): Result<DemoArguments, string> {
  try {
    const { values } = parseArgs({
      args: [...argv],
      strict: true,
      options: { seconds: { type: "string", default: "3" }, scenario: { type: "string", default: "rollback" }, rate: { type: "string" }, router: { type: "string" }, rollpin: { type: "string" }, help: { type: "boolean", short: "h", default: false } },
    });
    const { router = "proxy", scenario } = values;
    if (!isScenario(scenario)) return err(`--scenario ${scenario}: there are ${Object.keys(RATES).join(", ")}`);
    if (scenario !== "rollback" && values.router !== undefined) return err(`--router is for the scenario rollback: ${scenario} has none to choose`);
    const { rate: said = RATES[scenario] } = values;
    const [seconds, rate] = [Number(values.seconds), Number(said)];
    if (!(seconds >= 1 && seconds <= 10)) return err(`--seconds ${values.seconds}: needs a number from 1 to 10`);
    if (!(rate >= 10 && rate <= 2000)) return err(`--rate ${said}: needs a number from 10 to 2000`);
    if (router !== "proxy" && router !== "haproxy") return err(`--router ${router}: there are proxy and haproxy`);
    return ok({ scenario, seconds, rate, router, rollpin: values.rollpin, help: values.help });
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(RATES, name);
}
