import { Shuffle, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { cx, format, IconButton, plain, Prose, sentence, Switch } from "@/ui/index.ts";
import { limitsText } from "@/forms/limits/limitText.ts";
import { cacheText } from "./cache/cacheText.ts";
import { matchText } from "./matching/matchText.ts";
import type { RouteRow } from "./routeRows.ts";
import { callersText } from "./callers/callersText.ts";
import type { SavedTestResult } from "./savedTests/queries.ts";
import { countText } from "./savedTests/testText.ts";
import { answererOf, sendToText } from "./sending/sendText.ts";
import { namesText } from "./versions/versionsText.ts";

interface RouteLineProps {
  row: RouteRow & { kind: "route" };
  /** How its saved tests turn out; `undefined` while that is not known. */
  tests: readonly SavedTestResult[] | undefined;
  onOpen: () => void;
  onSwitch: (enabled: boolean) => void;
  onRemove: () => void;
  /** How it is used. */
  children?: ReactNode;
}

/** A route in the list: what is special about it beside its name, then what it takes. */
export function RouteLine({
  row: { route, warnings },
  tests,
  onOpen,
  onSwitch,
  onRemove,
  children,
}: RouteLineProps) {
  const mocked = route.mock?.enabled === true ? ["a mock answers"] : [];
  const own = answererOf(route) === "service" ? mocked : [sendToText(route, undefined)];
  const kept = route.cache?.enabled ? [cacheText(route)] : [];
  const line = [matchText(route.match), ...own, callersText(route), limitsText(route), ...kept];
  return (
    <>
      <Switch
        label={`Route ${route.name} enabled`}
        hideLabel
        checked={route.enabled}
        onChange={onSwitch}
      />
      <button
        type="button"
        data-open
        onClick={onOpen}
        className={cx(
          "flex h-full min-w-0 flex-1 flex-col justify-center text-left focus-visible:-outline-offset-2",
          !route.enabled && "text-ink-3",
        )}
      >
        <span className="flex w-full min-w-0 items-baseline gap-2">
          <span className="truncate font-medium">{route.name}</span>
          {!route.enabled && <span className="text-small text-ink-3">off</span>}
          {warnings.length > 0 && (
            <span
              className="shrink-0 text-small text-warn"
              title={warnings.map(({ message }) => plain(sentence(message))).join("\n")}
            >
              {format.plural(warnings.length, "warning")}
            </span>
          )}
          {route.tests.length > 0 && (
            <span className="shrink-0 text-small text-ink-3">
              {countText(route.tests.length, tests)}
            </span>
          )}
          {route.priority !== 0 && (
            <span className="shrink-0 text-small text-ink-3">priority {route.priority}</span>
          )}
          {route.versions && (
            <span className="min-w-0 truncate text-small text-ink-3">
              {namesText(route.versions)}
            </span>
          )}
        </span>
        <span className={cx("w-full truncate", route.enabled && "text-ink-2")}>
          <Prose text={line.join(", ")} />
        </span>
      </button>
      {children}
      <IconButton
        label={`Delete route ${route.name}`}
        size="sm"
        icon={<Trash2 size={14} aria-hidden="true" />}
        onClick={onRemove}
      />
    </>
  );
}

/** Above the routes that no service answers. */
export function GatewayLine({ routes }: { routes: number }) {
  return (
    <div className="flex min-w-0 flex-1 items-center gap-2">
      <Shuffle size={14} aria-hidden="true" className="shrink-0 text-ink-3" />
      <span className="min-w-0 flex-1 truncate text-strong">Answered by the gateway</span>
      <span className="shrink-0 text-small text-ink-3">{format.plural(routes, "route")}</span>
    </div>
  );
}
