import createClient, { type Middleware } from "openapi-fetch";
import { signedOut } from "./connection.ts";
import { type Problem, problemFrom, unreachable } from "./problem.ts";
import type { paths } from "./schema.gen.ts";
import { baseUrl, transport } from "./transport.ts";

/**
 * The typed client: `api.GET("/api/v1/…")`, with paths, parameters and answers from the gateway's
 * own OpenAPI document. Called from a feature's `queries.ts` only, through `answer`.
 */
export const api = createClient<paths>({ baseUrl, fetch: transport });

const noticeSignOut: Middleware = {
  onResponse({ response }) {
    if (response.status === 401) signedOut();
    return undefined;
  },
};
api.use(noticeSignOut);

/** What openapi-fetch resolves to. */
interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * The answer's data, or a thrown {@link Problem}: `await answer(api.GET("/api/v1/config"))`.
 * An answer without content gives `undefined`.
 */
export async function answer<T>(call: Promise<Outcome<T>>): Promise<T> {
  const { data } = await answerWithHeaders(call);
  return data;
}

/** As {@link answer}, with the headers too: the `ETag` of a config. */
export async function answerWithHeaders<T>(
  call: Promise<Outcome<T>>,
): Promise<{ data: T; headers: Headers }> {
  const outcome = await call.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw unreachable(cause);
  });
  if (!outcome.response.ok) throw problemFrom(outcome.response.status, outcome.error);
  return { data: outcome.data as T, headers: outcome.response.headers };
}

/** The header that makes a write apply to this revision only: the gateway refuses an older one. */
export function ifMatch(revision: number | string): { "If-Match": string } {
  return { "If-Match": `"${revision}"` };
}

export type { Problem };
