import { afterEach, describe, expect, it } from 'vitest';
import type { DependencyName } from '../../../sandbox/dependencies/faults.ts';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { skipTo, withStates } from '../../support/rewritten-machine.ts';
import { patienceMs, until } from '../../support/until.ts';

const { sandbox, pipeline, recorder } = observedSandbox();
afterEach(() => pipeline.heal());

const live = () => recorder.route.at(-1);
/** Seen by Kubernetes itself: Sluice's own API needs the database. */
const traffic = (environment: 'blue' | 'green', weight: number) =>
  until(`${environment} has ${weight} %`, patienceMs, async () => (live()?.[environment] ?? 0) >= weight, 10);

let release = 0;
const nextVersion = () => {
  release += 1;
  return `v3.0.${release}`;
};

let fired: string | null = null;
const fire = () => {
  fired = new Date().toISOString();
  return pipeline.alert({ environment: 'green' }, 'firing', fired);
};
// With the release it is gone, as Alertmanager says: an alert that fires on holds up the next shift where nobody could note what was done for it.
afterEach(async () => {
  if (fired !== null) await pipeline.alert({ environment: 'green' }, 'resolved', fired);
  fired = null;
});

/** After the dependencies are back: one outcome each, the lock free, Git and the records as if they had never been away. */
async function reconciled(id: string, version: string) {
  const ended = await pipeline.ended(id);
  expect(ended.outcome).toBe('rolled-back');
  const service = await until('nothing is at work', patienceMs, async () => {
    const [state, operations] = await Promise.all([pipeline.service(), pipeline.operations()]);
    return state.lock.holder === null && operations.every(({ outcome }) => outcome !== null) ? state : null;
  });
  // The deployment may have seen by itself that its traffic was gone, and its own return have come first: one of them did it.
  const returns = (await pipeline.operations()).filter(({ related }) => related === id);
  expect(returns.filter(({ outcome }) => outcome === 'succeeded')).toHaveLength(1);
  const done = await pipeline.operation(returns.find(({ outcome }) => outcome === 'succeeded')?.id ?? '');
  expect(done.timeline.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['register', 'take-over-lock', 'end', 'release-lock']),
  );
  expect(service).toMatchObject({ frozen: null, lock: { holder: null }, environments: { blue: { weight: 100 } } });
  expect(service.holds.map((hold) => hold.version)).toContain(version);
  // The failed release is out: its Application is pinned to the commit of before, and no later sync brings it back.
  await until('green runs what it ran before', patienceMs, async () => {
    const { green } = (await pipeline.service()).environments;
    return green.version === 'v2.0.5';
  });
  expect((await pipeline.load())?.failed).toBe(0);
}

describe('an alert in the middle of a shift', () => {
  const cases: readonly (readonly DependencyName[])[] = [
    ['dynamodb'],
    ['github'],
    ['argocd'],
    ['ses'],
    ['metrics'],
    ['dynamodb', 'github', 'argocd', 'ses', 'metrics'],
  ];
  it.each(cases.map((names) => [names.join(', '), names] as const))(
    'returns the traffic while nobody can reach %s, and what was skipped is made up for (rule 6)',
    async (_, names) => {
      const version = nextVersion();
      const id = await pipeline.begin(version);
      await traffic('green', 5);
      for (const dependency of names) await pipeline.dependency({ dependency, fault: 'unreachable' });

      const answer = await fire();
      await traffic('blue', 100);
      // Long enough for the machine to meet what is away.
      const without = Date.now();
      await until('the rescue has met what is away', patienceMs, async () => Date.now() - without > 1_500);
      await pipeline.heal();

      expect(answer.status).toBe(202);
      await reconciled(id, version);
    },
  );
});

it('an alert while the target bakes returns the traffic although the database hangs; the route says how recent the shift is', async () => {
  const version = nextVersion();
  // Straight to all the traffic: what is judged on the way is not the question here.
  const states = { Judge: skipTo('RaiseCapacity') };
  const id = await withStates(sandbox, 'deployment', { states }, () => pipeline.begin(version));
  await pipeline.inState(id, 'baking');
  await pipeline.dependency({ dependency: 'dynamodb', fault: 'hang' });

  // Alertmanager is told while the database still hangs: that the delivery cannot be written down is no reason to keep it waiting.
  const answer = await fire();
  expect(answer.status).toBe(202);
  await traffic('blue', 100);
  await pipeline.heal();

  await reconciled(id, version);
});
