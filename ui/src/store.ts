/**
 * A value that tells who listens when it changes. For client state that two distant places share
 * (preferences, toasts, the connection); what the gateway knows lives in the query cache instead.
 * Holds no React, so that `src/api` and `src/live` can own stores; components read with `useStore`.
 */
export interface Store<T> {
  get(): T;
  /** Sets a value, or computes it from the present one. The same value tells nobody. */
  set(next: T | ((current: T) => T)): void;
  /** Calls `listener` after every change until the returned function is called. */
  subscribe(listener: () => void): () => void;
}

export function createStore<T extends object | string | number | boolean | null>(
  initial: T,
): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      const changed = typeof next === "function" ? next(value) : next;
      if (Object.is(changed, value)) return;
      value = changed;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
