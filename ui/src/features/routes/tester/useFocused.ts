import { type RefObject, useEffect, useRef } from "react";

/** Focuses a field once it is there: for one that was asked for by a press. */
export function useFocused<Field extends HTMLElement>(): RefObject<Field | null> {
  const field = useRef<Field>(null);
  useEffect(() => field.current?.focus(), []);
  return field;
}
