import { type Result, err, ok } from "../model/result.ts";
import { type AgentFile, agentFileSchema } from "./agent-file.ts";
import { problemsAcrossKeys } from "./agent-file-rules.ts";
import type { ConfigError } from "./config-error.ts";
import { parseYamlAs } from "./parse-yaml-as.ts";

/** Reads rollpin.yaml. The fault is everything that is wrong with it, in the file's order. */
export function parseAgentFile(text: string, fileName: string): Result<AgentFile, readonly ConfigError[]> {
  const parsed = parseYamlAs(agentFileSchema, text, fileName, problemsAcrossKeys);
  return parsed.ok ? ok(parsed.value) : err(parsed.fault);
}
