import { Trash2 } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import {
  type Config,
  type ConfigInForce,
  Problem,
  type Route,
  type Service,
  type Versions,
} from "@/api/index.ts";
import { useStatus } from "@/app/status.ts";
import { Banner, IconButton, Prose, Switch, toast } from "@/ui/index.ts";
import { ConflictBanner } from "@/forms/ConflictBanner.tsx";
import { Issues } from "@/forms/Issues.tsx";
import { useChecked } from "@/forms/useChecked.ts";
import { useWrites } from "./queries.ts";
import { issuesElsewhere, issuesUnder } from "@/forms/fieldIssues.ts";
import { same } from "@/forms/same.ts";
import { placeRoute, placeService } from "./routeDraft.ts";
import { RouteFields } from "./RouteFields.tsx";
import { routeText } from "./routeText.ts";
import { useMerged } from "@/forms/useMerged.ts";
import { useTellDraft } from "./useTellDraft.ts";
import { firstToAdd } from "./versions/VersionsPart.ts";

/** How long after it was checked a valid draft takes effect: 300 ms after the last keystroke. */
const APPLY_AFTER_MS = 150;

const RELOADED = "It was loaded again; what you typed is kept.";

interface EditRouteFormProps {
  inForce: ConfigInForce;
  route: Route;
  /** Called before the route is given another name, and again once it has it. */
  onRenaming: (name: string) => void;
  onRenamed: (name: string) => void;
  onRemove: () => void;
  onDraft: (config: Config | null) => void;
}

/** Edits a route. What is valid takes effect by itself; what it did is said, with Undo. */
export function EditRouteForm({ inForce, route: saved, ...on }: EditRouteFormProps) {
  const { config, revision } = inForce;
  const { draft, setDraft, sending, conflict, settle } = useMerged(saved);
  const [service, setService] = useState<Service | null>(null);
  const [failure, setFailure] = useState<{ of: Route; problem: Problem } | null>(null);
  const [saving, setSaving] = useState(false);
  const writes = useWrites();

  const placed = useMemo(() => {
    const withService = service ? placeService(config, service, null) : null;
    const wanted = service ? { ...draft, service: service.name } : draft;
    const { config: whole, path } = placeRoute(withService?.config ?? config, wanted, saved.name);
    return { config: whole, path, servicePath: withService?.path ?? "" };
  }, [config, draft, service, saved.name]);
  const checked = useChecked(placed.config);
  useTellDraft(same(draft, saved) && service === null ? null : placed.config, on.onDraft);
  const problem = failure?.of === draft ? failure.problem : null;
  const issues = problem && problem.issues.length > 0 ? problem.issues : checked.issues;

  const attempt = async (work: () => Promise<void>, route: Route) => {
    setSaving(true);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === "config_conflict") {
        // The draft is then saved on top of what is in force now, unless the two clash.
        await writes.reload();
        toast({ title: "The configuration had changed elsewhere", detail: RELOADED });
      } else setFailure({ of: route, problem: error });
    } finally {
      setSaving(false);
    }
  };
  const save = (work: () => Promise<void>, route: Route) => {
    sending(route);
    const renamed = route.name !== saved.name;
    if (renamed) on.onRenaming(route.name);
    return attempt(async () => {
      await work();
      setService(null);
      if (renamed) on.onRenamed(route.name);
    }, route);
  };
  const addVersions = {
    add: (wanted: Versions) =>
      void attempt(() => writes.addVersion(saved.name, firstToAdd(wanted), revision), draft),
    waits: same(draft, saved) && !saving ? undefined : "What is typed has to take effect first.",
  };
  const addService = () => {
    if (service === null) return;
    const wanted = { ...draft, service: service.name };
    setDraft(wanted);
    void save(() => writes.replace(placed.config, revision), wanted);
  };

  const ready =
    !saving &&
    service === null &&
    conflict === null &&
    problem === null &&
    checked.current &&
    checked.valid &&
    !same(draft, saved);
  useEffect(() => {
    if (!ready) return;
    const timer = setTimeout(
      () => void save(() => writes.writeRoute(saved.name, draft, revision), draft),
      APPLY_AFTER_MS,
    );
    return () => clearTimeout(timer);
    // The rest is what this very draft was checked with.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [ready, draft]);

  const warnings = useStatus()?.warnings ?? [];
  const target = config.services.find(({ name }) => name === draft.service);
  const paths = service ? [placed.path, placed.servicePath] : [placed.path];
  return (
    <form
      noValidate
      onSubmit={(event) => event.preventDefault()}
      aria-label={`Route ${saved.name}`}
      className="flex h-full flex-col"
    >
      <header className="flex flex-col gap-1 px-4 pt-3">
        <div className="flex items-center gap-2">
          <h2 className="min-w-0 flex-1 truncate text-title">{saved.name}</h2>
          <Switch
            label="Enabled"
            checked={draft.enabled}
            onChange={(enabled) => setDraft({ ...draft, enabled })}
          />
          <IconButton
            label={`Delete route ${saved.name}`}
            icon={<Trash2 size={16} aria-hidden="true" />}
            onClick={on.onRemove}
          />
        </div>
        <p className="break-words text-ink-2">
          <Prose text={routeText(draft, target)} />
        </p>
        <SaveState draft={draft} saved={saved} saving={saving} valid={checked.valid} />
      </header>
      {conflict && (
        <ConflictBanner what="route" onSettle={settle}>
          {" "}
          It now reads: <Prose text={routeText(conflict, target)} />
        </ConflictBanner>
      )}
      {problem && <Banner tone="err">{problem.message}</Banner>}
      <div className="min-h-0 flex-1 overflow-y-auto">
        <RouteFields
          route={draft}
          onChange={setDraft}
          service={service}
          onServiceChange={setService}
          onAddService={addService}
          addVersions={addVersions}
          config={config}
          issues={issuesUnder(issues, placed.path)}
          serviceIssues={issuesUnder(issues, placed.servicePath)}
          showErrors={false}
          renames
        />
        <Issues issues={issuesElsewhere(issues, warnings, ...paths)} />
      </div>
    </form>
  );
}

interface SaveStateProps {
  draft: Route;
  saved: Route;
  saving: boolean;
  valid: boolean;
}

/** Whether what stands in the fields is in force. */
function SaveState({ draft, saved, saving, valid }: SaveStateProps) {
  const words = same(draft, saved)
    ? "Changes take effect as you type."
    : saving || valid
      ? "Saving…"
      : "Not saved: something is wrong below.";
  return (
    <p role="status" className="text-small text-ink-3">
      {words}
    </p>
  );
}
