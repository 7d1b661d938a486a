/** Call records of a hundred other services, many a second: encoded once, and sent again and again as other calls. */
import { randomBytes, randomFillSync } from "node:crypto";
import { connect } from "amqplib";
import { systemClock } from "../../../core/clock.ts";
import { protobufOf } from "../../support/otlp.ts";
import { seededRandom } from "../../support/random.ts";
import { simulateRequest } from "../../bench/chain/simulate.ts";
import { drawSystem } from "../../bench/chain/topology.ts";
import { EXCHANGE } from "./latency-roads.ts";

const SPANS_EACH = 500;
const MESSAGES = 20;

interface Message {
  readonly body: Buffer;
  readonly spans: number;
  /** Of the ids of each of its traces. */
  readonly places: readonly (readonly number[])[];
}

export interface Others {
  /** Says how many spans a second were published. */
  end(): Promise<number>;
}

export async function publishOthers(url: string, perSecond: number): Promise<Others> {
  const messages = encode();
  const connection = await connect(url, { noDelay: true });
  const channel = await connection.createChannel();
  const over = new AbortController();
  const begun = systemClock.monotonic();
  let sent = 0;
  const sending = (async () => {
    for (let turn = 0; !over.signal.aborted; turn += 1) {
      const message = messages[turn % messages.length];
      if (message === undefined) throw new Error("no message");
      for (const places of message.places) renew(message.body, places);
      // It is on its way when the body is changed again.
      channel.publish(EXCHANGE, "", Buffer.from(message.body));
      sent += message.spans;
      await systemClock.sleep(Math.max(0, begun + (1000 * sent) / perSecond - systemClock.monotonic()), over.signal);
    }
  })();
  return {
    async end() {
      const seconds = (systemClock.monotonic() - begun) / 1000;
      over.abort();
      await sending;
      await connection.close();
      return sent / seconds;
    },
  };
}

function renew(body: Buffer, [first = 0, ...rest]: readonly number[]): void {
  randomFillSync(body, first, ID_BYTES);
  for (const place of rest) body.copy(body, place, first, first + ID_BYTES);
}

const ID_BYTES = 16;

function encode(): readonly Message[] {
  const random = seededRandom(1);
  const system = drawSystem(random, 100);
  const now = Date.now() - 5_000;
  return Array.from({ length: MESSAGES }, () => {
    const spans = [];
    const traces: Buffer[] = [];
    while (spans.length < SPANS_EACH) {
      const id = randomBytes(ID_BYTES);
      traces.push(id);
      for (const span of simulateRequest(system, 0, { random, changedAt: 0, onCall: () => undefined })) spans.push({ ...span, trace: id.toString("hex"), start: span.start + now, end: span.end + now, deadline: span.deadline === undefined ? undefined : span.deadline + now });
    }
    const body = protobufOf(spans);
    return { body, spans: spans.length, places: traces.map((id) => placesOf(body, id)) };
  });
}

function placesOf(body: Buffer, id: Buffer): readonly number[] {
  const places: number[] = [];
  for (let at = body.indexOf(id); at >= 0; at = body.indexOf(id, at + ID_BYTES)) places.push(at);
  return places;
}
