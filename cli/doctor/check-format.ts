import * as z from "zod/mini";
import { describeStoreFault } from "../../core/model/fault.ts";
import { describeBadRecord, parseRecord } from "../../core/model/parse-record.ts";
import { type Finding, type Patient, fine, problem, warning } from "./finding.ts";

const FORMAT_KEY = "meta/format";
/** The format that this rollpin reads and writes. */
const OURS = 1;

const formatSchema = z.object({ write: z.int(), minReader: z.int() });

/** Whether what is in Consul may be read by this rollpin. */
export async function checkFormat({ store, signal }: Patient): Promise<readonly Finding[]> {
  const entry = await store.get(FORMAT_KEY, { signal });
  if (!entry.ok) return [warning("format", describeStoreFault(entry.fault), "run doctor again")];
  if (entry.value === undefined) return [fine("format", `no format was ever written; this rollpin reads and writes ${OURS}`)];
  const format = parseRecord(formatSchema, FORMAT_KEY, entry.value.value);
  if (!format.ok) return [problem("format", `${store.prefix}/${describeBadRecord(format.fault)}`, `write {"write": ${OURS}, "minReader": ${OURS}} to ${store.prefix}/${FORMAT_KEY}`)];
  const { write, minReader } = format.value;
  if (minReader > OURS) return [problem("format", `what is in Consul asks for a rollpin that reads format ${minReader}; this one reads ${OURS}`, "upgrade rollpin here")];
  return [fine("format", `Consul holds format ${write}, readable from ${minReader}; this rollpin reads and writes ${OURS}`)];
}
