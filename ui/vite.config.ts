import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/**
 * The content security policy the page is served under by the desktop shell and the headless
 * server. `vite preview` sends it too, so a violation shows while developing.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "connect-src 'self' ipc: http://ipc.localhost",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Where `vite dev` and `vite preview` find a running `gatewright serve`. */
const server = process.env.GATEWRIGHT_ADMIN ?? "http://127.0.0.1:9080";
const proxy = { "/api": { target: server, changeOrigin: true } };

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  server: { port: 5173, strictPort: true, proxy },
  preview: {
    port: 4173,
    strictPort: true,
    proxy,
    headers: { "Content-Security-Policy": CONTENT_SECURITY_POLICY },
  },
  build: {
    target: ["safari17.5", "chrome123", "firefox120"],
    // Fonts and images stay files: the policy allows no data: URL for them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // scripts/check-size.mjs holds the budget.
    chunkSizeWarningLimit: 1000,
  },
});
