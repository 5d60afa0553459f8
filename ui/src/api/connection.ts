import { createStore } from "@/store.ts";

/**
 * Whether what is on screen is current. `lost` keeps what is shown and says since when;
 * `unreachable` has never had an answer; `signed-out` means the server no longer knows this browser (headless only).
 */
export interface Connection {
  state: "connecting" | "open" | "lost" | "unreachable" | "signed-out";
  /** When this state began, in milliseconds since 1970. */
  since: number;
}

export const connection = createStore<Connection>({ state: "connecting", since: Date.now() });

/** Enters a state; entering the present one again keeps its `since`. */
export function enter(state: Connection["state"]): void {
  connection.set((present) => (present.state === state ? present : { state, since: Date.now() }));
}

/** The server answered 401: only its token link helps now. */
export function signedOut(): void {
  enter("signed-out");
}
