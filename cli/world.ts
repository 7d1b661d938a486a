import type { Clock } from "../core/clock.ts";
import type { Result } from "../core/model/result.ts";
import type { ConsulInspector } from "../core/store/consul/inspect.ts";
import type { Store } from "../core/store/port.ts";
import type { Failure } from "./ending.ts";

/** All that the CLI sees of the machine, so that tests can be another one. main.ts makes the real one. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly clock: Clock;
  /** Who changes things, as history keeps it. */
  readonly by: string;
  /** Fires at Ctrl-C, SIGTERM, and when nobody reads stdout any more. */
  readonly interrupted: AbortSignal;
  /** Text or, where it can't be read, why. */
  readFile(path: string): Promise<Result<string, string>>;
  /** Where plans that were only printed are kept. */
  readonly plans: PlanFolder;
  /** The random end of a plan's id. */
  readonly planSuffix: () => string;
  openStore(flags: StoreFlags): Promise<Result<Store, Failure>>;
  openInspector(flags: StoreFlags): Promise<Result<ConsulInspector, Failure>>;
}

export interface PlanFolder {
  /** For people. */
  readonly place: string;
  /** A sentence where it can't be kept. */
  keep(fingerprint: string, text: string): Promise<Result<void, string>>;
  /** Those whose fingerprint begins so. */
  find(beginning: string): Promise<Result<readonly KeptPlan[], string>>;
}

export interface KeptPlan {
  readonly fingerprint: string;
  readonly text: string;
}

export interface StoreFlags {
  readonly consulAddr: string | undefined;
  readonly dc: string | undefined;
  readonly prefix: string | undefined;
}

export interface Output {
  readonly isTerminal: boolean;
  readonly columns: number;
  write(text: string): void;
}

export interface Input {
  readonly isTerminal: boolean;
  /** Everything up to the end of input; a sentence where that is no UTF-8 text. */
  readAll(signal: AbortSignal): Promise<Result<string, string>>;
  /** One line, without its end; undefined at the end of input or when the signal fires. */
  readLine(signal: AbortSignal): Promise<string | undefined>;
}
