import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../../../contracts/instant.ts';
import { allOn, type EnvironmentName, environmentNames, otherEnvironment } from '../../../../contracts/names.ts';
import { reasonCodeOf } from '../../../../contracts/reason.ts';
import type { OperationRecord } from '../../../../contracts/records/operation.ts';
import { lastKnownGood } from '../../../../contracts/trigger.ts';
import { decideReturn, type ReturnDecision } from '../../../../core/rollback/decide-return.ts';
import { type EmergencyQuestion, emergencyTarget } from '../../../../core/rollback/emergency-target.ts';
import { type KnownSituation, planReturn, type ReturnQuestion } from '../../../../core/rollback/plan-return.ts';
import { soleEnvironment } from '../../../../core/traffic/weights.ts';
import { runningRelease } from '../../../../core/workload/running-release.ts';
import { alertAbout, ancient, former, person, recent, service, side, trigger } from './return-example.ts';

const runs = { numRuns: 400 };
/** Built again from the same version, and put on hold or not for itself. */
const again = { ...former, commit: 'd', digest: 'sha256:again' };
const releases = [former, recent, ancient, again];

const environment = fc.constantFrom<EnvironmentName>('blue', 'green');
const holds = fc
  .subarray(releases.map(({ digest }) => digest))
  .map((held) => held.map((digest) => ({ digest, reason: 'wrong findings' })));
const good = fc.subarray(releases);
const wanted = fc.constantFrom(lastKnownGood, ...releases.map(({ version }) => version), 'v9.9.9');
const workload = fc
  .record({
    ready: fc.option(fc.integer({ min: 0, max: 4 }), { nil: null }),
    runs: fc.constantFrom(...releases),
    coming: fc.option(fc.constantFrom(...releases), { nil: undefined, freq: 3 }),
  })
  .map(({ ready, runs, coming }) => side(ready, runs, coming));

const operation = (changes: object): OperationRecord =>
  ({
    ...{ id: 'deployment-1', kind: 'deployment', outcome: null, abort: null, origin: 'blue', target: 'green' },
    ...{ trigger: { kind: 'workflow-run' }, related: null, reason: null, release: recent, live: null },
    ...changes,
  }) as unknown as OperationRecord; // Only these fields are read.

/** The operation at work, which holds the lock. */
const running = fc
  .record({ target: environment, live: fc.option(fc.constantFrom(...releases), { nil: null }) })
  .map(({ target, live }) =>
    operation({
      ...{ target, origin: otherEnvironment(target) },
      live: live && { version: live.version, digest: live.digest, environment: otherEnvironment(target) },
    }),
  );
/** A deployment that has just ended, and what served before it. */
const ended = fc
  .record({ target: environment, live: fc.option(fc.constantFrom(...releases), { nil: null }) })
  .map(({ target, live }) =>
    operation({
      ...{ id: 'deployment-0', outcome: 'succeeded', target, origin: otherEnvironment(target) },
      live: live && { version: live.version, digest: live.digest, environment: otherEnvironment(target) },
      endedAt: '2026-11-28T12:00:00Z',
    }),
  );

const triggers = {
  alert: fc.option(environment, { nil: null }).map(alertAbout),
  failure: fc
    .record({
      operation: fc.constantFrom('deployment-1', 'deployment-0'),
      cause: fc.constantFrom('failed', 'undecided', 'origin-worse'),
    })
    .map((given) => trigger({ kind: 'failure', ...given, reason: 'too many errors [ObjectiveBroken]' })),
  abort: fc.constant(
    trigger({ kind: 'abort', operation: 'deployment-1', actor: 'ana@example.com', reason: 'no', at: 0 }),
  ),
  dead: fc.constant(
    trigger({ kind: 'dead-execution', operation: 'deployment-1', executionArn: 'arn', status: 'FAILED' }),
  ),
  person: wanted.map(person),
};

const situation = fc
  .record({
    running: fc.option(running, { nil: null }),
    lastMove: fc.oneof(fc.constantFrom(null, 'unreadable' as const), ended),
    holds,
    good,
    irreversible: fc.option(environment, { nil: null, freq: 3 }),
  })
  .map((given): KnownSituation => ({ ...given, own: null, lock: { holder: given.running?.id ?? null } }));

const live = fc
  .record({
    blue: fc.constantFrom(0, 5, 50, 95, 100),
    fence: fc.option(
      fc.record({ operation: fc.constantFrom('deployment-1', 'deployment-0', 'long-ago'), origin: environment }),
      { nil: null, freq: 6 },
    ),
    at: fc.constantFrom(undefined, '2026-11-28T11:59:00Z'),
  })
  .map(({ blue, fence, at }): ReturnQuestion['live'] => {
    const weights = { blue, green: 100 - blue };
    return {
      weights,
      resourceVersion: '1',
      fence: fence && { ...fence, epoch: 7, seq: 3, weights, ...(at === undefined ? {} : { at }) },
    };
  });

interface Case {
  readonly asked: ReturnQuestion;
  readonly sides: { readonly there: ReturnType<typeof side>; readonly left: ReturnType<typeof side> };
}

/** A question and what runs on both sides, of these triggers and in these situations. */
const cases = (
  asking: fc.Arbitrary<ReturnQuestion['trigger']>,
  known: fc.Arbitrary<KnownSituation | null> = situation,
): fc.Arbitrary<Case> =>
  fc
    .record({ trigger: asking, situation: known, live, there: workload, left: workload })
    .map(({ there, left, ...given }) => ({
      asked: { ...given, service, operation: 'rollback-1', now: parseInstant('2026-11-28T12:05:00Z') },
      sides: { there, left },
    }));

const decide = ({ asked, sides }: Case): ReturnDecision => decideReturn(asked, planReturn(asked), sides);

/** The release that a decision would give traffic to, where it goes to one: what has to run first, or what runs there. */
function receives({ sides }: Case, decision: ReturnDecision): readonly string[] {
  if (decision.kind === 'deploy-first') return [decision.release.digest];
  if (decision.kind !== 'return') return [];
  return decision.release === null
    ? (runningRelease(sides.there, service.name)?.digests ?? [])
    : [decision.release.digest];
}

const anyTrigger = fc.oneof(...Object.values(triggers));
const automatic = fc.oneof(triggers.alert, triggers.failure, triggers.dead);

describe('of whatever is asked and known, a return', () => {
  it('never comes beside a rollback that is at work (I7)', () => {
    const returning = fc.record({ situation, running }).map(
      (given): KnownSituation => ({
        ...given.situation,
        running: { ...given.running, id: 'rollback-0', kind: 'rollback' },
        lock: { holder: 'rollback-0' },
      }),
    );
    const asking = fc.oneof(triggers.alert, triggers.failure, triggers.abort, triggers.person);
    fc.assert(
      fc.property(cases(asking, returning), (one) => {
        expect(decide(one)).toMatchObject({ kind: 'ignore' });
      }),
      runs,
    );
  });

  it('by an alert never goes to the side that it is about, nor away from the origin of a shift (I7)', () => {
    fc.assert(
      fc.property(cases(triggers.alert, fc.option(situation, { nil: null })), (one) => {
        const decision = decide(one);
        if (decision.kind !== 'return' || one.asked.trigger.kind !== 'alert') return;

        const { environment } = one.asked.trigger;
        expect(environment).toBe(otherEnvironment(decision.destination));
        const atWork = one.asked.situation?.running ?? null;
        if (atWork !== null) expect(environment).toBe(atWork.target);
      }),
      runs,
    );
  });

  it('by an alert after a deployment goes to no release on hold and to none that nobody knows to be good (I3, I6)', () => {
    const idle = situation.map((known) => ({ ...known, running: null, lock: { holder: null } }));
    let returned = 0;
    fc.assert(
      fc.property(cases(triggers.alert, idle), (one) => {
        const decision = decide(one);
        const { situation: known } = one.asked;
        const there = runningRelease(one.sides.there, service.name);
        if (decision.kind !== 'return' || known === null || there === null) return;

        returned += 1;
        expect(known.holds.filter(({ digest }) => receives(one, decision).includes(digest))).toEqual([]);
        const before = known.lastMove === 'unreadable' ? null : (known.lastMove?.live ?? null);
        // What served before the last move needs no record of having been good.
        if (before !== null) expect([before.digest, ...known.good.map(({ digest }) => digest)]).toContain(there.digest);
      }),
      { numRuns: 1_500 },
    );
    expect(returned).toBeGreaterThan(10);
  });

  it('by a person in an emergency goes to no release on hold, and brings in none but what was good (I3, I6)', () => {
    fc.assert(
      fc.property(cases(triggers.person), (one) => {
        const decision = decide(one);
        const { situation: known } = one.asked;
        if (known === null || (decision.kind !== 'return' && decision.kind !== 'deploy-first')) return;

        expect(known.holds.filter(({ digest }) => receives(one, decision).includes(digest))).toEqual([]);
        if (decision.release !== null)
          expect(known.good.map(({ digest }) => digest)).toContain(decision.release.digest);
      }),
      runs,
    );
  });

  it('by nobody takes back what cannot be taken back, once it has traffic (DESIGN §5, Data)', () => {
    const irreversible = fc
      .record({ situation, side: environment })
      .map((given) => ({ ...given.situation, irreversible: given.side }));
    fc.assert(
      fc.property(cases(automatic, irreversible), (one) => {
        const { live, situation: known } = one.asked;
        fc.pre(known?.irreversible != null && live.weights[known.irreversible] > 0);

        expect(['stay', 'pause', 'ignore']).toContain(decide(one).kind);
      }),
      runs,
    );
  });

  it('of a pause that nobody decided on moves nothing', () => {
    const undecided = fc.constant(
      trigger({ kind: 'failure', operation: 'deployment-1', cause: 'undecided', reason: 'nobody decided' }),
    );
    fc.assert(
      fc.property(cases(undecided), (one) => {
        expect(['stay', 'ignore']).toContain(decide(one).kind);
      }),
      runs,
    );
  });

  it('of an operation that has claimed the route goes to its origin, unless that is proven to be the worse side (I2)', () => {
    const owns = fc
      .record({ situation, running })
      .map((given) => ({ ...given.situation, running: given.running, lock: { holder: 'deployment-1' } }));
    fc.assert(
      fc.property(cases(fc.oneof(triggers.failure, triggers.abort, triggers.dead), owns), (one) => {
        const { fence } = one.asked.live;
        fc.pre(fence?.operation === 'deployment-1');
        const decision = decide(one);
        if (decision.kind !== 'return') return;

        const isOriginWorse = one.asked.trigger.kind === 'failure' && one.asked.trigger.cause === 'origin-worse';
        expect(decision.destination === fence?.origin).toBe(!isOriginWorse);
      }),
      runs,
    );
  });

  it('of an operation that has lost the lock changes nothing (I12)', () => {
    const lost = situation.map((known) => ({ ...known, lock: { holder: 'somebody-else' } }));
    const ofOperation = fc.oneof(triggers.failure, triggers.abort, triggers.dead);
    fc.assert(
      fc.property(cases(ofOperation, lost), (one) => {
        const decision = decide(one);

        expect(decision.kind).toBe('ignore');
        expect(reasonCodeOf(decision.reason)).toBe('LockLost');
      }),
      runs,
    );
  });

  it('that is tried again goes where the first attempt went, whatever has changed', () => {
    const second = fc.record({ situation, target: environment }).map((given) => ({
      ...given.situation,
      irreversible: null,
      own: operation({ id: 'rollback-1', kind: 'rollback', target: given.target, reason: 'first' }),
      lock: { holder: 'rollback-1' },
    }));
    const asking = fc.oneof(triggers.alert, triggers.abort, triggers.dead, triggers.person);
    fc.assert(
      fc.property(cases(asking, second), (one) => {
        expect(decide(one)).toMatchObject({ kind: 'return', destination: one.asked.situation?.own?.target });
      }),
      runs,
    );
  });

  it('is called warm only where pods are ready to take the traffic: all that it needs, or the origin’s own (I2, I8)', () => {
    fc.assert(
      fc.property(cases(anyTrigger, fc.option(situation, { nil: null })), (one) => {
        const decision = decide(one);
        if (decision.kind !== 'return' || decision.readiness !== 'warm') return;

        const { weights, fence } = one.asked.live;
        const weight = weights[decision.destination];
        const serves = weight > 0 && fence?.origin === decision.destination && decision.release === null;
        const needed = weight === 100 ? 0 : serves ? 1 : service.replicas.min;
        expect(one.sides.there.pods.length).toBeGreaterThanOrEqual(needed);
      }),
      runs,
    );
  });

  it('without the database deploys nothing and sends a person to no version but the one that runs there (rule 6)', () => {
    fc.assert(
      fc.property(cases(triggers.person, fc.constant(null)), (one) => {
        const decision = decide(one);
        if (decision.kind === 'ignore' || decision.kind === 'refuse') return;

        expect(decision.kind).toBe('return');
        const asked = one.asked.trigger.kind === 'person' ? one.asked.trigger.version : '';
        if (asked !== lastKnownGood) expect(runningRelease(one.sides.there, service.name)?.version).toBe(asked);
      }),
      runs,
    );
  });
});

describe('of whatever a person wants in an emergency, the target', () => {
  const moment: fc.Arbitrary<EmergencyQuestion['moment']> = fc.oneof(
    fc.constantFrom({ kind: 'rest' as const }, { kind: 'split' as const }),
    fc
      .record({ operation: running, weight: fc.constantFrom(0, 5, 50, 100) })
      .map((given) => ({ kind: 'shift' as const, ...given })),
  );
  const question = fc
    .record({ wanted, destination: environment, there: workload, left: workload, moment, history: good, holds })
    .map(
      ({ there, left, ...given }): EmergencyQuestion => ({
        ...given,
        service: service.name,
        there: { seen: there, running: runningRelease(there, service.name) },
        live: runningRelease(left, service.name),
      }),
    );
  const liveDigest = ({ moment: { kind }, live: left }: EmergencyQuestion) =>
    kind === 'rest' ? (left?.digest ?? null) : null;
  const isPossible = (asked: EmergencyQuestion) => (digest: string) =>
    asked.history.some((one) => one.digest === digest) &&
    !asked.holds.some((hold) => hold.digest === digest) &&
    digest !== liveDigest(asked);

  it('is a release that was good, is not on hold and not live, of the version that is wanted (I3, I6)', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const answer = emergencyTarget(asked);
        if (answer.kind === 'refused' || answer.release === null) return;

        expect(isPossible(asked)(answer.release.digest)).toBe(true);
        if (asked.wanted !== lastKnownGood) expect(answer.release.version).toBe(asked.wanted);
      }),
      runs,
    );
  });

  it('is said to run there only where it does, and nothing else is about to take its place', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const answer = emergencyTarget(asked);
        if (answer.kind !== 'runs-there' || answer.release === null) return;

        expect(asked.there.running?.digest).toBe(answer.release.digest);
        const template = asked.there.seen.deployment?.spec?.template?.spec?.containers?.[0]?.image;
        expect(template).toContain(answer.release.digest);
      }),
      runs,
    );
  });

  it('is deployed first only at rest, and while a shift is at work is its origin with what that has, which is not on hold', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const answer = emergencyTarget(asked);
        if (answer.kind === 'deploy-first') expect(asked.moment.kind).toBe('rest');
        if (asked.moment.kind !== 'shift' || answer.kind === 'refused') return;

        expect(answer).toEqual({ kind: 'runs-there', release: null });
        expect(asked.moment.weight).toBeLessThan(100);
        const held = asked.holds.map(({ digest }) => digest);
        expect(asked.there.running?.digests.filter((digest) => held.includes(digest)) ?? []).toEqual([]);
        const before = asked.moment.operation.live;
        if (before !== null)
          expect([before.digest, ...asked.history.map(({ digest }) => digest)]).toContain(asked.there.running?.digest);
      }),
      runs,
    );
  });

  it('is refused with a reason, and at rest only where no release of that version is possible', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const answer = emergencyTarget(asked);
        if (answer.kind !== 'refused') return;

        expect(reasonCodeOf(answer.reason)).toBe('RollbackRefused');
        if (asked.moment.kind !== 'rest' || asked.wanted === lastKnownGood) return;
        const ofVersion = asked.history.filter(({ version }) => version === asked.wanted);
        // A version of which one image is live is live already, whichever others there are.
        const isLive = ofVersion.some(({ digest }) => digest === liveDigest(asked));
        expect(isLive || !ofVersion.some(({ digest }) => isPossible(asked)(digest))).toBe(true);
      }),
      runs,
    );
  });
});

it('a return at rest goes to the other side, and one of a split to the origin of the route', () => {
  const idle = situation.map((known) => ({ ...known, running: null, lock: { holder: null } }));
  fc.assert(
    fc.property(cases(triggers.person, idle), (one) => {
      const decision = decide(one);
      if (decision.kind !== 'return') return;

      const { weights, fence } = one.asked.live;
      const active = soleEnvironment(weights);
      expect(decision.destination).toBe(active === null ? fence?.origin : otherEnvironment(active));
      expect(environmentNames).toContain(decision.destination);
      expect(weights).not.toEqual(allOn(decision.destination));
    }),
    runs,
  );
});
