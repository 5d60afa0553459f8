/** The only door to the gateway. Nothing outside this folder knows a URL or which shell it runs in. */
export { answer, answerWithHeaders, api, ifMatch } from "./client.ts";
export { type Connection, connection } from "./connection.ts";
export { events, type GatewayEvent } from "./events.ts";
export { type Issue, Problem } from "./problem.ts";
export { inDesktop } from "./transport.ts";
