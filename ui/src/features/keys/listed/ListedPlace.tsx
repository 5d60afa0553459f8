import { Plus } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import type { ConfigInForce } from "@/api/index.ts";
import { type Command, useCommands } from "@/app/commands.ts";
import {
  Button,
  type Column,
  DataTable,
  EmptyState,
  SplitPane,
  TextField,
  useNarrow,
} from "@/ui/index.ts";
import { type FormPart, ListedForm } from "./ListedForm.tsx";
import { type Listed, type ListName, useRemove } from "./useListed.ts";

interface ListedPlaceProps<Name extends ListName> {
  inForce: ConfigInForce;
  list: Name;
  /** What one is called, and several: "consumer", "consumers". */
  what: string;
  several: string;
  columns: readonly Column<Listed<Name>>[];
  /** Columns that are left out where the form beside leaves no room for them. */
  leftBeside?: readonly string[];
  /** The name of the open one, or `:new`. */
  open: string | null;
  select: (sel: string | null) => void;
  /** What they are for, while there is none. */
  why: ReactNode;
  /** Above the list. */
  above?: ReactNode;
  /** What a new one starts from. */
  blank: Listed<Name>;
  /** The fields of the open one; `null` is a new one. */
  children: (part: FormPart<Name>, item: Listed<Name> | null) => ReactNode;
}

/** A list of the configuration with the form of what is open of it beside. */
export function ListedPlace<Name extends ListName>(props: ListedPlaceProps<Name>) {
  const { inForce, list, what, several, open, select, why, above } = props;
  const [typed, setTyped] = useState("");
  const remove = useRemove(inForce, list, () => select(null));
  const narrow = useNarrow();
  const crowded = useNarrow(1180) && open !== null;
  const columns = props.columns.filter(({ id }) => !(crowded && props.leftBeside?.includes(id)));
  const items: Listed<Name>[] = inForce.config[list];
  const rows = items.filter((item) =>
    JSON.stringify(item).toLowerCase().includes(typed.trim().toLowerCase()),
  );
  useCommands(
    useMemo(
      (): readonly Command[] => [
        {
          id: `${list}.new`,
          title: `New ${what}`,
          group: "Keys",
          keys: "C",
          words: "create add",
          run: () => select(":new"),
        },
      ],
      [list, what, select],
    ),
  );
  const add = (
    <Button
      variant="primary"
      keys="C"
      icon={<Plus size={14} aria-hidden="true" />}
      onClick={() => select(":new")}
    >
      New {what}
    </Button>
  );
  const item = items.find(({ name }) => name === open) ?? null;
  const main = (
    <div className="flex h-full flex-col">
      {above}
      {items.length > 0 && (
        <div className="flex items-center gap-2 px-3 py-2">
          <TextField
            label={`Filter ${several}`}
            hideLabel
            placeholder="Filter"
            type="search"
            className="min-w-24 max-w-72 flex-1"
            value={typed}
            onChange={setTyped}
          />
          <span className="flex-1" />
          {add}
        </div>
      )}
      <div className="min-h-0 flex-1 border-t border-line-subtle">
        {items.length === 0 ? (
          <EmptyState title={`No ${several} yet`} actions={add}>
            {why}
          </EmptyState>
        ) : (
          <DataTable
            label={several}
            columns={columns}
            rows={rows}
            rowKey={({ name }) => name}
            selected={open}
            onSelect={({ name }) => select(name)}
            empty={
              <EmptyState
                title={`No ${what} holds that text`}
                actions={<Button onClick={() => setTyped("")}>Clear the filter</Button>}
              />
            }
          />
        )}
      </div>
    </div>
  );
  const detail =
    open === ":new" || item ? (
      <ListedForm
        key={item?.name ?? ":new"}
        inForce={inForce}
        list={list}
        what={what}
        item={item}
        blank={props.blank}
        onSaved={select}
        onClose={() => select(null)}
        onRemove={remove}
      >
        {(part) => props.children(part, item)}
      </ListedForm>
    ) : open === null ? null : (
      <EmptyState
        title="It is not there any more"
        actions={<Button onClick={() => select(null)}>Close</Button>}
      >
        What this address names was deleted. History has it.
      </EmptyState>
    );
  if (narrow) return detail ?? main;
  return (
    <SplitPane
      id={list}
      direction="columns"
      label={what}
      initial={480}
      min={360}
      minFirst={320}
      first={main}
      second={detail}
    />
  );
}
