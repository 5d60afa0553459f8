import { useQuery, useQueryClient } from "@tanstack/react-query";
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
