import { Copy, Download } from "lucide-react";
import { useState } from "react";
import { inDesktop } from "@/api/index.ts";
import { Button, copyText, format, saveFile, Select, Switch, toast } from "@/ui/index.ts";
import { CustomSpan } from "./CustomSpan.tsx";
import { readCsv, type Usage, useCallerChoices, type Wanted } from "./queries.ts";
import { DEFAULT_RANGE, RANGES, type Span } from "./range.ts";
import { type DashboardsSearch, without, withoutRange } from "./search.ts";

interface BarProps {
  wanted: Wanted;
  search: DashboardsSearch;
  usage: Usage | undefined;
  /** Takes the place of what is in the address. */
  onChange: (next: DashboardsSearch) => void;
  onSpan: (span: Span) => void;
}

const ALL = "";

/** What is looked at: how far back, whose requests; and the way out as a file. */
export function Bar({ wanted, search, usage, onChange, onSpan }: BarProps) {
  const [custom, setCustom] = useState(false);
  const { keys, consumers, plans } = useCallerChoices();
  const span = wanted.seen.kind === "span" ? wanted.seen.span : undefined;
  const seen = usage && { from: usage.since_us / 1_000_000, to: usage.until_us / 1_000_000 };
  const names = usage?.groups.flatMap(({ name }) => (name ? [name] : [])) ?? [];
  const routes = [...new Set([...names, ...(search.route ? [search.route] : [])])].toSorted();
  const choose = (range: string) => {
    if (range === "custom") setCustom(true);
    else if (range !== "span") onChange({ ...withoutRange(search), range });
  };
  return (
    <header className="flex flex-wrap items-center gap-2 border-b border-line-subtle px-3 py-2">
      <h1 className="mr-2 text-title">Dashboards</h1>
      <Select
        label="Time"
        hideLabel
        value={span ? "span" : (search.range ?? DEFAULT_RANGE)}
        onChange={choose}
        options={[
          ...RANGES.map(({ id, label }) => ({ value: id, label: `Last ${label}` })),
          ...(span ? [{ value: "span", label: words(span) }] : []),
          { value: "custom", label: "From … to …" },
        ]}
      />
      <Select
        label="Caller"
        hideLabel
        value={callerOf(search)}
        onChange={(caller) =>
          onChange({ ...without(search, "key", "consumer", "plan"), ...searchOf(caller) })
        }
        options={[
          { value: ALL, label: "All callers" },
          ...keys.map(({ id, name }) => ({ value: `key ${id}`, label: `Key ${name}` })),
          ...named(consumers, search.consumer).map((name) => ({
            value: `consumer ${name}`,
            label: `Consumer ${name}`,
          })),
          ...named(plans, search.plan).map((name) => ({
            value: `plan ${name}`,
            label: `Plan ${name}`,
          })),
        ]}
      />
      <Select
        label="Route"
        hideLabel
        value={search.route ?? ALL}
        onChange={(route) =>
          onChange(route === ALL ? without(search, "route") : { ...search, route })
        }
        options={[
          { value: ALL, label: "All routes" },
          ...routes.map((name) => ({ value: name, label: name })),
        ]}
      />
      <Switch
        label="With replays"
        checked={search.replays === "yes"}
        onChange={(on) => onChange(on ? { ...search, replays: "yes" } : without(search, "replays"))}
      />
      <p className="grow text-right text-small whitespace-nowrap text-ink-3">
        {seen && `${words(seen, usage.step_s)}, by ${format.duration(usage.step_s * 1000)}`}
      </p>
      <Button
        icon={
          inDesktop ? (
            <Copy size={14} aria-hidden="true" />
          ) : (
            <Download size={14} aria-hidden="true" />
          )
        }
        onClick={() => void takeOut(wanted)}
      >
        {inDesktop ? "Copy CSV" : "CSV"}
      </Button>
      {custom && <CustomSpan span={seen} onClose={() => setCustom(false)} onSpan={onSpan} />}
    </header>
  );
}

function callerOf({ key, consumer, plan }: DashboardsSearch): string {
  if (key !== undefined) return `key ${key}`;
  if (consumer !== undefined) return `consumer ${consumer}`;
  return plan === undefined ? ALL : `plan ${plan}`;
}

function searchOf(caller: string): DashboardsSearch {
  const at = caller.indexOf(" ");
  return at < 0 ? {} : { [caller.slice(0, at)]: caller.slice(at + 1) };
}

/** With the one that is chosen, whether it is known or not. */
function named(names: readonly string[], chosen: string | undefined): readonly string[] {
  return chosen === undefined || chosen === "" || names.includes(chosen)
    ? names
    : [...names, chosen];
}

/** Without seconds where all is counted by the minute or longer. */
function words({ from, to }: Span, step = 1): string {
  const show = (at: number) => {
    const text = format.time(at * 1000);
    return step % 60 === 0 ? text.replace(/:\d\d$/, "") : text;
  };
  return `${show(from)} – ${show(to)}`;
}

/** The desktop's webview saves no files. */
async function takeOut(wanted: Wanted): Promise<void> {
  try {
    const text = await readCsv(wanted, "route");
    if (inDesktop) await copyText(text);
    else saveFile("usage.csv", text, "text/csv");
    toast({ tone: "ok", title: inDesktop ? "CSV copied" : "usage.csv saved" });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    toast({ tone: "err", title: "There is no CSV", detail });
  }
}
