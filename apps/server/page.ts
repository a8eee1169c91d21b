/**
 * The web page as files in memory. Only what was built is served, by its exact path: no path of a request reaches the disk.
 * Assets carry a hash in their name and are kept for good; the page itself is asked for again each time.
 */
import { hash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

interface PageFile {
  readonly body: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** By the path of a request. */
export type Page = ReadonlyMap<string, PageFile>;

export interface PageAnswer {
  readonly status: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".md": "text/plain; charset=utf-8",
};

/** Nothing but the server's own files and its own interface. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** `dist/apps/web` of the package, seen from the sources and from `dist/` alike. */
const BUILT = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../../dist/apps/web" : "../web", import.meta.url),
);

/** Where `index.html` is served: for people who consult, and for clinicians. What it shows there asks for a token by itself. */
const INDEX = ["/", "/clinician"];

/** The files of a built page, by their paths. Empty where it was not built. */
export async function builtPage(folder: string = BUILT): Promise<Page> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && Object.hasOwn(TYPES, extname(entry.name)));
  const read = files.map(async (entry): Promise<[string, PageFile][]> => {
    const file = join(entry.parentPath, entry.name);
    const path = relative(folder, file).split(sep).join("/");
    const built = await pageFile(path, await readFile(file));
    return (path === "index.html" ? INDEX : [`/${path}`]).map((at) => [at, built]);
  });
  return new Map((await Promise.all(read)).flat());
}

async function pageFile(path: string, body: Buffer): Promise<PageFile> {
  const isHashed = path.startsWith("assets/");
  const headers = {
    "Content-Type": TYPES[extname(path)]!,
    "Cache-Control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    Vary: "Accept-Encoding",
  };
  return { body, gzipped: await promisify(gzip)(body), etag: `"${hash("sha256", body, "hex").slice(0, 32)}"`, headers };
}

/** The answer to a request for a file, given what the browser has and can read. */
export function pageAnswer(file: PageFile, asked: IncomingHttpHeaders): PageAnswer {
  const headers = { ...file.headers, ETag: file.etag };
  if (asked["if-none-match"]?.split(",").some((etag) => etag.trim().replace(/^W\//, "") === file.etag))
    return { status: 304, headers };
  return /\bgzip\b/.test(asked["accept-encoding"]?.toString() ?? "")
    ? { status: 200, headers: { ...headers, "Content-Encoding": "gzip" }, body: file.gzipped }
    : { status: 200, headers, body: file.body };
}
