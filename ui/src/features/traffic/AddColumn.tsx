import { Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { DETAIL_KINDS } from "@/live/detailColumns.ts";
import { Button, Select, TextField } from "@/ui/index.ts";
import { Problem } from "@/api/index.ts";
import { readCells } from "./queries.ts";

interface AddColumnProps {
  /** The ids of the columns that there are. */
  taken: readonly string[];
  onAdd: (id: string) => void;
}

const KINDS = DETAIL_KINDS.map(({ id, label }) => ({ value: id, label }));

/** A column of one's own: a header, or what a JSON path finds in a body. */
export function AddColumn({ taken, onAdd }: AddColumnProps) {
  const [chosen, setChosen] = useState(DETAIL_KINDS[0]?.id ?? "header");
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  // What is wrong stands under the field, which can be at the end of what is to be seen.
  useEffect(() => {
    if (problem !== undefined) form.current?.scrollIntoView({ block: "nearest" });
  }, [problem]);
  const kind = DETAIL_KINDS.find(({ id }) => id === chosen) ?? DETAIL_KINDS[0];
  if (!kind) return null;
  const isHeader = kind.field !== "JSON path";

  const add = async () => {
    const written = isHeader ? text.trim().toLowerCase() : text.trim();
    const id = `${kind.prefix}${written}`;
    if (written === "") return setProblem(`Write one such as ${kind.example}.`);
    if (taken.includes(id)) return setProblem("This column is there already.");
    setBusy(true);
    try {
      // Only the gateway says whether it can be read.
      await readCells([], [id]);
      setText("");
      setProblem(undefined);
      onAdd(id);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      ref={form}
      aria-label="Add a column"
      className="mt-2 flex flex-wrap items-start gap-2 border-t border-line-subtle pt-3 pb-1"
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        void add();
      }}
    >
      <Select
        label="Add a column"
        value={chosen}
        onChange={(next) => {
          setChosen(next);
          setProblem(undefined);
        }}
        options={KINDS}
        className="w-44"
      />
      <TextField
        label={kind.field}
        mono
        placeholder={kind.example}
        maxLength={200}
        value={text}
        error={problem}
        onChange={(next) => {
          setText(next);
          setProblem(undefined);
        }}
        className="min-w-40 flex-1"
      />
      {/* Beside the field, below whose label it stands. */}
      <span className="pt-6">
        <Button type="submit" icon={<Plus size={14} />} busy={busy}>
          Add
        </Button>
      </span>
    </form>
  );
}
