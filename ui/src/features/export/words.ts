import { format, type ShapeName, type Tone } from "@/ui/index.ts";
import type {
  Exported,
  ExportFile,
  Finding,
  Grade,
  Placeholder,
  Product,
  ProofBadge,
  Taken,
} from "./queries.ts";

interface GradeWords {
  title: string;
  /** What the grade means, in one sentence. */
  means: string;
  tone: Tone;
  shape: ShapeName;
}

/** The grades in the order of the report: what matters most stands first. */
export const GRADES: Record<Grade, GradeWords> = {
  less_strict: {
    title: "Less strict than here",
    means: "It would let more through, so the route is exported closed unless you say otherwise.",
    tone: "err",
    shape: "err",
  },
  approximated: {
    title: "Approximated",
    means: "There is something like it; the numbers say what differs.",
    tone: "warn",
    shape: "warn",
  },
  not_expressible: {
    title: "Not expressible",
    means: "The product has nothing for it.",
    tone: "err",
    shape: "err",
  },
  needs_paid: {
    title: "Needs a paid edition or a module",
    means: "What this export is for does not have it.",
    tone: "limit",
    shape: "limit",
  },
  fill_in: {
    title: "Values to fill in",
    means: "Until they are filled in, callers are refused.",
    tone: "info",
    shape: "info",
  },
  left_out: {
    title: "Left out on purpose",
    means: "It is about this gateway and not about what callers see.",
    tone: "neutral",
    shape: "stopped",
  },
};

/** Whether something is proved, as it is shown. */
export const BADGES: Record<ProofBadge, { word: string; tone: Tone; shape: ShapeName }> = {
  proved: { word: "proved", tone: "ok", shape: "ok" },
  partly: { word: "partly", tone: "warn", shape: "warn" },
  not_proved: { word: "not proved", tone: "err", shape: "err" },
};

/** How an export was taken, after "was". */
export const TAKEN: Record<Taken["how"], string> = {
  folder: "saved as a folder",
  zip: "saved as a ZIP file",
  file: "saved in part",
  copy: "copied",
};

/** How far the claims about a product go, in a few words. */
export function evidence({ program, proved_with }: Product): string {
  if (!program) return "held against its schema, not run";
  return proved_with ? `proved with ${proved_with}` : "not proved yet";
}

const ORDER = Object.keys(GRADES) as Grade[];

/** Tells a finding apart from the others of its export. */
export function keyOf({ grade, path, note }: Finding): string {
  return `${grade} ${path} ${note}`;
}

/** Findings of one grade. */
export interface Group {
  grade: Grade;
  findings: Finding[];
}

/** Findings by grade, in the order of the report. What a placeholder says is left to placeholders. */
export function groups({ findings, placeholders }: Exported): Group[] {
  const shown = findings.filter((finding) => !tellsOf(finding, placeholders));
  return ORDER.map((grade) => ({
    grade,
    findings: shown.filter((finding) => finding.grade === grade),
  })).filter((group) => group.findings.length > 0);
}

function tellsOf(finding: Finding, placeholders: readonly Placeholder[]): boolean {
  return (
    finding.grade === "fill_in" &&
    placeholders.some(({ token }) => finding.note.includes(`\`${token}\``))
  );
}

/** What is less strict, by the route that is closed or was opened for it. */
export interface Strictness {
  /** The route; `null` if the finding names none. */
  route: string | null;
  closed: boolean;
  findings: Finding[];
}

/** Less strict findings by route, closed ones first. `open` is what a person has opened. */
export function byRoute(
  findings: readonly Finding[],
  closed: Exported["closed"],
  open: readonly string[],
): Strictness[] {
  const names = [...Object.keys(closed), ...open];
  const found = new Map<string | null, Strictness>();
  for (const finding of findings) {
    const route = names.find((name) => finding.note.includes(`route \`${name}\` is `)) ?? null;
    const one = found.get(route) ?? { route, closed: false, findings: [] };
    one.findings.push(finding);
    one.closed ||= finding.closed;
    found.set(route, one);
  }
  return [...found.values()].toSorted((a, b) => Number(b.closed) - Number(a.closed));
}

export interface Verdict {
  word: string;
  tone: Tone;
  shape: ShapeName;
  /** How much of it, in a sentence or two. */
  sentence: string;
}

const VERDICTS: Record<Exported["fidelity"], Omit<Verdict, "sentence">> = {
  exact: { word: "All of it, exactly", tone: "ok", shape: "ok" },
  approximated: { word: "All of it, some in another way", tone: "warn", shape: "warn" },
  incomplete: { word: "Some of it is missing", tone: "err", shape: "err" },
};

/** How well the configuration can be said there. */
export function verdict(exported: Exported): Verdict {
  const { exact, fidelity, findings, closed, placeholders } = exported;
  const settings = (...grades: Grade[]) =>
    new Set(findings.filter(({ grade }) => grades.includes(grade)).map(({ path }) => path)).size;
  const otherwise = settings("approximated");
  const missing = settings("less_strict", "not_expressible", "needs_paid");
  const shut = Object.keys(closed).length;
  const carried = [
    `${format.plural(exact, "setting")} ${exact === 1 ? "is" : "are"} carried over exactly`,
    ...(otherwise > 0 ? [`${format.count(otherwise)} in another way`] : []),
    ...(missing > 0 ? [`${format.count(missing)} not`] : []),
  ];
  const then = [
    ...(shut > 0
      ? [`${format.plural(shut, "route")} ${shut === 1 ? "is" : "are"} exported closed`]
      : []),
    ...(placeholders.length > 0
      ? [
          `${format.plural(placeholders.length, "secret")} ${placeholders.length === 1 ? "has" : "have"} to be filled in`,
        ]
      : []),
  ];
  const sentences = [carried.join(", "), then.join(", and ")].filter((text) => text !== "");
  return { ...VERDICTS[fidelity], sentence: `${sentences.join(". ")}.` };
}

/** The command that writes the same folder and proves it, to be run where `gatewright.yaml` is. */
export function proveCommand(product: string, open: readonly string[]): string {
  const opened = open.map((name) => ` --open ${name}`).join("");
  return `gatewright export ${product} --config gatewright.yaml --out gateway-${product}${opened} --prove`;
}

/** The line where a text stands first; the first line is 1. */
export function lineOf(text: string, part: string): number | undefined {
  const at = text.indexOf(part);
  return at < 0 ? undefined : text.slice(0, at).split("\n").length;
}

/** The files: the one the product is started with, those to fill in, and the others. */
export function filesInOrder({ files, product, placeholders }: Exported): ExportFile[] {
  const rank = ({ name }: ExportFile) =>
    name === product.main_file ? 0 : placeholders.some(({ file }) => file === name) ? 1 : 2;
  return files.toSorted((a, b) => rank(a) - rank(b));
}
