import { useState } from "react";
import type { Config, Route, Service } from "@/api/index.ts";
import { CallersSection } from "./CallersSection.tsx";
import { LimitsSection } from "./LimitsSection.tsx";
import { MatchSection } from "./MatchSection.tsx";
import { NameField } from "./NameField.tsx";
import { type FieldIssues } from "./routeDraft.ts";
import { callersText, limitsText, matchText, sendToText } from "./routeText.ts";
import { Section } from "./Section.tsx";
import { SendToSection } from "./SendToSection.tsx";

type SectionName = "match" | "send" | "callers" | "limits";

interface RouteFieldsProps {
  route: Route;
  onChange: (route: Route) => void;
  service: Service | null;
  onServiceChange: (service: Service | null) => void;
  onAddService?: (() => void) | undefined;
  config: Config;
  issues: FieldIssues;
  serviceIssues: FieldIssues;
  /** Opens every section with something wrong in it: after a press on the form's button. */
  showErrors: boolean;
  /** The route exists: its name changes when the field is left, not with each letter. */
  renames: boolean;
}

/** The fields of a route, in sections that close to a line each. */
export function RouteFields(props: RouteFieldsProps) {
  const { route, onChange, service, config, issues, serviceIssues, showErrors } = props;
  const [toggled, setToggled] = useState<Record<SectionName, boolean>>({
    match: true,
    send: true,
    callers: false,
    limits: false,
  });
  const errors: Record<SectionName, number> = {
    match: issues.count("match"),
    send: issues.count("service", "strip_prefix") + (service ? serviceIssues.count("") : 0),
    callers: issues.count("authentication"),
    limits: issues.count("rate_limits"),
  };
  const section = (name: SectionName) => ({
    errors: errors[name],
    open: toggled[name] || (showErrors && errors[name] > 0),
    onToggle: () => setToggled((present) => ({ ...present, [name]: !present[name] })),
  });
  const common = { route, onChange, issues };
  const target = service ?? config.services.find(({ name }) => name === route.service);
  return (
    <div>
      <div className="px-4 pt-3 pb-4">
        <NameField
          value={route.name}
          onChange={(name) => onChange({ ...route, name })}
          error={issues.at("name")}
          onLeave={props.renames}
        />
      </div>
      <Section title="Match" summary={matchText(route.match)} {...section("match")}>
        <MatchSection {...common} />
      </Section>
      <Section title="Send to" summary={sendToText(route, target)} {...section("send")}>
        <SendToSection
          {...common}
          service={service}
          onServiceChange={props.onServiceChange}
          onAddService={props.onAddService}
          config={config}
          serviceIssues={serviceIssues}
        />
      </Section>
      <Section title="Who may call" summary={callersText(route)} {...section("callers")}>
        <CallersSection {...common} />
      </Section>
      <Section title="Limits" summary={limitsText(route)} {...section("limits")}>
        <LimitsSection {...common} />
      </Section>
    </div>
  );
}
