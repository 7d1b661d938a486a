/** Fetches one file into memory within bounds: of size, of time to the first byte, and of silence after it. */
import { type Result, err, ok } from "../../core/model/result.ts";

export interface DownloadBounds {
  readonly maxBytes: number;
  /** Until the answer's headers are here: short, so that a host nobody lets us reach doesn't hold anyone up. */
  readonly connectMs: number;
  /** Without another byte. */
  readonly silenceMs: number;
}

export interface Download extends DownloadBounds {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** Called with what is here so far, and the whole where the server says it. */
  readonly progress?: (received: number, total: number | undefined) => void;
}

export async function download(url: string, wanted: Download): Promise<Result<Buffer, string>> {
  const over = new AbortController();
  let limit = setTimeout(() => over.abort(new Error(`no answer within ${wanted.connectMs} ms`)), wanted.connectMs);
  try {
    const response = await wanted.fetch(url, { signal: AbortSignal.any([wanted.signal, over.signal]) });
    if (!response.ok || response.body === null) return err(`${url} answered ${response.status} ${response.statusText}`);
    const announced = Number(response.headers.get("content-length") ?? NaN);
    const total = Number.isFinite(announced) ? announced : undefined;
    if (total !== undefined && total > wanted.maxBytes) return err(`${url} is ${total} bytes, more than the ${wanted.maxBytes} that are taken`);
    const chunks: Uint8Array[] = [];
    let received = 0;
    const heard = (): void => {
      clearTimeout(limit);
      limit = setTimeout(() => over.abort(new Error(`nothing came for ${wanted.silenceMs} ms, after ${received} bytes`)), wanted.silenceMs);
    };
    heard();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      heard();
      received += chunk.length;
      if (received > wanted.maxBytes) return err(`${url} has more than the ${wanted.maxBytes} bytes that are taken`);
      chunks.push(chunk);
      wanted.progress?.(received, total);
    }
    return ok(Buffer.concat(chunks));
  } catch (cause) {
    return err(`${url}: ${reasonOf(over.signal.aborted ? over.signal.reason : cause)}`);
  } finally {
    clearTimeout(limit);
    // Leaves no half-read body behind.
    over.abort();
  }
}

/** Node's fetch says "fetch failed" and hides why in the cause. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message;
}
