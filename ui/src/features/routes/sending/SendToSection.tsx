import { lazy, Suspense, useState } from "react";
import type { Config, Route, Service } from "@/api/index.ts";
import { SegmentedControl, SizeField, Spinner } from "@/ui/index.ts";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import type { RoutePartProps } from "../RoutePart.ts";
import { FixedAnswerFields } from "./FixedAnswerFields.tsx";
import { ForwardFields } from "./ForwardFields.tsx";
import { RedirectFields } from "./RedirectFields.tsx";
import { type Answerer, answererOf, answeredBy } from "./sendText.ts";
import { ServiceChoice } from "./ServiceChoice.tsx";

/** Few routes are answered by several services: what edits that is loaded when it is wanted. */
const AggregateFields = lazy(async () => ({
  default: (await import("../aggregate/AggregateFields.tsx")).AggregateFields,
}));

interface SendToSectionProps extends RoutePartProps {
  /** A service that is made with the route; `null` where the route uses one that exists. */
  service: Service | null;
  onServiceChange: (service: Service | null) => void;
  /** Makes the service now; absent where the form's own button does. */
  onAddService?: (() => void) | undefined;
  config: Config;
  serviceIssues: FieldIssues;
}

/** Who answers: a service, and what it sees of the request; several; or the gateway itself. */
export function SendToSection(props: SendToSectionProps) {
  const { route, onChange, issues, service, config } = props;
  const answerer = answererOf(route);
  // What was typed for one way to answer comes back with it.
  const [left, setLeft] = useState<Partial<Record<Answerer, Route>>>({});
  const choose = (next: Answerer) => {
    if (next === answerer) return;
    setLeft({ ...left, [answerer]: route });
    props.onServiceChange(null);
    onChange(answeredBy(route, next, left[next], config));
  };
  const existing = config.services.find(({ name }) => name === route.service);
  const common = { route, onChange, issues };
  return (
    <>
      <SegmentedControl
        label="Who answers"
        value={answerer}
        onChange={choose}
        options={[
          { value: "service", label: "A service" },
          { value: "aggregate", label: "Several services" },
          { value: "redirect", label: "A redirect" },
          { value: "respond", label: "A fixed answer" },
          { value: "mock", label: "Only a mock" },
        ]}
      />
      {answerer === "service" && (
        <>
          <ServiceChoice
            name={route.service}
            onName={(name) => onChange({ ...route, service: name })}
            service={service}
            onServiceChange={props.onServiceChange}
            onAddService={props.onAddService}
            config={config}
            error={issues.at("service")}
            serviceIssues={props.serviceIssues}
          />
          <ForwardFields {...common} target={(service ?? existing)?.targets[0]?.url} />
        </>
      )}
      {answerer === "aggregate" && (
        <Suspense fallback={<Spinner />}>
          <AggregateFields {...common} config={config} />
        </Suspense>
      )}
      {answerer === "redirect" && <RedirectFields {...common} />}
      {answerer === "respond" && <FixedAnswerFields {...common} />}
      {answerer === "mock" && (
        <p className="text-body text-ink-2">
          What it answers is below, under Mock. What none of its rules fits is answered 404.
        </p>
      )}
      <SizeField
        label="Largest request body"
        placeholder={config.listen.max_request_body_bytes === null ? "no limit" : "as everywhere"}
        min={0}
        value={route.max_request_body_bytes}
        onChange={(bytes) => onChange({ ...route, max_request_body_bytes: bytes })}
        error={issues.at("max_request_body_bytes")}
        help="Larger ones are answered 413. Empty: as the settings of the gateway say."
      />
    </>
  );
}
