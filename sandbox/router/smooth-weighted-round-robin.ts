/** A candidate with its share; shares are relative to their sum. */
export interface Weighted<T> {
  value: T;
  weight: number;
}

/**
 * Smooth weighted round robin, as nginx does it: each turn raises every candidate by its weight, takes the highest and
 * lowers that one by the sum. Over any `sum` turns in a row each candidate gets exactly its weight, evenly spread (5 in
 * 100 come twenty turns apart, not five in a row). A weight of 0 is never taken. Returns undefined when nothing has
 * a weight.
 */
export function smoothWeightedRoundRobin<T>(candidates: readonly Weighted<T>[]): () => T | undefined {
  const turns = candidates.filter(({ weight }) => weight > 0).map((candidate) => ({ ...candidate, current: 0 }));
  const sum = turns.reduce((total, { weight }) => total + weight, 0);
  return () => {
    let best = turns[0];
    if (best === undefined) return undefined;
    for (const turn of turns) {
      turn.current += turn.weight;
      if (turn.current > best.current) best = turn;
    }
    best.current -= sum;
    return best.value;
  };
}
