import type { Outcome } from "../model/fault.ts";
import type { ReadOptions, Reading, Store } from "../store/port.ts";

/** No key of rollpin's has this name: only whether it may be read is asked. */
const NOBODY = "rollpin-probe";

/**
 * Every key below a folder. Consul answers a listing without permission like an empty folder (a condemnation would be
 * overlooked, a fleet shown as none), so emptiness is believed only once a plain read there was not denied.
 */
export async function listBelieved(store: Store, folder: string, options: ReadOptions = {}): Promise<Outcome<Reading>> {
  const listed = await store.list(folder, options);
  if (!listed.ok || listed.value.entries.length > 0) return listed;
  const probed = await store.get(`${folder}${NOBODY}`, options);
  return probed.ok ? listed : probed;
}
