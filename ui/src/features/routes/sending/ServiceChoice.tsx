import type { Config, Service } from "@/api/index.ts";
import { Button, Select } from "@/ui/index.ts";
import { type FieldIssues } from "@/forms/fieldIssues.ts";
import { newService } from "../routeDraft.ts";
import { ServiceFields } from "./ServiceFields.tsx";

/** The choice that stands for a service yet to be made; no name holds a colon. */
const NEW = ":new";

interface ServiceChoiceProps {
  /** The service that is chosen, by its name. */
  name: string | null;
  onName: (name: string) => void;
  /** A service that is made with the route; `null` where the route uses one that exists. */
  service: Service | null;
  onServiceChange: (service: Service | null) => void;
  /** Makes the service now; absent where the form's own button does. */
  onAddService?: (() => void) | undefined;
  config: Config;
  error: string | undefined;
  serviceIssues: FieldIssues;
}

/** Which service answers: one that exists, or one made here. */
export function ServiceChoice(props: ServiceChoiceProps) {
  const { name, onName, service, onServiceChange, onAddService, config } = props;
  const choose = (choice: string) => {
    if (choice === NEW) return onServiceChange(newService(config));
    onServiceChange(null);
    onName(choice);
  };
  return (
    <>
      <Select
        label="Service"
        value={service ? NEW : (name ?? "")}
        onChange={choose}
        options={[
          ...config.services.map(({ name: value, targets }) => ({
            value,
            label: value,
            hint: targets.map(({ url }) => url).join(", "),
          })),
          { value: NEW, label: "New service…" },
        ]}
        error={service ? undefined : props.error}
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
    </>
  );
}
