import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectlOf } from '../support/kubectl.ts';
import { finish, type Observed, startObserved } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { patienceMs, until } from '../support/until.ts';

const service = 'chest-xray-mlops';

// Besides what stands here, the recorder compares the origin's pods (I8) and the target's (I2) at every change of the route.
describe.each(['HPA', 'ScaledObject', 'none'])('a service whose capacity is set by %s', (kind) => {
  let observed: Observed;
  beforeAll(async () => {
    const short = { 'standby.keepWarm': '33s', 'alerts.rollbackWithin': '2s', 'deadlines.rollback': '30s' };
    observed = await startObserved(...configured({ ...quick, ...short, autoscaler: { kind } }));
  });
  afterAll(() => finish(observed));
  const kubectl = (...words: string[]) => kubectlOf(observed.sandbox)(...words);
  const wanted = async (environment: string) =>
    Number(
      await kubectl('get', 'deployment', service, '-n', `production-${environment}`, '-o', 'jsonpath={.spec.replicas}'),
    );
  const sleep = (environment: string) =>
    kubectl('scale', 'deployment', service, '-n', `production-${environment}`, '--replicas', '0');

  it('gets a release on a standby of 0 replicas, without a request that fails', async () => {
    await sleep('green');

    const { outcome } = await observed.pipeline.deploy('v2.1.0');

    expect(outcome).toBe('succeeded');
    expect((await observed.pipeline.service()).environments.green).toMatchObject({ weight: 100, ready: 3 });
    expect((await observed.pipeline.load())?.failed).toBe(0);
  });

  it('lowers the side that lost the traffic, and goes back to it although somebody has scaled it to 0', async () => {
    await until('blue is lowered', patienceMs, async () => (await wanted('blue')) === 1);
    await until('the lock is free', patienceMs, async () => (await observed.pipeline.service()).lock.holder === null);
    await sleep('blue');
    const asked = { service, version: 'last-known-good', reason: 'it is slow', emergency: true };

    const { status } = await observed.pipeline.post('/api/rollbacks', asked, 'dana@example.com');
    expect(status).toBe(202);
    await until('blue has all of the traffic', patienceMs, async () => observed.recorder.route.at(-1)?.blue === 100);

    expect((await observed.pipeline.service()).environments.blue).toMatchObject({ weight: 100, ready: 3 });
    expect(await wanted('blue')).toBe(3);
    expect((await observed.pipeline.load())?.failed).toBe(0);
  });
});
