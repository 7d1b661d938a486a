import { setMaxListeners } from "node:events";

/** What requests that find no upstream wait for, any number of them, without a warning of Node's. */
export function waitedFor(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
