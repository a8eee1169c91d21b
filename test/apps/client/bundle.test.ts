/** The client in a browser's bundle: nothing of Node, nothing of the server's inside, and small. */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");

test("the client's bundle imports nothing, holds the protocol and no server, and has at most 45 kB packed", async () => {
  const built = await build({
    configFile: false,
    logLevel: "error",
    root: ROOT,
    build: { write: false, minify: true, lib: { entry: join(ROOT, "apps/client/index.ts"), formats: ["es"] } },
  });
  const [{ output }] = built as [Rolldown.RolldownOutput];
  const [chunk] = output;
  expect(chunk.imports).toEqual([]);
  const own = Object.entries(chunk.modules)
    .filter(([file, { renderedLength }]) => !file.includes("node_modules") && renderedLength > 0)
    .map(([file]) => file.slice(ROOT.length + 1));
  const ALLOWED = /^(apps\/client\/|apps\/server\/(protocol|json-patch)\.ts|src\/)/;
  expect(own.filter((file) => !ALLOWED.test(file))).toEqual([]);
  expect(gzipSync(chunk.code).length).toBeLessThan(45_000);
});
