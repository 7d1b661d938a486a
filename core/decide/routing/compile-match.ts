import type { Condition, ValueMatch } from "../../model/routes.ts";
import type { RoutedRequest } from "./routed-request.ts";

export type Matches = (request: RoutedRequest) => boolean;

/** Whether all conditions hold. Closures made once, so that matching allocates nothing. */
export function compileMatch(conditions: readonly Condition[]): Matches {
  const [first = () => true, ...rest] = conditions.map(compileCondition);
  return rest.reduce((former, matches) => (request) => former(request) && matches(request), first);
}

function compileCondition(condition: Condition): Matches {
  switch (condition.kind) {
    case "method": {
      const { methods } = condition;
      return ({ method }) => methods.includes(method);
    }
    case "path": {
      const { prefix } = condition;
      return ({ path }) => path.startsWith(prefix);
    }
    case "caller": {
      const { services } = condition;
      return ({ caller }) => caller !== undefined && services.includes(caller);
    }
    case "header": {
      const [name, matches] = [condition.name, compileValue(condition.value)];
      return (request) => matches(request.header(name));
    }
    case "cookie": {
      const [name, matches] = [condition.name, compileValue(condition.value)];
      return (request) => matches(request.cookie(name));
    }
  }
}

function compileValue(value: ValueMatch): (found: string | undefined) => boolean {
  switch (value.kind) {
    case "exact": {
      const { text } = value;
      return (found) => found === text;
    }
    case "prefix": {
      const { text } = value;
      return (found) => found?.startsWith(text) === true;
    }
    case "present": {
      const { present } = value;
      return (found) => (found !== undefined) === present;
    }
  }
}
