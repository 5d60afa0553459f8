import { createStore } from "@/store.ts";

/** What lies over the window, if anything. */
export const overlay = createStore<"palette" | "shortcuts" | null>(null);
