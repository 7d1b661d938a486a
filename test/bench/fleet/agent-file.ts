/** An agent's file for a service whose process needs next to nothing, on a free port of its own. */
export function agentFile(service: string, port: number): string {
  return `
service: ${service}
instance: ${service}-1
listen: 127.0.0.1:${port}
appliers:
  - process:
      command: ["${process.execPath}", "server.mjs", "{{version}}"]
      environment: { PORT: "{{port}}" }
      onAgentExit: stop
      drain: 0s
`;
}
