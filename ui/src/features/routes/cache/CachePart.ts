import type { RouteCache } from "@/api/index.ts";
import type { FieldIssues } from "@/forms/fieldIssues.ts";

/** What each part of the cache's fields takes. */
export interface CachePartProps {
  cache: RouteCache;
  set: (change: Partial<RouteCache>) => void;
  /** Answers are made of several services'. */
  together: boolean;
  /** By the path from `cache`. */
  issues: FieldIssues;
}
