import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type components, queryKeys } from "@/api/index.ts";
import type { Trip } from "./tripOf.ts";

type Schemas = components["schemas"];
export type TripPlan = Schemas["TripPlan"];
export type Tripped = Schemas["Tripped"];

/** Limits fill and empty all the time. */
const AGAIN_AFTER_MS = 1000;

/** What would be sent, asked again and again while it is looked at. Nothing is. */
export function useTripPlan(trip: Trip, wanted: boolean) {
  return useQuery({
    queryKey: ["trip-plan", trip],
    queryFn: ({ signal }) => answer(api.POST("/api/v1/trips/plan", { body: trip, signal })),
    refetchInterval: AGAIN_AFTER_MS,
    placeholderData: keepPreviousData,
    gcTime: 0,
    retry: false,
    enabled: wanted,
  });
}

/** Sends the requests. */
export function useTrip() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (trip: Trip) => answer(api.POST("/api/v1/trips", { body: trip })),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: queryKeys.keys });
      void client.invalidateQueries({ queryKey: ["limits"] });
    },
  });
}

/** The keys that a request can count as shown with, newest first. */
export function useGoodKeys() {
  const query = { state: "good", limit: 200 } as const;
  return useQuery({
    queryKey: [...queryKeys.keys, "good"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/keys", { params: { query }, signal })),
  }).data?.rows.map(({ key }) => key);
}
