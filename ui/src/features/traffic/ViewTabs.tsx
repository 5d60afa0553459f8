import { Ellipsis, Link2, Plus } from "lucide-react";
import { useState } from "react";
import { type Layout, USUAL_LAYOUT } from "@/live/columns.ts";
import type { LiveLog } from "@/live/liveLog.ts";
import type { SortedRows } from "@/live/logState.ts";
import {
  Button,
  copyText,
  cx,
  Dialog,
  IconButton,
  Menu,
  type MenuItem,
  TextField,
  toast,
  useStore,
} from "@/ui/index.ts";
import { useRemoveView, useSaveView, useViews, type View } from "./findingQueries.ts";

interface ViewTabsProps {
  log: LiveLog;
  /** The filter as typed. */
  filter: string;
  /** How the rows are shown. */
  layout: Layout;
  /** The view that is open, if one is. */
  view: View | undefined;
  /** `null`: all requests. */
  onOpen: (view: View | null) => void;
  /** What is shown is the view with this name now. */
  onNamed: (name: string) => void;
}

/** What is being named: a new view, or one that gets another name. */
type Naming = { before: string | null; name: string; view: View };

/** Saved filters as tabs over the list, and the address of what is shown. */
export function ViewTabs(props: ViewTabsProps) {
  const { log, filter, layout, view: base, onOpen: open, onNamed } = props;
  const views = useViews();
  const save = useSaveView();
  const remove = useRemoveView();
  const { sorted } = useStore(log.state);
  const [naming, setNaming] = useState<Naming | null>(null);
  const q = filter.trim();
  /** What is shown, as a view. */
  const shown = (name: string): View => ({ name, q, layout: layoutWith(layout, sorted) });
  const isChanged = base !== undefined && (base.q !== q || !isSameOrder(base, sorted));
  const isUsual = q === "" && sorted === null && isSameLayout(layout, USUAL_LAYOUT);
  const put = (before: string, view: View, done: string) =>
    save.mutate(
      { before, view },
      {
        onSuccess: () => {
          setNaming(null);
          onNamed(view.name);
          toast({ tone: "ok", title: done });
        },
        onError: (error) =>
          toast({ tone: "err", title: "The view was not saved", detail: error.message }),
      },
    );
  const takeAway = (view: View) =>
    remove.mutate(view.name, {
      onSuccess: () =>
        toast({
          title: `View ${view.name} removed`,
          action: { label: "Undo", run: () => put(view.name, view, `View ${view.name} is back`) },
        }),
      onError: (error) =>
        toast({ tone: "err", title: "The view was not removed", detail: error.message }),
    });
  const items = (view: View): MenuItem[] => [
    {
      label: "Update to this filter and order",
      disabledReason: isChanged ? undefined : "It has this filter and order.",
      onSelect: () => put(view.name, shown(view.name), `View ${view.name} updated`),
    },
    {
      label: "Rename…",
      onSelect: () => setNaming({ before: view.name, name: view.name, view }),
    },
    "separator",
    { label: "Remove", danger: true, onSelect: () => takeAway(view) },
  ];

  return (
    <div className="flex h-8 shrink-0 items-center gap-1 border-b border-line-subtle px-3">
      <nav aria-label="Views" className="flex h-full min-w-0 items-stretch gap-1 overflow-x-auto">
        <Tab label="All" current={q === "" && !base} onOpen={() => open(null)} />
        {views.map((view) => (
          <Tab
            key={view.name}
            label={view.name}
            hint={view.q}
            current={view === base && !isChanged}
            changed={view === base && isChanged}
            onOpen={() => open(view)}
          />
        ))}
      </nav>
      {base && (
        <Menu
          trigger={
            <IconButton
              size="sm"
              label={`Change the view ${base.name}`}
              icon={<Ellipsis size={14} aria-hidden="true" />}
            />
          }
          items={items(base)}
        />
      )}
      {(base ? base.q !== q : !isUsual) && (
        <Button
          size="sm"
          variant="ghost"
          icon={<Plus size={12} />}
          onClick={() => setNaming({ before: null, name: "", view: shown("") })}
        >
          Save view…
        </Button>
      )}
      <span className="ml-auto">
        <IconButton
          size="sm"
          label="Copy link to this view"
          icon={<Link2 size={14} aria-hidden="true" />}
          onClick={() => void copyLink()}
        />
      </span>
      {naming && (
        <NameView
          naming={naming}
          busy={save.isPending}
          onChange={(name) => setNaming({ ...naming, name })}
          onClose={() => setNaming(null)}
          onSave={() => {
            const view = { ...naming.view, name: naming.name.trim() };
            put(naming.before ?? view.name, view, `View ${view.name} saved`);
          }}
        />
      )}
    </div>
  );
}

interface TabProps {
  label: string;
  hint?: string;
  current: boolean;
  /** Whether the filter was this view's and is another now. */
  changed?: boolean;
  onOpen: () => void;
}

function Tab({ label, hint, current, changed = false, onOpen }: TabProps) {
  return (
    <button
      type="button"
      title={hint}
      aria-current={current ? "page" : undefined}
      onClick={onOpen}
      className={cx(
        "relative max-w-48 shrink-0 truncate px-2 text-body select-none after:absolute after:inset-x-2 after:bottom-0 after:h-0.5 focus-visible:-outline-offset-2",
        current || changed
          ? "font-medium text-ink after:bg-accent"
          : "text-ink-2 after:bg-transparent hover:text-ink",
      )}
    >
      {label}
      {changed && <span className="text-ink-3"> (changed)</span>}
    </button>
  );
}

interface NameViewProps {
  naming: Naming;
  busy: boolean;
  onChange: (name: string) => void;
  onClose: () => void;
  onSave: () => void;
}

function NameView({ naming, busy, onChange, onClose, onSave }: NameViewProps) {
  const unnamed = naming.name.trim() === "";
  return (
    <Dialog
      open
      onClose={onClose}
      title={naming.before === null ? "Save as a view" : "Rename the view"}
      description={
        <>
          {naming.view.q === "" ? (
            "All requests"
          ) : (
            <code className="font-mono text-code break-all">{naming.view.q}</code>
          )}
          {naming.before === null && ", with the columns and the order that are shown."}
        </>
      }
      onSubmit={() => !unnamed && onSave()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="primary"
            busy={busy}
            disabledReason={unnamed ? "Give it a name." : undefined}
          >
            Save view
          </Button>
        </>
      }
    >
      <TextField label="Name" maxLength={60} value={naming.name} onChange={onChange} />
    </Dialog>
  );
}

/** The layout with the order of the rows. */
function layoutWith({ columns, time }: Layout, sorted: SortedRows | null): Layout {
  const plain: Layout = { columns, time: time ?? "absolute" };
  if (!sorted) return plain;
  return { ...plain, sort: { by: sorted.by, descending: sorted.descending } };
}

function isSameOrder({ layout }: View, sorted: SortedRows | null): boolean {
  const sort = layout?.sort ?? null;
  if (sort === null || sorted === null) return sort === null && sorted === null;
  return sort.by === sorted.by && sort.descending === sorted.descending;
}

function isSameLayout(a: Layout, b: Layout): boolean {
  const text = ({ columns, time }: Layout) =>
    [time ?? "absolute", ...columns.map(({ id, width }) => `${id} ${width ?? ""}`)].join("\n");
  return text(a) === text(b);
}

async function copyLink(): Promise<void> {
  const link = window.location.href;
  if (await copyText(link)) toast({ tone: "ok", title: "Link copied" });
  else toast({ tone: "err", title: "Could not copy", detail: link });
}
