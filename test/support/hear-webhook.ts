/** A webhook of somebody's: it hears JSON, says thanks, and keeps what it heard. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface HeardWebhook {
  readonly url: string;
  /** In the order in which it came. */
  readonly heard: readonly Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

export async function hearWebhook(): Promise<HeardWebhook> {
  const heard: Readonly<Record<string, unknown>>[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString())).on("end", () => {
      heard.push(JSON.parse(text) as Readonly<Record<string, unknown>>);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    heard,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
