import { parseDatacentre } from "../../core/model/datacentre.ts";
import { type Result, err, ok } from "../../core/model/result.ts";

/** `east` or `east,west`: in the order given, none twice. The fault names the place. */
export function parseDatacentreList(text: string): Result<readonly string[], string> {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.length === 1) return ok([text]);
  for (const [place, part] of parts.entries()) {
    const which = `datacentre ${place + 1} of ${JSON.stringify(text)}`;
    if (part === "") return err(`${which} is empty: name each between two commas, such as east,west`);
    const parsed = parseDatacentre(part);
    if (!parsed.ok) return err(`${which}: ${parsed.fault}`);
    if (parts.indexOf(part) < place) return err(`${which}, ${JSON.stringify(part)}, is named twice`);
  }
  return ok(parts);
}
