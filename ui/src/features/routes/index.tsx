import { useNavigate, useSearch } from "@tanstack/react-router";
import { Columns3, FileDown, FlaskConical, Plus, Server } from "lucide-react";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { type Config, type ConfigInForce, Problem, type Route } from "@/api/index.ts";
import { type Command, useCommands } from "@/app/commands.ts";
import { useStatus } from "@/app/status.ts";
import {
  Banner,
  Button,
  EmptyState,
  plain,
  Skeleton,
  SplitPane,
  TextField,
  toast,
  useNarrow,
} from "@/ui/index.ts";
import { useConfig, useWrites } from "./queries.ts";
import { sendsTo } from "./routeDraft.ts";
import { RouteDetail } from "./RouteDetail.tsx";
import { RouteList } from "./RouteList.tsx";
import { routeRows } from "./routeRows.ts";
import { useSavedTestRun } from "./savedTests/queries.ts";
import { testAt } from "./savedTests/testText.ts";

export { type Met, policyOf, type PolicyLine } from "./policy.ts";

/** What the tester begins with: a method and no URL yet. */
const BLANK = "GET";

/** What is typed, while nothing tests it. */
const noOneAsks = () => undefined;

/** Few visits need it: it is loaded when it is first opened. */
const RouteTester = lazy(async () => ({
  default: (await import("./tester/RouteTester.tsx")).RouteTester,
}));

const VersionMatrix = lazy(async () => ({
  default: (await import("./versions/matrix/VersionMatrix.tsx")).VersionMatrix,
}));

/** The Routes place: which requests go where, and what stands behind the gateway. */
export function RoutesPlace() {
  const { data, error } = useConfig();
  if (error && !data) return <Banner tone="err">{error.message}</Banner>;
  return data ? <Routes inForce={data} /> : <Skeleton />;
}

function Routes({ inForce }: { inForce: ConfigInForce }) {
  const { config, revision } = inForce;
  const search = useSearch({ from: "/routes" });
  const { sel: chosen = "", test: tested = null, request, saved, show } = search;
  const open = chosen || null;
  const navigate = useNavigate({ from: "/routes" });
  const narrow = useNarrow();
  const warnings = useStatus()?.warnings;
  const writes = useWrites();
  const [typed, setTyped] = useState("");
  // What is typed beside the tester, which tests that and not what is in force.
  const [draft, setDraft] = useState<Config | null>(null);
  const savedTests = useSavedTestRun(config);
  const rows = useMemo(() => routeRows(config, warnings ?? [], typed), [config, warnings, typed]);

  const select = useCallback(
    (sel: string | null) =>
      void navigate({
        // The address leaves out what is empty.
        search: (others) => ({ ...others, sel: sel ?? "", output: "" }),
        replace: true,
      }),
    [navigate],
  );
  const test = useCallback(
    (line: string | null) =>
      void navigate({
        search: ({ sel = "" }) => ({ sel, ...(line !== null && { test: line }) }),
        replace: true,
      }),
    [navigate],
  );
  const toImport = () => void navigate({ to: "/history", search: { show: "import" } });
  const seeVersions = useCallback(
    (seen: boolean) => void navigate({ search: seen ? { show: "versions" } : {} }),
    [navigate],
  );
  useRouteCommands(select, test, seeVersions);

  const attempt = (work: Promise<void>, explain: (problem: Problem) => Words = inGeneral) =>
    void work.catch(async (problem: unknown) => {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.code === "config_conflict") await writes.reload();
      toast({ tone: "err", ...explain(problem) });
    });
  const removeRoute = (route: Route) => {
    if (open === route.name) select(null);
    attempt(writes.removeRoute(route.name, revision));
  };
  const removeService = (name: string) => {
    const users = config.routes.filter((route) => sendsTo(route, name));
    attempt(
      writes.removeService(name, revision).then(() => select(null)),
      (problem) =>
        problem.code === "config_refused" && users.length > 0
          ? {
              title: `Service ${name} is in use`,
              detail: `These routes send to it: ${users.map((route) => route.name).join(", ")}. Send them elsewhere first.`,
            }
          : inGeneral(problem),
    );
  };

  const list = (
    <div className="flex h-full flex-col">
      <header className="@container flex flex-wrap items-center gap-2 px-3 py-2">
        <h1 className="mr-auto text-title @3xl:mr-2">Routes</h1>
        <TextField
          label="Filter routes"
          hideLabel
          placeholder="Filter"
          type="search"
          // Beside an open route there is no room for it between the others.
          className="order-last basis-full @3xl:order-none @3xl:flex-1"
          value={typed}
          onChange={setTyped}
        />
        <Button
          icon={<FlaskConical size={14} aria-hidden="true" />}
          keys="T"
          onClick={() => test(BLANK)}
        >
          <span className="@max-2xl:sr-only">Test a request</span>
        </Button>
        <Button
          icon={<FileDown size={14} aria-hidden="true" />}
          title="OpenAPI, Kong, Procfile or gatewright.yaml"
          onClick={toImport}
        >
          Import…
        </Button>
        <Button
          icon={<Columns3 size={14} aria-hidden="true" />}
          title="Versions side by side"
          onClick={() => seeVersions(true)}
        >
          <span className="@max-3xl:sr-only">Versions</span>
        </Button>
        <Button
          icon={<Server size={14} aria-hidden="true" />}
          onClick={() => select(":new-service")}
        >
          New service
        </Button>
        <Button
          variant="primary"
          keys="C"
          icon={<Plus size={14} aria-hidden="true" />}
          onClick={() => select(":new")}
        >
          New route
        </Button>
      </header>
      <div className="min-h-0 flex-1 border-t border-line-subtle">
        {rows.length > 0 ? (
          <RouteList
            rows={rows}
            selected={open}
            savedTests={savedTests}
            onOpen={select}
            onSwitch={(route, enabled) =>
              attempt(writes.writeRoute(route.name, { ...route, enabled }, revision))
            }
            onRemove={removeRoute}
          />
        ) : (
          <NoRows
            filtered={typed !== ""}
            onClear={() => setTyped("")}
            onNew={select}
            onImport={toImport}
          />
        )}
      </div>
    </div>
  );
  const tester = tested !== null && (
    <Suspense fallback={<Skeleton />}>
      <RouteTester
        draft={draft}
        line={tested}
        logged={request ?? null}
        saved={(saved !== undefined && testAt(config, saved)) || null}
        onLine={test}
        onOpen={select}
        onClose={() => test(null)}
      />
    </Suspense>
  );
  const detail =
    open === null ? null : (
      <RouteDetail
        inForce={inForce}
        open={open}
        select={select}
        back={tested !== null ? "The test" : show === "versions" ? "The versions" : "All routes"}
        onDraft={tested === null ? noOneAsks : setDraft}
        onRemoveRoute={removeRoute}
        onRemoveService={removeService}
      />
    );
  const versions = show === "versions" && (
    <Suspense fallback={<Skeleton />}>
      <VersionMatrix
        config={config}
        onClose={() => seeVersions(false)}
        onOpenRoute={(name) => void navigate({ search: { show, sel: name } })}
      />
    </Suspense>
  );
  const main = tester || versions || list;
  if (narrow) return detail ?? main;
  return (
    <SplitPane
      id="routes"
      direction="columns"
      label="Route"
      initial={520}
      min={380}
      minFirst={360}
      first={main}
      second={detail}
    />
  );
}

interface NoRowsProps {
  filtered: boolean;
  onClear: () => void;
  onNew: (sel: string) => void;
  onImport: () => void;
}

function NoRows({ filtered, onClear, onNew, onImport }: NoRowsProps) {
  if (filtered) {
    return (
      <EmptyState
        title="No route holds that text"
        actions={<Button onClick={onClear}>Clear the filter</Button>}
      />
    );
  }
  return (
    <EmptyState
      title="No route yet"
      actions={
        <>
          <Button variant="primary" onClick={() => onNew(":new")}>
            New route
          </Button>
          <Button onClick={onImport}>Import a file…</Button>
        </>
      }
    >
      A route says which requests go to which service, who may send them and how often. For example:
      everything under <code className="font-mono text-code">/v1/orders</code> goes to
      <code className="ml-1 font-mono text-code">http://127.0.0.1:3000</code>.
    </EmptyState>
  );
}

interface Words {
  title: string;
  detail: string;
}

/** What a refusal says, with each thing that is wrong. */
function inGeneral({ message, issues }: Problem): Words {
  const said = issues.map((issue) => `${issue.path}: ${issue.message}`);
  return { title: "Nothing was changed", detail: plain([message, ...said].join(" ")) };
}

function useRouteCommands(
  select: (sel: string) => void,
  test: (line: string) => void,
  seeVersions: (seen: boolean) => void,
): void {
  useCommands(
    useMemo(
      (): readonly Command[] => [
        {
          id: "routes.new",
          title: "New route",
          group: "Routes",
          keys: "C",
          words: "create add",
          run: () => select(":new"),
        },
        {
          id: "services.new",
          title: "New service",
          group: "Routes",
          words: "create add upstream target",
          run: () => select(":new-service"),
        },
        {
          id: "routes.test",
          title: "Test a request",
          group: "Routes",
          keys: "T",
          words: "route tester match which curl try",
          run: () => test(BLANK),
        },
        {
          id: "routes.versions",
          title: "Versions side by side",
          group: "Routes",
          words: "matrix compare v1 v2 deprecated endpoints",
          run: () => seeVersions(true),
        },
      ],
      [select, test, seeVersions],
    ),
  );
}
