/** Builds the page into `dist/apps/web`; `npx vite apps/web` serves it while it is worked on, before a server on port 8080. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  server: { proxy: { "/v1": { target: "http://127.0.0.1:8080", ws: true } } },
  build: {
    outDir: "../../dist/apps/web",
    emptyOutDir: true,
    // The first with `light-dark()` in style sheets.
    target: ["chrome123", "firefox120", "safari17.5"],
    // Everything from files: the page may load nothing else.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licences.md" },
  },
});
