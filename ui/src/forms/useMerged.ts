import { useState } from "react";
import { same } from "./same.ts";

/** A draft of something that others may change too. */
export interface Merged<Value> {
  draft: Value;
  setDraft: (draft: Value) => void;
  /** Tells that `value` is being saved from here: when it arrives, it is no clash. */
  sending: (value: Value) => void;
  /** What it was changed to elsewhere while the draft differed; `null` where there is no clash. */
  conflict: Value | null;
  /** Ends a clash. */
  settle: (whose: "mine" | "theirs") => void;
}

/**
 * Keeps a draft beside what is saved. A draft nobody touched follows what is saved; a touched one
 * is kept, and a change made elsewhere meanwhile is a clash for the person to settle.
 */
export function useMerged<Value>(saved: Value): Merged<Value> {
  const [base, setBase] = useState(saved);
  const [draft, setDraft] = useState(saved);
  const [sent, setSent] = useState<Value | null>(null);
  const moved = base !== saved && !same(base, saved);
  const touched = !same(draft, base) && !same(draft, saved);
  if (moved && same(saved, sent)) {
    setBase(saved);
    // It has arrived. Should it come back later, by undo and redo, it is another's change.
    setSent(null);
  } else if (moved && !touched) {
    setBase(saved);
    setDraft(saved);
  }
  return {
    draft,
    setDraft,
    sending: setSent,
    conflict: moved && touched && !same(saved, sent) ? saved : null,
    settle(whose) {
      setBase(saved);
      if (whose === "theirs") setDraft(saved);
    },
  };
}
