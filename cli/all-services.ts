import { type Result, err, ok } from "../core/model/result.ts";
import { desiredRoot, lastSegment, serviceIn } from "../core/store/keys.ts";
import { type Failure, failureOfStore, usage } from "./ending.ts";
import type { Session } from "./session.ts";

/** Every service that is known: it has a head. */
export async function allServices(session: Session): Promise<Result<readonly string[], Failure>> {
  const store = await session.store();
  if (!store.ok) return store;
  const keys = await store.value.keys(desiredRoot, { signal: session.signal });
  if (!keys.ok) return err(failureOfStore(keys.fault));
  const services = keys.value.filter((key) => lastSegment(key) === "head").map((key) => serviceIn(key, desiredRoot));
  return services.length > 0 ? ok(services) : err(usage(`no service is known under ${store.value.prefix}/, or the token may not read there`));
}
