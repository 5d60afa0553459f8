import { useEffect, useState } from "react";

/** How long typing has to rest before it is applied. */
const REST_MS = 150;

/**
 * What is typed, ahead of what is applied. It follows a value that is set elsewhere, but not the
 * echo of its own: that arrives late, when more may have been typed.
 */
export function useDraft(
  applied: string,
  apply: (value: string) => void,
): [string, (value: string) => void, () => void] {
  const [draft, setDraft] = useState(applied);
  const [sent, setSent] = useState(applied);
  const [known, setKnown] = useState(applied);
  if (known !== applied) {
    setKnown(applied);
    if (applied !== sent) {
      setSent(applied);
      setDraft(applied);
    }
  }
  useEffect(() => {
    if (draft === sent) return;
    const timer = setTimeout(() => {
      setSent(draft);
      apply(draft);
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [draft, sent, apply]);
  const applyNow = () => {
    setSent(draft);
    apply(draft);
  };
  return [draft, setDraft, applyNow];
}
