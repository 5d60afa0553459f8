import type { components } from "@/api/index.ts";
import { format, sentence } from "@/ui/index.ts";

type Schemas = components["schemas"];
type PartFact = Schemas["PartFact"];
type PartCall = Schemas["PartCall"];

/** How a part ended, in a word or two. */
export const END: Record<Schemas["PartEnd"], string> = {
  ok: "there",
  partly: "partly there",
  failed: "failed",
  timed_out: "took too long",
  skipped: "not asked",
  cancelled: "let go of",
};

/** What was asked for a part and what came of it, in words; each line a sentence or part of one. */
export function partLines(part: PartFact): string[] {
  const { calls, asked, failed, needs, at_us, reason, bytes } = part;
  const [only] = calls;
  const lines: string[] = [];
  if (asked > 1) {
    const bad = failed === 0 ? "" : `, ${failed} of them failed`;
    lines.push(`${format.plural(asked, "request")}${bad} · ${size(bytes)}`);
  } else if (only) lines.push(callText({ ...only, reason: null }));
  if (needs.length > 0 && at_us != null) {
    lines.push(`After ${needs.map((name) => `\`${name}\``).join(" and ")}.`);
  }
  if (reason != null) lines.push(sentence(reason));
  const tries = calls.flatMap((call) => call.tries);
  if (tries.length > asked && asked > 0) {
    const failures = tries.filter(({ code }) => code != null);
    const why = [...new Set(failures.map(({ code }) => `\`${code}\``))].join(", ");
    lines.push(`${format.plural(tries.length, "try", "tries")}${why === "" ? "" : `: ${why}`}.`);
  }
  return lines;
}

/** "3. GET `/items/7` · 200 · 1.2 kB" */
export function callText(call: PartCall): string {
  const number = call.entry == null ? "" : `${call.entry + 1}. `;
  const said = call.reason?.includes(String(call.status)) ?? false;
  const parts = [
    `${number}${call.method} \`${call.path}\``,
    call.status != null && !said && String(call.status),
    call.bytes > 0 && size(call.bytes),
    call.reason,
  ];
  return parts.filter(Boolean).join(" · ");
}

/** A size that is never torn apart at the end of a line. */
const size = (bytes: number) => format.bytes(bytes).replace(" ", "\u00a0");
