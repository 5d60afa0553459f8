import { answer, api } from "@/api/index.ts";
import type { Question } from "./queries.ts";

export interface RouteTested {
  matched: RouteTaking | null;
  refused: {
    status: number;
    code: string;
    reason: string;
    allowed_methods: string[];
  } | null;
  host: string | null;
  path: string | null;
  candidates: RouteCandidate[];
}
export interface RouteTaking {
  route: string;
  priority: number;
  predicates: { kind: string; sentence: string }[];
  version_segment: string | null;
  version?: string | null;
  answer: RouteAnswer | null;
}
export type RouteAnswer =
  | { kind: "service"; service: string; upstream_path: string }
  | { kind: "redirect"; status: number; location: string }
  | { kind: "respond"; status: number };
export interface RouteCandidate {
  route: string;
  priority: number;
  reason: string | null;
  failed: string | null;
}

/** Has the gateway find the route of a request, as it would if the request came. */
export function readRouteTest(question: Question, signal: AbortSignal): Promise<RouteTested> {
  const { config, ...request } = question;
  return answer(
    api.POST(
      "/api/v1/route-test" as never,
      {
        body: { ...request, headers: [...request.headers], ...(config && { config }) },
        signal,
      } as never,
    ) as never,
  );
}
