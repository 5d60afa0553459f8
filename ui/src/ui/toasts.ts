import { createStore } from "@/store.ts";
import type { Tone } from "./status.ts";

export interface Toast {
  id: number;
  tone: Tone;
  title: string;
  detail?: string;
  /** Usually Undo. What it undoes can be undone elsewhere too: a toast does not wait. */
  action?: { label: string; run: () => void };
}

/** How many are shown at once; older ones leave. */
const MOST = 3;
let lastId = 0;

export const toasts = createStore<readonly Toast[]>([]);

/** Shows a short message at the bottom right for eight seconds, longer while it is used. */
export function toast(message: Omit<Toast, "id" | "tone"> & { tone?: Tone }): number {
  lastId += 1;
  const added: Toast = { tone: "neutral", ...message, id: lastId };
  toasts.set((present) => [...present, added].slice(-MOST));
  return added.id;
}

export function dismissToast(id: number): void {
  toasts.set((present) => present.filter((item) => item.id !== id));
}
