import { defaultRouteCache, type RouteCache } from "@/api/index.ts";
import { Fold } from "@/forms/Fold.tsx";
import { PartProblem } from "@/forms/PartProblem.tsx";
import { DurationField, Switch } from "@/ui/index.ts";
import type { RoutePartProps } from "../RoutePart.ts";
import { BypassFields } from "./BypassFields.tsx";
import { CacheNow } from "./CacheNow.tsx";
import { bypassText, keyText, staleText } from "./cacheText.ts";
import { KeyFields } from "./KeyFields.tsx";
import { StaleFields } from "./StaleFields.tsx";
import { WhatIsKeptFields } from "./WhatIsKeptFields.tsx";

interface CacheSectionProps extends RoutePartProps {
  /** The route is in force: something may be kept. */
  exists: boolean;
}

/** Which answers are kept and given again. */
export function CacheSection({ route, onChange, issues: all, exists }: CacheSectionProps) {
  const { cache } = route;
  const issues = all.within("cache");
  const set = (change: Partial<RouteCache>) =>
    cache && onChange({ ...route, cache: { ...cache, ...change } });
  const isOn = cache?.enabled ?? false;
  const together = route.aggregate !== null;
  const parts = { cache: cache ?? defaultRouteCache(), set, together, issues };
  return (
    <>
      <Switch
        label="Keep answers and give them again"
        help={(together ? HELP.together : HELP.service)[isOn ? "on" : "off"]}
        checked={isOn}
        onChange={(enabled) =>
          onChange({ ...route, cache: { ...(cache ?? defaultRouteCache()), enabled } })
        }
      />
      {cache && isOn && (
        <>
          <DurationField
            label="Fresh for, where the answer does not say"
            placeholder="as it says"
            min={1000}
            max={31_536_000_000}
            value={cache.ttl_s === null ? null : cache.ttl_s * 1000}
            onChange={(ms) =>
              set(
                ms === null
                  ? { ttl_s: null, override_answer: false }
                  : { ttl_s: Math.max(1, Math.round(ms / 1000)) },
              )
            }
            error={issues.at("ttl_s")}
          />
          <Switch
            label="Also where the answer says something else"
            help="no-store and private are obeyed all the same."
            checked={cache.override_answer}
            onChange={(override_answer) => set({ override_answer })}
            disabledReason={
              cache.ttl_s === null ? "Say first for how long answers are fresh." : undefined
            }
          />
          <PartProblem message={issues.at("override_answer")} />
          <Switch
            label="All callers share answers"
            help={
              cache.audience === "shared"
                ? "Whoever asks gets what is kept, also what another caller’s key got."
                : "A caller with a key or another credential gets only answers to its own requests."
            }
            checked={cache.audience === "shared"}
            onChange={(shared) => set({ audience: shared ? "shared" : "per_caller" })}
          />
          <div className="flex flex-col">
            <Fold
              title="One answer or another"
              summary={keyText(cache, together)}
              errors={issues.count("query", "query_names", "headers")}
            >
              <KeyFields {...parts} />
            </Fold>
            <Fold
              title="What is kept"
              summary={cache.statuses.length > 0 ? cache.statuses.join(", ") : "what may be kept"}
              errors={issues.count("methods", "statuses")}
            >
              <WhatIsKeptFields {...parts} />
            </Fold>
            <Fold
              title="Stale answers"
              summary={staleText(cache, together)}
              errors={issues.count("stale_while_revalidate_s", "stale_if_error_s")}
            >
              <StaleFields {...parts} />
            </Fold>
            <Fold
              title={together ? "Ask the services always" : "Ask the service always"}
              summary={bypassText(cache)}
              errors={issues.count("bypass")}
            >
              <BypassFields {...parts} />
            </Fold>
          </div>
          {exists && <CacheNow route={route.name} />}
        </>
      )}
      <PartProblem message={issues.rest("", ...SHOWN)} />
    </>
  );
}

const HELP = {
  service: {
    on: "By RFC 9111: what the service says of its answers counts.",
    off: "Off: every request goes to the service.",
  },
  together: {
    on: "By RFC 9111: what the services say of their answers counts, and the strictest of them decides. An answer with a part missing is not kept.",
    off: "Off: every request asks for all parts.",
  },
} as const;

const SHOWN = [
  "ttl_s",
  "override_answer",
  "query",
  "query_names",
  "headers",
  "methods",
  "statuses",
  "stale_while_revalidate_s",
  "stale_if_error_s",
  "bypass",
];
