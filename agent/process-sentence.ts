import type { ProcessEvent } from "./process/events.ts";

/** What happened to a process, for the person who reads the log. */
export function processSentence(event: ProcessEvent): string {
  switch (event.event) {
    case "started":
      return `started version ${event.version} as pid ${event.pid}`;
    case "adopted":
      return `found version ${event.version} running as pid ${event.pid} and goes on with it`;
    case "ready":
      return `version ${event.version} is ready${onPort(event.port)}, after ${event.afterMs} ms`;
    case "stopped":
      return `stopped version ${event.version}, pid ${event.pid}`;
    case "exited":
      return `version ${event.version}, pid ${event.pid}, ${event.how} by itself`;
    case "restarted":
      return `version ${event.version} runs again as pid ${event.pid}; it crashed ${times(event.crashes)} so far`;
    case "crash-loop":
      return `version ${event.version} is not started again: ${event.message}`;
    case "killed":
      return event.left.length === 0
        ? `killed what was left of version ${event.version}, pid ${event.pid}: it did not go within its grace`
        : `could not kill what is left of version ${event.version}: pid ${event.left.join(", ")}; stop it by hand`;
    case "announced":
      return `Consul's catalog shows version ${event.version}${onPort(event.port)}`;
    case "announce-failed":
      return `Consul's catalog can't be told of version ${event.version}${onPort(event.port)}: ${event.message}`;
    case "port-taken":
      return `another process took the port of version ${event.version}${onPort(event.port)} first, so it is started once more on another: ${event.message}`;
    case "record-unreadable":
    case "record-unwritten":
    case "output-lost":
      return event.message;
  }
}

function onPort(port: number | undefined): string {
  return port === undefined ? "" : ` on port ${port}`;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
