import { Ellipsis, Link2, Plus } from "lucide-react";
import { useState } from "react";
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
} from "@/ui/index.ts";
import { useRemoveView, useSaveView, useViews, type View } from "./findingQueries.ts";

interface ViewTabsProps {
  /** The filter as typed. */
  filter: string;
  onFilter: (filter: string) => void;
}

/** What is being named: a new view, or one that gets another name. */
type Naming = { before: string | null; name: string; q: string };

/** Saved filters as tabs over the list, and the address of what is shown. */
export function ViewTabs({ filter, onFilter }: ViewTabsProps) {
  const views = useViews();
  const save = useSaveView();
  const remove = useRemoveView();
  const [naming, setNaming] = useState<Naming | null>(null);
  const [edited, setEdited] = useState<string | null>(null);
  const present = views.find((view) => view.q === filter.trim());
  // Who opened a view and goes on typing changes that view.
  const base = present ?? views.find((view) => view.name === edited);

  const open = (view: View | null) => {
    setEdited(view?.name ?? null);
    onFilter(view?.q ?? "");
  };
  const put = (before: string, view: View, done: string) =>
    save.mutate(
      { before, view },
      {
        onSuccess: () => {
          setNaming(null);
          setEdited(view.name);
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
      label: "Update to this filter",
      disabledReason: view.q === filter.trim() ? "It has this filter." : undefined,
      onSelect: () =>
        put(view.name, { name: view.name, q: filter.trim() }, `View ${view.name} updated`),
    },
    {
      label: "Rename…",
      onSelect: () => setNaming({ before: view.name, name: view.name, q: view.q }),
    },
    "separator",
    { label: "Remove", danger: true, onSelect: () => takeAway(view) },
  ];

  return (
    <div className="flex h-8 shrink-0 items-center gap-1 border-b border-line-subtle px-3">
      <nav aria-label="Views" className="flex h-full min-w-0 items-stretch gap-1 overflow-x-auto">
        <Tab label="All" current={filter.trim() === ""} onOpen={() => open(null)} />
        {views.map((view) => (
          <Tab
            key={view.name}
            label={view.name}
            hint={view.q}
            current={view === present}
            changed={view === base && view !== present && filter.trim() !== ""}
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
      {filter.trim() !== "" && !present && (
        <Button
          size="sm"
          variant="ghost"
          icon={<Plus size={12} />}
          onClick={() => setNaming({ before: null, name: "", q: filter.trim() })}
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
            const view = { name: naming.name.trim(), q: naming.q };
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
      title={naming.before === null ? "Save this filter as a view" : "Rename the view"}
      description={<code className="font-mono text-code break-all">{naming.q}</code>}
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

async function copyLink(): Promise<void> {
  const link = window.location.href;
  if (await copyText(link)) toast({ tone: "ok", title: "Link copied" });
  else toast({ tone: "err", title: "Could not copy", detail: link });
}
