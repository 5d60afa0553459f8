/** What the Export place keeps in its address. */
export interface ExportSearch {
  /** The product's id, such as `nginx`; the one chosen last if absent. */
  to?: string;
  /** Names of the routes to export open though they are less strict there, with commas between. */
  open?: string;
  /** Whether hashes of API keys are taken over where the product compares hashes. */
  hashes?: "yes";
  /** What is shown beside the findings instead of a file. */
  view?: "diff";
  /** The file that is shown; the one the product is started with if absent. */
  file?: string;
  /** The line of it that is marked; the first is 1. */
  line?: number;
}

export function validateExportSearch(search: Record<string, unknown>): ExportSearch {
  const { to, open, hashes, view, file } = search;
  const line = Number(search["line"] ?? Number.NaN);
  return {
    ...(typeof to === "string" && { to }),
    ...(typeof open === "string" && open !== "" && { open }),
    ...(hashes === "yes" && { hashes }),
    ...(view === "diff" && { view }),
    ...(typeof file === "string" && { file }),
    ...(Number.isSafeInteger(line) && line > 0 && { line }),
  };
}

/** What a route may be called: nothing that a shell or a command takes for something else. */
const ROUTE_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** The routes to export open. What no route can be called is left out. */
export function openRoutes({ open }: ExportSearch): string[] {
  return open === undefined ? [] : open.split(",").filter((name) => ROUTE_NAME.test(name));
}

/** The same with one more, or one fewer, route to export open. */
export function withOpen(search: ExportSearch, route: string, open: boolean): ExportSearch {
  const others = openRoutes(search).filter((name) => name !== route);
  const names = open ? [...others, route] : others;
  const { open: _, ...rest } = search;
  return names.length === 0 ? rest : { ...rest, open: names.join(",") };
}
