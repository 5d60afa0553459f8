import { invoke } from "@tauri-apps/api/core";

/** How the UI reaches the gateway: as `fetch` would. */
export type Transport = (request: Request) => Promise<Response>;

/** Whether this page runs inside the desktop app, beside the gateway. */
export const inDesktop = typeof window !== "undefined" && "__TAURI_INTERNALS__" in window;

/** The desktop command's answer. Header names are lower case. */
interface AdminAnswer {
  status: number;
  headers: [string, string][];
  body: string;
}

/** Statuses whose answer has no body: `Response` refuses even an empty one. */
const BODILESS = new Set([204, 205, 304]);

/** Calls the admin router in this process, through the desktop app's one command. */
export const inProcess: Transport = async (request) => {
  const url = new URL(request.url);
  const body = request.body === null ? null : await request.text();
  request.signal.throwIfAborted();
  const answer = await invoke<AdminAnswer>("admin", {
    method: request.method,
    path: url.pathname + url.search,
    headers: [...request.headers],
    body,
  });
  request.signal.throwIfAborted();
  return new Response(BODILESS.has(answer.status) ? null : answer.body, {
    status: answer.status,
    headers: answer.headers,
  });
};

/** Calls the headless server this page came from. The session is a cookie it has set. */
export const overHttp: Transport = (request) => fetch(request);

export const transport: Transport = inDesktop ? inProcess : overHttp;

/** What paths are relative to. In process only the path counts, but a URL must have an origin. */
export const baseUrl =
  inDesktop || typeof window === "undefined"
    ? "http://gatewright.localhost"
    : window.location.origin;
