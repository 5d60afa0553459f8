import { useNavigate, useSearch } from "@tanstack/react-router";
import { Undo2 } from "lucide-react";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { undoChange } from "@/app/changes.ts";
import {
  Badge,
  Banner,
  Button,
  type Column,
  DataTable,
  EmptyState,
  format,
  Prose,
  sentence,
  Skeleton,
  SplitPane,
  Tabs,
  useNarrow,
} from "@/ui/index.ts";
import { ACTORS } from "./actors.ts";
import { ImportView } from "./import/ImportView.tsx";
import { type RevisionInfo, useRevision, useRevisionInForce, useRevisions } from "./queries.ts";
import { RevisionDetail } from "./RevisionDetail.tsx";
import { YamlView } from "./YamlView.tsx";

const TABS = [
  { id: "changes", label: "Changes" },
  { id: "yaml", label: "YAML" },
  { id: "import", label: "Import" },
] as const;

/** The History place: every change of the configuration, and the configuration as a file. */
export function HistoryPlace() {
  const { show } = useSearch({ from: "/history" });
  const navigate = useNavigate({ from: "/history" });
  const client = useQueryClient();
  const inForce = useRevisionInForce();
  const open = (id: (typeof TABS)[number]["id"]) =>
    void navigate({ search: id === "changes" ? {} : { show: id }, replace: true });
  return (
    <div className="flex h-full flex-col">
      <header className="flex items-center gap-2 px-3 py-2">
        <h1 className="flex-1 text-title">History</h1>
        <Button
          icon={<Undo2 size={14} aria-hidden="true" />}
          keys="Mod+Z"
          onClick={() => void undoChange(client)}
        >
          Undo last change
        </Button>
      </header>
      <div className="min-h-0 flex-1">
        <Tabs label="History" items={TABS} value={show ?? "changes"} onChange={open}>
          {show === "yaml" ? (
            <YamlView />
          ) : inForce === undefined ? (
            <Skeleton />
          ) : show === "import" ? (
            <ImportView inForce={inForce} onDone={() => open("changes")} />
          ) : (
            <ChangeList inForce={inForce} />
          )}
        </Tabs>
      </div>
    </div>
  );
}

function ChangeList({ inForce }: { inForce: number }) {
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useRevisions();
  const { sel } = useSearch({ from: "/history" });
  const navigate = useNavigate({ from: "/history" });
  const narrow = useNarrow();
  const columns = useMemo(
    () => columnsFor(inForce).filter(({ id }) => !narrow || id !== "who"),
    [inForce, narrow],
  );
  const rows = useMemo(() => data?.pages.flatMap((page) => page.revisions) ?? [], [data]);
  const select = (number: number | null) =>
    void navigate({ search: number === null ? {} : { sel: String(number) }, replace: true });
  if (error && !data) return <Banner tone="err">{error.message}</Banner>;
  if (!data) return <Skeleton />;
  return (
    <SplitPane
      id="history"
      direction={narrow ? "rows" : "columns"}
      label="Revision"
      initial={narrow ? 260 : 420}
      min={200}
      minFirst={200}
      first={
        <div className="flex h-full flex-col">
          <div className="min-h-0 flex-1">
            <DataTable
              label="Changes of the configuration"
              columns={columns}
              rows={rows}
              rowKey={({ number }) => String(number)}
              selected={sel ?? null}
              onSelect={({ number }) => select(number)}
              empty={
                <EmptyState title="Nothing was changed yet">
                  Every change of the configuration appears here, with the way back.
                </EmptyState>
              }
            />
          </div>
          {hasNextPage && (
            <Button
              variant="ghost"
              className="m-1"
              busy={isFetchingNextPage}
              onClick={() => void fetchNextPage()}
            >
              Show older changes
            </Button>
          )}
        </div>
      }
      second={
        sel === undefined ? null : (
          <RevisionDetail
            key={sel}
            number={Number(sel)}
            inForce={inForce}
            onClose={() => select(null)}
          />
        )
      }
    />
  );
}

function columnsFor(inForce: number): readonly Column<RevisionInfo>[] {
  return [
    {
      id: "number",
      header: "Revision",
      width: "116px",
      cell: ({ number }) => (
        <span className="flex items-center gap-2 tabular-nums">
          {number}
          {number === inForce && (
            <Badge tone="ok" shape="ok">
              in force
            </Badge>
          )}
        </span>
      ),
    },
    {
      id: "what",
      header: "What changed",
      width: "minmax(180px, 1fr)",
      cell: (revision) => <What revision={revision} />,
    },
    {
      id: "who",
      header: "By",
      width: "128px",
      cell: ({ actor }) => <span className="text-ink-2">{ACTORS[actor]}</span>,
    },
    {
      id: "when",
      header: "When",
      width: "116px",
      cell: ({ at_us }) => (
        <time
          dateTime={new Date(at_us / 1000).toISOString()}
          title={format.dateTime(at_us / 1000)}
          className="text-ink-2"
        >
          {format.relativeTime(at_us / 1000)}
        </time>
      ),
    },
  ];
}

/** The sentences of a revision, once they are there; until then the note it was saved with. */
function What({ revision: { number, note } }: { revision: RevisionInfo }) {
  const [first, ...others] = useRevision(number).data?.changes ?? [];
  return (
    <span>
      <Prose text={sentence(first ?? note)} />
      {others.length > 0 && (
        <span className="text-ink-3"> and {format.plural(others.length, "more change")}</span>
      )}
    </span>
  );
}
