import { Prose, Select, Switch, TextField } from "@/ui/index.ts";
import { matchesPrefix, parametersOf } from "../matching/matchText.ts";
import type { RoutePartProps } from "../RoutePart.ts";
import { forwardingExample } from "./sendText.ts";

interface ForwardFieldsProps extends RoutePartProps {
  /** Where the service listens, for the example. */
  target: string | undefined;
}

/** What the service sees of the path and the host. */
export function ForwardFields({ route, onChange, issues, target }: ForwardFieldsProps) {
  const example = forwardingExample(route, target);
  return (
    <>
      <Switch
        label="Remove the path prefix before forwarding"
        checked={route.strip_prefix}
        onChange={(strip_prefix) => onChange({ ...route, strip_prefix })}
        disabledReason={route.strip_prefix ? undefined : whyNotStrip(route)}
      />
      {issues.at("strip_prefix") && (
        <p role="alert" className="text-small text-err">
          <Prose text={issues.at("strip_prefix") ?? ""} />
        </p>
      )}
      <TextField
        label="Path sent on"
        mono
        placeholder="as the caller sent it"
        value={route.rewrite ?? ""}
        onChange={(text) => onChange({ ...route, rewrite: text === "" ? null : text })}
        error={issues.at("rewrite")}
        help={<ParametersHelp route={route} />}
      />
      {example && (
        <p className="text-small break-words text-ink-2">
          <Prose text={`\`${example.asked}\` is sent to the service as \`${example.seen}\``} />
        </p>
      )}
      <HostFields route={route} onChange={onChange} issues={issues} />
    </>
  );
}

/** Why there is no prefix to take off; nothing where there is one. */
function whyNotStrip({ match, rewrite }: RoutePartProps["route"]): string | undefined {
  if (!matchesPrefix(match)) return "The path is not read as a prefix: there is none to remove.";
  if (match.path === "/") return "The path prefix is “/”: there is nothing to remove.";
  return rewrite === null ? undefined : "The path sent on is given below.";
}

interface ParametersHelpProps {
  route: RoutePartProps["route"];
  /** What may be named besides. */
  also?: readonly string[];
}

/** Which parts of the request a path or an address may hold. */
export function ParametersHelp({ route, also }: ParametersHelpProps) {
  const names = [...parametersOf(route.match), ...(also ?? [])].map((name) => `\`{${name}}\``);
  const last = names.pop() ?? "";
  const text = names.length === 0 ? last : `${names.join(", ")} and ${last}`;
  return <Prose text={`May hold ${text}.`} />;
}

function HostFields({ route, onChange, issues }: RoutePartProps) {
  const { kind, value } = route.host_header;
  return (
    <div className="flex flex-wrap items-start gap-x-3 gap-y-3">
      <Select
        label="Host the service sees"
        className="w-52"
        value={kind}
        onChange={(next) =>
          onChange({
            ...route,
            host_header: { kind: next, value: next === "fixed" ? (value ?? "") : null },
          })
        }
        options={[
          { value: "caller", label: "The caller's" },
          { value: "target", label: "The target's" },
          { value: "fixed", label: "This one" },
        ]}
        error={issues.rest("host_header", "host_header.value")}
      />
      {kind === "fixed" && (
        <TextField
          label="Host"
          mono
          className="min-w-44 flex-1"
          placeholder="shop.localhost:3000"
          value={value ?? ""}
          onChange={(next) => onChange({ ...route, host_header: { kind, value: next } })}
          error={issues.at("host_header.value")}
        />
      )}
    </div>
  );
}
