import type { QueryClient } from "@tanstack/react-query";
import { readConfig, readRevision, refreshConfig, restoreRevision } from "@/api/index.ts";
import { dismissToast, plain, sentence, toast } from "@/ui/index.ts";

/**
 * The way back and forth through changes of the configuration. A restored revision is a new one;
 * the trail remembers which old one it stands for, so that undo goes on backwards instead of to
 * and fro. It holds until something else changes the configuration.
 */
interface Trail {
  /** The revision in force while the trail holds. */
  revision: number;
  /** Whose content that is. */
  standsFor: number;
  /** What redo restores, the next one last. */
  ahead: readonly number[];
}

let trail: Trail | null = null;
let lastToast: number | null = null;

/** Says what a change did, with the way back. Silent if it changed nothing a person would notice. */
export async function announceChange(client: QueryClient, revision: number): Promise<void> {
  await refreshConfig(client);
  // The change is made: that its words cannot be had is no failure of it.
  const said = await sentencesOf(revision).catch(() => []);
  if (said.length === 0) return;
  say(said, { label: "Undo", run: () => void undoChange(client) });
}

/** Takes the last change back. */
export async function undoChange(client: QueryClient): Promise<void> {
  await tellFailure(async () => {
    const { revision } = await readConfig();
    const present = trail?.revision === revision ? trail : null;
    const undone = present?.standsFor ?? revision;
    if (undone <= 1) {
      toast({ title: "There is nothing to undo" });
      return;
    }
    const said = await sentencesOf(undone);
    const now = await restoreBefore(undone, revision);
    trail = { ...now, ahead: [...(present?.ahead ?? []), undone] };
    await refreshConfig(client);
    say(
      said.map((change) => `Undone: ${change}`),
      {
        label: "Redo",
        run: () => void redoChange(client),
      },
    );
  });
}

/** Makes the change again that was last taken back. */
export async function redoChange(client: QueryClient): Promise<void> {
  await tellFailure(async () => {
    const { revision } = await readConfig();
    const again = trail?.revision === revision ? trail.ahead.at(-1) : undefined;
    if (trail === null || again === undefined) {
      toast({ title: "There is nothing to redo" });
      return;
    }
    const applied = await restoreRevision(again, revision);
    trail = { revision: applied.revision, standsFor: again, ahead: trail.ahead.slice(0, -1) };
    await announceChange(client, applied.revision);
  });
}

/** Restores the last revision before `undone` that differs from the one in force. */
async function restoreBefore(
  undone: number,
  inForce: number,
): Promise<Pick<Trail, "revision" | "standsFor">> {
  const { revision } = await restoreRevision(undone - 1, inForce);
  if (revision === inForce && undone > 2) return restoreBefore(undone - 1, inForce);
  return { revision, standsFor: undone - 1 };
}

async function sentencesOf(revision: number): Promise<string[]> {
  return (await readRevision(revision)).changes;
}

/** A toast says this many changes beside the first; History lists all of them. */
const MOST_SAID = 2;

/** One toast for what changed: typing goes on, and its last word counts. */
function say(changes: readonly string[], action: { label: string; run: () => void }): void {
  const [first = "The configuration changed", ...others] = changes;
  const more = others.length - MOST_SAID;
  const said = [
    ...others.slice(0, MOST_SAID).map((change) => sentence(plain(change))),
    ...(more > 0 ? [`And ${more} more.`] : []),
  ];
  if (lastToast !== null) dismissToast(lastToast);
  lastToast = toast({
    tone: "ok",
    title: sentence(plain(first)).slice(0, -1),
    ...(said.length > 0 && { detail: said.join(" ") }),
    action,
  });
}

async function tellFailure(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    toast({ tone: "err", title: "That change could not be made", detail });
  }
}
