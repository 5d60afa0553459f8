import type { Cell } from "./detailCells.ts";
import type { ColumnTerm, LogColumn } from "./columns.ts";

/** What columns can be made of, beside those that the log has. */
export interface DetailKind {
  id: "header" | "res.header" | "res.body" | "req.body";
  label: string;
  /** What is written to say which. */
  field: string;
  example: string;
  /** What the id of such a column begins with. */
  prefix: string;
}

export const DETAIL_KINDS: readonly DetailKind[] = [
  {
    id: "header",
    label: "Header of the request",
    field: "Name of the header",
    example: "user-agent",
    prefix: "header.",
  },
  {
    id: "res.header",
    label: "Header of the answer",
    field: "Name of the header",
    example: "content-type",
    prefix: "res.header.",
  },
  {
    id: "res.body",
    label: "JSON of the answer",
    field: "JSON path",
    example: "$.order.id",
    prefix: "res.body:",
  },
  {
    id: "req.body",
    label: "JSON of the request",
    field: "JSON path",
    example: "$.customer.name",
    prefix: "req.body:",
  },
];

/** A column made of a header or of a body's JSON, by its id such as `header.user-agent`. */
export function detailColumn(id: string): LogColumn | undefined {
  const kind = DETAIL_KINDS.find(({ prefix }) => id.startsWith(prefix));
  const name = kind ? id.slice(kind.prefix.length) : "";
  if (!kind || name === "") return undefined;
  const isHeader = kind.field !== "JSON path";
  return {
    id,
    header: name,
    hint: isHeader ? kind.label : `${kind.label}: ${name}`,
    width: 130,
    spare: 4,
    optional: true,
    detail: true,
    term: (_, cell) => (isHeader ? ofHeader(id, cell) : ofMember(kind, name, cell)),
  };
}

/** What is cut short cannot be all of it. */
const whole = (cell: Cell): Pick<ColumnTerm, "op"> => (cell.cut ? {} : { op: "=" });

function ofHeader(id: string, cell: Cell | undefined): ColumnTerm | null {
  if (!cell?.text || !/^[\w.-]+$/.test(id)) return null;
  return { key: id, value: cell.text, ...whole(cell) };
}

function ofMember({ id }: DetailKind, path: string, cell: Cell | undefined): ColumnTerm | null {
  if (!cell?.text) return null;
  const names = namesOf(path);
  // Of what only a path can say, the text is looked for wherever it is.
  if (names === null) return { key: id, value: cell.text };
  return { key: `${id}.${names.join(".")}`, value: cell.text, ...whole(cell) };
}

/** The names that a path goes along, where it leads to one place that a filter can name. */
export function namesOf(path: string): string[] | null {
  const steps = path.slice(1).match(STEPS);
  if (!path.startsWith("$") || !steps || steps.join("").length !== path.length - 1) return null;
  const names = steps.map((step) => step.replace(/^\.|^\[['"]?|['"]?\]$/g, ""));
  return names.every((name) => /^[\w-]+$/.test(name)) ? names : null;
}

const STEPS = /\.[\w-]+|\[\d+\]|\['[\w-]+'\]|\["[\w-]+"\]/g;
