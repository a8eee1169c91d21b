/**
 * Recognises keys seen before in 12 bytes a slot, whatever their length: an open-addressing table of 64-bit digests.
 * Two different keys share a digest about once in 10^7 files of a million keys.
 */

export interface SeenKeys {
  /** Remembers `key` with its line; gives the line where it was seen before, if it was. */
  add(key: string, line: number): number | undefined;
}

export function seenKeys(slots = 1 << 12): SeenKeys {
  let size = slots;
  let used = 0;
  let high = new Uint32Array(size);
  let low = new Uint32Array(size);
  /** 0 marks a free slot; lines count from 1. */
  let lines = new Uint32Array(size);

  /** The slot that holds the digest, or the free one where it belongs. */
  const slotOf = (h: number, l: number): number => {
    let slot = (h ^ l) & (size - 1);
    while (lines[slot] !== 0 && (high[slot] !== h || low[slot] !== l)) slot = (slot + 1) & (size - 1);
    return slot;
  };
  const grow = (): void => {
    const [oldHigh, oldLow, oldLines] = [high, low, lines];
    size *= 2;
    high = new Uint32Array(size);
    low = new Uint32Array(size);
    lines = new Uint32Array(size);
    for (let i = 0; i < oldLines.length; i++) {
      if (oldLines[i] === 0) continue;
      const slot = slotOf(oldHigh[i]!, oldLow[i]!);
      high[slot] = oldHigh[i]!;
      low[slot] = oldLow[i]!;
      lines[slot] = oldLines[i]!;
    }
  };
  return {
    add(key, line) {
      const h = digest(key, 0x9747b28c);
      const l = digest(key, 0x3c6ef372);
      const slot = slotOf(h, l);
      if (lines[slot] !== 0) return lines[slot];
      high[slot] = h;
      low[slot] = l;
      lines[slot] = line;
      if (++used * 2 > size) grow();
      return undefined;
    },
  };
}

/** A 32-bit digest of the UTF-16 units of `key`, with the multiply-and-rotate steps of MurmurHash3. */
function digest(key: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < key.length; i++) {
    let unit = Math.imul(key.charCodeAt(i), 0xcc9e2d51);
    unit = Math.imul((unit << 15) | (unit >>> 17), 0x1b873593);
    hash ^= unit;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash ^= key.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
