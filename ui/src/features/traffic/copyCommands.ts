import type { Command } from "@/app/commands.ts";
import type { Exchange } from "@/live/exchange.ts";
import { copyText, format, toast } from "@/ui/index.ts";
import { readCurl, readExchange, readScript } from "./queries.ts";
import type { TrafficActions } from "./trafficCommands.ts";

/** Copying something of a request, or of each that is selected, one after the other. */
export function copyCommands(actions: () => TrafficActions): Omit<Command, "group">[] {
  const targets = () => actions().targets();
  return [
    {
      id: "traffic.copy.url",
      title: "Copy the request's URL",
      keys: "Y U",
      run: () => {
        const { url } = actions();
        void copy("URL", targets(), (row) => urlOf(row, url));
      },
    },
    {
      id: "traffic.copy.curl",
      title: "Copy the request as cURL",
      keys: "Y C",
      run: () => void copyCurl(targets()),
    },
    {
      id: "traffic.copy.body",
      title: "Copy the answer's body",
      keys: "Y B",
      run: () => void copyBodies(targets()),
    },
    {
      id: "traffic.copy.id",
      title: "Copy the request's id",
      keys: "Y I",
      run: () => void copy("Request id", targets(), (row) => row.request_id),
    },
  ];
}

/** Bodies that are copied at once: each is read by itself. */
const MOST_BODIES = 20;

function urlOf({ path, query }: Exchange, base: string): string {
  return `${base}${path}${query == null ? "" : `?${query}`}`;
}

async function copy(
  what: string,
  rows: readonly Exchange[],
  text: (row: Exchange) => string,
): Promise<void> {
  const several = rows.length > 1 ? `${what} of ${format.plural(rows.length, "request")}` : what;
  await copied(several, rows.map(text).join("\n"));
}

async function copyCurl(rows: readonly Exchange[]): Promise<void> {
  const [first] = rows;
  if (!first) return;
  try {
    if (rows.length === 1) await copied("cURL command", (await readCurl(first.id)).command);
    else {
      const { text } = await readScript(rows.map(({ id }) => id));
      await copied(`cURL script of ${format.plural(rows.length, "request")}`, text);
    }
  } catch (error) {
    failed("No cURL command", error);
  }
}

/** The answers' bodies, or where there is none the request's. */
async function copyBodies(rows: readonly Exchange[]): Promise<void> {
  if (rows.length > MOST_BODIES) {
    const detail = `At most ${MOST_BODIES} are copied at once. Export them to have all in a file.`;
    toast({ tone: "warn", title: `Bodies of ${rows.length} requests`, detail });
    return;
  }
  try {
    const details = await Promise.all(rows.map(({ id }) => readExchange(id)));
    const bodies = details.map(({ response_body: answered, request_body: asked }) =>
      answered.text
        ? { what: "Body of the answer", text: answered.text }
        : { what: "Body of the request", text: asked.text },
    );
    const [first] = bodies;
    const text = bodies.flatMap((body) => body.text ?? []).join("\n");
    if (!first || text === "")
      toast({ title: "Neither body is text", detail: "The tabs Request and Response show them." });
    else if (bodies.length === 1) await copied(first.what, text);
    else await copied(`Bodies of ${format.plural(rows.length, "request")}`, text);
  } catch (error) {
    failed("No body", error);
  }
}

function failed(title: string, error: unknown): void {
  const detail = error instanceof Error ? error.message : "";
  toast({ tone: "err", title, detail });
}

async function copied(what: string, text: string): Promise<void> {
  if (await copyText(text)) toast({ tone: "ok", title: `${what} copied` });
  else toast({ tone: "err", title: "Could not copy", detail: text });
}
