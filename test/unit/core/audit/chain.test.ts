import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant } from '../../../../contracts/instant.ts';
import type { AuditEntry } from '../../../../contracts/records/audit-entry.ts';
import { chainEntry, emptyChain, verifyChain } from '../../../../core/audit/chain.ts';

/** A chain of `count` entries, as it comes back from storage. */
function chain(count: number, operation = 'op-1'): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    const details = { wanted: { green: index, blue: 100 - index }, reason: undefined, note: 'ä' };
    const event = { at: instant(index), actor: 'ana', action: 'set-weight', phase: 'intent', details } as const;
    entries.push(chainEntry(operation, entries.at(-1) ?? null, event));
  }
  // what storage gives back: equal content, keys in another order
  return entries.map((entry) => JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(entry).toReversed()))));
}

describe('a chain', () => {
  it('that nobody touched is in order, also after storage', () => {
    const entries = chain(5);

    expect(verifyChain('op-1', entries, entries.at(-1) ?? null)).toMatchObject({ kind: 'ok', head: { seq: 5 } });
    expect(verifyChain('op-1', [], emptyChain('op-1')).kind).toBe('ok');
  });

  it('that lost its end is found out by the head on record', () => {
    const entries = chain(5);

    expect(verifyChain('op-1', entries.slice(0, 3), entries.at(-1) ?? null)).toMatchObject({ kind: 'broken', at: 4 });
    expect(verifyChain('op-1', [], entries.at(-1) ?? null)).toMatchObject({ kind: 'broken', at: 1 });
  });

  it('may be further than the head on record: who wrote its last entry died before that was on record', () => {
    const entries = chain(5);

    expect(verifyChain('op-1', entries, entries[3] ?? null)).toMatchObject({ kind: 'ok', head: { seq: 5 } });
  });

  it('that was written anew as a whole does not lead through the head on record', () => {
    const [first, ...others] = chain(5);
    if (!first) throw new Error('no entry');
    const forged = [chainEntry('op-1', null, { ...first, actor: 'eve' })];
    for (const entry of others) forged.push(chainEntry('op-1', forged.at(-1) ?? null, entry));

    expect(verifyChain('op-1', forged, null).kind).toBe('ok');
    expect(verifyChain('op-1', forged, others[2] ?? null)).toMatchObject({ kind: 'broken', at: 4 });
  });

  it('does not belong to another operation', () => {
    expect(verifyChain('op-2', chain(2), null)).toMatchObject({ kind: 'broken', at: 1 });
  });

  it('whose entry was edited and hashed again breaks at the next one', () => {
    const entries = chain(3);
    const [first] = entries;
    if (!first) throw new Error('no entry');
    entries[0] = chainEntry('op-1', emptyChain('op-1'), { ...first, actor: 'eve' });

    expect(verifyChain('op-1', entries, null)).toMatchObject({ kind: 'broken', at: 2 });
  });

  it('shows every edit, removal, repetition and exchange', () => {
    const place = fc.nat({ max: 5 });
    fc.assert(
      fc.property(place, place, fc.constantFrom('edit', 'remove', 'repeat', 'exchange'), (a, b, how) => {
        const entries = chain(6);
        const [one, other] = [entries[a], entries[b]];
        if (!one || !other) throw new Error('out of range');
        if (how === 'edit') entries[a] = { ...one, details: { ...one.details, wanted: 'x' } };
        if (how === 'remove') entries.splice(a, 1);
        if (how === 'repeat') entries.splice(b, 0, one);
        if (how === 'exchange') [entries[a], entries[b]] = [other, one];

        const verdict = verifyChain('op-1', entries, chain(6).at(-1) ?? null);

        expect(verdict.kind).toBe(how === 'exchange' && a === b ? 'ok' : 'broken');
      }),
    );
  });
});
