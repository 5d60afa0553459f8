/**
 * How well typed text fits a name, for the palette: `null` when its letters do not all occur in
 * order, else higher is better. Letters at the start of words and letters in a row count most, so
 * "gt" finds "Go to Traffic" before "Edit right away".
 */
export function matchScore(typed: string, name: string): number | null {
  const wanted = typed.toLowerCase().replaceAll(" ", "");
  const text = name.toLowerCase();
  if (wanted === "") return 0;
  let score = 0;
  let from = 0;
  let previous = -2;
  for (const letter of wanted) {
    const at = bestPlace(text, letter, from, previous);
    if (at < 0) return null;
    if (at === previous + 1) score += 3;
    if (startsWord(text, at)) score += 4;
    score += 1;
    previous = at;
    from = at + 1;
  }
  return score - text.length / 100;
}

/** Directly after the previous letter if it fits there, else the start of a word, else anywhere. */
function bestPlace(text: string, letter: string, from: number, previous: number): number {
  if (text[previous + 1] === letter && previous >= 0) return previous + 1;
  for (let at = text.indexOf(letter, from); at >= 0; at = text.indexOf(letter, at + 1)) {
    if (startsWord(text, at)) return at;
  }
  return text.indexOf(letter, from);
}

function startsWord(text: string, at: number): boolean {
  return at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? "");
}
