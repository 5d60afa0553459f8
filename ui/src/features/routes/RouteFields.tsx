import { useSearch } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from "react";
import type { Config, Route, Service } from "@/api/index.ts";
import { faultText, useFaults } from "@/app/faults.ts";
import { Spinner } from "@/ui/index.ts";
import { cacheText } from "./cache/cacheText.ts";
import { callersText } from "./callers/callersText.ts";
import { ChangeSection } from "./headers/ChangeSection.tsx";
import { changesText } from "./headers/headerText.ts";
import { LimitsSection } from "./LimitsSection.tsx";
import { limitsText } from "@/forms/limits/limitText.ts";
import { MatchSection } from "./matching/MatchSection.tsx";
import { matchSummary } from "./matching/matchText.ts";
import { mockText } from "./mocks/mockText.ts";
import { NameField } from "@/forms/NameField.tsx";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import { Section } from "@/forms/Section.tsx";
import { SectionWarnings } from "@/forms/SectionWarnings.tsx";
import { placeRoute } from "./routeDraft.ts";
import { useSavedTestRun } from "./savedTests/queries.ts";
import { countText, resultsOf } from "./savedTests/testText.ts";
import type { RoutePartName } from "./search.ts";
import { sendToText } from "./sending/sendText.ts";
import { SendToSection } from "./sending/SendToSection.tsx";
import type { AddToInForce } from "./versions/VersionsSection.tsx";
import { versionsText } from "./versions/versionsText.ts";

/** Most routes have no versions: what edits them is loaded when it is first opened. */
const VersionsSection = lazy(async () => ({
  default: (await import("./versions/VersionsSection.tsx")).VersionsSection,
}));

/** As are mocks and faults. */
const MockSection = lazy(async () => ({
  default: (await import("./mocks/MockSection.tsx")).MockSection,
}));
const FaultsSection = lazy(async () => ({
  default: (await import("./faults/FaultsSection.tsx")).FaultsSection,
}));

/** As is who may call: most routes are looked at with it closed. */
const CallersSection = lazy(async () => ({
  default: (await import("./callers/CallersSection.tsx")).CallersSection,
}));

const TestsSection = lazy(async () => ({
  default: (await import("./savedTests/TestsSection.tsx")).TestsSection,
}));

const CacheSection = lazy(async () => ({
  default: (await import("./cache/CacheSection.tsx")).CacheSection,
}));

/** The sections of a route's form, in order. */
const SECTIONS = {
  match: { title: "Match", text: matchSummary },
  send: { title: "Send to", text: sendToText },
  versions: { title: "Versions & split", text: ({ versions }: Route) => versionsText(versions) },
  callers: { title: "Who may call", text: callersText },
  limits: { title: "Limits", text: limitsText },
  cache: { title: "Cache", text: cacheText },
  change: { title: "Change", text: changesText },
  mock: { title: "Mock", text: ({ mock }: Route) => mockText(mock) },
  tests: { title: "Saved tests", text: ({ tests }: Route) => countText(tests.length, undefined) },
} as const satisfies Record<RoutePartName, object>;
type SectionName = RoutePartName;

/** Which section edits what. A new member of a route does not compile until it has its place. */
const PLACES = {
  match: "match",
  priority: "match",
  service: "send",
  redirect: "send",
  respond: "send",
  mock: "mock",
  aggregate: "send",
  strip_prefix: "send",
  rewrite: "send",
  host_header: "send",
  max_request_body_bytes: "send",
  versions: "versions",
  authentication: "callers",
  authorization: "callers",
  cors: "callers",
  rate_limits: "limits",
  quotas: "limits",
  concurrency: "limits",
  cache: "cache",
  request_headers: "change",
  response_headers: "change",
  tests: "tests",
} as const satisfies Record<Exclude<keyof Route, "name" | "enabled">, SectionName>;

const NAMES = Object.keys(SECTIONS) as SectionName[];
const membersOf = (section: SectionName) =>
  Object.entries(PLACES).flatMap(([member, place]) => (place === section ? [member] : []));

interface RouteFieldsProps {
  route: Route;
  onChange: (route: Route) => void;
  service: Service | null;
  onServiceChange: (service: Service | null) => void;
  onAddService?: (() => void) | undefined;
  /** For a route in force. */
  addVersions?: AddToInForce;
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
  const { route, onChange, service, config, issues, serviceIssues } = props;
  const { part } = useSearch({ strict: false });
  const frame = useRef<HTMLDivElement>(null);
  const [toggled, setToggled] = useState<ReadonlySet<SectionName>>(
    () => new Set(part ? [part] : ["match", "send"]),
  );
  // Whoever follows a link to a part wants to see it.
  useEffect(() => {
    const wanted = frame.current?.querySelector<HTMLElement>(`[data-part="${part}"] button`);
    if (part === undefined || !wanted) return;
    setToggled((open) => new Set([...open, part]));
    wanted.scrollIntoView({ block: "start" });
    wanted.focus();
  }, [part]);
  const toggle = (name: SectionName) => {
    const next = new Set(toggled);
    if (!next.delete(name)) next.add(name);
    setToggled(next);
  };
  const common = { route, onChange, issues };
  const placed = useMemo(() => placeRoute(config, route, route.name).config, [config, route]);
  const tested = resultsOf(useSavedTestRun(placed), route.name);
  const target = service ?? config.services.find(({ name }) => name === route.service);
  const bodies: Record<SectionName, ReactNode> = {
    match: <MatchSection {...common} />,
    send: (
      <SendToSection
        {...common}
        service={service}
        onServiceChange={props.onServiceChange}
        onAddService={props.onAddService}
        config={config}
        serviceIssues={serviceIssues}
      />
    ),
    versions: (
      <Suspense fallback={<Spinner />}>
        <VersionsSection {...common} config={config} inForce={props.addVersions} />
      </Suspense>
    ),
    callers: (
      <Suspense fallback={<Spinner />}>
        <CallersSection {...common} config={config} />
      </Suspense>
    ),
    limits: <LimitsSection {...common} exists={props.renames} />,
    cache: (
      <Suspense fallback={<Spinner />}>
        <CacheSection {...common} exists={props.renames} />
      </Suspense>
    ),
    change: <ChangeSection {...common} />,
    mock: (
      <Suspense fallback={<Spinner />}>
        <MockSection {...common} />
      </Suspense>
    ),
    tests: (
      <Suspense fallback={<Spinner />}>
        <TestsSection {...common} results={tested} />
      </Suspense>
    ),
  };
  return (
    <div ref={frame}>
      <div className="px-4 pt-3 pb-4">
        <NameField
          value={route.name}
          onChange={(name) => onChange({ ...route, name })}
          error={issues.at("name")}
          onLeave={props.renames}
        />
      </div>
      {NAMES.filter((name) => name !== "tests" || props.renames).map((name) => {
        const { title, text } = SECTIONS[name];
        const own = issues.count(...membersOf(name));
        const errors = name === "send" && service ? own + serviceIssues.count("") : own;
        return (
          <div key={name} data-part={name}>
            <Section
              title={title}
              summary={
                name === "tests" ? countText(route.tests.length, tested) : text(route, target)
              }
              errors={errors}
              warnings={issues.warnings(...membersOf(name)).length}
              open={toggled.has(name) || (props.showErrors && errors > 0)}
              onToggle={() => toggle(name)}
            >
              {bodies[name]}
              <SectionWarnings warnings={issues.warnings(...membersOf(name))} />
            </Section>
          </div>
        );
      })}
      {props.renames && <Faults route={route} />}
    </div>
  );
}

/** No part of the route: what goes wrong on it on purpose, for a while. */
function Faults({ route }: { route: Route }) {
  const [open, setOpen] = useState(false);
  const [first, ...others] = useFaults().filter(({ route: name }) => name === route.name);
  const summary = first === undefined ? "none" : faultText(first);
  return (
    <Section
      title="Faults"
      summary={others.length === 0 ? summary : `${summary}, and ${others.length} more`}
      errors={0}
      open={open}
      onToggle={() => setOpen(!open)}
    >
      <Suspense fallback={<Spinner />}>
        <FaultsSection route={route} />
      </Suspense>
    </Section>
  );
}
