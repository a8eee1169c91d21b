/** The name that somebody probably meant: the one that shares most pairs of letters, whatever its case and hyphens. */

/** Below this share of common pairs, nothing was meant. */
const ALIKE = 0.4;

export function nearest(name: string, names: Iterable<string>): string | undefined {
  const pairs = pairsOf(name);
  let best: { readonly name: string; readonly likeness: number } | undefined;
  for (const each of names) {
    const others = pairsOf(each);
    const common = [...pairs].filter((pair) => others.has(pair)).length;
    const likeness = (2 * common) / (pairs.size + others.size || 1);
    if (likeness >= ALIKE && likeness > (best?.likeness ?? 0)) best = { name: each, likeness };
  }
  return best?.name;
}

function pairsOf(name: string): Set<string> {
  const plain = ` ${name.toLowerCase().replace(/[^a-z0-9.]/g, "")} `;
  return new Set(Array.from({ length: plain.length - 1 }, (_, at) => plain.slice(at, at + 2)));
}
