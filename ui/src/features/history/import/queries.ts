import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type components, ifMatch, queryKeys, refreshConfig } from "@/api/index.ts";
import { announceChange } from "@/app/changes.ts";

type Schemas = components["schemas"];
export type Report = Schemas["ImportReport"];
export type Finding = Schemas["ImportFinding"];
export type Upstream = Schemas["Upstream"];
export type PlannedRoute = Schemas["PlannedRoute"];

/** A text to import. Large ones are told apart by their number, not letter by letter. */
export interface Source {
  number: number;
  text: string;
  /** The file it is from; `null` for text that was typed or pasted. */
  name: string | null;
}

/** What a person says about it. */
export interface Wishes {
  mode: Schemas["Mode"] | null;
  upstreams: Schemas["Readdress"][];
  skip: string[];
  allow_reads: boolean;
  allow_runs: boolean;
  /** Where the commands of a Procfile run; empty for the gateway's folder. */
  folder: string;
}

/** What a file comes to, and what is wrong with it. Changes nothing. */
export function useImportPreview(source: Source, wishes: Wishes) {
  return useQuery({
    queryKey: [...queryKeys.config, "import", source.number, wishes],
    queryFn: ({ signal }) =>
      answer(api.POST("/api/v1/import", { body: body(source, wishes, true), signal })),
    enabled: source.text.trim() !== "",
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
}

/** Takes a file over, into revision `inForce`. */
export function useImport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (order: { source: Source; wishes: Wishes; inForce: number }) => {
      const report = await answer(
        api.POST("/api/v1/import", {
          params: { header: ifMatch(order.inForce) },
          body: body(order.source, order.wishes, false),
        }),
      );
      if (report.revision != null) await announceChange(client, report.revision);
      return report;
    },
    onError: () => refreshConfig(client),
  });
}

/** Starts the gateway, for whoever has only just set it up. A failure is part of its state. */
export function useStart() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST("/api/v1/gateway/start")),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.status }),
  });
}

function body({ text }: Source, { mode, folder, ...wishes }: Wishes, dry_run: boolean) {
  const where = folder.trim();
  return {
    text,
    ...wishes,
    ...(mode !== null && { mode }),
    ...(where !== "" && { folder: where }),
    dry_run,
  };
}
