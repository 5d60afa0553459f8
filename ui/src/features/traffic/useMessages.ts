import { useEffect, useState } from "react";
import { answer, api, type components, events } from "@/api/index.ts";

export type Message = components["schemas"]["Message"];

interface Read {
  id: string;
  rows: readonly Message[];
  error: Error | null;
  /** Everything that is kept so far has been read. */
  complete: boolean;
}

const NOTHING_YET = { rows: [], error: null, complete: false };

/** The messages of a request that are kept, and those that come while it is looked at. */
export function useMessages(id: string): Omit<Read, "id"> {
  const [read, setRead] = useState<Read>({ id, ...NOTHING_YET });
  useEffect(() => follow(id, setRead), [id]);
  return read.id === id ? read : NOTHING_YET;
}

/** Reads what there is, and again whenever the gateway tells of more, until the returned function. */
function follow(id: string, show: (read: Read) => void): () => void {
  const left = new AbortController();
  const rows: Message[] = [];
  let reading = false;
  let more = false;

  const readOn = async () => {
    more = true;
    if (reading) return;
    reading = true;
    try {
      while (more && !left.signal.aborted) {
        more = false;
        // oxlint-disable-next-line no-await-in-loop
        const page = await readPage(id, rows.at(-1)?.number ?? 0, left.signal);
        rows.push(...page.rows);
        more ||= page.next != null;
        show({ id, rows: rows.slice(), error: null, complete: page.next == null });
      }
    } catch (error) {
      if (!left.signal.aborted)
        show({ id, rows: rows.slice(), error: error as Error, complete: false });
    } finally {
      reading = false;
    }
  };

  void readOn();
  const stopListening = events.listen((event) => {
    if (event.type === "messages" && event.exchanges.includes(id)) void readOn();
  });
  const stopReopening = events.onReopen(() => void readOn());
  return () => {
    left.abort();
    stopListening();
    stopReopening();
  };
}

function readPage(id: string, after: number, signal: AbortSignal) {
  return answer(
    api.GET("/api/v1/exchanges/{id}/messages", {
      params: { path: { id }, query: { after } },
      signal,
    }),
  );
}
