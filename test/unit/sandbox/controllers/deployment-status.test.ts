import { describe, expect, it } from 'vitest';
import {
  deploymentStatus,
  type StatusInput,
  untilDeadline,
} from '../../../../sandbox/kubernetes/controllers/deployment-status.ts';
import type { Deployment } from '../../../../sandbox/kubernetes/controllers/objects.ts';
import { conditionOf } from '../../../../sandbox/kubernetes/controllers/pod-state.ts';

const deployment = (status?: Deployment['status']): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'xray', generation: 4 },
  spec: { replicas: 3, progressDeadlineSeconds: 60, selector: {}, template: { spec: { containers: [] } } },
  ...(status === undefined ? {} : { status }),
});
const at = (seconds: number): string =>
  `2026-11-23T09:${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}Z`;
const input = (change: Partial<StatusInput>): StatusInput => ({
  deployment: deployment(),
  desired: 3,
  maxUnavailable: 0,
  counts: { replicas: 1, updated: 1, ready: 0, available: 0 },
  current: 'xray-abc',
  begins: 'no',
  now: at(0),
  ...change,
});
const reason = (status: Deployment['status'], type: string) => conditionOf(status?.conditions, type)?.reason;

describe('status of a Deployment', () => {
  it('is complete when all pods are new and available', () => {
    const status = deploymentStatus(input({ counts: { replicas: 3, updated: 3, ready: 3, available: 3 } }));

    expect(status).toMatchObject({ observedGeneration: 4, updatedReplicas: 3, unavailableReplicas: 0 });
    expect([reason(status, 'Progressing'), reason(status, 'Available')]).toEqual([
      'NewReplicaSetAvailable',
      'MinimumReplicasAvailable',
    ]);
  });

  it('exceeds its deadline 60 s after the last progress, not after the start', () => {
    const begun = deploymentStatus(input({ begins: 'new-rollout', now: at(0) }));
    const moved = deploymentStatus(
      input({
        deployment: deployment(begun),
        counts: { replicas: 2, updated: 2, ready: 1, available: 1 },
        now: at(50),
      }),
    );
    const same = { counts: { replicas: 2, updated: 2, ready: 1, available: 1 }, deployment: deployment(moved) };

    const inTime = deploymentStatus(input({ ...same, now: at(105) }));
    const late = deploymentStatus(input({ ...same, now: at(110) }));

    expect(reason(moved, 'Progressing')).toBe('ReplicaSetUpdated');
    expect(reason(inTime, 'Progressing')).toBe('ReplicaSetUpdated');
    expect(reason(late, 'Progressing')).toBe('ProgressDeadlineExceeded');
    expect(untilDeadline(deployment(moved), moved.conditions ?? [], Date.parse(at(60)))).toBe(50_100);
  });

  it('does not judge a complete Deployment that is scaled by the deadline', () => {
    const complete = deploymentStatus(input({ counts: { replicas: 3, updated: 3, ready: 3, available: 3 } }));

    const scaled = deploymentStatus(
      input({
        deployment: deployment(complete),
        desired: 5,
        counts: { replicas: 5, updated: 5, ready: 3, available: 3 },
        now: at(600),
      }),
    );

    expect(reason(scaled, 'Progressing')).toBe('NewReplicaSetAvailable');
    expect(reason(scaled, 'Available')).toBe('MinimumReplicasUnavailable');
  });
});
