import { useState } from "react";
import { type Config, defaultVersions, type Versions } from "@/api/index.ts";
import { Button, Prose } from "@/ui/index.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import { issuesUnder } from "@/forms/fieldIssues.ts";
import type { RoutePartProps } from "../RoutePart.ts";
import { SchemeFields } from "./SchemeFields.tsx";
import { VersionsEditor } from "./VersionsEditor.tsx";

interface VersionsSectionProps extends RoutePartProps {
  config: Config;
  /** The route is in force: who calls it now has to go on as before. */
  inForce?: AddToInForce | undefined;
}

/** How a route in force is given versions. */
export interface AddToInForce {
  add: (wanted: Versions) => void;
  /** Why it cannot be now. */
  waits: string | undefined;
}

/** The versions of a route, or the way to give it some. */
export function VersionsSection({
  route,
  onChange,
  issues,
  config,
  inForce,
}: VersionsSectionProps) {
  const set = (versions: Versions | null) => onChange({ ...route, versions });
  if (route.versions === null) {
    return (
      <>
        <AddVersions
          keeps={inForce !== undefined}
          waits={inForce?.waits}
          onAdd={inForce?.add ?? set}
        />
        <PartProblem message={issues.at("versions")} />
      </>
    );
  }
  return (
    <VersionsEditor
      versions={route.versions}
      onChange={set}
      issues={issues.within("versions")}
      config={config}
      routeService={route.service}
    />
  );
}

interface AddVersionsProps {
  onAdd: (wanted: Versions) => void;
  /** Whether callers of the route as it is go on under a version `original`. */
  keeps: boolean;
  waits: string | undefined;
}

/** Says what versions are for, and asks where callers are to name one. */
function AddVersions({ onAdd, keeps, waits }: AddVersionsProps) {
  const [wanted, setWanted] = useState<Versions | null>(null);
  if (wanted === null) {
    return (
      <>
        <p className="text-body text-ink-2">
          None. With versions, callers say which one they want, and each may go to a service of its
          own.
        </p>
        <Button className="self-start" onClick={() => setWanted(defaultVersions())}>
          Add versions…
        </Button>
      </>
    );
  }
  return (
    <>
      <SchemeFields versions={wanted} onChange={setWanted} issues={NO_ISSUES} />
      {keeps && (
        <p className="text-small text-ink-2">
          <Prose text="Whoever calls the route as it is goes on as before: who names no version gets `original`." />
        </p>
      )}
      <div className="flex gap-2">
        <Button variant="primary" disabledReason={waits} onClick={() => onAdd(wanted)}>
          Add versions
        </Button>
        <Button onClick={() => setWanted(null)}>Cancel</Button>
      </div>
    </>
  );
}

/** What is yet to be added has nothing wrong with it. */
const NO_ISSUES = issuesUnder([], "");
