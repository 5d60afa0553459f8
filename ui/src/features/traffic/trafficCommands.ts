import { useEffect, useRef } from "react";
import { FORCED, type ForcedRefusal, type Whose } from "@/app/faults.ts";
import { type Command, registerCommands } from "@/app/commands.ts";
import { LOG_COLUMNS } from "@/live/columns.ts";
import { withTerm } from "@/live/filterText.ts";
import type { Exchange } from "@/live/exchange.ts";
import type { LiveLog } from "@/live/liveLog.ts";
import { toast } from "@/ui/index.ts";
import { copyCommands } from "./copyCommands.ts";
import { keepCommands } from "./keepCommands.ts";
import { wantsKey } from "./retry/keyFor.ts";

/** What the commands of the Traffic place act on. */
export interface TrafficActions {
  log: LiveLog;
  /** The request that is current: the row with the keyboard, or the one whose detail is open. */
  current: () => Exchange | undefined;
  /** The requests that are selected, in order; else the one that is current. */
  targets: () => readonly Exchange[];
  /** Requests are about to leave the log: nothing shows them any more. */
  leave: (ids: readonly string[]) => void;
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
  /** The id of the request that was marked to be compared. */
  marked: string | null;
  mark: (id: string | null) => void;
  /** Shows a request beside another one; an empty id leaves the choice. */
  compare: (id: string, other: string) => void;
  /** Sends a request again at once, or lets it be edited first. */
  replay: (id: string, how: "send" | "edit") => void;
  askToExport: () => void;
  askToImport: () => void;
  /** Lets the columns be chosen. */
  arrange: () => void;
  /** Issues a key that a refused request would pass with, and sends it again. */
  retryWithKey: (exchange: Exchange) => void;
  /** Lets somebody's next request be refused. */
  force: (whose: Whose, refusal: ForcedRefusal) => void;
  /** Shows the tab of the detail that is so many further; `null` without a detail. */
  turnTab: ((step: 1 | -1) => void) | null;
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
    here({
      id: "traffic.export",
      title: "Export requests…",
      words: "har curl csv json lines save download",
      run: () => actions().askToExport(),
    }),
    here({
      id: "traffic.import",
      title: "Import a HAR file…",
      words: "har open load",
      run: () => actions().askToImport(),
    }),
    here({
      id: "traffic.columns",
      title: "Choose the log's columns…",
      words: "show hide order header",
      run: () => actions().arrange(),
    }),
    ...([1, -1] as const).map((step) =>
      here({
        id: `traffic.tab.${step === 1 ? "next" : "previous"}`,
        title: `Show the ${step === 1 ? "next" : "previous"} tab of the detail`,
        keys: step === 1 ? "]" : "[",
        when: () => actions().turnTab !== null,
        run: () => actions().turnTab?.(step),
      }),
    ),
    here({
      id: "traffic.group",
      title: "Group repeated requests, or show each",
      words: "collapse fold same",
      run: () => {
        const { log } = actions();
        log.group(!log.state.get().grouped);
      },
    }),
    ...LOG_COLUMNS.flatMap(({ id, header, sort }) =>
      sort
        ? here({
            id: `traffic.sort.${id}`,
            title: `Sort requests by ${header}, ${sort.descending ? "highest" : "lowest"} first`,
            words: "order",
            run: () => void actions().log.sortBy(sort),
          })
        : [],
    ),
    ...rowCommands(actions).map((command) =>
      here({
        ...command,
        contextual: true,
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
      id: "traffic.replay",
      title: "Send the request again",
      keys: "R",
      words: "replay repeat",
      run: () => actions().replay(current()?.id ?? "", "send"),
    },
    {
      id: "traffic.edit",
      title: "Edit the request and send it again",
      keys: "E",
      words: "replay change",
      run: () => actions().replay(current()?.id ?? "", "edit"),
    },
    {
      id: "traffic.retry-with-key",
      title: "Issue a key and send the request again",
      words: "401 retry unauthorized credential",
      when: () => {
        const exchange = current();
        return exchange !== undefined && wantsKey(exchange);
      },
      run: () => {
        const exchange = current();
        if (exchange) actions().retryWithKey(exchange);
      },
    },
    ...(Object.keys(FORCED) as ForcedRefusal[]).flatMap((refusal) => [
      {
        id: `traffic.force.key.${refusal}`,
        title: `Force ${FORCED[refusal]} on this key's next request`,
        words: "fault once test",
        when: () => current()?.key != null,
        run: () => actions().force({ key: current()?.key ?? undefined }, refusal),
      },
      {
        id: `traffic.force.route.${refusal}`,
        title: `Force ${FORCED[refusal]} on this route's next request`,
        words: "fault once test",
        when: () => current()?.route != null,
        run: () => actions().force({ route: current()?.route ?? undefined }, refusal),
      },
    ]),
    {
      id: "traffic.mark",
      title: "Mark the request to compare it",
      keys: "M",
      words: "diff select",
      run: () => mark(actions(), current()),
    },
    {
      id: "traffic.diff",
      title: "Compare the request with the marked one, or on another version",
      keys: "D",
      words: "diff difference",
      when: () => actions().targets().length <= 2,
      run: () => compare(actions(), current()),
    },
    ...keepCommands(actions),
    ...copyCommands(actions),
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

/** Marks a request, or takes the mark from it. */
function mark({ marked, mark: set }: TrafficActions, current: Exchange | undefined): void {
  if (!current) return;
  const again = current.id === marked;
  set(again ? null : current.id);
  const title = again ? "No longer marked" : "Marked; press D on another request to compare";
  toast({ title, detail: `${current.method} ${current.path}` });
}

function compare(actions: TrafficActions, current: Exchange | undefined): void {
  const [first, second] = actions.targets();
  // Two that are selected are meant, the older one first.
  if (first && second) return actions.compare(first.id, second.id);
  if (!current) return;
  const { marked } = actions;
  actions.compare(current.id, marked !== null && marked !== current.id ? marked : "");
}

/** Space presses a button or follows a link first; only elsewhere is it a shortcut. */
function spaceIsFree(): boolean {
  return !document.activeElement?.matches("button, a, summary, [role=tab], [role=separator]");
}
