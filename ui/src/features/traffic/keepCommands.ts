import type { Command } from "@/app/commands.ts";
import type { Exchange } from "@/live/exchange.ts";
import { format, toast } from "@/ui/index.ts";
import { pinRequests, removeRequests, restoreRequests } from "./queries.ts";
import type { TrafficActions } from "./trafficCommands.ts";

/** Keeping requests whatever goes, and removing them so that it can be undone. */
export function keepCommands(actions: () => TrafficActions): Omit<Command, "group">[] {
  return [
    {
      id: "traffic.pin",
      title: "Pin the request, or unpin it",
      keys: "P",
      words: "keep favourite star retention selected unpin",
      run: () => void pin(actions()),
    },
    {
      id: "traffic.remove",
      title: "Remove the request from the log",
      keys: "Delete",
      words: "delete selected trash",
      run: () => void remove(actions()),
    },
  ];
}

/** Pins requests; where all of them are pinned, lets go of them. */
export async function pin(
  { log, targets }: Pick<TrafficActions, "log" | "targets">,
  rows: readonly Exchange[] = targets(),
): Promise<void> {
  if (rows.length === 0) return;
  const pinned = rows.some((row) => row.pinned !== true);
  try {
    const { missing } = await pinRequests(rows.map(idOf), pinned);
    const there = rows.map(idOf).filter((id) => !missing.includes(id));
    log.markPinned(there, pinned);
    const detail = [
      pinned ? "Neither emptying the log nor retention removes it." : "",
      missing.length > 0 ? `${some(missing.length)} not in the log, or still running.` : "",
    ];
    toast({
      tone: "ok",
      title: `${pinned ? "Pinned" : "Unpinned"} ${what(rows, there.length)}`,
      detail: detail.filter(Boolean).join(" "),
    });
  } catch (error) {
    failed(pinned ? "Not pinned" : "Not unpinned", error);
  }
}

/** Removes requests from the log; the toast can have them back. Pinned ones stay. */
export async function remove(
  { log, targets, leave }: Pick<TrafficActions, "log" | "targets" | "leave">,
  rows: readonly Exchange[] = targets(),
): Promise<void> {
  if (rows.length === 0) return;
  const filter = log.state.get().filter ?? "";
  try {
    const { removed, pinned, missing } = await removeRequests(rows.map(idOf));
    leave(removed);
    log.remove(removed);
    const stays = [
      pinned.length > 0 ? `${some(pinned.length)} pinned and stays: P unpins.` : "",
      missing.length > 0 ? `${some(missing.length)} still running, or gone already.` : "",
    ];
    const detail = stays.filter(Boolean).join(" ");
    if (removed.length === 0) {
      toast({ tone: "warn", title: "Nothing was removed", detail });
      return;
    }
    toast({
      title: `Removed ${what(rows, removed.length)}`,
      detail,
      action: { label: "Undo", run: () => void undo(log, removed, filter) },
    });
  } catch (error) {
    failed("Not removed", error);
  }
}

async function undo(
  log: TrafficActions["log"],
  ids: readonly string[],
  filter: string,
): Promise<void> {
  try {
    const { rows, missing } = await restoreRequests(ids);
    await log.restore(rows, filter);
    const detail = missing.length > 0 ? `${some(missing.length)} gone for good.` : "";
    toast({
      tone: "ok",
      title: `${format.plural(rows.length, "request")} back in the log`,
      detail,
    });
  } catch (error) {
    failed("Not undone", error);
  }
}

const idOf = ({ id }: Exchange) => id;
const some = (count: number) => (count === 1 ? "1 is" : `${format.count(count)} are`);

/** "GET /orders/7", or how many. */
function what(rows: readonly Exchange[], count: number): string {
  const [only] = rows;
  return rows.length === 1 && only
    ? `${only.method} ${only.path}`
    : format.plural(count, "request");
}

function failed(title: string, error: unknown): void {
  toast({ tone: "err", title, detail: error instanceof Error ? error.message : "" });
}
