import type { Config } from "@/api/index.ts";

/** Where callers reach the gateway. */
export type Listen = Config["listen"];

/** What a group of the form's fields takes. */
export interface ListenFieldsProps {
  listen: Listen;
  set: (change: Partial<Listen>) => void;
  error: (field: string) => string | undefined;
}
