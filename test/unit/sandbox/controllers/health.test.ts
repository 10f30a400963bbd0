import { describe, expect, it } from 'vitest';
import { healthOf, worst } from '../../../../sandbox/kubernetes/controllers/application/health.ts';
import type { Deployment } from '../../../../sandbox/kubernetes/controllers/objects.ts';

const deployment = (replicas: number, status: Deployment['status'], generation = 2): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'xray', generation },
  spec: { replicas, selector: {}, template: { spec: { containers: [] } } },
  ...(status === undefined ? {} : { status }),
});
const all = (count: number) => ({ replicas: count, updatedReplicas: count, availableReplicas: count });

describe('health by Argo CD’s rules', () => {
  it.each([
    ['everything is there', deployment(3, { observedGeneration: 2, ...all(3) }), 'Healthy'],
    [
      'zero replicas read healthy, which is why Sluice looks for itself (I2)',
      deployment(0, { observedGeneration: 2 }),
      'Healthy',
    ],
    ['the controller has not seen the newest spec', deployment(3, { observedGeneration: 1, ...all(3) }), 'Progressing'],
    ['new pods are missing', deployment(3, { observedGeneration: 2, ...all(3), updatedReplicas: 1 }), 'Progressing'],
    ['old pods are left', deployment(3, { observedGeneration: 2, ...all(3), replicas: 4 }), 'Progressing'],
    ['a pod is not ready', deployment(3, { observedGeneration: 2, ...all(3), availableReplicas: 2 }), 'Progressing'],
    [
      'the deadline is over',
      deployment(3, {
        observedGeneration: 2,
        conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
      }),
      'Degraded',
    ],
  ])('%s', (_, object, health) => {
    expect(healthOf(object)?.status).toBe(health);
  });

  it('the whole is as healthy as its worst part', () => {
    expect([worst(['Healthy', 'Progressing']), worst(['Missing', 'Degraded']), worst([])]).toEqual([
      'Progressing',
      'Degraded',
      'Healthy',
    ]);
  });

  it('a kind without rules has no health', () => {
    expect(healthOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } })).toBeUndefined();
  });
});
