/** Random numbers that are the same for the same seed. */
export interface Random {
  chance(probability: number): boolean;
  poisson(mean: number): number;
  binomial(count: number, probability: number): number;
}

/** mulberry32, which is enough for a simulation. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  /** Failures before the next success, so that rare events cost little. */
  const gap = (probability: number): number => Math.floor(Math.log(1 - uniform()) / Math.log1p(-probability));
  return {
    chance: (probability) => uniform() < probability,
    poisson(mean) {
      let [left, count] = [mean, -1];
      do {
        left += Math.log(1 - uniform());
        count += 1;
      } while (left > 0);
      return count;
    },
    binomial(count, probability) {
      let hits = 0;
      for (let at = gap(probability); at < count; at += 1 + gap(probability)) hits += 1;
      return hits;
    },
  };
}
