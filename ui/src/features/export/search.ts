/** What the Export place keeps in its address. */
export interface ExportSearch {
  /** The product's id, such as `nginx`; the one chosen last if absent. */
  to?: string;
  /** Names of the routes to export open though they are less strict there, with commas between. */
  open?: string;
  /** Whether hashes of API keys are taken over where the product compares hashes. */
  hashes?: "yes";
  /** The file that is shown; the one the product is started with if absent. */
  file?: string;
  /** The line of it that is marked; the first is 1. */
  line?: number;
}

export function validateExportSearch(search: Record<string, unknown>): ExportSearch {
  const { to, open, hashes, file } = search;
  const line = Number(search["line"] ?? Number.NaN);
  return {
    ...(typeof to === "string" && { to }),
    ...(typeof open === "string" && open !== "" && { open }),
    ...(hashes === "yes" && { hashes }),
    ...(typeof file === "string" && { file }),
    ...(Number.isSafeInteger(line) && line > 0 && { line }),
  };
}

/** The routes to export open. */
export function openRoutes({ open }: ExportSearch): string[] {
  return open === undefined ? [] : open.split(",").filter((name) => name !== "");
}

/** The same with one more, or one fewer, route to export open. */
export function withOpen(search: ExportSearch, route: string, open: boolean): ExportSearch {
  const others = openRoutes(search).filter((name) => name !== route);
  const names = open ? [...others, route] : others;
  const { open: _, ...rest } = search;
  return names.length === 0 ? rest : { ...rest, open: names.join(",") };
}
