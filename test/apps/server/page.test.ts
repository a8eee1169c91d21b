/** The files of the page over HTTP: types, caches, policy, and nothing but the page. */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtPage } from "../../../apps/server/page.ts";
import { serving } from "./serving.ts";

/** The page's script and style sheet, as it names them. */
async function assetsOf(url: string): Promise<string[]> {
  const html = await (await fetch(url)).text();
  return [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
}

describe("the page", () => {
  test("is served at /, asked for again each time, under a policy that lets in nothing else", async () => {
    const { url } = await serving();
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    const policy = answer.headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain("unsafe");
    const html = await answer.text();
    expect(html).not.toMatch(/<script(?![^>]*src=)|https?:|style="/);

    const again = await fetch(url, { headers: { "if-none-match": answer.headers.get("etag")! } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe("");
  });

  test("has assets that are kept for good, each with its type, packed for who can unpack", async () => {
    const { url } = await serving();
    const assets = await assetsOf(url);
    const types = { js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", svg: "image/svg+xml" };
    expect(assets.map((path) => path.split(".").at(-1)).toSorted()).toEqual(["css", "js", "svg"]);
    for (const path of assets) {
      const answer = await fetch(`${url}${path}`);
      expect(answer.headers.get("content-type")).toBe(types[path.split(".").at(-1) as keyof typeof types]);
      expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(answer.headers.get("content-encoding")).toBe("gzip");
      const plain = await fetch(`${url}${path}`, { headers: { "accept-encoding": "identity" } });
      expect(plain.headers.get("content-encoding")).toBeNull();
      expect(await plain.text()).toBe(await answer.text());
    }
  });

  test("has at most 120 kB, packed; 12 kB more where batches are reviewed, 14 kB more for clinicians", async () => {
    const sizes = { page: 0, review: 0, clinician: 0 };
    for (const [path, { gzipped }] of await builtPage()) {
      const part = /^\/assets\/(review|clinician)-/.exec(path)?.[1] as "review" | "clinician" | undefined;
      sizes[part ?? "page"] += gzipped.length;
    }
    expect(sizes.page).toBeLessThan(120_000);
    expect(sizes.review).toBeLessThan(12_000);
    expect(sizes.review).toBeGreaterThan(0);
    expect(sizes.clinician).toBeLessThan(14_000);
    expect(sizes.clinician).toBeGreaterThan(0);
  });

  test("answers HEAD without a body, and takes nothing", async () => {
    const { url } = await serving();
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await head.text()).toBe("");
    expect((await fetch(url, { method: "POST" })).status).toBe(405);
  });

  test.each([
    "/index.html",
    "/assets/",
    "/assets/index.js",
    "/..%2fpackage.json",
    "/assets/../../server/page.js",
    "/x",
  ])("%s is not found", async (path) => {
    const { url } = await serving();
    const answer = await fetch(`${url}${path}`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toBe("application/json");
  });

  test("is what lies in its folder and has a known type; a folder that is missing holds none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "page-"));
    await mkdir(join(folder, "assets"));
    await writeFile(join(folder, "index.html"), "<!doctype html>");
    await writeFile(join(folder, "assets/a.js"), "");
    await writeFile(join(folder, "key.pem"), "");
    expect([...(await builtPage(folder)).keys()].toSorted()).toEqual(["/", "/assets/a.js", "/clinician"]);
    expect((await builtPage(join(folder, "nothing"))).size).toBe(0);
  });
});
