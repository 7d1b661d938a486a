/** Clients: keep-alive connections, and a steady rate whatever comes back. */
import { Agent, type IncomingMessage, get } from "node:http";
import { systemClock } from "../../core/clock.ts";

/** `error`: the service answered, and said 500. `failed`: no whole answer of the service came, which is rollpin's to answer for. */
export interface Answer {
  /** When it was asked for, and when it was there; milliseconds since the epoch. */
  readonly sentAt: number;
  readonly at: number;
  readonly instance: string;
  readonly version: string | undefined;
  readonly outcome: "ok" | "error" | "failed";
  /** What the service calls that which it did, where it says so: an order's number. */
  readonly mark?: string;
  /** Of a failure. */
  readonly why?: string;
}

export interface Load {
  /** In the order in which they came. */
  readonly answers: readonly Answer[];
  /** `next`: whom to ask, for each request; undefined: there is nobody. */
  begin(next: () => Target | undefined): void;
  /** Nothing new is sent; resolves when everything that was sent has been answered. */
  stop(): Promise<void>;
}

export interface Target {
  readonly host: string;
  readonly port: number;
}

const TICK_MS = 5;
/** Longer than the router waits for an instance, or for another one to answer in its place. */
const ANSWER_LIMIT_MS = 30_000;

/** `rate`: requests a second. */
export function openLoad(rate: number): Load {
  const connections = new Agent({ keepAlive: true });
  const answers: Answer[] = [];
  const underway = new Set<Promise<unknown>>();
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  const send = (target: Target | undefined): void => {
    const answered = (target === undefined ? Promise.resolve(nobody()) : ask(target, connections)).then((answer) => answers.push(answer));
    underway.add(answered);
    void answered.then(() => underway.delete(answered));
  };

  return {
    answers,
    begin(next) {
      const begunAt = systemClock.monotonic();
      let sent = 0;
      // An open loop: what is due by now is sent, however slow the answers are.
      const sendDue = (): void => {
        const due = Math.floor(((systemClock.monotonic() - begunAt) * rate) / 1000);
        for (let missing = isStopped ? 0 : due - sent; missing > 0; missing -= 1) {
          sent += 1;
          send(next());
        }
      };
      // Not in the timer itself: on a machine that is late with everything, what clients have been told already is read first.
      timer = setInterval(() => setImmediate(sendDue), TICK_MS);
    },
    async stop() {
      clearInterval(timer);
      isStopped = true;
      await Promise.all(underway);
      connections.destroy();
    },
  };
}

function nobody(): Answer {
  const now = systemClock.now();
  return { sentAt: now, at: now, instance: "none", version: undefined, outcome: "failed", why: "there is nobody to ask" };
}

function ask({ host, port }: Target, agent: Agent): Promise<Answer> {
  const sentAt = systemClock.now();
  return new Promise((resolve) => {
    const request = get({ agent, host, port, path: "/", timeout: ANSWER_LIMIT_MS });
    const fail = (why: string): void => resolve({ sentAt, at: systemClock.now(), instance: "none", version: undefined, outcome: "failed", why });
    const failWith = (error: Error): void => fail(`${error.message} (port ${port}${request.reusedSocket ? ", kept alive" : ""})`);
    request.once("error", failWith);
    request.once("timeout", () => request.destroy(new Error(`no answer within ${ANSWER_LIMIT_MS / 1000} s`)));
    request.once("response", (response) => {
      response.once("error", failWith);
      response.once("end", () => {
        const said = saidBy(response);
        if (said === undefined) fail(`the router answered ${response.statusCode} by itself`);
        else resolve({ sentAt, at: systemClock.now(), ...said });
      });
      response.resume();
    });
  });
}

/** Every answer of the service says whose it is; one that doesn't is the router's own. */
function saidBy({ headers, statusCode = 0 }: IncomingMessage): Pick<Answer, "instance" | "mark" | "outcome" | "version"> | undefined {
  const { "x-instance": instance, "x-mark": mark, "x-version": version } = headers;
  if (typeof instance !== "string" || typeof version !== "string") return undefined;
  return { instance, version, outcome: statusCode < 500 ? "ok" : "error", ...(typeof mark === "string" ? { mark } : {}) };
}
