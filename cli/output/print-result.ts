import type { Output } from "../world.ts";
import { type Printable, envelope } from "./printable.ts";
import type { Screen } from "./screen.ts";
import { yamlOf } from "./yaml.ts";

export type OutputFormat = "table" | "json" | "yaml";

/** One value, as a table for a person, JSON or YAML. */
export function printResult(printable: Printable, format: OutputFormat, screen: Screen, output: Output): void {
  output.write(render(printable, format, screen));
}

export function render(printable: Printable, format: OutputFormat, screen: Screen): string {
  switch (format) {
    case "table": {
      if (printable.raw !== undefined) return printable.raw;
      const text = printable.text(screen);
      return text === "" ? "" : `${text}\n`;
    }
    case "json":
      return `${JSON.stringify(envelope(printable.value), null, 2)}\n`;
    case "yaml":
      return yamlOf(envelope(printable.value));
  }
}
