import type { Report } from "./queries.ts";

/** What the gateway says of its own file that changes nothing. */
export const EMPTY_REPORT: Report = {
  format: "gatewright",
  format_version: "1",
  mode: "replace",
  valid: true,
  issues: [],
  findings: [],
  fields: 0,
  upstreams: [],
  routes: [],
  reads: [],
  runs: [],
  changes: [],
  revision: null,
};

/** What it says of a file of Kong's with two routes. */
export const KONG_REPORT: Report = {
  ...EMPTY_REPORT,
  format: "kong",
  format_version: "3.0",
  mode: "merge",
  fields: 31,
  findings: [
    {
      grade: "not_expressible",
      less_strict: true,
      about: "route `private`",
      field: "plugins.acl",
      message: "`<b>nobody</b>` is let in: the route was imported switched off",
      line: 12,
      times: 1,
    },
    {
      grade: "approximate",
      less_strict: false,
      about: "route `orders`",
      field: "paths",
      message: "a path is a beginning of whole segments here",
      line: 7,
      times: 3,
    },
    {
      grade: "needs_value",
      less_strict: false,
      about: "consumer `anna`",
      field: "credentials",
      message: "`anna` had an API key, which was not taken over",
      line: 20,
      times: 1,
    },
    {
      grade: "left_out",
      less_strict: false,
      about: "service `shop`",
      field: "x_owner",
      message: "nothing is known here of a field `x_owner`; it was not read",
      line: 4,
      times: 1,
    },
  ],
  upstreams: [
    {
      from: "http://shop:3000",
      services: ["shop"],
      needs_another: false,
      suggestion: "http://127.0.0.1:3000",
    },
  ],
  routes: [
    { name: "orders", takes: "GET /orders", answers: "shop", change: "added", enabled: true },
    { name: "private", takes: "any method /p", answers: "shop", change: "changed", enabled: false },
  ],
  changes: ["service `shop` added", "route `orders` added"],
};
