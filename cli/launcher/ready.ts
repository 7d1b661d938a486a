/** Ready means: it is our server, a leader answers, a session can be made, and a write goes through. */
import { randomUUID } from "node:crypto";
import { systemClock } from "../../core/clock.ts";
import { messageOf } from "../../core/model/message-of.ts";
import { type Answer, type Question, askConsul } from "./ask-consul.ts";

export interface Expected {
  readonly address: string;
  /** Somebody else's Consul on our port would answer everything but this. */
  readonly nodeName: string;
  readonly token: string | undefined;
}

/** Resolves with undefined when ready, else with what was still missing when the deadline or the signal came. */
export async function awaitReady(expected: Expected, deadlineMs: number, signal: AbortSignal): Promise<string | undefined> {
  const clock = systemClock;
  const end = clock.monotonic() + deadlineMs;
  for (;;) {
    const missing = await whatIsMissing(expected, signal).catch(messageOf);
    if (missing === undefined) return undefined;
    if (signal.aborted || clock.monotonic() > end) return missing;
    await clock.sleep(20, signal);
  }
}

async function whatIsMissing({ address, nodeName, token }: Expected, signal: AbortSignal): Promise<string | undefined> {
  // A write is held for up to 7 s while there is no leader, so it gets longer than that.
  const ask = (path: string, question: Question = {}): Promise<Answer> =>
    askConsul(address, path, { timeoutMs: 9_000, signal, ...question, ...(token === undefined ? {} : { token }) });

  const leader = await ask("/v1/status/leader", { timeoutMs: 2_000 });
  if (leader.status !== 200 || leader.body.toString().trim() === `""`) return `no leader: ${say(leader)}`;
  const self = await ask("/v1/agent/self");
  if (self.status !== 200) return `the agent does not describe itself: ${say(self)}`;
  const { Config } = JSON.parse(self.body.toString()) as { Config: { NodeName: string } };
  if (Config.NodeName !== nodeName) return `${address} is answered by another Consul, ${Config.NodeName}`;

  // Sessions need the node's serfHealth check, which the leader registers a moment after its election.
  const session = await ask("/v1/session/create", { method: "PUT", body: "{}" });
  if (session.status !== 200) return `no session can be made: ${say(session)}`;
  const { ID } = JSON.parse(session.body.toString()) as { ID: string };
  await ask(`/v1/session/destroy/${ID}`, { method: "PUT" });

  // Set and deleted in one transaction: nothing is left for a test to trip over, whenever it commits.
  const Key = `rollpin-launcher-ready-${randomUUID()}`;
  const write = await ask("/v1/txn", {
    method: "PUT",
    body: JSON.stringify([{ KV: { Verb: "set", Key, Value: "" } }, { KV: { Verb: "delete", Key } }]),
  });
  return write.status === 200 ? undefined : `no write goes through: ${say(write)}`;
}

function say({ status, body }: Answer): string {
  return `${status} ${body.toString().slice(0, 200)}`;
}
