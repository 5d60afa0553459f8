import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";

const boot = readFileSync(new URL("../public/boot.js", import.meta.url), "utf8");

/** A page as boot.js finds it, after it has run. */
function afterBoot(page: { language?: string; saved?: string; systemTheme?: string }) {
  const { language = "de-AT", saved, systemTheme } = page;
  const navigator = { language, languages: [language] };
  const dataset: Record<string, string> = {};
  runInNewContext(boot, {
    navigator,
    document: { documentElement: { dataset } },
    localStorage: { getItem: () => saved ?? null },
    gatewrightSystemTheme: systemTheme,
  });
  return { navigator, dataset };
}

test("a language that is none becomes English, so that Intl works", () => {
  const { navigator } = afterBoot({ language: "C" });
  expect(navigator).toEqual({ language: "en", languages: ["en"] });
  expect(() => new Intl.NumberFormat(navigator.language)).not.toThrow();
});

test("a valid language stays", () => {
  expect(afterBoot({ language: "de-AT" }).navigator.language).toBe("de-AT");
});

test.each([
  ["a saved theme is there before the first paint", { saved: '{"theme":"dark"}' }, "dark"],
  ["the system's theme is the desktop shell's", { systemTheme: "dark" }, "dark"],
  [
    "a saved theme wins over the system's",
    { saved: '{"theme":"light"}', systemTheme: "dark" },
    "light",
  ],
  ["otherwise the browser decides", {}, undefined],
  ["a theme that is none is not used", { saved: '{"theme":"red"}' }, undefined],
  ["a broken saved value is not used", { saved: "{" }, undefined],
  ["a saved null is not used", { saved: "null" }, undefined],
])("%s", (_fact, page, theme) => {
  expect(afterBoot(page).dataset.theme).toBe(theme);
});

test("the density is there before the first paint", () => {
  expect(afterBoot({ saved: '{"density":"compact"}' }).dataset.density).toBe("compact");
  expect(afterBoot({}).dataset.density).toBe("default");
});
