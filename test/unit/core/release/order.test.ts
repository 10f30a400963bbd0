import { describe, expect, it } from 'vitest';
import { decideBesideCandidate, type ReleaseOrder } from '../../../../core/release/order.ts';

const orders = ['newer', 'older', 'same', 'diverged', 'unknown'] as const;
const decide = (mine: 'standard' | 'hotfix', other: 'standard' | 'hotfix', order: ReleaseOrder | 'unknown') =>
  decideBesideCandidate({ mine, other, order, underWay: true });

describe('of two that wait before the lock', () => {
  it.each(['standard', 'hotfix'] as const)('of one type (%s), only what is ahead in Git goes on', (type) => {
    expect(orders.map((order) => decide(type, type, order))).toEqual([
      'supersedes',
      'behind',
      'carried',
      'behind',
      'supersedes',
    ]);
  });

  it('a hotfix makes a release needless that it contains, and goes on beside every other', () => {
    expect(orders.map((order) => decide('hotfix', 'standard', order))).toEqual([
      'supersedes',
      'beside',
      'carried',
      'beside',
      'beside',
    ]);
  });

  it('a release never supersedes a hotfix, and is needless where the hotfix contains it', () => {
    expect(orders.map((order) => decide('standard', 'hotfix', order))).toEqual([
      'beside',
      'behind',
      'carried',
      'beside',
      'beside',
    ]);
  });

  it('the same commit is not carried by an operation that is over', () => {
    const again = { order: 'same', underWay: false } as const;
    expect(decideBesideCandidate({ mine: 'standard', other: 'standard', ...again })).toBe('supersedes');
    expect(decideBesideCandidate({ mine: 'hotfix', other: 'standard', ...again })).toBe('supersedes');
    expect(decideBesideCandidate({ mine: 'standard', other: 'hotfix', ...again })).toBe('beside');
  });
});
