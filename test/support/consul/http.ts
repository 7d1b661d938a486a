import { type Answer, type Question, askConsul } from "../../../cli/launcher/ask-consul.ts";

/** Consul's HTTP API as it is, one connection per request. */
export interface ConsulHttp {
  /** Any answer below 400, or 404; others throw with Consul's words. */
  ask(path: string, question?: Question): Promise<Answer>;
  json<T>(path: string, question?: Omit<Question, "body"> & { readonly body?: unknown }): Promise<T>;
}

export function consulHttp(address: () => string, token: string | undefined): ConsulHttp {
  const ask: ConsulHttp["ask"] = async (path, question = {}) => {
    const answer = await askConsul(address(), path, { ...(token === undefined ? {} : { token }), ...question });
    if (answer.status >= 400 && answer.status !== 404) throw new Error(`${question.method ?? "GET"} ${path}: ${answer.status} ${answer.body.toString().slice(0, 500)}`);
    return answer;
  };
  return {
    ask,
    async json<T>(path: string, { body, ...rest }: Omit<Question, "body"> & { readonly body?: unknown } = {}) {
      const answer = await ask(path, body === undefined ? rest : { ...rest, body: JSON.stringify(body) });
      if (answer.status === 404) throw new Error(`${rest.method ?? "GET"} ${path}: 404 ${answer.body.toString().slice(0, 500)}`);
      return JSON.parse(answer.body.toString()) as T;
    },
  };
}
