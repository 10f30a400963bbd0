/** One rule's share of a quorum. */
export interface QuorumShare {
  /** How many people it wants. */
  readonly count: number;
  /** Who can be counted for it. */
  readonly people: readonly string[];
}

export interface Quorum {
  /** For each share, whom it counts. */
  readonly counted: readonly (readonly string[])[];
  /** How many people are missing in all. */
  readonly missing: number;
}

/**
 * Assigns people to shares so that each person is counted in one share only and as many places are filled as can be: if any assignment
 * fills all, this one does (augmenting paths, a maximum matching). Whoever is wanted by one share alone is placed before those who may
 * be counted elsewhere.
 */
export function assignPeople(shares: readonly QuorumShare[]): Quorum {
  const everybody = [...new Set(shares.flatMap(({ people }) => people))];
  const sharesOf = new Map(
    everybody.map((person) => [person, shares.flatMap(({ people }, at) => (people.includes(person) ? [at] : []))]),
  );
  const counted: string[][] = shares.map(() => []);
  const place = (person: string, seen: Set<number>): boolean => {
    for (const at of sharesOf.get(person) ?? []) {
      if (seen.has(at)) continue;
      seen.add(at);
      const here = counted[at] ?? [];
      if (here.length < (shares[at]?.count ?? 0)) {
        here.push(person);
        return true;
      }
      const moved = here.findIndex((other) => place(other, seen));
      if (moved === -1) continue;
      here[moved] = person;
      return true;
    }
    return false;
  };
  const fewestFirst = everybody.toSorted((a, b) => (sharesOf.get(a)?.length ?? 0) - (sharesOf.get(b)?.length ?? 0));
  for (const person of fewestFirst) place(person, new Set());
  const wanted = shares.reduce((sum, { count }) => sum + count, 0);
  return { counted, missing: wanted - counted.reduce((sum, { length }) => sum + length, 0) };
}
