/** Makes a clause of the gateway's ("port 8080 is used") a sentence: capital, full stop. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  const ended = /[.!?…:]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
}

/** Without the backticks around names, where there is no room for a second typeface. */
export function plain(text: string): string {
  return text.replaceAll("`", "");
}

/** A text cut at its backticks: what a person wrote, or a name, a path, a value. */
export function cutAtBackticks(text: string): { code: boolean; text: string }[] {
  const pieces = text.split("`");
  // An unpaired backtick is text.
  if (pieces.length % 2 === 0) {
    const last = pieces.pop() ?? "";
    pieces.push(`${pieces.pop() ?? ""}\`${last}`);
  }
  return pieces
    .map((piece, at) => ({ code: at % 2 === 1, text: piece }))
    .filter((piece) => piece.text !== "");
}
