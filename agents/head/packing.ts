/**
 * Forests as bytes. Numbers of one meaning lie together, high and low bytes apart, and the whole is compressed: tens
 * of thousands of nodes in a hundred kilobytes. Leaves are stored as whole steps, 31 at most either way: finer ones change no list.
 *   header   forests: u32, then for each trees: u32, bias: f32, step: f32; nodes, inner nodes, thresholds: u32
 *   planes   node codes (0: leaf, else column + 1) low and high, threshold places low and high, leaf steps: i8
 *   table    the distinct thresholds: f32
 */
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import { AgentError } from "../errors.ts";
import { type Forest, forestOf, LEAF } from "./trees.ts";

/** Largest leaf in steps. */
const MOST_STEPS = 31;
/** Decompressed size that a weights file may have at most, in bytes. */
const MOST_BYTES = 64 * 2 ** 20;

export function packForests(forests: readonly Forest[]): Uint8Array {
  const codes = forests.flatMap(({ column }) => Array.from(column, (c) => c + 1));
  const thresholds = forests.flatMap(({ column, threshold }) => [...threshold].filter((_, i) => column[i] !== LEAF));
  const steps = forests.flatMap((forest) => {
    const step = stepOf(forest);
    return [...forest.value].filter((_, i) => forest.column[i] === LEAF).map((value) => Math.round(value / step));
  });
  const table = [...new Set(thresholds)].sort((a, b) => a - b);
  const placeOf = new Map(table.map((threshold, place) => [threshold, place]));
  const places = thresholds.map((threshold) => placeOf.get(threshold)!);
  if (Math.max(codes.length === 0 ? 0 : codes.reduce((a, b) => Math.max(a, b)), table.length) > 0xffff) {
    throw new AgentError("too-many-nodes", "more than 65,535 columns or thresholds; train fewer or smaller trees");
  }
  const header = [
    ...u32(forests.length),
    ...forests.flatMap((forest) => [...u32(forest.roots.length), ...f32(forest.bias), ...f32(stepOf(forest))]),
    ...[codes.length, places.length, table.length].flatMap(u32),
  ];
  const bytes = Uint8Array.from([
    ...header,
    ...codes.map((n) => n & 0xff),
    ...codes.map((n) => n >> 8),
    ...places.map((n) => n & 0xff),
    ...places.map((n) => n >> 8),
    ...steps.map((n) => n & 0xff),
    ...table.flatMap(f32),
  ]);
  return brotliCompressSync(bytes);
}

/** The inverse, but for the leaves' rounding. Throws `bad-weights` on bytes that are not packed forests. */
export function unpackForests(packed: Uint8Array): Forest[] {
  try {
    const bytes = brotliDecompressSync(packed, { maxOutputLength: MOST_BYTES });
    return readForests(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    throw new AgentError("bad-weights", "the packed trees cannot be read; train the head again", { cause });
  }
}

function readForests(view: DataView): Forest[] {
  let at = 0;
  const next = (): number => {
    at += 4;
    return view.getUint32(at - 4, true);
  };
  const nextFloat = (): number => {
    at += 4;
    return view.getFloat32(at - 4, true);
  };
  const heads = Array.from({ length: next() }, () => ({ trees: next(), bias: nextFloat(), step: nextFloat() }));
  const [nodes, inner, distinct] = [next(), next(), next()];
  const codes = at;
  const places = codes + 2 * nodes;
  const steps = places + 2 * inner;
  const table = steps + nodes - inner;
  if (table + 4 * distinct !== view.byteLength) throw new RangeError("its parts do not add up");
  let node = 0;
  let split = 0;
  let leaf = 0;
  return heads.map(({ trees, bias, step }) => {
    const column: number[] = [];
    const threshold: number[] = [];
    const right: number[] = [];
    const value: number[] = [];
    const visit = (): void => {
      const here = column.length;
      const code = view.getUint8(codes + node) | (view.getUint8(codes + nodes + node) << 8);
      node++;
      column.push(code === 0 ? LEAF : code - 1);
      right.push(0);
      if (code === 0) {
        threshold.push(0);
        value.push(view.getInt8(steps + leaf++) * step);
        return;
      }
      const place = view.getUint8(places + split) | (view.getUint8(places + inner + split) << 8);
      split++;
      threshold.push(view.getFloat32(table + 4 * place, true));
      value.push(0);
      visit();
      right[here] = column.length;
      visit();
    };
    const roots: number[] = [];
    for (let t = 0; t < trees; t++) {
      roots.push(column.length);
      visit();
    }
    return forestOf(bias, { roots, column, threshold, right, value });
  });
}

/** The step in which a forest's leaves are counted. */
function stepOf({ value }: Forest): number {
  let largest = 0;
  for (const each of value) largest = Math.max(largest, Math.abs(each));
  return Math.fround(largest / MOST_STEPS) || 1;
}

function u32(n: number): number[] {
  return [n & 0xff, (n >>> 8) & 0xff, (n >>> 16) & 0xff, n >>> 24];
}

function f32(x: number): number[] {
  return [...new Uint8Array(Float32Array.of(x).buffer)];
}
