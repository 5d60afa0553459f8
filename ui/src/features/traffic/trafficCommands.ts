import { useEffect, useRef } from "react";
import { type Command, registerCommands } from "@/app/commands.ts";
import { withTerm } from "@/live/filterText.ts";
import type { Exchange } from "@/live/exchange.ts";
import type { LiveLog } from "@/live/liveLog.ts";
import { copyText, toast } from "@/ui/index.ts";
import { readCurl } from "./queries.ts";

/** What the commands of the Traffic place act on. */
export interface TrafficActions {
  log: LiveLog;
  /** The request that is current: the row with the keyboard, or the one whose detail is open. */
  current: () => Exchange | undefined;
  /** Where callers reach the gateway. */
  url: string;
  filter: string;
  setFilter: (filter: string) => void;
  focusFilter: () => void;
  open: (id: string) => void;
  askToClear: () => void;
  /** Opens the route tester with a request. */
  test: (id: string) => void;
  /** Asks what would become of a request if something were different; `null`: of one made by hand. */
  whatIf: (id: string | null) => void;
}

/** Offers the commands of the Traffic place while the component is on the page. */
export function useTrafficCommands(actions: TrafficActions): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  // Registered once: what they act on changes with every letter of the filter.
  useEffect(() => registerCommands(trafficCommands(() => latest.current)), []);
}

function trafficCommands(actions: () => TrafficActions): Command[] {
  const here = (command: Omit<Command, "group">): Command => ({ ...command, group: "Traffic" });
  return [
    here({
      id: "traffic.pause",
      title: "Pause or resume the log",
      keys: "Space",
      when: spaceIsFree,
      run: () => actions().log.togglePause(),
    }),
    here({
      id: "traffic.live",
      title: "Follow the newest requests",
      words: "live end tail",
      when: () => actions().log.state.get().mode !== "live",
      run: () => actions().log.goLive(),
    }),
    here({
      id: "traffic.filter",
      title: "Filter requests",
      keys: "/",
      run: () => actions().focusFilter(),
    }),
    here({
      id: "traffic.filter.clear",
      title: "Clear the filter",
      when: () => actions().filter !== "",
      run: () => actions().setFilter(""),
    }),
    here({
      id: "traffic.what-if.by-hand",
      title: "What if a request came? Make one by hand",
      words: "explain why ask try",
      run: () => actions().whatIf(null),
    }),
    here({
      id: "traffic.clear",
      title: "Clear the log…",
      words: "empty delete remove",
      run: () => actions().askToClear(),
    }),
    ...rowCommands(actions).map((command) =>
      here({
        ...command,
        when: () => actions().current() !== undefined && (command.when?.() ?? true),
      }),
    ),
  ];
}

function rowCommands(actions: () => TrafficActions): Omit<Command, "group">[] {
  const current = () => actions().current();
  const narrow = (key: string, value: string | undefined) => {
    const { filter, setFilter } = actions();
    if (value !== undefined) setFilter(withTerm(filter, key, value));
  };
  return [
    {
      id: "traffic.open",
      title: "Open the request's detail",
      run: () => actions().open(current()?.id ?? ""),
    },
    {
      id: "traffic.copy.url",
      title: "Copy the request's URL",
      keys: "Y U",
      run: () => void copy("URL", urlOf(current(), actions().url)),
    },
    {
      id: "traffic.copy.curl",
      title: "Copy the request as cURL",
      keys: "Y C",
      run: () => void copyCurl(current()?.id ?? ""),
    },
    {
      id: "traffic.copy.id",
      title: "Copy the request's id",
      keys: "Y I",
      run: () => void copy("Request id", current()?.request_id ?? ""),
    },
    {
      id: "traffic.test",
      title: "Test the request on the routes",
      words: "why route tester match",
      run: () => actions().test(current()?.id ?? ""),
    },
    {
      id: "traffic.what-if",
      title: "What if the request came otherwise?",
      words: "explain why change again",
      run: () => actions().whatIf(current()?.id ?? null),
    },
    {
      id: "traffic.filter.key",
      title: "Show only this key's requests",
      when: () => current()?.key != null,
      run: () => narrow("key", current()?.key?.name),
    },
    {
      id: "traffic.filter.route",
      title: "Show only this route's requests",
      when: () => current()?.route != null,
      run: () => narrow("route", current()?.route ?? undefined),
    },
  ];
}

/** Space presses a button or follows a link first; only elsewhere is it a shortcut. */
function spaceIsFree(): boolean {
  return !document.activeElement?.matches("button, a, summary, [role=tab], [role=separator]");
}

function urlOf(exchange: Exchange | undefined, base: string): string {
  if (!exchange) return "";
  return `${base}${exchange.path}${exchange.query == null ? "" : `?${exchange.query}`}`;
}

async function copyCurl(id: string): Promise<void> {
  try {
    const { command } = await readCurl(id);
    await copy("cURL command", command);
  } catch (error) {
    const detail = error instanceof Error ? error.message : "";
    toast({ tone: "err", title: "No cURL command", detail });
  }
}

async function copy(what: string, text: string): Promise<void> {
  if (await copyText(text)) toast({ tone: "ok", title: `${what} copied` });
  else toast({ tone: "err", title: "Could not copy", detail: text });
}
