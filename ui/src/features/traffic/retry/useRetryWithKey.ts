import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type components, configQuery, queryKeys } from "@/api/index.ts";
import type { Exchange } from "@/live/exchange.ts";
import { toast } from "@/ui/index.ts";
import type { Replayed } from "../replayQueries.ts";
import { keyFor } from "./keyFor.ts";

type IssuedKey = components["schemas"]["IssuedKey"];

/** How far it is to send a request again with a new key. */
export interface Retry {
  exchange: Exchange;
  /** What of the request is missing in the log, so that somebody has to say yes; else `null`. */
  lacks: readonly string[] | null;
  issued: IssuedKey | null;
  replayed: Replayed | null;
  problem: string | null;
}

/**
 * Issues a key that a refused request would pass with, and sends the request again with it. The
 * secret is in this hook's state alone: `close` is the end of it.
 */
export function useRetryWithKey() {
  const client = useQueryClient();
  const [retry, setRetry] = useState<Retry | null>(null);

  const run = async (exchange: Exchange, confirmed: boolean) => {
    const begun: Retry = { exchange, lacks: null, issued: null, replayed: null, problem: null };
    // What was asked for last counts.
    const go = (change: Partial<Retry>) =>
      setRetry((now) => (now?.exchange.id === exchange.id ? { ...now, ...change } : now));
    setRetry(begun);
    try {
      const params = { path: { id: exchange.id } };
      const plan = await answer(api.GET("/api/v1/exchanges/{id}/replay", { params }));
      if (plan.incomplete && !confirmed) return go({ lacks: plan.left_out });
      const issued = await issueFor(client, exchange);
      go({ issued });
      tellIssued(client, issued);
      // It was refused before any service was asked: it does nothing a second time.
      const body = { times: 1, at_once: 1, confirmed: true, key: issued.key.id };
      const replayed = await answer(api.POST("/api/v1/exchanges/{id}/replay", { params, body }));
      go({ replayed });
    } catch (error) {
      go({ problem: error instanceof Error ? error.message : String(error) });
    }
  };
  return {
    retry,
    start: (exchange: Exchange) => void run(exchange, false),
    confirm: () => retry && void run(retry.exchange, true),
    close: () => setRetry(null),
  };
}

async function issueFor(client: QueryClient, exchange: Exchange): Promise<IssuedKey> {
  const { config } = await client.fetchQuery({ ...configQuery, staleTime: 0 });
  const before = exchange.key
    ? await answer(
        api.GET("/api/v1/keys/{id}", { params: { path: { id: exchange.key.id } } }),
      ).catch(() => null)
    : null;
  const { rows } = await answer(api.GET("/api/v1/keys", { params: { query: { limit: 500 } } }));
  const taken = rows.map(({ key }) => key.name);
  const wanted = keyFor(exchange, config, before?.key ?? null, taken);
  if ("problem" in wanted) throw new Error(wanted.problem);
  const issued = await answer(api.POST("/api/v1/keys", { body: wanted.key }));
  void client.invalidateQueries({ queryKey: queryKeys.keys });
  return issued;
}

/** Says what was made, with the way back; the Keys place has it too. */
function tellIssued(client: QueryClient, { key }: IssuedKey): void {
  const revoke = async () => {
    try {
      await answer(api.POST("/api/v1/keys/{id}/revoke", { params: { path: { id: key.id } } }));
      toast({ tone: "ok", title: `Key ${key.name} is revoked` });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      toast({ tone: "err", title: `Key ${key.name} could not be revoked`, detail });
    }
    await client.invalidateQueries({ queryKey: queryKeys.keys });
  };
  toast({
    tone: "ok",
    title: `Key ${key.name} issued`,
    action: { label: "Undo: revoke it", run: () => void revoke() },
  });
}
