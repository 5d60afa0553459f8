import { Select, TextField } from "@/ui/index.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import type { RoutePartProps } from "../RoutePart.ts";
import { ParametersHelp } from "./ForwardFields.tsx";

const STATUSES = [
  { value: "301", label: "301 Moved Permanently", hint: "For good; POST may become GET" },
  { value: "302", label: "302 Found", hint: "For now; POST may become GET" },
  { value: "303", label: "303 See Other", hint: "Look there with GET" },
  { value: "307", label: "307 Temporary Redirect", hint: "For now; method and body stay" },
  { value: "308", label: "308 Permanent Redirect", hint: "For good; method and body stay" },
];

/** Where callers are sent, and how. */
export function RedirectFields({ route, onChange, issues }: RoutePartProps) {
  const { redirect } = route;
  if (redirect === null) return null;
  return (
    <>
      <TextField
        label="Redirect to"
        mono
        placeholder="https://{host}{path}"
        value={redirect.to}
        onChange={(to) => onChange({ ...route, redirect: { ...redirect, to } })}
        error={issues.at("redirect.to")}
        help={<ParametersHelp route={route} also={["query", "host"]} />}
      />
      <Select
        label="Status"
        value={String(redirect.status)}
        onChange={(status) =>
          onChange({ ...route, redirect: { ...redirect, status: Number(status) } })
        }
        options={STATUSES}
        error={issues.at("redirect.status")}
      />
      <PartProblem message={issues.rest("redirect", "redirect.to", "redirect.status")} />
    </>
  );
}
