import { Plus, X } from "lucide-react";
import { useState } from "react";
import { type AccessRule, defaultAccessRule, type Route } from "@/api/index.ts";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import { Fold } from "@/forms/Fold.tsx";
import { PartProblem } from "@/forms/PartProblem.tsx";
import { Button, CheckGroup, IconButton, ListField } from "@/ui/index.ts";
import { MethodsField } from "../matching/MethodsField.tsx";
import type { RoutePartProps } from "../RoutePart.ts";
import { ruleText } from "./callersText.ts";

const LISTS = [
  { field: "scopes_all", label: "All of these scopes", placeholder: "orders:read" },
  { field: "scopes_any", label: "One of these scopes", placeholder: "orders:write" },
  { field: "groups", label: "In one of these groups", placeholder: "ops, billing" },
  { field: "consumers", label: "One of these consumers", placeholder: "acme" },
  { field: "allow_ips", label: "Only from these addresses", placeholder: "10.0.0.0/8, ::1" },
  { field: "deny_ips", label: "Never from these addresses", placeholder: "192.168.0.7" },
] as const satisfies readonly { field: keyof AccessRule; label: string; placeholder: string }[];

const SHOWN = ["methods", "versions", ...LISTS.map(({ field }) => field)];

/** Which callers may do what. All rules have to let a request through. */
export function AccessRulesFields({ route, onChange, issues }: RoutePartProps) {
  const rules = route.authorization;
  const [added, setAdded] = useState<number | null>(null);
  const set = (authorization: AccessRule[]) => onChange({ ...route, authorization });
  return (
    <>
      <p className="text-small text-ink-3">
        Every rule has to let a request through; whoever it keeps out is answered 403.
      </p>
      {rules.length > 0 && (
        <ul className="divide-y divide-line-subtle rounded-control border border-line-subtle px-1.5">
          {rules.map((rule, at) => (
            // A rule has no identity but its place.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={at}>
              <Fold
                title={`Rule ${at + 1}`}
                summary={ruleText(rule)}
                errors={issues.count(`authorization[${at}]`)}
                open={at === added}
                actions={
                  <IconButton
                    size="sm"
                    label={`Remove rule ${at + 1}`}
                    icon={<X size={14} aria-hidden="true" />}
                    onClick={() => set(rules.toSpliced(at, 1))}
                  />
                }
              >
                <RuleFields
                  rule={rule}
                  onChange={(next) => set(rules.with(at, next))}
                  route={route}
                  issues={issues.within(`authorization[${at}]`)}
                />
              </Fold>
            </li>
          ))}
        </ul>
      )}
      <Button
        size="sm"
        className="self-start"
        icon={<Plus size={12} aria-hidden="true" />}
        onClick={() => {
          setAdded(rules.length);
          set([...rules, defaultAccessRule()]);
        }}
      >
        Add rule
      </Button>
      <PartProblem
        message={issues.rest("authorization", ...rules.map((_, at) => `authorization[${at}]`))}
      />
    </>
  );
}

interface RuleFieldsProps {
  rule: AccessRule;
  onChange: (rule: AccessRule) => void;
  route: Route;
  issues: FieldIssues;
}

function RuleFields({ rule, onChange, route, issues }: RuleFieldsProps) {
  const set = (change: Partial<AccessRule>) => onChange({ ...rule, ...change });
  const names = route.versions?.list.map(({ name }) => name) ?? [];
  const gone = rule.versions.filter((name) => !names.includes(name));
  const versions = [...names, ...gone];
  return (
    <>
      <p className="text-body text-ink-2">The caller needs all that is given here:</p>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(150px,1fr))] items-start gap-x-4 gap-y-3">
        {LISTS.map(({ field, label, placeholder }) => (
          <ListField
            key={field}
            label={label}
            placeholder={placeholder}
            value={rule[field]}
            onChange={(list) => set({ [field]: list })}
            error={issues.at(field)}
          />
        ))}
      </div>
      <p className="text-body text-ink-2">It is asked of requests with:</p>
      <MethodsField
        value={rule.methods}
        onChange={(methods) => set({ methods })}
        error={issues.at("methods")}
        help={{ none: "None pressed: any method.", some: "Others are not asked." }}
      />
      {versions.length > 0 && (
        <CheckGroup
          label="Versions"
          value={rule.versions}
          onChange={(next) => set({ versions: next })}
          options={versions.map((name) => ({ value: name, label: name }))}
          error={issues.at("versions")}
          help={rule.versions.length === 0 ? "None ticked: every version." : undefined}
        />
      )}
      <PartProblem message={issues.rest("", ...SHOWN)} />
    </>
  );
}
