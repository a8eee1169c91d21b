/**
 * Columns of numbers cut into few bins, so that boosting looks at counts rather than at numbers (Ke et al., NeurIPS
 * 2017). Most columns hold one value nearly everywhere: only rows outside a column's commonest bin are stored.
 */

/** How many bins a column has at most. */
const MOST_BINS = 250;

export interface BinnedColumn {
  /** The column's index in the feature row. */
  readonly column: number;
  /** Bin b holds values at or below edges[b]; the last bin has no edge. Empty where the column never varies. */
  readonly edges: Float32Array;
  readonly common: number;
  /** Rows outside the commonest bin, ascending, with their bins. */
  readonly rows: Int32Array;
  readonly bins: Uint8Array;
}

export function binColumn(column: number, values: Float64Array): BinnedColumn {
  const edges = edgesOf(values);
  const all = Uint8Array.from(values, (x) => binOf(edges, x));
  const counts = new Int32Array(edges.length + 1);
  for (const bin of all) counts[bin]!++;
  const common = counts.indexOf(Math.max(...counts));
  const rows = Int32Array.from(all.keys()).filter((row) => all[row] !== common);
  return { column, edges, common, rows, bins: Uint8Array.from(rows, (row) => all[row]!) };
}

/** Edges half-way between neighbouring values; where there are too many values, between groups of about one size. */
function edgesOf(values: Float64Array): Float32Array {
  const sorted = values.slice().sort();
  const least = sorted.length / MOST_BINS;
  const distinct = new Set(sorted).size;
  const edges: number[] = [];
  let since = 0;
  for (let i = 1; i < sorted.length; i++) {
    since++;
    if (sorted[i] === sorted[i - 1]) continue;
    if (distinct > MOST_BINS && since < least) continue;
    const edge = Math.fround((sorted[i - 1]! + sorted[i]!) / 2);
    if (edge >= sorted[i]!) continue;
    edges.push(edge);
    since = 0;
  }
  return Float32Array.from(edges);
}

function binOf(edges: Float32Array, x: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x <= edges[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Binned columns side by side, row by row: entries start[row] to start[row + 1] are cells outside the commonest bin. */
export interface BinnedTable {
  readonly rows: number;
  readonly columns: readonly BinnedColumn[];
  /** Column k's bins are cells firstCell[k] to firstCell[k + 1]. */
  readonly firstCell: Int32Array;
  readonly start: Int32Array;
  readonly cells: Uint32Array;
}

export function binnedTable(rows: number, given: readonly BinnedColumn[]): BinnedTable {
  const columns = given.filter(({ edges }) => edges.length > 0);
  const firstCell = new Int32Array(columns.length + 1);
  const start = new Int32Array(rows + 1);
  columns.forEach(({ edges, rows: at }, k) => {
    firstCell[k + 1] = firstCell[k]! + edges.length + 1;
    for (const row of at) start[row + 1]!++;
  });
  for (let row = 0; row < rows; row++) start[row + 1]! += start[row]!;
  const next = start.slice();
  const cells = new Uint32Array(start[rows]!);
  columns.forEach(({ rows: at, bins }, k) => {
    for (let i = 0; i < at.length; i++) cells[next[at[i]!]!++] = firstCell[k]! + bins[i]!;
  });
  return { rows, columns, firstCell, start, cells };
}
