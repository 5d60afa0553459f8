import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { answer, api, type components, configQuery, events, queryKeys } from "@/api/index.ts";

type Schemas = components["schemas"];
export type Product = Schemas["Product"];
export type Exported = Schemas["Exported"];
export type Finding = Schemas["Finding"];
export type Grade = Schemas["Grade"];
export type Placeholder = Schemas["Placeholder"];
export type Difference = Schemas["ExportDifference"];
export type ExportFile = Schemas["File"];
export type Options = Schemas["Options"];
export type ProofJob = Schemas["ProofJob"];
export type Proof = Schemas["Proof"];
export type ProofClass = Schemas["Class"];
export type ProofBadge = Schemas["Badge"];
export type Unlike = Schemas["ProofUnlike"];
export type FoundProgram = Schemas["FoundProgram"];
export type ExportDiff = Schemas["ExportDiff"];
export type FileDiff = Schemas["FileDiff"];
export type Taken = Schemas["ExportTaken"];
export type NewKeys = Schemas["NewKeys"];

/** Under the configuration, which makes an export stale when it changes. */
const EXPORTS = [...queryKeys.config, "export"] as const;

/** The products that can be exported to. They come with the gateway and do not change. */
export function useProducts() {
  return useQuery({
    queryKey: ["export-products"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/export/products", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The configuration in force. */
export function useConfig() {
  return useQuery(configQuery);
}

/**
 * The configuration in force, and the keys that are good, in a product's words. While another wish is
 * under way, what was there for the same product stays.
 */
export function useExport(product: string, options: Options, wanted: boolean) {
  const client = useQueryClient();
  // Keys are part of an export, and an event of theirs makes only keys stale.
  useEffect(
    () =>
      events.listen((event) => {
        if (event.type !== "keys_changed") return;
        void client.invalidateQueries({ queryKey: EXPORTS });
      }),
    [client],
  );
  return useQuery({
    queryKey: [...EXPORTS, product, options],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/export/{product}", {
          params: { path: { product } },
          body: { options, config: null },
          signal,
        }),
      ),
    enabled: wanted,
    placeholderData: (before) => (before?.product.id === product ? before : undefined),
    // It holds every file: a few of them are enough.
    gcTime: 60_000,
  });
}

const wish = (options: Options) => ({ options, config: null });

/** The export that was taken last, and what is different since. */
export function useDiff(product: string, options: Options, wanted: boolean) {
  return useQuery({
    queryKey: [...EXPORTS, product, options, "diff"],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/export/{product}/diff", {
          params: { path: { product } },
          body: { export: wish(options), against: null },
          signal,
        }),
      ),
    enabled: wanted,
    gcTime: 60_000,
  });
}

/** Remembers the export as it is now as the one that was taken last. */
export function useTake(product: string, options: Options) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (how: Taken["how"]) =>
      answer(
        api.POST("/api/v1/export/{product}/taken", {
          params: { path: { product } },
          body: { how, export: wish(options) },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: EXPORTS }),
  });
}

/** Writes the folder on the machine that the gateway runs on. */
export function useSaveFolder(product: string, options: Options) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (folder: string) =>
      answer(
        api.POST("/api/v1/export/{product}/folder", {
          params: { path: { product } },
          body: { folder, export: wish(options) },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: EXPORTS }),
  });
}

/** The folder as a ZIP file. */
export function useZip(product: string, options: Options) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const blob = await answer(
        api.POST("/api/v1/export/{product}/zip", {
          params: { path: { product } },
          body: wish(options),
          parseAs: "blob",
        }),
      );
      return blob as unknown as Blob;
    },
    onSuccess: () => client.invalidateQueries({ queryKey: EXPORTS }),
  });
}

/** Makes new keys. They are kept by nobody but the component that asked. */
export function useNewKeys(product: string, options: Options) {
  return useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/export/{product}/new-keys", {
          params: { path: { product } },
          body: wish(options),
        }),
      ),
    gcTime: 0,
  });
}

/** Where the products' programs are. */
export function usePrograms(folder: string) {
  return useQuery({
    queryKey: ["export-programs", folder],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/export/programs", {
          params: { query: folder === "" ? {} : { folder } },
          signal,
        }),
      ),
    retry: false,
  });
}

const PROOF = ["export-proof"] as const;

/** The proof that runs, with its progress as it comes, or the last one. */
export function useProof() {
  const client = useQueryClient();
  useEffect(
    () =>
      events.listen((event) => {
        if (event.type !== "proof_changed") return;
        const { id, running, progress } = event;
        const known = client.getQueryData<{ job?: ProofJob | null }>(PROOF)?.job;
        if (running && known?.id === id) {
          client.setQueryData(PROOF, { job: { ...known, progress } });
        } else {
          void client.invalidateQueries({ queryKey: PROOF });
        }
      }),
    [client],
  );
  return useQuery({
    queryKey: PROOF,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/export/proof", { signal })),
  });
}

export interface ProofWish {
  product: string;
  options: Options;
  folder: string;
  /** How many requests of the log are sent too; `null`: none. */
  recorded: number | null;
  allMethods: boolean;
}

/** Begins a proof. */
export function useProve() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ product, options, folder, recorded, allMethods }: ProofWish) =>
      answer(
        api.POST("/api/v1/export/{product}/proof", {
          params: { path: { product } },
          body: {
            export: wish(options),
            folder: folder === "" ? null : folder,
            recorded: recorded === null ? null : { most: recorded, all_methods: allMethods },
          },
        }),
      ),
    onSuccess: (job) => client.setQueryData(PROOF, { job }),
  });
}

/** Ends the proof that runs. */
export function useCancelProof() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/export/proof")),
    onSuccess: (now) => client.setQueryData(PROOF, now),
  });
}
