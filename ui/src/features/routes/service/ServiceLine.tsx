import { Server } from "lucide-react";
import type { Issue, Service } from "@/api/index.ts";
import { trouble, useServiceState } from "@/app/serviceStates.ts";
import { STATUS_LOOKS } from "./process/processText.ts";
import { useProcessStatus } from "./process/queries.ts";
import { Badge, format, plain, sentence } from "@/ui/index.ts";

interface ServiceLineProps {
  service: Service;
  /** How many routes send to it. */
  routes: number;
  warnings: readonly Issue[];
  onOpen: () => void;
}

/** A service in the list, above its routes: what is wrong with it comes before where it is. */
export function ServiceLine({ service, routes, warnings, onOpen }: ServiceLineProps) {
  const state = useServiceState(service.name);
  const bad = state && trouble(state);
  return (
    <button
      type="button"
      data-open
      onClick={onOpen}
      className="flex h-full min-w-0 flex-1 items-center gap-2 text-left focus-visible:-outline-offset-2"
    >
      <Server size={14} aria-hidden="true" className="shrink-0 text-ink-3" />
      <span className="sr-only">Service</span>
      <span className="max-w-1/2 truncate text-strong">{service.name}</span>
      {bad && (
        <Badge tone={bad.tone} shape={bad.shape}>
          {bad.word}
        </Badge>
      )}
      {service.process != null && <ProcessMark name={service.name} />}
      {service.tls.skip_verify && (
        <Badge tone="warn" shape="warn">
          any certificate
        </Badge>
      )}
      <Warnings warnings={warnings} />
      <span className="min-w-0 flex-1 truncate font-mono text-code text-ink-3">
        {service.targets.map(({ url }) => url).join(", ")}
      </span>
      <span className="shrink-0 text-small text-ink-3">
        {routes === 0 ? "no route" : format.plural(routes, "route")}
      </span>
    </button>
  );
}

/** What the service's program does; nothing is said of one that just runs. */
function ProcessMark({ name }: { name: string }) {
  const state = useProcessStatus(name);
  if (!state) return null;
  const { word, tone, shape } = STATUS_LOOKS[state.status];
  const ready = state.instances.filter(({ status }) => status === "ready").length;
  return (
    <Badge tone={tone} shape={shape}>
      {ready > 0 ? format.plural(ready, "instance") : word.toLowerCase()}
    </Badge>
  );
}

function Warnings({ warnings }: { warnings: readonly Issue[] }) {
  // That certificates are not checked has a mark of its own.
  const others = warnings.filter(({ path }) => !path.endsWith(".tls.skip_verify"));
  if (others.length === 0) return null;
  return (
    <span
      className="shrink-0 text-small text-warn"
      title={others.map(({ message }) => plain(sentence(message))).join("\n")}
    >
      {format.plural(others.length, "warning")}
    </span>
  );
}
