import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../../../contracts/duration.ts';
import { instant, later } from '../../../../contracts/instant.ts';
import { checkWords } from '../../../../contracts/words.ts';
import { brokenNow, type Evaluation, type JudgementState, judge, unjudged } from '../../../../core/judgement/judge.ts';
import { judgeInterval } from '../../../../core/judgement/judge-interval.ts';
import type { Reading } from '../../../../core/judgement/reading.ts';

const start = instant(1_000_000);
const rules = { list: [{ name: 'error-rate', max: 0.01, unit: 'ratio' as const, for: minutes(5) }], minSamples: 0 };
const value = (number: number): Reading => ({ kind: 'value', value: number });
const noData: Reading = { kind: 'no-data' };

/** Evaluates one reading after the other, `every` 1 minute from `start`; the last evaluation counts. */
function sequence(readings: readonly Reading[], state: JudgementState = unjudged): Evaluation {
  return readings.reduce<Evaluation>(
    (previous, reading, index) =>
      judge(
        rules,
        { readings: { 'error-rate': reading }, samples: null },
        previous.state,
        later(start, minutes(index)),
      ),
    { verdict: 'inconclusive', breaking: [], reasons: [], state },
  );
}

describe('one evaluation', () => {
  it('passes within the bound, also exactly on it', () => {
    expect(sequence([value(0.01)])).toMatchObject({ verdict: 'pass', breaking: [] });
  });

  it('does not fail before the objective was broken for as long as it may be', () => {
    expect(sequence(Array(5).fill(value(0.052)))).toMatchObject({ verdict: 'pass', breaking: ['error-rate'] });
  });

  it('calls what is over its limit, though not for long enough, not decided yet, and not passed', () => {
    const { verdict, reasons } = sequence(Array(5).fill(value(0.052)));

    expect(verdict).toBe('pass');
    expect(checkWords({ result: verdict, reason: reasons.join('; ') })).toBe(
      'not decided yet: Error rate 5.2 %, limit 1 %, for 4 min of 5 min',
    );
  });

  it('fails once it was, and says so in words', () => {
    expect(sequence(Array(6).fill(value(0.052)))).toMatchObject({
      verdict: 'fail',
      reasons: ['Error rate 5.2 %, limit 1 %, for 5 min'],
    });
  });

  it('starts counting anew when the objective recovered in between', () => {
    const bad = value(0.5);

    expect(sequence([bad, bad, bad, value(0), bad, bad, bad]).verdict).toBe('pass');
  });

  it('goes on counting over a gap without data', () => {
    const bad = value(0.5);

    expect(sequence([bad, bad, noData, noData, bad, bad]).verdict).toBe('fail');
  });

  it.each<[string, Reading]>([
    ['no data', noData],
    ['not a finite number', value(Number.NaN)],
    ['no usable answer: refused', { kind: 'unreachable', reason: 'refused' }],
  ])('is inconclusive with %s', (words, reading) => {
    const evaluation = sequence([reading]);

    expect(evaluation).toMatchObject({ verdict: 'inconclusive', state: { inconclusiveSince: start } });
    expect(evaluation.reasons.join()).toContain(words);
  });

  it('with too few samples counts neither for nor against', () => {
    const observed = { readings: { 'error-rate': value(1) }, samples: value(99) };

    const evaluation = judge({ ...rules, minSamples: 100 }, observed, unjudged, start);

    expect(evaluation).toMatchObject({
      verdict: 'inconclusive',
      breaking: [],
      reasons: ['too few samples: 99 of 100'],
    });
  });

  it('that fails on one objective fails although another has no data', () => {
    const two = { ...rules, list: [...rules.list, { name: 'latency', max: 2, for: seconds(0) }] };

    expect(judge(two, { readings: { latency: value(3) }, samples: null }, unjudged, start).verdict).toBe('fail');
  });

  it('fails exactly when the last readings were broken for long enough without a good one', () => {
    const reading = fc.constantFrom<Reading>(value(0), value(1), noData);
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 20 }), (readings) => {
        const lastGood = readings.findLastIndex((one) => one.kind === 'value' && one.value === 0);
        const firstBad = readings.findIndex((one, index) => index > lastGood && one.kind === 'value');
        const bad = readings.at(-1)?.kind === 'value' && firstBad >= 0;

        expect(sequence(readings).verdict === 'fail').toBe(bad && readings.length - 1 - firstBad >= 5);
      }),
    );
  });
});

describe('a lower bound', () => {
  const throughput = { name: 'throughput', min: 10, unit: 'per-second' as const, for: minutes(5) };
  const evaluate = (reading: Reading, state: JudgementState = unjudged, at = start, objective: object = {}) =>
    judge(
      { list: [{ ...throughput, ...objective }], minSamples: 0 },
      { readings: { throughput: reading }, samples: null },
      state,
      at,
    );

  it('is broken by what is below it, for as long as what is above an upper one', () => {
    const first = evaluate(value(3));
    const early = evaluate(value(3), first.state, later(start, minutes(4)));
    const late = evaluate(value(3), early.state, later(start, minutes(5)));

    expect(evaluate(value(10))).toMatchObject({ verdict: 'pass', breaking: [] });
    expect([first, early].map(({ verdict, breaking }) => [verdict, breaking])).toEqual([
      ['pass', ['throughput']],
      ['pass', ['throughput']],
    ]);
    expect(late).toMatchObject({ verdict: 'fail', reasons: ['Throughput 3 /s, at least 10 /s, for 5 min'] });
  });

  it('takes what is not there for not known, and never for 0', () => {
    expect(evaluate(noData)).toMatchObject({ verdict: 'inconclusive', breaking: [] });
    expect(evaluate(value(0))).toMatchObject({ breaking: ['throughput'] });
  });

  it('goes together with an upper one', () => {
    expect(
      [9, 10, 100, 101].map((rate) => evaluate(value(rate), unjudged, start, { max: 100 }).breaking.length),
    ).toEqual([1, 0, 0, 1]);
  });

  it('is told of a side to which the traffic has returned', () => {
    const broken = (reading: Reading) =>
      brokenNow({ list: [throughput], minSamples: 0 }, { readings: { throughput: reading }, samples: null });

    expect(broken(value(3))).toEqual(['Throughput 3 /s, at least 10 /s']);
    expect([broken(value(10)), broken(noData)]).toEqual([[], []]);
  });
});

describe('an interval', () => {
  const configured = (choice: 'wait' | 'return' | 'pass') => ({
    interval: minutes(5),
    // biome-ignore lint/suspicious/noThenProperty: the word of sluice.yaml; a string, so nothing can await it
    inconclusive: { then: choice, deadline: minutes(10) },
  });
  const interval = configured('return');
  const good = sequence([value(0)]);
  const unclear = sequence([noData]);
  const at = (count: number) => later(start, minutes(count));

  it('passes when it is over and nothing is broken, not sooner', () => {
    expect(judgeInterval(interval, start, good, at(4)).kind).toBe('keep-judging');
    expect(judgeInterval(interval, start, good, at(5)).kind).toBe('pass');
  });

  it('is prolonged while an objective is breaking', () => {
    expect(judgeInterval(interval, start, sequence([value(1)]), at(5)).kind).toBe('keep-judging');
  });

  it('returns the traffic at the first failure', () => {
    const failed = sequence(Array(6).fill(value(1)));

    expect(judgeInterval(interval, start, failed, at(2))).toMatchObject({
      kind: 'return',
      because: 'objective-failed',
    });
  });

  it.each([
    ['return', 'return'],
    ['wait', 'pause'],
    ['pass', 'pass'],
  ] as const)('that stays inconclusive until the deadline leads to what is configured: %s', (choice, kind) => {
    expect(judgeInterval(configured(choice), start, unclear, at(9)).kind).toBe('keep-judging');
    expect(judgeInterval(configured(choice), start, unclear, at(10)).kind).toBe(kind);
  });

  it('does not start the inconclusive deadline anew for a reading that is only broken', () => {
    const evaluation = sequence([noData, value(1), noData]);

    expect(evaluation.state.inconclusiveSince).toBe(start);
  });
});
