import { CheckGroup, Switch } from "@/ui/index.ts";
import { StatusesField } from "../service/StatusesField.tsx";
import type { CachePartProps } from "./CachePart.ts";

const METHODS = ["GET", "HEAD"] as const;

/** Which answers are kept, and who may say no. */
export function WhatIsKeptFields({ cache, set, issues }: CachePartProps) {
  return (
    <>
      <CheckGroup
        label="Answer these from what is kept"
        value={METHODS.filter((method) => cache.methods.includes(method))}
        onChange={(methods) => set({ methods })}
        options={METHODS.map((method) => ({ value: method, label: method }))}
        error={issues.at("methods")}
      />
      <StatusesField
        label="Statuses"
        placeholder="all that may be kept"
        value={cache.statuses}
        onChange={(statuses) => set({ statuses })}
        error={issues.at("statuses")}
        help="500 and above are kept only where they say for how long, or are listed here."
      />
      <Switch
        label="Guess from Last-Modified"
        help="Where nothing is said: fresh for a tenth of the time since it was modified, a day at most."
        checked={cache.heuristic}
        onChange={(heuristic) => set({ heuristic })}
      />
      <Switch
        label="Callers may ask for another answer"
        help="Cache-Control and Pragma of the request: no-cache, no-store, max-age and the like."
        checked={cache.obey_callers}
        onChange={(obey_callers) => set({ obey_callers })}
      />
      <Switch
        label="Keep answers that set cookies"
        help="Everyone who gets such an answer gets the cookie."
        checked={cache.store_set_cookie}
        onChange={(store_set_cookie) => set({ store_set_cookie })}
      />
    </>
  );
}
