import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import { Button, cx, format } from "@/ui/index.ts";
import type { JsonNode } from "./jsonTree.ts";

/** How deep it is open at first. */
const OPEN_DEPTH = 2;
/** How many members are shown before one asks for more. */
const STEP = 100;
/** Longer strings are cut short. */
const LONGEST = 2000;

/** A JSON document whose objects and arrays fold. */
export function JsonTree({ label, root }: { label: string; root: JsonNode }) {
  return (
    <div
      role="region"
      aria-label={label}
      // A region that scrolls must be reachable with the keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="max-h-[60vh] overflow-auto rounded-control border border-line-subtle bg-sunken px-2 py-1.5 font-mono text-code focus-visible:-outline-offset-2"
    >
      <Node name={null} node={root} depth={0} />
    </div>
  );
}

interface NodeProps {
  /** The member's name or the item's number; `null` for the document itself. */
  name: string | null;
  node: JsonNode;
  depth: number;
}

function Node({ name, node, depth }: NodeProps) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  if (node.kind === "scalar") {
    return (
      <div className="flex min-h-5 pl-5">
        <Name name={name} />
        <Scalar text={node.text} />
      </div>
    );
  }
  const size = node.kind === "object" ? node.members.length : node.items.length;
  const brackets = node.kind === "object" ? "{}" : "[]";
  if (size === 0) {
    return (
      <div className="flex min-h-5 pl-5">
        <Name name={name} />
        <span className="text-ink-3">{brackets}</span>
      </div>
    );
  }
  const Chevron = open ? ChevronDown : ChevronRight;
  const told = format.plural(size, node.kind === "object" ? "member" : "item");
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex min-h-6 w-full items-center text-left hover:bg-hover focus-visible:-outline-offset-2"
      >
        <Chevron size={14} aria-hidden="true" className="mr-1.5 shrink-0 text-ink-3" />
        <Name name={name} />
        <span className="text-ink-3">{`${brackets} ${told}`}</span>
      </button>
      {open && <Children node={node} depth={depth} />}
    </div>
  );
}

function Children({ node, depth }: { node: Exclude<JsonNode, { kind: "scalar" }>; depth: number }) {
  const [shown, setShown] = useState(STEP);
  const all =
    node.kind === "object"
      ? node.members
      : node.items.map((value, at) => ({ name: String(at), value }));
  return (
    <div className="ml-1.5 border-l border-line-subtle pl-2">
      {all.slice(0, shown).map(({ name, value }, at) => (
        // A document never changes, and its members may repeat.
        // oxlint-disable-next-line react/no-array-index-key
        <Node key={at} name={name} node={value} depth={depth + 1} />
      ))}
      {all.length > shown && (
        <Button size="sm" variant="ghost" onClick={() => setShown(shown + 10 * STEP)}>
          {`Show more of ${format.count(all.length - shown)}`}
        </Button>
      )}
    </div>
  );
}

function Name({ name }: { name: string | null }) {
  if (name === null) return null;
  return <span className="shrink-0 pr-2 text-info">{`${name}:`}</span>;
}

function Scalar({ text }: { text: string }) {
  const isString = text.startsWith('"');
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return <span className={cx("break-all", isString ? "text-ok" : "text-ink")}>{cut}</span>;
}
