/**
 * An ensemble of regression trees for one yes-or-no question: the log-odds of *yes* are a constant plus one leaf of
 * each tree. Nodes lie in preorder, so that a node's left child (value at or below the threshold) is the next node.
 */
export interface Forest {
  /** Log-odds before any tree. */
  readonly bias: number;
  /** First node of each tree. */
  readonly roots: Int32Array;
  /** The column a node looks at, LEAF for leaves. */
  readonly column: Int32Array;
  readonly threshold: Float32Array;
  /** The right child of an inner node. */
  readonly right: Int32Array;
  /** What a leaf adds to the log-odds. */
  readonly value: Float32Array;
}

export const LEAF = -1;

export type TreeNode =
  | { readonly value: number }
  | { readonly column: number; readonly threshold: number; readonly low: TreeNode; readonly high: TreeNode };

export function buildForest(bias: number, trees: readonly TreeNode[]): Forest {
  const roots: number[] = [];
  const column: number[] = [];
  const threshold: number[] = [];
  const right: number[] = [];
  const value: number[] = [];
  const visit = (node: TreeNode): void => {
    const at = column.length;
    const isLeaf = "value" in node;
    column.push(isLeaf ? LEAF : node.column);
    threshold.push(isLeaf ? 0 : node.threshold);
    right.push(0);
    value.push(isLeaf ? node.value : 0);
    if (isLeaf) return;
    visit(node.low);
    right[at] = column.length;
    visit(node.high);
  };
  for (const tree of trees) {
    roots.push(column.length);
    visit(tree);
  }
  return forestOf(bias, { roots, column, threshold, right, value });
}

/** A forest from its lists, one entry a node (`roots`: one a tree). */
export function forestOf(
  bias: number,
  lists: Readonly<Record<"roots" | "column" | "threshold" | "right" | "value", readonly number[]>>,
): Forest {
  return {
    bias,
    roots: Int32Array.from(lists.roots),
    column: Int32Array.from(lists.column),
    threshold: Float32Array.from(lists.threshold),
    right: Int32Array.from(lists.right),
    value: Float32Array.from(lists.value),
  };
}

/** Log-odds of *yes* for one row of features, given in two parts: `own` columns follow the `shared` ones. */
export function logOdds(forest: Forest, shared: Float64Array, own: Float64Array, ownStart = 0): number {
  const { roots, column, threshold, right, value } = forest;
  const offset = ownStart - shared.length;
  let sum = forest.bias;
  for (let t = 0; t < roots.length; t++) {
    let node = roots[t]!;
    for (let c = column[node]!; c !== LEAF; c = column[node]!) {
      const x = c < shared.length ? shared[c]! : own[c + offset]!;
      node = x <= threshold[node]! ? node + 1 : right[node]!;
    }
    sum += value[node]!;
  }
  return sum;
}

export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
