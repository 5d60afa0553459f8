import { Link } from "@tanstack/react-router";
import { Ban, KeyRound, Plus } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { type Command, useCommands } from "@/app/commands.ts";
import { exactTerm } from "@/live/filterText.ts";
import {
  Banner,
  Button,
  type Column,
  ConfirmDialog,
  cx,
  DataTable,
  EmptyState,
  format,
  IconButton,
  Select,
  Skeleton,
  SplitPane,
  TextField,
  toast,
  useNarrow,
} from "@/ui/index.ts";
import { EditDialog } from "./EditDialog.tsx";
import { IssueDialog } from "./IssueDialog.tsx";
import { KeyDetail } from "./key/KeyDetail.tsx";
import { nextKeyName } from "./keyNames.ts";
import { endOf, KeyStatus } from "./KeyStatus.tsx";
import { useConfig } from "./listed/useListed.ts";
import {
  type ApiKey,
  type KeyWithUsage,
  useKeyDurations,
  useKeys,
  useRevokeKey,
} from "./queries.ts";
import { QuotaUsed } from "./QuotaUsed.tsx";
import { RollDialog } from "./RollDialog.tsx";
import { Sparkline } from "./Sparkline.tsx";
import { When } from "./When.tsx";

/** Columns without which the rest fits, at widths where not all do. */
const LEFT_WHEN_MEDIUM: readonly string[] = ["consumer", "created"];
const LEFT_WHEN_TIGHT: readonly string[] = [...LEFT_WHEN_MEDIUM, "hint"];
const LEFT_WHEN_NARROW: readonly string[] = [
  ...LEFT_WHEN_TIGHT,
  "hours",
  "used",
  "refused",
  "quota",
];

/** The same with the page of one beside. */
const LEFT_BESIDE: readonly string[] = [...LEFT_WHEN_NARROW, "p95"];

interface KeysTabProps {
  /** The id of the key that is open; `:new` while one is being issued. */
  open: string | null;
  select: (sel: string | null) => void;
  /** Whose the new key is. */
  consumer: string;
}

/** The keys: who has one, and how they use it. */
export function KeysTab({ open: sel, select, consumer }: KeysTabProps) {
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const [rolling, setRolling] = useState<ApiKey | null>(null);
  const [editing, setEditing] = useState<ApiKey | null>(null);
  const { issue, close } = useMemo(
    () => ({ issue: () => select(":new"), close: () => select(null) }),
    [select],
  );
  useCommands(
    useMemo(
      (): readonly Command[] => [
        {
          id: "keys.issue",
          title: "Issue key",
          group: "Keys",
          keys: "C",
          words: "create add api token secret",
          run: issue,
        },
      ],
      [issue],
    ),
  );
  const [typed, setTyped] = useState("");
  const [which, setWhich] = useState<Which>("all");
  const text = useDeferredValue(typed.trim());
  const { data: found, error } = useKeys({
    ...(text !== "" && { text }),
    ...(which !== "all" && { state: which }),
  });
  const keys = found?.rows;
  const { data: inForce } = useConfig();
  const chosen = keys?.find(({ key }) => key.id === sel);
  const durations = useKeyDurations();
  const medium = useNarrow(1468);
  const tight = useNarrow(1264);
  const narrow = useNarrow(860);
  const beside = chosen !== undefined;
  const columns = useMemo(() => {
    const apart = narrow
      ? LEFT_WHEN_NARROW
      : tight
        ? LEFT_WHEN_TIGHT
        : medium
          ? LEFT_WHEN_MEDIUM
          : [];
    const left = beside ? LEFT_BESIDE : apart;
    return columnsWith(setRevoking, durations).filter(({ id }) => !left.includes(id));
  }, [medium, tight, narrow, beside, durations]);

  if (error && !keys) return <Banner tone="err">{error.message}</Banner>;
  if (!found || !keys) return <Skeleton />;
  const list = (
    <div className="flex h-full flex-col">
      <header className="flex items-center gap-2 px-3 py-2">
        <TextField
          label="Filter keys"
          hideLabel
          placeholder="Filter"
          type="search"
          className="min-w-24 max-w-72 flex-1"
          value={typed}
          onChange={setTyped}
        />
        <Select
          label="Which keys"
          hideLabel
          narrow
          value={which}
          onChange={setWhich}
          options={[
            { value: "all", label: "All keys" },
            { value: "good", label: "Good" },
            { value: "expired", label: "Expired" },
            { value: "revoked", label: "Revoked" },
          ]}
        />
        <span className="flex-1 truncate text-small text-ink-3">
          {found.matching > keys.length && `the newest ${keys.length} of ${found.matching}`}
        </span>
        <Button
          variant="primary"
          keys="C"
          icon={<Plus size={14} aria-hidden="true" />}
          onClick={issue}
        >
          Issue key
        </Button>
      </header>
      <div className="min-h-0 flex-1 border-t border-line-subtle">
        <DataTable
          label="Keys"
          columns={columns}
          rows={keys}
          rowKey={({ key }) => key.id}
          selected={sel}
          onSelect={({ key }) => select(key.id)}
          empty={
            found.total === 0 ? (
              <NoKeys onIssue={issue} />
            ) : (
              <EmptyState
                title="No key is like that"
                actions={
                  <Button
                    onClick={() => {
                      setTyped("");
                      setWhich("all");
                    }}
                  >
                    Show all keys
                  </Button>
                }
              />
            )
          }
        />
      </div>
    </div>
  );
  const detail = chosen ? (
    <KeyDetail
      key={chosen.key.id}
      shown={chosen}
      config={inForce?.config}
      onClose={() => select(null)}
      onRevoke={setRevoking}
      onRoll={setRolling}
      onEdit={setEditing}
    />
  ) : null;
  return (
    <>
      {narrow ? (
        (detail ?? list)
      ) : (
        <SplitPane
          id="keys"
          direction="columns"
          label="Key"
          initial={460}
          min={340}
          minFirst={380}
          first={list}
          second={detail}
        />
      )}
      {sel === ":new" && (
        <IssueDialog
          suggested={nextKeyName(keys.map(({ key }) => key.name))}
          consumer={consumer}
          onClose={close}
        />
      )}
      {rolling && <RollDialog apiKey={rolling} onClose={() => setRolling(null)} />}
      {editing && <EditDialog apiKey={editing} onClose={() => setEditing(null)} />}
      {revoking && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}

type Which = "all" | "good" | "expired" | "revoked";

function NoKeys({ onIssue }: { onIssue: () => void }) {
  return (
    <EmptyState
      icon={<KeyRound size={24} aria-hidden="true" />}
      title="No keys yet"
      actions={
        <Button variant="primary" onClick={onIssue}>
          Issue key
        </Button>
      }
    >
      Keys identify callers so you can limit and measure them. Routes accept callers without a key
      until you choose “API key” under “Who may call”.
    </EmptyState>
  );
}

function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const revoke = useRevokeKey();
  const confirm = () =>
    revoke.mutate(apiKey.id, {
      onSuccess: () => {
        toast({ tone: "ok", title: `Key ${apiKey.name} revoked` });
        onClose();
      },
    });
  return (
    <ConfirmDialog
      open
      danger
      title={`Revoke the key ${apiKey.name}?`}
      confirm="Revoke key"
      busy={revoke.isPending}
      onConfirm={confirm}
      onCancel={onClose}
    >
      Callers that use {apiKey.hint} are answered 401 from now on. This cannot be undone; a new key
      can be issued at any time.
      {revoke.error && <span className="block pt-2 text-err">{revoke.error.message}</span>}
    </ConfirmDialog>
  );
}

/** How long this key's requests took; a press shows those that took as long or longer. */
function SlowOnes({ name, us }: { name: string; us: number | undefined }) {
  if (us === undefined) return <span className="text-ink-3">–</span>;
  const slow = `duration:>=${us / 1000}ms`;
  return (
    <Link
      to="/traffic"
      search={{ q: `${exactTerm("key", name)} ${slow} since:-24h` }}
      aria-label={`Slow requests of ${name}: ${format.duration(us / 1000)} or longer`}
      className="text-accent-ink no-underline hover:underline"
      // The row is not what was pressed.
      onClick={(event) => event.stopPropagation()}
    >
      {format.duration(us / 1000)}
    </Link>
  );
}

function columnsWith(
  onRevoke: (key: ApiKey) => void,
  durations: ReadonlyMap<string, number> | undefined,
): readonly Column<KeyWithUsage>[] {
  const figure = (
    id: "requests" | "limited" | "refused",
    header: string,
    tone: string,
  ): Column<KeyWithUsage> => ({
    id,
    header,
    width: "84px",
    align: "end",
    sortBy: ({ usage }) => usage?.[id] ?? 0,
    cell: ({ usage }) => (
      <span className={cx(usage && usage[id] > 0 ? tone : "text-ink-3")}>
        {usage ? format.count(usage[id]) : "–"}
      </span>
    ),
  });
  return [
    {
      id: "name",
      header: "Name",
      width: "minmax(120px, 1.4fr)",
      sortBy: ({ key }) => key.name,
      cell: ({ key }) => (
        <span className={cx("font-medium", endOf(key) && "text-ink-3")}>{key.name}</span>
      ),
    },
    {
      id: "consumer",
      header: "Consumer",
      width: "minmax(90px, 1fr)",
      sortBy: ({ key }) => key.consumer,
      cell: ({ key }) => <span className="text-ink-2">{key.consumer}</span>,
    },
    {
      id: "hint",
      header: "Key",
      width: "128px",
      cell: ({ key }) => <code className="font-mono text-code text-ink-2">{key.hint}</code>,
    },
    {
      id: "hours",
      header: "24 h",
      width: "112px",
      cell: ({ usage }) => (usage ? <Sparkline hourly={usage.hourly} /> : "–"),
    },
    figure("requests", "Requests", "text-ink"),
    figure("limited", "429", "text-limit"),
    figure("refused", "401", "text-warn"),
    {
      id: "p95",
      header: "p95",
      width: "84px",
      align: "end",
      sortBy: ({ key }) => durations?.get(key.id) ?? -1,
      cell: ({ key }) => <SlowOnes name={key.name} us={durations?.get(key.id)} />,
    },
    {
      id: "quota",
      header: "Quota",
      width: "124px",
      sortBy: ({ quota }) => (quota == null ? -1 : quota.used_before / quota.requests),
      cell: ({ quota }) => <QuotaUsed quota={quota} />,
    },
    {
      id: "used",
      header: "Last used",
      width: "112px",
      align: "end",
      sortBy: ({ usage }) => usage?.last_used_at_us ?? 0,
      cell: ({ usage }) => <When at={usage?.last_used_at_us} never={usage ? "never" : "–"} />,
    },
    {
      id: "created",
      header: "Created",
      width: "112px",
      align: "end",
      sortBy: ({ key }) => key.created_at_us,
      cell: ({ key }) => <When at={key.created_at_us} never="" />,
    },
    {
      id: "status",
      header: "Status",
      width: "128px",
      sortBy: ({ key }) => (endOf(key) === null ? 0 : 1),
      cell: ({ key }) => (
        <span className="flex items-center justify-between">
          <KeyStatus apiKey={key} />
          {endOf(key) === null && (
            <IconButton
              size="sm"
              label={`Revoke ${key.name}`}
              icon={<Ban size={14} aria-hidden="true" />}
              onClick={() => onRevoke(key)}
            />
          )}
        </span>
      ),
    },
  ];
}
