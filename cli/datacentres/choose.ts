import { firstFew } from "../../core/model/first-few.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type Failure, failureOfStore, usage } from "../ending.ts";
import type { CommonFlags } from "../flags.ts";
import { didYouMean } from "../nearest.ts";
import type { Session } from "../session.ts";

/** In the order in which they are changed. An unknown one is bad usage before anything is planned. */
export async function chooseDatacentres({ signal, storeIn }: Session, wanted: NonNullable<CommonFlags["dcs"]>): Promise<Result<readonly string[], Failure>> {
  const own = await storeIn(undefined);
  if (!own.ok) return own;
  const known = await own.value.catalog.datacentres({ signal });
  if (!known.ok) return err(failureOfStore(known.fault));
  if (wanted === "all") return ok(known.value);
  const place = wanted.findIndex((name) => !known.value.includes(name));
  const unknown = wanted[place];
  if (unknown === undefined) return ok(wanted);
  return err(usage(`--dc: datacentre ${place + 1} of ${wanted.join(",")}, ${JSON.stringify(unknown)}, is none that Consul here is joined with.${didYouMean(unknown, known.value)} It knows ${firstFew(known.value, 10)}`));
}
