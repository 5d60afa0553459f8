import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, api, Problem, queryKeys, readConfig, replaceConfig } from "@/api/index.ts";
import { copyText, toast } from "@/ui/index.ts";
import type { Command } from "./commands.ts";
import type { Status } from "./status.ts";

/** What can be asked of the gateway as a whole. */
export type Order = "start" | "stop" | "restart" | { port: number };

/** Gives the gateway an order, and the mutation's state. Failures are said where they belong. */
export function useGatewayControl() {
  const client = useQueryClient();
  const { mutate, isPending } = useMutation(orderMutation(client));
  return { order: mutate, busy: isPending };
}

function orderMutation(client: QueryClient) {
  return {
    mutationFn: carryOut,
    onError: (error: Error) => {
      // Why it cannot listen is part of the gateway's state: the banner under the header says it.
      if (isState(error)) return;
      toast({ tone: "err", title: "The gateway did not do that", detail: error.message });
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: queryKeys.config });
      return client.invalidateQueries({ queryKey: queryKeys.status });
    },
  };
}

function isState(error: Error): boolean {
  return error instanceof Problem && ["port_in_use", "listen_failed"].includes(error.code);
}

async function carryOut(order: Order): Promise<void> {
  if (order === "stop" || order === "restart") await answer(api.POST("/api/v1/gateway/stop"));
  if (typeof order === "object") await moveTo(order.port);
  if (order !== "stop") await answer(api.POST("/api/v1/gateway/start"));
}

async function moveTo(port: number): Promise<void> {
  const { config, revision } = await readConfig();
  await replaceConfig({ ...config, listen: { ...config.listen, port } }, revision);
}

/** The same as commands, for the palette. */
export function useGatewayCommands(status: Status | undefined): readonly Command[] {
  const { order } = useGatewayControl();
  const state = status?.gateway.state;
  const url = status?.url;
  return useMemo(() => {
    if (state === undefined || url === undefined) return [];
    const running = state === "running" || state === "starting";
    const command = (id: string, title: string, run: () => void): Command => ({
      id: `gateway.${id}`,
      title,
      group: "Gateway",
      words: "proxy listen server",
      run,
    });
    const runs = running
      ? [
          command("stop", "Stop the gateway", () => order("stop")),
          command("restart", "Restart the gateway", () => order("restart")),
        ]
      : [command("start", "Start the gateway", () => order("start"))];
    return [
      ...runs,
      command("copyAddress", "Copy the gateway's address", () => void copyAddress(url)),
    ];
  }, [order, state, url]);
}

/** Copies where callers reach the gateway and says so. */
export async function copyAddress(url: string): Promise<void> {
  const copied = await copyText(url);
  toast(
    copied
      ? { tone: "ok", title: "Address copied", detail: url }
      : { tone: "warn", title: "Could not copy the address", detail: url },
  );
}
