import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, mergeConfig } from "vitest/config";
import base from "./vite.config.ts";

/** Where Debian, Ubuntu and its snaps put Chromium. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/snap/bin/chromium"] as const;

/**
 * `*.test.ts` runs in Node, `*.test.tsx` in a real Chromium: the one that `CHROMIUM` names, else the
 * one the system has, never a downloaded one.
 */
export default mergeConfig(
  base,
  defineConfig({
    test: {
      projects: [
        {
          extends: true,
          test: { name: "node", include: ["src/**/*.test.ts"], environment: "node" },
        },
        {
          extends: true,
          // All found before the first test: a dependency found later would be bundled again, with
          // a second React in it.
          optimizeDeps: {
            entries: ["src/main.tsx", "src/features/*/index.tsx", "src/**/*.test.tsx"],
            include: ["vitest-browser-react", "axe-core"],
          },
          test: {
            name: "browser",
            include: ["src/**/*.test.tsx"],
            setupFiles: ["test/setup.ts"],
            browser: {
              enabled: true,
              headless: true,
              screenshotFailures: false,
              provider: playwright({
                launchOptions: {
                  executablePath: process.env.CHROMIUM ?? PLACES.find(existsSync) ?? PLACES[0],
                  args: ["--no-sandbox"],
                },
              }),
              instances: [{ browser: "chromium", viewport: { width: 1280, height: 800 } }],
            },
          },
        },
      ],
    },
  }),
);
