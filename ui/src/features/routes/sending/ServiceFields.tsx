import { TextField } from "@/ui/index.ts";
import { TargetFields } from "../service/TargetFields.tsx";
import type { ServicePartProps } from "../service/ServicePart.ts";

/** What a service needs that is made with its first route. */
export function ServiceFields(props: ServicePartProps & { brief?: boolean }) {
  const { service, onChange, issues } = props;
  return (
    <>
      <TextField
        label="Service name"
        mono
        value={service.name}
        onChange={(name) => onChange({ ...service, name })}
        error={issues.at("name")}
      />
      <TargetFields {...props} />
    </>
  );
}
