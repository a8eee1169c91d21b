/** Finds what answers a request, by method and path. */
import { ServerError } from "./errors.ts";

interface Addressed {
  readonly method: string;
  /** At most one name in braces. */
  readonly path: string;
}

export type Router<Kind> = (method: string, path: string) => { readonly found: Kind; readonly id: string };

/** `id` is what stands for the braces of the path. The router throws `not-found` and `bad-method`. */
export function routerOf<Kind extends Addressed>(kinds: readonly Kind[]): Router<Kind> {
  const patterns = kinds.map((found) => ({
    found,
    pattern: new RegExp(`^${found.path.replaceAll(".", "\\.").replace(/\{\w+\}/, "([a-z0-9-]{1,100})")}$`),
  }));
  return (method, path) => {
    const matching = patterns.flatMap(({ found, pattern }) => {
      const match = pattern.exec(path);
      return match ? [{ found, id: match[1] ?? "" }] : [];
    });
    if (matching.length === 0) throw new ServerError("not-found", "no such path");
    const match = matching.find(({ found }) => found.method === method);
    if (match) return match;
    throw new ServerError("bad-method", `expected ${matching.map(({ found }) => found.method).join(" or ")}`);
  };
}
