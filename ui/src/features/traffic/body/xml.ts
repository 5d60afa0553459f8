/** What XML is made of: comments, CDATA, declarations, tags, and the text between. */
const PART = /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<\?[^]*?\?>|<![^>]*>|<\/?[^<>]+>|[^<]+/g;

/**
 * XML with a line for each element; only white space between elements changes. `null` where its tags
 * do not fit, so that nobody takes what is broken for whole. Nothing in it is looked up or loaded.
 */
export function formatXml(text: string): string | null {
  const trimmed = text.trim();
  if (!/^<[?!\w]/.test(trimmed)) return null;
  const open: string[] = [];
  const lines: string[] = [];
  let covered = 0;
  const add = (part: string, depth = open.length) => lines.push("  ".repeat(depth) + part);
  for (const [part] of trimmed.matchAll(PART)) {
    covered += part.length;
    const [, closing, name, rest] = /^<(\/?)([\w:.-]+)([^]*)>$/.exec(part) ?? [];
    if (name === undefined) {
      const said = part.startsWith("<") ? part : part.trim();
      if (said === "") continue;
      if (part.startsWith("<") || open.length === 0) add(said);
      else lines.push(said === part ? said : part);
      // Text belongs to its element: it stays on the element's line where it is alone in it.
      if (!part.startsWith("<")) joinText(lines, part);
    } else if (closing) {
      if (open.pop() !== name) return null;
      closeElement(lines, part, open.length, name);
    } else {
      add(part);
      if (!rest?.trimEnd().endsWith("/")) open.push(name);
    }
  }
  return open.length === 0 && covered === trimmed.length ? lines.join("\n") : null;
}

/** Puts text that was just added behind the tag that opened before it. */
function joinText(lines: string[], text: string): void {
  lines.pop();
  const before = lines.pop() ?? "";
  lines.push(before + text.trim());
}

/** Closes an element on its own line where nothing but text is in it. */
function closeElement(lines: string[], tag: string, depth: number, name: string): void {
  const last = lines.at(-1) ?? "";
  const opened = new RegExp(`^\\s*<${name.replaceAll(".", "\\.")}(?=[\\s>])[^<]*$`).test(last);
  if (opened && !last.trimEnd().endsWith("/>")) lines[lines.length - 1] = last + tag;
  else lines.push("  ".repeat(depth) + tag);
}
