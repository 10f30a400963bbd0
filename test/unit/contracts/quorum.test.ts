import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignPeople, type QuorumShare } from '../../../contracts/quorum.ts';

/** Places that can be filled at most, by trying every way to give each person one or none. */
function most(shares: readonly QuorumShare[], people: readonly string[]): number {
  const [person, ...others] = people;
  if (person === undefined) return 0;
  const placed = shares.map((share, at) =>
    share.count > 0 && share.people.includes(person)
      ? 1 +
        most(
          shares.map((one, index) => (index === at ? { ...one, count: one.count - 1 } : one)),
          others,
        )
      : 0,
  );
  return Math.max(most(shares, others), ...placed);
}

describe('an assignment of people to shares', () => {
  it('moves people to make room for others', () => {
    const shares = [
      { count: 1, people: ['a', 'b', 'c'] },
      { count: 1, people: ['a'] },
      { count: 1, people: ['b', 'c'] },
    ];

    expect(assignPeople(shares).missing).toBe(0);
  });

  it('fills as many places as can be filled, counts nobody twice and nobody for another’s share', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const share = fc.record({
      count: fc.integer({ min: 1, max: 2 }),
      people: fc.subarray(names, { minLength: 2, maxLength: 3 }),
    });

    fc.assert(
      fc.property(fc.array(share, { minLength: 2, maxLength: 4 }), (shares) => {
        const { counted, missing } = assignPeople(shares);

        const placed = counted.flat();
        expect(placed.length).toBe(most(shares, names));
        expect(missing).toBe(shares.reduce((sum, { count }) => sum + count, 0) - placed.length);
        expect(new Set(placed).size).toBe(placed.length);
        for (const [at, { count, people }] of shares.entries()) {
          expect(counted[at]?.length ?? 0).toBeLessThanOrEqual(count);
          for (const person of counted[at] ?? []) expect(people).toContain(person);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
