import { expect, it } from 'vitest';
import type { Workloads } from '../../../../adapters/cluster/workloads.ts';
import { seeWorkload } from '../../../../pipeline/standby/see-workload.ts';
import { readFixture } from '../support/world.ts';

const template = { metadata: { labels: { app: 'xray', tier: 'web', pod: 'x' } } };

it.each([
  ['labels', { matchLabels: { app: 'xray' } }, { app: 'xray' }],
  [
    'expressions alone',
    { matchExpressions: [{ key: 'app', operator: 'In', values: ['xray', 'old'] }] },
    { app: 'xray' },
  ],
  [
    'both',
    { matchLabels: { tier: 'web' }, matchExpressions: [{ key: 'app', operator: 'Exists' }] },
    { tier: 'web', app: 'xray' },
  ],
  [
    'what its pods do not have',
    { matchExpressions: [{ key: 'canary', operator: 'DoesNotExist' }] },
    { 'app.kubernetes.io/name': 'chest-xray-mlops' },
  ],
])('the pods of a Deployment that selects by %s are found', async (_by, selector, labels) => {
  const [service] = (await readFixture()).services;
  if (service === undefined) throw new Error('the fixture has no service');
  const listed: unknown[] = [];
  const workloads: Pick<Workloads, 'readDeployment' | 'listPods'> = {
    readDeployment: async () => ({ spec: { selector, template } }),
    listPods: async (...asked) => {
      listed.push(asked);
      return [];
    },
  };

  // Only looked at through these two reads.
  await seeWorkload({ workloads: workloads as Workloads }, service, 'blue');

  expect(listed).toEqual([['production-blue', labels]]);
});
