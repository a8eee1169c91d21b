/** From probabilities of membership to a list: the list whose F1 against the unknown true list is expected highest. */

/**
 * The `k` likeliest members, where k maximises the expected F1, taken as the ratio of expectations
 *   2 Σ_{i ≤ k} p_i / (k + Σ p)        (k listed, Σ p wanted)
 * For a given k no other set has a larger numerator. Indices, likeliest first; ties keep their order; empty only where
 * every probability is 0.
 */
export function expectedF1Set(membership: ArrayLike<number>): number[] {
  const order = Array.from(membership, (_, i) => i).sort((a, b) => membership[b]! - membership[a]!);
  const wanted = order.reduce((sum, i) => sum + membership[i]!, 0);
  let hits = 0;
  let best = 0;
  let size = 0;
  order.forEach((i, rank) => {
    hits += membership[i]!;
    const f1 = (2 * hits) / (rank + 1 + wanted);
    if (f1 > best) {
      best = f1;
      size = rank + 1;
    }
  });
  return order.slice(0, size);
}
