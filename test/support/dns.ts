/** DNS questions as plain clients ask them (RFC 1035, 2782): one packet by UDP without EDNS, or TCP. */
import { createSocket } from "node:dgram";
import { connect } from "node:net";

export interface SrvRecord {
  readonly weight: number;
  readonly port: number;
  readonly target: string;
  /** Seconds. */
  readonly ttl: number;
}

export interface SrvAnswer {
  /** 3: there is no such name. */
  readonly code: number;
  /** There is more than fits: to be asked again by TCP. */
  readonly truncated: boolean;
  readonly records: readonly SrvRecord[];
}

const SRV = 33;
const TIMEOUT_MS = 10_000;

export function askSrv(port: number, name: string): Promise<SrvAnswer> {
  const socket = createSocket("udp4");
  return new Promise<SrvAnswer>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no answer for ${name}`)), TIMEOUT_MS);
    socket.once("error", reject);
    socket.once("message", (packet) => {
      clearTimeout(late);
      resolve(parseAnswer(packet));
    });
    socket.send(question(name), port, "127.0.0.1");
  }).finally(() => socket.close());
}

export function askSrvByTcp(port: number, name: string): Promise<SrvAnswer> {
  const socket = connect({ port, host: "127.0.0.1", timeout: TIMEOUT_MS });
  return new Promise<SrvAnswer>((resolve, reject) => {
    let got = Buffer.alloc(0);
    socket.once("error", reject).once("timeout", () => reject(new Error(`no answer for ${name}`))).once("end", () => reject(new Error("half an answer")));
    socket.on("data", (chunk) => {
      got = Buffer.concat([got, chunk]);
      if (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) resolve(parseAnswer(got.subarray(2)));
    });
    const packet = question(name);
    socket.write(Buffer.concat([Buffer.from([packet.length >> 8, packet.length & 255]), packet]));
  }).finally(() => socket.destroy());
}

function question(name: string): Buffer {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, SRV, 0, 1]);
}

function parseAnswer(packet: Buffer): SrvAnswer {
  let at = nameAt(packet, 12).end + 4;
  const records: SrvRecord[] = [];
  for (let left = packet.readUInt16BE(6); left > 0; left -= 1) {
    at = nameAt(packet, at).end;
    const [type, ttl, length] = [packet.readUInt16BE(at), packet.readUInt32BE(at + 4), packet.readUInt16BE(at + 8)];
    at += 10;
    if (type === SRV) records.push({ weight: packet.readUInt16BE(at + 2), port: packet.readUInt16BE(at + 4), target: nameAt(packet, at + 6).name, ttl });
    at += length;
  }
  return { code: (packet[3] ?? 0) & 15, truncated: ((packet[2] ?? 0) & 2) !== 0, records };
}

/** A name may end in a pointer to an earlier one. */
function nameAt(packet: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let end: number | undefined;
  for (let at = start; ; ) {
    const length = packet[at] ?? 0;
    if (length >= 192) {
      end ??= at + 2;
      at = packet.readUInt16BE(at) & 0x3fff;
    } else if (length === 0) return { name: labels.join("."), end: end ?? at + 1 };
    else {
      labels.push(packet.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
  }
}
