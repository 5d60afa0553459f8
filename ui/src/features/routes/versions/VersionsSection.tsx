import { useState } from "react";
import { type Config, defaultVersions, type Versions } from "@/api/index.ts";
import { Button, Prose } from "@/ui/index.ts";
import { PartProblem } from "../PartProblem.tsx";
import { issuesUnder } from "../routeDraft.ts";
import type { RoutePartProps } from "../RoutePart.ts";
import { SchemeFields } from "./SchemeFields.tsx";
import { VersionsEditor } from "./VersionsEditor.tsx";

interface VersionsSectionProps extends RoutePartProps {
  config: Config;
  /**
   * Gives the route that is in force versions, so that who calls it now goes on as before; absent
   * for a route that is yet to be made.
   */
  onAddVersions?: ((wanted: Versions) => Promise<void>) | undefined;
}

/** The versions of a route, or the way to give it some. */
export function VersionsSection(props: VersionsSectionProps) {
  const { route, onChange, issues, config, onAddVersions } = props;
  const set = (versions: Versions | null) => onChange({ ...route, versions });
  if (route.versions === null) {
    return (
      <>
        <AddVersions
          onAdd={onAddVersions ?? ((wanted) => Promise.resolve(set(wanted)))}
          keeps={onAddVersions !== undefined}
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
      keyed={route.authentication.kind === "api_key"}
    />
  );
}

interface AddVersionsProps {
  onAdd: (wanted: Versions) => Promise<void>;
  /** Whether callers of the route as it is go on under a version `original`. */
  keeps: boolean;
}

/** Says what versions are for, and asks where callers are to name one. */
function AddVersions({ onAdd, keeps }: AddVersionsProps) {
  const [wanted, setWanted] = useState<Versions | null>(null);
  const [busy, setBusy] = useState(false);
  const add = async (versions: Versions) => {
    setBusy(true);
    try {
      await onAdd(versions);
    } finally {
      setBusy(false);
    }
  };
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
          <Prose text="Whoever calls the route as it is goes on as before: they get the version `original`." />
        </p>
      )}
      <div className="flex gap-2">
        <Button variant="primary" busy={busy} onClick={() => void add(wanted)}>
          Add versions
        </Button>
        <Button onClick={() => setWanted(null)}>Cancel</Button>
      </div>
    </>
  );
}

/** What is yet to be added has nothing wrong with it. */
const NO_ISSUES = issuesUnder([], "");
