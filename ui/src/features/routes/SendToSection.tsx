import type { Config, Route, Service } from "@/api/index.ts";
import { Button, Prose, Select, Switch } from "@/ui/index.ts";
import { type FieldIssues, newService } from "./routeDraft.ts";
import { forwardingExample } from "./routeText.ts";
import { ServiceFields } from "./ServiceFields.tsx";

/** The choice that stands for a service yet to be made; no name holds a colon. */
const NEW = ":new";

interface SendToSectionProps {
  route: Route;
  onChange: (route: Route) => void;
  /** A service that is made with the route; `null` where the route uses one that exists. */
  service: Service | null;
  onServiceChange: (service: Service | null) => void;
  /** Makes the service now; absent where the form's own button does. */
  onAddService?: (() => void) | undefined;
  config: Config;
  issues: FieldIssues;
  serviceIssues: FieldIssues;
}

/** Which service answers, and what it sees of the path. */
export function SendToSection(props: SendToSectionProps) {
  const { route, onChange, service, onServiceChange, onAddService, config, issues } = props;
  const existing = config.services.find(({ name }) => name === route.service);
  const { asked, seen } = forwardingExample(route, (service ?? existing)?.targets[0]?.url);
  const choose = (choice: string) => {
    if (choice === NEW) return onServiceChange(newService(config));
    onServiceChange(null);
    onChange({ ...route, service: choice });
  };
  return (
    <>
      <Select
        label="Service"
        value={service ? NEW : (route.service ?? "")}
        onChange={choose}
        options={[
          ...config.services.map(({ name, targets }) => ({
            value: name,
            label: name,
            hint: targets.map(({ url }) => url).join(", "),
          })),
          { value: NEW, label: "New service…" },
        ]}
        error={service ? undefined : issues.at("service")}
      />
      {service && (
        <div className="flex flex-col gap-3 border-l-2 border-line pl-3">
          <ServiceFields
            brief
            service={service}
            onChange={onServiceChange}
            issues={props.serviceIssues}
          />
          {onAddService && (
            <Button className="self-start" onClick={onAddService}>
              Add the service and use it
            </Button>
          )}
        </div>
      )}
      <Switch
        label="Remove the path prefix before forwarding"
        checked={route.strip_prefix}
        onChange={(strip_prefix) => onChange({ ...route, strip_prefix })}
        disabledReason={
          route.match.path === "/" && !route.strip_prefix
            ? "The path prefix is “/”: there is nothing to remove."
            : undefined
        }
      />
      {route.match.path.startsWith("/") && (
        <p className="text-small break-words text-ink-2">
          <Prose text={`\`${asked}\` is sent to the service as \`${seen}\``} />
        </p>
      )}
    </>
  );
}
