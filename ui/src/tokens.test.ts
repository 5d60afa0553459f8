import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** The contrast a pair needs: 4.5 for text, 3 for the edge of a control or a focus ring. */
const PAIRS: [ink: string, on: string[], needs: number][] = [
  ["ink", ["canvas", "surface", "selected", "hover", "sunken"], 4.5],
  ["ink-2", ["canvas", "surface", "selected", "hover", "sunken"], 4.5],
  ["ink-3", ["canvas", "surface", "selected", "hover", "sunken"], 4.5],
  ["accent-ink", ["canvas", "surface", "selected", "hover"], 4.5],
  ["on-accent", ["accent", "accent-hover"], 4.5],
  ["focus", ["canvas", "surface", "selected"], 3],
  ["line-control", ["canvas", "surface"], 3],
  ["ok", ["ok-bg", "surface", "selected", "canvas"], 4.5],
  ["info", ["info-bg", "surface", "selected", "canvas"], 4.5],
  ["warn", ["warn-bg", "surface", "selected", "canvas"], 4.5],
  ["limit", ["limit-bg", "surface", "selected", "canvas"], 4.5],
  ["err", ["err-bg", "surface", "selected", "canvas"], 4.5],
  ["neutral", ["neutral-bg", "surface", "selected", "canvas"], 4.5],
  ...["2xx", "3xx", "4xx", "429", "5xx"].map((mark): [string, string[], number] => [
    `chart-${mark}`,
    ["surface"],
    3,
  ]),
];

const css = readFileSync(new URL("tokens.css", import.meta.url), "utf8");
const tokens = new Map(
  [...css.matchAll(/--color-([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(
    ([, name = "", light = "", dark = ""]) => [name, { light, dark }] as const,
  ),
);

/** Relative luminance of `#rrggbb`, as WCAG 2 defines it. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  const colour = (name: string) => {
    const token = tokens.get(name);
    if (!token) throw new Error(`tokens.css defines no --color-${name}`);
    return token[theme];
  };

  for (const [ink, grounds, needs] of PAIRS) {
    test.each(grounds)(`${ink} on %s has a contrast of at least ${needs}`, (ground) => {
      expect(contrast(colour(ink), colour(ground))).toBeGreaterThanOrEqual(needs);
    });
  }
});

test("contrast is computed as WCAG 2 does", () => {
  expect(contrast("#ffffff", "#000000")).toBeCloseTo(21);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});
