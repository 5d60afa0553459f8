import { type FormEvent, useEffect, useMemo, useRef, useState } from "react";
import { type Config, type ConfigInForce, Problem, type Route, type Service } from "@/api/index.ts";
import { useStatus } from "@/app/status.ts";
import { Button } from "@/ui/index.ts";
import { Issues } from "@/forms/Issues.tsx";
import { useChecked } from "@/forms/useChecked.ts";
import { useWrites } from "./queries.ts";
import { issuesElsewhere, issuesUnder } from "@/forms/fieldIssues.ts";
import { newRoute, newService, placeRoute, placeService } from "./routeDraft.ts";
import { type Refusal, RefusalBanner } from "@/forms/RefusalBanner.tsx";
import { RouteFields } from "./RouteFields.tsx";
import { useFocusFirstError } from "@/forms/useFocusFirstError.ts";
import { useTellDraft } from "./useTellDraft.ts";

interface NewRouteFormProps {
  inForce: ConfigInForce;
  onMade: (name: string) => void;
  onCancel: () => void;
  onDraft: (config: Config | null) => void;
}

/** Makes a route, and a service with it if it needs one. Nothing happens before Create. */
export function NewRouteForm({ inForce, onMade, onCancel, onDraft }: NewRouteFormProps) {
  const { config, revision } = inForce;
  const [route, setRoute] = useState<Route>(() => newRoute(config));
  const [service, setService] = useState<Service | null>(() =>
    config.services.length === 0 ? newService(config) : null,
  );
  const [attempt, setAttempt] = useState(0);
  const [refused, setRefused] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.select(), []);
  useFocusFirstError(form, attempt);
  const writes = useWrites();

  const placed = useMemo(() => {
    const withService = service ? placeService(config, service, null) : null;
    const wanted = service ? { ...route, service: service.name } : route;
    const { config: whole, path } = placeRoute(withService?.config ?? config, wanted, null);
    return { config: whole, path, servicePath: withService?.path ?? "" };
  }, [config, route, service]);
  const checked = useChecked(placed.config);
  useTellDraft(placed.config, onDraft);
  // A refusal is of what was sent; what was typed since has been checked since.
  const problem = refused?.of === placed.config ? refused.problem : null;
  const issues = problem && problem.issues.length > 0 ? problem.issues : checked.issues;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await (service ? writes.replace(placed.config, revision) : writes.addRoute(route, revision));
      onMade(route.name);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === "config_conflict") await writes.reload();
      setRefused({ of: placed.config, problem: error });
      setAttempt(attempt + 1);
    } finally {
      setBusy(false);
    }
  };
  const warnings = useStatus()?.warnings ?? [];
  const paths = service ? [placed.path, placed.servicePath] : [placed.path];
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => void submit(event)}
      aria-label="New route"
      className="flex h-full flex-col"
    >
      <h2 className="px-4 pt-3 text-title">New route</h2>
      <RefusalBanner refusal={refused} now={placed.config} retry="Create route" />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <RouteFields
          route={route}
          onChange={setRoute}
          service={service}
          onServiceChange={setService}
          config={config}
          issues={issuesUnder(issues, placed.path)}
          serviceIssues={issuesUnder(issues, placed.servicePath)}
          showErrors={attempt > 0}
          renames={false}
        />
        <Issues issues={issuesElsewhere(issues, warnings, ...paths)} />
      </div>
      <footer className="flex justify-end gap-2 border-t border-line-subtle px-4 py-3">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" busy={busy}>
          Create route
        </Button>
      </footer>
    </form>
  );
}
