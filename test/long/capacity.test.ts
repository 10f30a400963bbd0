import { expect, it } from 'vitest';
import { kubectlOf } from '../support/kubectl.ts';
import { finish, observedSandbox, startObserved } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import type { Recorder } from '../support/recorder/record.ts';
import { patienceMs, until } from '../support/until.ts';

// Besides what stands here, the recorder compares the origin's pods (I8) and the target's (I2) at every change of the route.
const { sandbox, pipeline, recorder } = observedSandbox(
  ...configured({ ...quick, 'traffic.steps': [25, 50, 100], 'traffic.interval': '3s' }),
);
const kubectl = kubectlOf(sandbox);
const podsOf = async (environment: 'blue' | 'green') => (await pipeline.service()).environments[environment].ready;

/** An environment's Deployment from an instant on, as it was then included. */
const since = ({ capacity }: Recorder, environment: 'blue' | 'green', instant: number) => {
  const seen = capacity.filter((one) => one.environment === environment);
  const last = seen.findLast(({ at }) => at <= instant);
  return [...(last ? [last] : []), ...seen.filter(({ at }) => at > instant)];
};
const leastReady = (...of: Parameters<typeof since>) => Math.min(...since(...of).map(({ ready }) => ready));
const leastWanted = (...of: Parameters<typeof since>) => Math.min(...since(...of).map(({ wanted }) => wanted));
/** Each weight that green got, and whether it had its share of 8 pods for it; the two are watched on two connections. */
const risesOfGreen = () =>
  recorder.route.flatMap(({ green, at }, index) => {
    if (green <= (recorder.route[index - 1]?.green ?? 100)) return [];
    const ready = recorder.capacity.filter((seen) => seen.environment === 'green' && seen.at <= at + 500).at(-1)?.ready;
    return [[green, (ready ?? 0) >= Math.ceil((8 * green) / 100)]];
  });

it('an origin of 8 pods has them all through the shift and at once after a return under load; not one request fails (I2, I8)', async () => {
  const busy = JSON.stringify({ spec: { minReplicas: 8 } });
  await kubectl('patch', 'hpa', 'chest-xray-mlops', '-n', 'production-blue', '--type=merge', '-p', busy);
  await until('blue has 8 pods', patienceMs, async () => (await podsOf('blue')) === 8);
  const began = Date.now();
  const id = await pipeline.begin('v7.0.1');

  await pipeline.weightReached('green', 100);
  expect(risesOfGreen()).toEqual([
    [25, true],
    [50, true],
    [100, true],
  ]);
  expect(leastReady(recorder, 'blue', began)).toBe(8);
  await pipeline.alert({ environment: 'green' }, 'firing', new Date().toISOString());
  await until('the traffic is back', patienceMs, async () => recorder.route.at(-1)?.blue === 100, 10);

  expect(await podsOf('blue')).toBe(8);
  expect((await pipeline.split(500)).failed).toBe(0);
  await pipeline.endsAs(id, 'rolled-back');
  expect(leastReady(recorder, 'blue', began)).toBe(8);
  expect((await pipeline.load())?.failed).toBe(0);
});

const endOf = ({ endedAt }: { endedAt: string | null }) => Date.parse(endedAt ?? '');

it('the standby machine lowers neither an environment that became active meanwhile nor one inside its keepWarm, and then the one that is due (I8)', async () => {
  const short = { 'standby.keepWarm': '8s', 'alerts.rollbackWithin': '1s', 'deadlines.rollback': '5s' };
  const observed = await startObserved(...configured({ ...quick, ...short }));
  try {
    const own = observed.pipeline;
    const first = await own.deploy('v2.1.0');
    await until('the lock is free', patienceMs, async () => (await own.service()).lock.holder === null);
    const back = { from: 'green', to: 'blue', percentage: 100, reason: 'blue again' };
    const { body } = await own.post('/api/services/chest-xray-mlops/traffic', back, 'dana@example.com');
    const second = await own.ended(String(body.operation));
    const lowered = await until('green is lowered', patienceMs, async () =>
      observed.recorder.capacity.find(
        ({ environment, wanted, at }) => environment === 'green' && wanted === 1 && at > endOf(second),
      ),
    );

    expect([first.outcome, second.outcome]).toEqual(['succeeded', 'succeeded']);
    const keepWarm = 8_000;
    expect(lowered.at).toBeGreaterThanOrEqual(endOf(second) + keepWarm);
    expect(leastWanted(observed.recorder, 'blue', endOf(first))).toBe(3);
    const woken = (await own.operation(first.id)).timeline.filter(({ action }) => action === 'lower-standby');
    expect(woken).toEqual([
      expect.objectContaining({ phase: 'result', details: expect.objectContaining({ reason: expect.any(String) }) }),
    ]);
    expect((await own.service()).environments).toMatchObject({ blue: { weight: 100, ready: 3 }, green: { ready: 1 } });
  } finally {
    await finish(observed);
  }
});
