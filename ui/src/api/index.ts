/** The only door to the gateway. Nothing outside this folder knows a URL or which shell it runs in. */
export { type OpenedBrowser, openInBrowser } from "./browser.ts";
export { answer, answerWithHeaders, api, ifMatch } from "./client.ts";
export {
  defaultAccessRule,
  defaultApiKeys,
  defaultAuthentication,
  defaultConcurrency,
  defaultConsumer,
  defaultCors,
  defaultForwardAuth,
  defaultIssuer,
  defaultLimits,
  defaultPlan,
  defaultQuota,
  defaultRateLimit,
} from "./accessDefaults.ts";
export {
  type AccessRule,
  type ApiKeySettings,
  type Authentication,
  type ConcurrencyLimit,
  type Config,
  type ConfigInForce,
  configQuery,
  type Consumer,
  type Cors,
  type ForwardAuth,
  type Issuer,
  type Limits,
  type Plan,
  type Quota,
  type RateLimit,
  readConfig,
  readRevision,
  refreshConfig,
  replaceConfig,
  restoreRevision,
  type Route,
  type RouteCache,
  type Service,
  validateConfig,
  type Version,
  type Versions,
} from "./config.ts";
export {
  defaultListen,
  defaultRecording,
  defaultRoute,
  defaultService,
  defaultVersion,
  defaultVersions,
} from "./defaults.ts";
export { defaultRouteCache } from "./cacheDefaults.ts";
export { type Connection, connection } from "./connection.ts";
export { events, type GatewayEvent } from "./events.ts";
export { keepFresh, queryKeys } from "./freshness.ts";
export { type Issue, Problem, type ProblemCode, type ProblemDocument } from "./problem.ts";
export type { components, paths } from "./schema.gen.ts";
export { inDesktop } from "./transport.ts";
