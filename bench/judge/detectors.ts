import { seconds } from '../../contracts/duration.ts';
import { instant } from '../../contracts/instant.ts';
import { type Counts, compareCounts, falseReturnOf } from '../../core/judgement/compare-counts.ts';
import { judge, unjudged } from '../../core/judgement/judge.ts';

export interface Seen {
  readonly target: Counts;
  readonly origin: Counts;
}

/** A rule that takes a release back. */
export interface Detector {
  readonly name: string;
  begin(): {
    step(step: { isFirst: boolean; hasOrigin: boolean }): void;
    /** Whether it takes the release back after this second. */
    second(second: number, seen: Seen): boolean;
  };
}

const none: Counts = { total: 0, bad: 0 };
const sum = (a: Counts, b: Counts): Counts => ({ total: a.total + b.total, bad: a.bad + b.bad });
const steps = 4;

/** The comparison of this repository, of two objectives, looked at every so many seconds. */
export const sluice = ({ every, usual }: { every: number; usual: number }): Detector => ({
  name: `Sluice, a look every ${every} s`,
  begin() {
    let [target, origin, rules, hasOrigin] = [none, none, { tolerate: usual, notice: null, falseReturn: 0 }, true];
    return {
      step(step) {
        [target, origin, hasOrigin] = [none, none, step.hasOrigin];
        const falseReturn = falseReturnOf({ isFirst: step.isFirst, steps, objectives: 2 });
        rules = { tolerate: usual, notice: null, falseReturn };
      },
      second(second, seen) {
        [target, origin] = [sum(target, seen.target), sum(origin, seen.origin)];
        return second % every === 0 && compareCounts(rules, target, hasOrigin ? origin : null) === 'worse';
      },
    };
  },
});

/** The counts of the newest `length` seconds. */
function sliding(length: number) {
  const seen: Counts[] = [];
  return {
    add(one: Counts) {
      seen.push(one);
      if (seen.length > length) seen.shift();
    },
    total: () => seen.reduce(sum, none).total,
    share: () => {
      const { total, bad } = seen.reduce(sum, none);
      return total === 0 ? null : bad / total;
    },
  };
}

/**
 * The absolute bound of this repository: `max: 0.01` that is broken for so long, by readings over a window that begins with the release, looked at
 * every 15 s, with `minSamples: 100`. Seconds.
 */
export const bound = (rule: { window: number; for: number }): Detector => ({
  name: `Sluice's bound, window ${rule.window} s, for ${rule.for} s`,
  begin() {
    const window = sliding(rule.window);
    const objective = { name: 'error-rate', max: 0.01, unit: 'ratio', for: seconds(rule.for) } as const;
    let state = unjudged;
    return {
      step: () => undefined,
      second(second, { target }) {
        window.add(target);
        if (second % 15 !== 0) return false;
        const observed = {
          readings: { 'error-rate': { kind: 'value', value: window.share() ?? 0 } },
          samples: { kind: 'value', value: window.total() },
        } as const;
        const looked = judge({ list: [objective], minSamples: 100 }, observed, state, instant(second * 1_000));
        ({ state } = looked);
        return looked.verdict === 'fail';
      },
    };
  },
});

/**
 * Each minute the success rate of the last minute; the fifth that is below 99 % takes the canary back (`interval: 1m`, `threshold: 5`,
 * `request-success-rate` with `min: 99`).
 *
 * @see https://docs.flagger.app/usage/how-it-works
 * @see https://fluxcd.io/flagger/usage/metrics
 */
export const flagger: Detector = {
  name: 'Flagger: 99 %, 1 m, 5 times',
  begin() {
    const window = sliding(60);
    let failed = 0;
    return {
      step: () => undefined,
      second(second, { target }) {
        window.add(target);
        if (second % 60 === 0 && (window.share() ?? 1) > 0.01) failed += 1;
        return failed >= 5;
      },
    };
  },
};

/**
 * The analysis in the background of the documentation's example: every five minutes the success rate by `irate`, which is that of the
 * two newest scrapes; more than `failureLimit: 3` below 95 % abort the rollout.
 *
 * @see https://argo-rollouts.readthedocs.io/en/stable/features/analysis/
 */
export const argoRollouts: Detector = {
  name: 'Argo Rollouts: 95 %, 5 m, 4 times',
  begin() {
    const window = sliding(15);
    let failed = 0;
    return {
      step: () => undefined,
      second(second, { target }) {
        window.add(target);
        // The first measurement is at once, and then every five minutes.
        if (second % 300 === 15 && (window.share() ?? 0) > 0.05) failed += 1;
        return failed > 3;
      },
    };
  },
};
