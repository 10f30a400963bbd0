import { describe, expect, it } from 'vitest';
import { judgeAnswers } from '../../../../core/judgement/fast-path.ts';
import type { Reading } from '../../../../core/judgement/reading.ts';

const rules = { minAnswers: 20, ratio: 0.5 };
const value = (count: number): Reading => ({ kind: 'value', value: count });
const judged = (failures: number, answers: number, given = rules) =>
  judgeAnswers(given, { answers: value(answers), failures: value(failures) });

describe('answers', () => {
  it('that fail by half are gross as soon as there are enough, and the counts are told', () => {
    expect(judged(10, 20)).toEqual({ verdict: 'fail', reason: '10 of 20 answers failed, limit 50 %' });
    expect(judged(12, 20)).toEqual({ verdict: 'fail', reason: '12 of 20 answers failed, limit 50 %' });
  });

  it('that fail by less are left to the objectives', () => {
    expect(judged(9, 20)).toEqual({ verdict: 'pass', reason: '9 of 20 answers failed' });
    expect(judged(0, 500)).toEqual({ verdict: 'pass', reason: '0 of 500 answers failed' });
  });

  it('are not judged while there are too few, even when all of them failed', () => {
    expect(judged(19, 19)).toEqual({ verdict: 'inconclusive', reason: 'too few answers: 19 of 20' });
    expect(judged(0, 0)).toMatchObject({ verdict: 'inconclusive' });
  });

  it('are judged by the numbers that are told, although Prometheus extrapolates fractions', () => {
    expect(judged(9.8, 19.7)).toEqual({ verdict: 'fail', reason: '10 of 20 answers failed, limit 50 %' });
    expect(judged(20.4, 20.1)).toMatchObject({ verdict: 'fail', reason: expect.stringMatching(/^20 of 20 /) });
  });

  it('are gross at exactly a ratio that has no exact binary form', () => {
    expect(judged(3, 30, { minAnswers: 20, ratio: 0.1 })).toMatchObject({ verdict: 'fail' });
  });

  it.each([
    ['the answers', { answers: { kind: 'no-data' }, failures: value(20) }, 'answers: no data'],
    [
      'the failures',
      { answers: value(20), failures: { kind: 'unreachable', reason: 'connection refused' } },
      'answers: no usable answer: connection refused',
    ],
  ] as const)('lead to nothing while nobody knows %s', (_what, counts, reason) => {
    expect(judgeAnswers(rules, counts)).toEqual({ verdict: 'inconclusive', reason });
  });
});
