/** Seeded chance. Every random choice of the project comes from here; a stream is named by its seed parts, so that
 * a case's chance does not depend on the order in which cases are run. Generator: xoroshiro128+ (pure-rand). */
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  float(): number;
  /** Uniform integer in [0, n), n ≥ 1. */
  below(n: number): number;
  /** 32 random bits, as an unsigned integer. */
  bits(): number;
}

/** A stream of chance named by `parts`: the same parts, the same stream. */
export function seededRandom(...parts: readonly (string | number)[]): Random {
  const name = parts.join("\u0000");
  // All of the generator's 128 bits, so that among millions of streams no two are the same.
  const generator = xoroshiro128plusFromState([0, 1, 2, 3].map((lane) => hash(name, lane)));
  const bits = (): number => generator.next() >>> 0;
  const float = (): number => bits() / 0x1_0000_0000;
  return { bits, float, below: (n) => Math.floor(float() * n) };
}

/** One of `items`, uniformly. `items` must not be empty. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)]!;
}

/** An index drawn in proportion to `weights` (non-negative, not all zero). */
export function drawIndex(random: Random, weights: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]!;
  let rest = random.float() * total;
  for (let i = 0; i < weights.length; i++) {
    rest -= weights[i]!;
    if (rest < 0) return i;
  }
  return weights.length - 1;
}

/** A new array with the items in a random order (Fisher and Yates). */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

/** 32-bit FNV-1a, begun differently in each lane, with murmur3's final avalanche: near names give unrelated streams. */
function hash(text: string, lane: number): number {
  let h = 0x811c9dc5 ^ Math.imul(lane, 0x9e3779b9);
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
