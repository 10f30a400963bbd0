import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../../contracts/evidence.ts';
import { complianceChecks, namedChanges } from '../../../../core/release/compliance.ts';

type Change = NonNullable<Evidence['changes']>[number];
const issue = (over: object = {}) => ({
  ...{ title: 'Deploy 2.1', state: 'open', labels: ['approved-change'], isPull: false },
  ...{ url: 'https://github.com/example/changes/issues/12', ...over },
});
const rule = { pattern: '#(\\d+)', lookup: 'github' as const };
const changeCheck = (changes: Change[] | null | undefined, more: object = {}) =>
  complianceChecks({ changes }, { change: { ...rule, ...more }, documents: [] })[0];

describe('a change record', () => {
  it('is an issue that somebody can look at', () => {
    expect(changeCheck([{ id: '#12', issue: issue() }])).toEqual({
      name: 'change record',
      result: 'pass',
      reason: '#12: Deploy 2.1',
      url: 'https://github.com/example/changes/issues/12',
    });
  });

  it.each<[string, Change[] | null | undefined, object, string]>([
    ['nobody has looked', undefined, {}, 'nobody has looked for one'],
    ['none is named', [], {}, 'name one (#(\\d+))'],
    ['what is named is no issue', [{ id: '#12', issue: null }], {}, '#12 is not an issue'],
    ['it is the pull request itself', [{ id: '#12', issue: issue({ isPull: true }) }], {}, 'is a pull request'],
    ['nobody has approved it', [{ id: '#12', issue: issue() }], { label: 'cab' }, 'does not have the label cab'],
  ])('is missing where %s', (_, changes, more, reason) => {
    expect(changeCheck(changes, more)).toMatchObject({ result: 'fail', reason: expect.stringContaining(reason) });
  });

  it('that is not good enough leads to the issue, or to where it would be', () => {
    const lookedUp = 'https://github.com/example/changes/issues/13';

    expect(changeCheck([{ id: '#13', lookedUp, issue: null }])).toMatchObject({ result: 'fail', url: lookedUp });
    expect(changeCheck([{ id: '#12', lookedUp, issue: issue() }], { label: 'cab' })).toMatchObject({
      ...{ result: 'fail', url: issue().url },
    });
  });

  it('counts by its name alone where nothing is looked up, and says so', () => {
    expect(changeCheck([{ id: 'CHG-7', issue: null }], { lookup: null })).toEqual({
      name: 'change record',
      result: 'pass',
      reason: 'CHG-7 (named, not looked up)',
    });
  });

  it('passes exactly when one of those that are named is an issue with the label, whatever stands beside it', () => {
    const changes = fc.array(
      fc.record({
        id: fc.constantFrom('#1', '#2', '#3'),
        issue: fc.option(
          fc.record({ labels: fc.subarray(['a', 'b']), isPull: fc.boolean() }).map((over) => issue(over)),
          { nil: null },
        ),
      }),
    );
    fc.assert(
      fc.property(changes, fc.constantFrom(undefined, 'a', 'b'), (named, label) => {
        const good = named.some(
          (one) => one.issue !== null && !one.issue.isPull && (label === undefined || one.issue.labels.includes(label)),
        );
        expect(changeCheck(named, { label })?.result).toBe(good ? 'pass' : 'fail');
      }),
    );
  });
});

describe('namedChanges', () => {
  it('finds each once, in order, with the number to look it up by', () => {
    expect(namedChanges(['fix: it (#12)', 'closes #7, see #12'], { pattern: '#(\\d+)' })).toEqual([
      { id: '#12', number: 12 },
      { id: '#7', number: 7 },
    ]);
    expect(namedChanges(['CHG-41 and CHG'], { pattern: 'CHG(?:-\\d+)?' })).toEqual([
      { id: 'CHG-41', number: 41 },
      { id: 'CHG', number: null },
    ]);
    expect(namedChanges(['none'], { pattern: 'x*' })).toEqual([]);
  });

  it('looks up no more than ten', () => {
    const text = Array.from({ length: 30 }, (_, index) => `#${index}`).join(' ');
    expect(namedChanges([text], { pattern: '#\\d+' })).toHaveLength(10);
  });
});

describe('required documents', () => {
  it('are in the commit, each by itself and with a link', () => {
    const documents = [{ path: 'docs/model-card.md', url: 'https://github.com/x/y/blob/c/docs/model-card.md' }];
    const checks = complianceChecks(
      { documents: [...documents, { path: 'RISK.md', url: null }] },
      { change: null, documents: ['docs/model-card.md', 'RISK.md', 'NEW.md'] },
    );

    expect(checks.map(({ name, result, url }) => [name, result, url])).toEqual([
      ['document docs/model-card.md', 'pass', 'https://github.com/x/y/blob/c/docs/model-card.md'],
      ['document RISK.md', 'fail', undefined],
      ['document NEW.md', 'fail', undefined],
    ]);
  });
});
