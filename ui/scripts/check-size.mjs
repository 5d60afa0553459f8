// Fails when what the browser loads first outgrows its budget. Reads the built `dist/`: the
// scripts and styles index.html names, and what those scripts import statically.
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUDGET_KB = { js: 220, css: 20 };
const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");

/** Files reachable from `file` without a dynamic import, itself included. */
function closure(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const source = readFileSync(join(dist, file), "utf8");
  for (const [, path] of source.matchAll(/(?:from|import)\s*["'](\.[^"']+\.js)["']/g)) {
    closure(normalize(join(dirname(file), path)), seen);
  }
  return seen;
}

const html = readFileSync(join(dist, "index.html"), "utf8");
const scripts = new Set();
for (const [, path] of html.matchAll(/<script[^>]+src="\/([^"]+)"/g)) closure(path, scripts);
const styles = new Set([...html.matchAll(/href="\/([^"]+\.css)"/g)].map((match) => match[1]));

const gzipped = (files) =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file))).length, 0) / 1000;

const sizes = { js: gzipped(scripts), css: gzipped(styles) };
let failed = false;
for (const [kind, size] of Object.entries(sizes)) {
  const over = size > BUDGET_KB[kind];
  failed ||= over;
  console.log(
    `initial ${kind}: ${size.toFixed(1)} kB gzipped of ${BUDGET_KB[kind]}${over ? " - over budget" : ""}`,
  );
}
if (scripts.size === 0) throw new Error("dist/index.html names no script: was the UI built?");
process.exit(failed ? 1 : 0);
