import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../../../contracts/duration.ts';
import { type Instant, later, parseInstant } from '../../../../contracts/instant.ts';
import { type HealthSeen, type HealthState, judgeHealth, unseen } from '../../../../core/judgement/target-health.ts';
import type { PodSeen } from '../../../../core/workload/pod-trouble.ts';

const start = parseInstant('2026-11-23T15:00:00Z');
const rules = { checks: [{ name: 'ready', failures: 3 }], pods: { restarts: 3, unready: minutes(2) } };

type PodOf = Partial<Omit<PodSeen, 'containers'>> & { restarts?: number; lastEnd?: string };
const pod = (name: string, { ready = true, stuck = null, restarts = 0, lastEnd }: PodOf = {}): PodSeen => ({
  name,
  ready,
  stuck,
  containers: [{ name: 'app', restarts, lastEnd: lastEnd ?? null }],
});
const good = { name: 'ready', ok: true, reason: 'GET /health answered 200' };
const bad = { name: 'ready', ok: false, reason: 'GET /health answered 503, not 200' };
const healthy: HealthSeen = { pods: [pod('a'), pod('b'), pod('c')], needed: 3, probes: [good] };

/** Looks every 15 s, at one thing after the other. */
function looks(...seen: Partial<HealthSeen>[]) {
  let state: HealthState = unseen;
  let now: Instant = start;
  return seen.map((one) => {
    const evaluation = judgeHealth(rules, { ...healthy, ...one }, state, now);
    state = evaluation.state;
    now = later(now, seconds(15));
    return evaluation;
  });
}
/** The same for so many looks. */
const times = (count: number, seen: Partial<HealthSeen>) => Array.from({ length: count }, () => seen);

describe('a health check', () => {
  it('that passes says so, with the pods', () => {
    expect(looks({})[0]).toMatchObject({ verdict: 'pass', pending: [], reasons: ['3 pods are ready', 'ready passed'] });
  });

  it('fails after so many bad answers in a row, not after one', () => {
    const [first, second, third] = looks(...times(3, { probes: [bad] }));

    expect(first).toMatchObject({
      verdict: 'pass',
      pending: ['ready: GET /health answered 503, not 200, 1 of 3 times in a row'],
      reasons: [expect.stringMatching(/^not decided yet: ready/)],
    });
    expect(second?.verdict).toBe('pass');
    expect(third).toMatchObject({
      verdict: 'fail',
      reasons: ['ready: GET /health answered 503, not 200, 3 times in a row'],
    });
  });

  it('begins anew with each good answer', () => {
    const seen = looks({ probes: [bad] }, { probes: [bad] }, {}, { probes: [bad] }, { probes: [bad] });

    expect(seen.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass']);
    expect(seen[2]?.pending).toEqual([]);
  });
});

describe('pods that crash', () => {
  it('fail by restarts since they had traffic, with the pod, its container and how it ended', () => {
    const at = (restarts: number) => ({
      pods: [pod('a', { restarts, lastEnd: 'OOMKilled, exit code 137' }), pod('b'), pod('c')],
    });
    const seen = looks(at(5), at(6), at(7), at(8));

    expect(seen.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass', 'fail']);
    expect(seen[3]?.reasons).toEqual([
      'pod a: container app has restarted 3 times since it had traffic (OOMKilled, exit code 137)',
    ]);
  });

  it('fail by all of their restarts when they came later', () => {
    const [, later] = looks({}, { pods: [pod('a'), pod('b'), pod('c'), pod('d', { restarts: 3 })] });

    expect(later).toMatchObject({ verdict: 'fail', reasons: [expect.stringContaining('pod d')] });
  });

  it('keep no weight from rising by a restart or two', () => {
    const [, later] = looks({}, { pods: [pod('a', { restarts: 2 }), pod('b'), pod('c')] });

    expect(later).toMatchObject({ verdict: 'pass', pending: [] });
  });
});

describe('pods that do not start', () => {
  const pulling = { pods: [pod('a'), pod('b'), pod('c'), pod('d', { ready: false, stuck: 'ImagePullBackOff' })] };

  it('fail after a while although enough others are ready', () => {
    const seen = looks(...times(9, pulling));

    expect(seen[7]).toMatchObject({
      verdict: 'pass',
      pending: ['pod d does not start: ImagePullBackOff, for 1 min 45 s of 2 min'],
    });
    expect(seen[8]).toMatchObject({
      verdict: 'fail',
      reasons: ['pod d does not start: ImagePullBackOff, for 2 min'],
    });
  });

  it('are not forgiven for what they say between two tries', () => {
    const trying = { pods: [pod('a'), pod('b'), pod('c'), pod('d', { ready: false })] };

    expect(looks(...times(4, pulling), ...times(4, trying), pulling)[8]?.verdict).toBe('fail');
  });

  it('are forgiven once they are ready, or gone', () => {
    expect(looks(...times(8, pulling), {}, pulling)[9]?.verdict).toBe('pass');
  });
});

describe('too few ready pods', () => {
  const two = { pods: [pod('a'), pod('b'), pod('c', { ready: false })] };

  it('fail after a while, with the names of those that are not ready', () => {
    const seen = looks(...times(9, two));

    expect(seen[7]?.verdict).toBe('pass');
    expect(seen[8]).toMatchObject({
      verdict: 'fail',
      reasons: ['2 of 3 pods are ready (not ready: c), for 2 min'],
    });
  });

  it('are told by the first of them: a Deployment may have hundreds', () => {
    const pods = ['a', 'b', 'c', 'd', 'e'].map((name) => pod(name, { ready: false, stuck: 'ErrImagePull' }));

    expect(looks(...times(9, { pods }))[8]?.reasons).toEqual([
      'pod a does not start: ErrImagePull, for 2 min',
      'pod b does not start: ErrImagePull, for 2 min',
      'pod c does not start: ErrImagePull, for 2 min',
      'and 3 more',
    ]);
  });

  it('may be fewer for a moment, as when a node is drained', () => {
    expect(looks(...times(8, two), {}, ...times(8, two)).map(({ verdict }) => verdict)).not.toContain('fail');
  });

  it('fail when there are none at all', () => {
    expect(looks(...times(9, { pods: [] }))[8]?.reasons).toEqual(['0 of 3 pods are ready, for 2 min']);
  });

  it('are no matter while the weight needs no more', () => {
    expect(looks(...times(20, { ...two, needed: 2 })).map(({ verdict }) => verdict)).not.toContain('fail');
  });
});

describe('of any looks', () => {
  const names = ['a', 'b', 'c', 'd'];
  const anyPod = fc.record({
    ready: fc.boolean(),
    stuck: fc.option(fc.constant('ImagePullBackOff'), { nil: null }),
    restarts: fc.integer({ min: 0, max: 5 }),
  });
  const anyLook: fc.Arbitrary<HealthSeen> = fc
    .record({
      pods: fc.array(anyPod, { maxLength: 4 }),
      needed: fc.integer({ min: 0, max: 4 }),
      ok: fc.boolean(),
    })
    .map(({ pods, needed, ok }) => ({
      ...{ needed, probes: [ok ? good : bad] },
      pods: pods.map(({ ready, stuck, restarts }, at) =>
        pod(names[at] ?? '', { ready, stuck: ready ? null : stuck, restarts }),
      ),
    }));
  /** What earlier looks have left behind, and when the next one comes. */
  const anyState = fc.array(fc.record({ look: anyLook, after: fc.constantFrom(15, 60, 130) }), { maxLength: 4 });
  type Earlier = typeof anyState extends fc.Arbitrary<infer Value> ? Value : never;
  const rememberedFrom = (earlier: Earlier) => {
    let state: HealthState = unseen;
    let now: Instant = start;
    for (const { look, after } of earlier) {
      state = judgeHealth(rules, look, state, now).state;
      now = later(now, seconds(after));
    }
    return { state, now };
  };
  const runs = { numRuns: 500 };
  /** 0: nothing is bad; 1: something is, and not for long enough; 2: it fails. */
  const badness = (look: HealthSeen, earlier: Earlier, patient = rules) => {
    const { state, now } = rememberedFrom(earlier);
    const { verdict, pending } = judgeHealth(patient, look, state, now);
    return verdict === 'fail' ? 2 : pending.length > 0 ? 1 : 0;
  };

  const worse: fc.Arbitrary<(look: HealthSeen) => HealthSeen> = fc.oneof(
    fc.constantFrom(
      (look: HealthSeen) => ({ ...look, probes: [bad] }),
      (look: HealthSeen) => ({ ...look, needed: look.needed + 1 }),
    ),
    fc.record({ at: fc.integer({ min: 0, max: 3 }), how: fc.constantFrom('unready', 'stuck', 'restarted') }).map(
      ({ at, how }) =>
        (look: HealthSeen): HealthSeen => ({
          ...look,
          pods: look.pods.map((one, index) => {
            if (index !== at) return one;
            const containers = one.containers.map((each) => ({ ...each, restarts: each.restarts + 3 }));
            if (how === 'restarted') return { ...one, containers };
            return { ...one, ready: false, stuck: how === 'stuck' ? 'CrashLoopBackOff' : one.stuck };
          }),
        }),
    ),
  );

  it('more that is bad never makes one look better', () => {
    fc.assert(
      fc.property(anyState, anyLook, worse, (earlier, look, make) => {
        // What the first look sees of restarts is not this traffic's.
        fc.pre(earlier.length > 0);
        expect(badness(make(look), earlier)).toBeGreaterThanOrEqual(badness(look, earlier));
      }),
      runs,
    );
  });

  it('less patience never makes one look better', () => {
    fc.assert(
      fc.property(anyState, anyLook, fc.constantFrom(1, 2), (earlier, look, failures) => {
        const strict = { checks: [{ name: 'ready', failures }], pods: { restarts: failures, unready: seconds(20) } };

        expect(badness(look, earlier, strict)).toBeGreaterThanOrEqual(badness(look, earlier));
      }),
      runs,
    );
  });

  it('the first one fails nothing, however bad it is, and whatever is bad lets no weight rise (I2)', () => {
    fc.assert(
      fc.property(anyLook, (look) => {
        const isBad =
          look.probes.some(({ ok }) => !ok) ||
          look.pods.filter(({ ready }) => ready).length < look.needed ||
          look.pods.some(({ ready, stuck }) => !ready && stuck !== null);

        expect(badness(look, [])).toBe(isBad ? 1 : 0);
      }),
      runs,
    );
  });

  it('one at which everything is good passes and forgets what was bad', () => {
    fc.assert(
      fc.property(anyState, (earlier) => {
        const { state, now } = rememberedFrom(earlier);
        const healed: HealthSeen = { pods: names.map((name) => pod(name)), needed: 4, probes: [good] };

        const judged = judgeHealth(rules, healed, state, now);
        expect(judged).toMatchObject({ verdict: 'pass', pending: [] });
        expect(judged.state).toEqual({
          ...{ failed: {}, stuckSince: {}, tooFewSince: null },
          restartsBefore: expect.any(Object),
        });
      }),
      runs,
    );
  });

  it('what stays bad fails within its patience, whatever it is', () => {
    fc.assert(
      fc.property(anyState, anyLook, (earlier, look) => {
        fc.pre(badness(look, earlier) > 0);
        let { state, now } = rememberedFrom(earlier);
        const until = now + rules.pods.unready + rules.checks.length * 3 * seconds(15);
        const verdicts: string[] = [];
        for (; now <= until; now = later(now, seconds(15))) {
          const judged = judgeHealth(rules, look, state, now);
          verdicts.push(judged.verdict);
          state = judged.state;
        }

        expect(verdicts).toContain('fail');
      }),
      runs,
    );
  });

  it('what is remembered survives being stored', () => {
    fc.assert(
      fc.property(anyState, anyLook, (earlier, look) => {
        const { state, now } = rememberedFrom(earlier);
        const stored: HealthState = JSON.parse(JSON.stringify(state));

        expect(judgeHealth(rules, look, stored, now)).toEqual(judgeHealth(rules, look, state, now));
      }),
      runs,
    );
  });
});
