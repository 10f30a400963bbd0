import { describe, expect, it } from 'vitest';
import { noRoom, type Quota, type RoomQuestion } from '../../../../core/workload/room.ts';

const like = {
  spec: {
    initContainers: [
      { resources: { requests: { cpu: '3', memory: '64Mi' } } },
      { restartPolicy: 'Always', resources: { requests: { cpu: '100m' } } },
    ],
    containers: [
      { resources: { requests: { cpu: '1' }, limits: { cpu: '2', memory: '4Gi' } } },
      { resources: { limits: { cpu: '500m' } } },
    ],
  },
};
const question = (quota: Quota | null, more: Partial<RoomQuestion> = {}): RoomQuestion => ({
  wanted: {
    needed: 6,
    weight: 100,
    environment: 'green',
    namespace: 'production-green',
    autoscaler: { kind: 'HPA', name: 'web' },
  },
  present: 2,
  capacity: {
    object: 'HorizontalPodAutoscaler production-green/web',
    limit: { field: 'maxReplicas', pods: 10 },
    problem: null,
  },
  quotas: quota === null ? [] : [quota],
  like,
  ...more,
});
const quota = (resource: string, hard: string, used: string): Quota => ({
  metadata: { name: 'compute' },
  status: { hard: { [resource]: hard }, used: { [resource]: used } },
});

describe('room for the pods that all the traffic takes', () => {
  it('is there without quotas, below the maximum', () => {
    expect(noRoom(question(null))).toBeNull();
  });

  it('is not there above the maximum of the autoscaler, and it is said how to raise that', () => {
    const capacity = { object: 'HPA x/web', limit: { field: 'maxReplicas', pods: 5 }, problem: null };

    expect(noRoom(question(null, { capacity }))).toMatch(/needs 6 pods on green, and HPA x\/web may start at most 5/);
  });

  // Four more pods. Each takes the larger of what runs together (1 + 0.5 + 0.1 cpu) and of one init container (3 cpu).
  it.each([
    ['requests.cpu', '20', '8'],
    ['cpu', '20', '8'],
    ['limits.cpu', '20', '10'],
    // A limit stands for a request that is not written.
    ['requests.memory', '20Gi', '4Gi'],
    ['limits.memory', '16Gi', '0'],
    ['pods', '6', '2'],
    ['count/pods', '6', '2'],
  ])('fits exactly into %s: %s of which %s are used', (resource, hard, used) => {
    expect(noRoom(question(quota(resource, hard, used)))).toBeNull();
  });

  it.each([
    ['requests.cpu', '20', '8100m'],
    ['cpu', '19900m', '8'],
    ['limits.cpu', '20', '10100m'],
    ['requests.memory', '20Gi', '4097Mi'],
    ['limits.memory', '16383Mi', '0'],
    ['pods', '5', '2'],
    ['count/pods', '6', '3'],
  ])('does not fit into %s: %s of which %s are used', (resource, hard, used) => {
    expect(noRoom(question(quota(resource, hard, used)))).toBe(
      `green has 2 pods, and all the traffic needs 6. Their ${resource} goes beyond ResourceQuota production-green/compute: ` +
        `${used} of ${hard} is used. Raise its ${resource}.`,
    );
  });

  it('does not depend on what pods do not take, on quotas of some pods only, and on what nobody can read', () => {
    const full = quota('pods', '0', '0');

    expect(noRoom(question(quota('configmaps', '0', '0')))).toBeNull();
    expect(noRoom(question({ ...full, spec: { scopes: ['BestEffort'] } }))).toBeNull();
    expect(noRoom(question({ ...full, spec: { scopeSelector: {} } }))).toBeNull();
    expect(noRoom(question(quota('pods', 'many', '0')))).toBeNull();
    expect(noRoom(question(quota('requests.cpu', '0', '0'), { like: null }))).toBeNull();
    expect(noRoom(question({ metadata: {} }))).toBeNull();
  });

  it('is not asked for where the pods are there already', () => {
    expect(noRoom(question(quota('pods', '2', '2'), { present: 6 }))).toBeNull();
  });
});
