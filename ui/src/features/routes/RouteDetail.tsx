import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import type { Config, ConfigInForce, Route } from "@/api/index.ts";
import { Button, EmptyState } from "@/ui/index.ts";
import { EditRouteForm } from "./EditRouteForm.tsx";
import { NewRouteForm } from "./NewRouteForm.tsx";
import { ServiceForm } from "./service/ServiceForm.tsx";

interface RouteDetailProps {
  inForce: ConfigInForce;
  /** As in the address; see `search.ts`. */
  open: string;
  select: (sel: string | null) => void;
  /** What stands where this leads back to. */
  back: string;
  /** Called with the configuration as it is typed here; with `null` where that is in force. */
  onDraft: (config: Config | null) => void;
  onRemoveRoute: (route: Route) => void;
  onRemoveService: (name: string) => void;
}

/** What is open beside the list. */
export function RouteDetail(props: RouteDetailProps) {
  return (
    <div className="flex h-full flex-col">
      <div className="px-2 pt-2">
        <Button
          size="sm"
          variant="ghost"
          icon={<ArrowLeft size={14} aria-hidden="true" />}
          onClick={() => props.select(null)}
        >
          {props.back}
        </Button>
      </div>
      <div className="min-h-0 flex-1">
        <Form {...props} />
      </div>
    </div>
  );
}

function Form({ inForce, open, select, ...on }: RouteDetailProps) {
  const { config } = inForce;
  // While a thing is renamed, its form stays: the address follows when the new name is in force.
  const [renamed, setRenamed] = useState<{ from: string; to: string } | null>(null);
  const named = (name: string) => config.routes.find((route) => route.name === name);
  const stays = renamed !== null && (open === renamed.from || open === renamed.to);
  const route = named(open) ?? (stays ? named(renamed.to) : undefined);

  if (open === ":new") {
    return (
      <NewRouteForm
        inForce={inForce}
        onMade={select}
        onCancel={() => select(null)}
        onDraft={on.onDraft}
      />
    );
  }
  const serviceName = open.startsWith("service:") ? open.slice("service:".length) : null;
  const service = config.services.find(({ name }) => name === serviceName) ?? null;
  if (service || open === ":new-service") {
    return (
      <ServiceForm
        key={open}
        inForce={inForce}
        service={service}
        onSaved={(name) => select(`service:${name}`)}
        onRemove={() => service && on.onRemoveService(service.name)}
        onOpenRoute={select}
      />
    );
  }
  if (!route) {
    return (
      <EmptyState title="It is not there any more">
        What this address names was renamed or deleted. History has it.
      </EmptyState>
    );
  }
  return (
    <EditRouteForm
      key={stays ? renamed.from : open}
      inForce={inForce}
      route={route}
      onRenaming={(to) => setRenamed({ from: stays ? renamed.from : open, to })}
      onRenamed={select}
      onRemove={() => on.onRemoveRoute(route)}
      onDraft={on.onDraft}
    />
  );
}
