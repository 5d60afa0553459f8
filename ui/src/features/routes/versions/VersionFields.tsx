import type { Config, Version } from "@/api/index.ts";
import { Select, TextField } from "@/ui/index.ts";
import { Fold } from "@/forms/Fold.tsx";
import { HeaderEditsFields, ValuesHelp } from "../headers/HeaderEditsFields.tsx";
import { changesText } from "../headers/headerText.ts";
import { LimitsFields } from "@/forms/limits/LimitsFields.tsx";
import { NameField } from "@/forms/NameField.tsx";
import { PartProblem } from "@/forms/PartProblem.tsx";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import { limitsOf, limitsText } from "@/forms/limits/limitText.ts";
import { MockFields } from "../mocks/MockFields.tsx";
import { mockText } from "../mocks/mockText.ts";
import { LifecycleFields } from "./LifecycleFields.tsx";
import { lifecycleText } from "./versionsText.ts";

/** The choice that stands for the route's service; no name holds a colon. */
const ROUTES_OWN = ":route";

const LIFECYCLE = [
  "deprecated_at",
  "sunset_at",
  "enforce_sunset",
  "deprecation_link",
  "sunset_link",
  "successor",
];
const LIMITS = ["rate_limits", "quotas", "concurrency"];
const SHOWN = [
  "name",
  "value",
  "service",
  "mock",
  "rewrite",
  "request_headers",
  "response_headers",
  ...LIMITS,
  ...LIFECYCLE,
];

interface VersionFieldsProps {
  version: Version;
  onChange: (version: Version) => void;
  /** By the path from the version: `rewrite`. */
  issues: FieldIssues;
  config: Config;
  /** The service of the route, for callers of a version without its own. */
  routeService: string | null;
  others: readonly string[];
}

/** What is different about one version. What is not said is as the route says. */
export function VersionFields(props: VersionFieldsProps) {
  const { version, onChange, issues, config } = props;
  const set = (change: Partial<Version>) => onChange({ ...version, ...change });
  const own = props.routeService ?? "the gateway's own answer";
  return (
    <div role="group" aria-label={`Version ${version.name}`} className="flex flex-col gap-3">
      <div className="grid grid-cols-[repeat(auto-fill,minmax(180px,1fr))] items-start gap-x-4 gap-y-3">
        <NameField
          value={version.name}
          onChange={(name) => set({ name })}
          error={issues.at("name")}
          onLeave
        />
        <TextField
          label="Callers write"
          mono
          placeholder={version.name}
          value={version.value ?? ""}
          onChange={(value) => set({ value: value === "" ? null : value })}
          error={issues.at("value")}
        />
        <Select
          label="Service"
          value={version.service ?? ROUTES_OWN}
          onChange={(choice) => set({ service: choice === ROUTES_OWN ? null : choice })}
          options={[
            { value: ROUTES_OWN, label: "as the route says", hint: own },
            ...config.services.map(({ name, targets }) => ({
              value: name,
              label: name,
              hint: targets.map(({ url }) => url).join(", "),
            })),
          ]}
          error={issues.at("service")}
        />
        <TextField
          label="Path sent on"
          mono
          placeholder="as the route says"
          value={version.rewrite ?? ""}
          onChange={(rewrite) => set({ rewrite: rewrite === "" ? null : rewrite })}
          error={issues.at("rewrite")}
        />
      </div>
      <div className="flex flex-col">
        <Fold
          title="Deprecation"
          summary={lifecycleText(version) || "none"}
          errors={issues.count(...LIFECYCLE)}
        >
          <LifecycleFields version={version} onChange={set} issues={issues} others={props.others} />
        </Fold>
        <Fold
          title="Mock"
          summary={version.mock === null ? "as the route says" : mockText(version.mock)}
          errors={issues.count("mock")}
        >
          <MockFields
            mock={version.mock}
            onChange={(mock) => set({ mock })}
            issues={issues.within("mock")}
            instead={
              version.mock === null ? "what the route says" : `the service of ${version.name}`
            }
          />
        </Fold>
        <Fold title="Limits" summary={limitsText(version)} errors={issues.count(...LIMITS)}>
          <p className="text-small text-ink-3">Beside those of the route.</p>
          <LimitsFields
            limits={limitsOf(version)}
            onChange={set}
            owner={`of ${version.name}`}
            issues={issues}
          />
        </Fold>
        <Fold
          title="Change"
          summary={changesText(version)}
          errors={issues.count("request_headers", "response_headers")}
        >
          <p className="text-small text-ink-3">After what the route changes.</p>
          <HeaderEditsFields
            of="Request"
            value={version.request_headers}
            onChange={(request_headers) => set({ request_headers })}
            issues={issues}
            path="request_headers"
          />
          <HeaderEditsFields
            of="Answer"
            value={version.response_headers}
            onChange={(response_headers) => set({ response_headers })}
            issues={issues}
            path="response_headers"
          />
          <ValuesHelp />
        </Fold>
      </div>
      <PartProblem message={issues.rest("", ...SHOWN)} />
    </div>
  );
}
