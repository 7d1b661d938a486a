import type { Receipt } from "../../core/model/receipt.ts";
import type { Session } from "../session.ts";
import { progressLine, totals } from "./receipt-text.ts";
import { span } from "./times.ts";

export interface Progress {
  show(receipt: Receipt): void;
  end(): void;
}

const BAR = 24;
const ERASE_LINE = "\r\u001B[K";

/** A bar on a terminal, a line for each change elsewhere, nothing beside JSON or YAML (stderr then holds errors only). All on stderr. */
export function createProgress({ world, flags, err }: Session): Progress {
  if (flags.output !== "table") return { show: () => undefined, end: () => undefined };
  const { stderr } = world;
  if (!stderr.isTerminal) return lines((text) => stderr.write(`${text}\n`));
  return {
    show: (receipt) => {
      const text = `${bar(receipt)} ${progressLine(receipt)}, ${span(receipt.elapsedMs)}`;
      stderr.write(`${ERASE_LINE}${text.slice(0, err.columns - 1)}`);
    },
    end: () => stderr.write(ERASE_LINE),
  };
}

function lines(say: (text: string) => void): Progress {
  let said = "";
  return {
    show: (receipt) => {
      const text = progressLine(receipt);
      if (receipt.state === "waiting" && text !== said) say(`waiting: ${text}`);
      said = text;
    },
    end: () => undefined,
  };
}

function bar(receipt: Receipt): string {
  const { applied, all } = totals(receipt);
  const filled = all === 0 ? 0 : Math.floor((applied / all) * BAR);
  return `[${"=".repeat(filled)}${" ".repeat(BAR - filled)}]`;
}
