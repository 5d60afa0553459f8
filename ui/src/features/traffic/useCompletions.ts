import { useEffect, useRef, useState } from "react";
import { type Completions, readCompletions } from "./findingQueries.ts";

/** How long typing rests before it is asked how to go on. */
const REST_MS = 80;

export interface Suggestions {
  /** How the text can go on; `null` while nothing is offered. */
  offered: Completions | null;
  /** Which of them is current; -1: none. */
  active: number;
  /** Something was typed: asks how it can go on, soon. */
  typed: (text: string, caret: number) => void;
  move: (by: number) => void;
  close: () => void;
}

/** What the field offers while someone types. */
export function useCompletions(): Suggestions {
  const [offered, setOffered] = useState<Completions | null>(null);
  const [active, setActive] = useState(-1);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const asked = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);

  const close = () => {
    clearTimeout(timer.current);
    asked.current += 1;
    setOffered(null);
    setActive(-1);
  };
  const ask = async (text: string, caret: number) => {
    asked.current += 1;
    const mine = asked.current;
    try {
      const found = await readCompletions(text, caret);
      if (mine !== asked.current) return;
      setOffered(found.options.length === 0 ? null : found);
      setActive(-1);
    } catch {
      // Nothing to offer: typing goes on without.
      if (mine === asked.current) setOffered(null);
    }
  };
  return {
    offered,
    active,
    close,
    move: (by) => {
      const count = offered?.options.length ?? 0;
      // One step before the first is the text itself.
      if (count > 0) setActive((at) => Math.min(Math.max(at + by, -1), count - 1));
    },
    typed: (text, caret) => {
      clearTimeout(timer.current);
      if (text.trim() === "") close();
      else timer.current = setTimeout(() => void ask(text, caret), REST_MS);
    },
  };
}
