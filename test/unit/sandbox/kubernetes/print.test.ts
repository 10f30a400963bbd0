import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../sandbox/kubernetes/kube-object.ts';
import { podStatus, readyContainers, restarts } from '../../../../sandbox/kubernetes/print-pod.ts';
import { age, joined } from '../../../../sandbox/kubernetes/print-text.ts';

const now = new Date('2026-01-10T00:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString();

describe('an age', () => {
  it.each([
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [200, '3m20s'],
    [600, '10m'],
    [3 * 3600 - 1, '179m'],
    [3 * 3600, '3h'],
    [5 * 3600 + 600, '5h10m'],
    [8 * 3600 + 600, '8h'],
    [47 * 3600, '47h'],
    [49 * 3600, '2d1h'],
    [8 * 24 * 3600 + 3600, '8d'],
  ])('of %d seconds reads %s', (seconds, text) => {
    expect(age(ago(seconds), now)).toBe(text);
  });

  it('of nothing is unknown, of the future zero', () => {
    expect([age('', now), age(ago(-5), now)]).toEqual(['<unknown>', '0s']);
  });
});

describe('a list in a cell', () => {
  it('shows three and counts the rest', () => {
    expect([joined([], String), joined([1, 2], String), joined([1, 2, 3, 4, 5], String)]).toEqual([
      '<none>',
      '1,2',
      '1,2,3 + 2 more...',
    ]);
  });
});

describe('a pod', () => {
  const pod = (fields: object, meta: object = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', uid: '1', resourceVersion: '1', creationTimestamp: '', ...meta },
    spec: { containers: [{ name: 'a' }, { name: 'b' }] },
    ...fields,
  });
  const crashing = {
    phase: 'Running',
    containerStatuses: [
      { ready: true, restartCount: 2 },
      { ready: false, restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } },
    ],
  };

  it('says why a container does not run', () => {
    expect([
      readyContainers(pod({ status: crashing })),
      podStatus(pod({ status: crashing })),
      restarts(pod({ status: crashing })),
    ]).toEqual(['1/2', 'CrashLoopBackOff', '5']);
  });

  it('under deletion is Terminating, whatever its phase', () => {
    expect(podStatus(pod({ status: { phase: 'Running' } }, { deletionTimestamp: 'x' }))).toBe('Terminating');
  });
});
