import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import {
  answer,
  api,
  type components,
  configQuery,
  queryKeys,
  readRevision,
  refreshConfig,
  restoreRevision,
} from "@/api/index.ts";
import { announceChange } from "@/app/changes.ts";
import { toast } from "@/ui/index.ts";

type Schemas = components["schemas"];
export type RevisionInfo = Schemas["RevisionInfo"];

const PAGE = 100;

/** The revisions, newest first, a page at a time. */
export function useRevisions() {
  return useInfiniteQuery({
    queryKey: queryKeys.revisions,
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/revisions", {
          params: { query: { limit: PAGE, ...(pageParam !== undefined && { before: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** One revision with the sentences of what it changed. What is past does not change. */
export function useRevision(number: number) {
  return useQuery({
    queryKey: ["revision", number],
    queryFn: ({ signal }) => readRevision(number, signal),
  });
}

/** Number of the revision in force. */
export function useRevisionInForce(): number | undefined {
  return useQuery(configQuery).data?.revision;
}

/** Puts a revision in force again, and says what that changed. */
export function useRestore() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ number, inForce }: { number: number; inForce: number }) => {
      const { revision } = await restoreRevision(number, inForce);
      if (revision === inForce) toast({ title: `Revision ${inForce} says the same already` });
      else await announceChange(client, revision);
    },
    onError: () => refreshConfig(client),
  });
}

/** The configuration in force as `gatewright.yaml`. */
export function useYaml() {
  return useQuery({
    queryKey: [...queryKeys.config, "yaml"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/config/yaml", { parseAs: "text", signal })),
  });
}

/** What a whole configuration, as YAML or JSON, would change. Changes nothing. */
export function useImportPreview(yaml: string) {
  return useQuery({
    queryKey: [...queryKeys.config, "import", yaml],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/config/import", {
          body: { yaml, allow_reads: true, dry_run: true },
          signal,
        }),
      ),
    enabled: yaml.trim() !== "",
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
}
