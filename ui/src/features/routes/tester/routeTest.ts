import { answer, api, type components } from "@/api/index.ts";
import type { Question } from "./queries.ts";

type Schemas = components["schemas"];
export type RouteTested = Schemas["RouteTested"];
export type RouteTaking = Schemas["RouteTaking"];
export type RouteAnswer = Schemas["RouteAnswer"];
export type RouteCandidate = Schemas["RouteCandidate"];

/** Has the gateway find the route of a request, as it would if the request came. */
export function readRouteTest(question: Question, signal: AbortSignal): Promise<RouteTested> {
  const { config, ...request } = question;
  return answer(
    api.POST("/api/v1/route-test", {
      body: { ...request, headers: [...request.headers], ...(config && { config }) },
      signal,
    }),
  );
}

/** What every stage would say of the request. Nothing is sent. */
export function readFate(question: Question, signal: AbortSignal): Promise<Schemas["Explanation"]> {
  const { config, ...request } = question;
  return answer(
    api.POST("/api/v1/explain", {
      body: { ...request, headers: [...request.headers], ...(config && { config }) },
      signal,
    }),
  );
}
