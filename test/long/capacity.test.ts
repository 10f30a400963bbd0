import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { layerBinary } from '../../sandbox/kubernetes/layer-binaries.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { until } from '../support/until.ts';

// Besides what stands here, the recorder compares the origin's pods (I8) and the target's (I2) at every change of the route.
const { sandbox, pipeline, recorder } = observedSandbox();
const run = promisify(execFile);
const kubectl = async (...words: string[]) =>
  (await run(await layerBinary('kubectl'), ['--kubeconfig', sandbox.ready.kubeconfig, ...words])).stdout;
const podsOf = async (environment: 'blue' | 'green') => (await pipeline.service()).environments[environment].ready;

it('an origin of 8 pods has them all through the shift and at once after a return under load; not one request fails (I2, I8)', async () => {
  const busy = JSON.stringify({ spec: { minReplicas: 8 } });
  await kubectl('patch', 'hpa', 'chest-xray-mlops', '-n', 'production-blue', '--type=merge', '-p', busy);
  await until('blue has 8 pods', 30_000, async () => (await podsOf('blue')) === 8);
  const id = await pipeline.begin('v7.0.1');

  await pipeline.weightReached('green', 100);
  expect(await podsOf('green')).toBeGreaterThanOrEqual(8);
  expect(await podsOf('blue')).toBe(8);
  await pipeline.alert({ environment: 'green' }, 'firing', new Date().toISOString());
  await until('the traffic is back', 3_000, async () => recorder.route.at(-1)?.blue === 100, 10);

  expect(await podsOf('blue')).toBe(8);
  expect((await pipeline.split(500)).failed).toBe(0);
  expect((await pipeline.ended(id)).outcome).toBe('rolled-back');
  expect(await podsOf('blue')).toBe(8);
  expect((await pipeline.load())?.failed).toBe(0);
}, 150_000);

it('when both sides are bad, the traffic is on the origin, the service is frozen and the on-call is paged', async () => {
  const id = await pipeline.begin('v7.0.2');
  await pipeline.weightReached('green', 5);

  await pipeline.fault({ version: 'v2.0.5', errorRate: 1 });
  await pipeline.fault({ version: 'v7.0.2', errorRate: 1 });
  const ended = await pipeline.ended(id, 90_000);

  expect(ended.outcome).toBe('frozen');
  const { frozen, environments } = await pipeline.service();
  expect(frozen).toMatchObject({ reason: expect.stringContaining('could not be verified') });
  expect(environments.blue.weight).toBe(100);
  await until('the on-call is paged', 10_000, async () => JSON.stringify(await pipeline.pages()).includes('frozen'));
}, 150_000);
