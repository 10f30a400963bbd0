import { describe, expect, it } from 'vitest';
import { instant } from '../../../../contracts/instant.ts';
import type { AuditEntry } from '../../../../contracts/records/audit-entry.ts';
import { anchorOf, compareWithAnchors } from '../../../../core/audit/anchor.ts';
import { chainEntry } from '../../../../core/audit/chain.ts';

function chain(...actions: string[]): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (const action of actions) {
    const entry = { at: instant(1_000), actor: 'sluice', action, phase: 'result' as const, details: {} };
    entries.push(chainEntry('op1', entries.at(-1) ?? null, entry));
  }
  return entries;
}
const entries = chain('shift', 'end', 'release-lock');
const keptAt = instant(5_000);
const anchor = {
  operation: 'op1',
  seq: 2,
  hash: entries[1]?.hash ?? '',
  at: instant(1_000),
  outcome: 'succeeded',
  keptAt,
};

describe('a chain beside what is anchored of it', () => {
  it('is proven up to the anchored entry, also when others follow it', () => {
    expect(compareWithAnchors(entries, [anchor])).toEqual({ kind: 'anchored', seq: 2, keptAt });
  });

  it('is not proven by nothing', () => {
    expect(compareWithAnchors(entries, [])).toEqual({ kind: 'none' });
  });

  it.each([
    [
      'was written anew as a whole, all hashes included',
      chain('shift by another', 'end', 'release-lock'),
      /now has hash/,
    ],
    ['lost its end', entries.slice(0, 1), /is gone/],
    ['is gone', [], /is gone/],
  ])('is found out when it %s', (_what, found, why) => {
    expect(compareWithAnchors(found, [anchor])).toEqual({ kind: 'tampered', at: 2, why: expect.stringMatching(why) });
  });

  it('is measured by the older of two anchors, however a newer one praises it', () => {
    const forged = chain('shift by another', 'end');
    const newer = { ...anchor, hash: forged[1]?.hash ?? '', keptAt: instant(9_000) };

    expect(compareWithAnchors(forged, [newer, anchor])).toMatchObject({ kind: 'tampered', at: 2 });
    expect(compareWithAnchors(entries, [newer, anchor])).toMatchObject({ kind: 'tampered', at: 2 });
  });
});

describe('what to anchor', () => {
  it('is the newest entry that says how the operation ended', () => {
    const twice = chain('end', 'shift', 'end', 'release-lock');

    expect(anchorOf('op1', twice, 'failed')).toEqual({
      operation: 'op1',
      seq: 3,
      hash: twice[2]?.hash,
      at: 1_000,
      outcome: 'failed',
    });
  });

  it('is nothing of a chain that was tampered with, or that does not say how it ended', () => {
    const changed = entries.map((entry) => (entry.seq === 1 ? { ...entry, actor: 'mallory' } : entry));

    expect(anchorOf('op1', changed, 'failed')).toBeNull();
    expect(anchorOf('op1', chain('shift'), 'failed')).toBeNull();
  });
});
