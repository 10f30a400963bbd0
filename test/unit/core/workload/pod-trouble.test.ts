import { describe, expect, it } from 'vitest';
import { livingPods, type WatchedPod } from '../../../../core/workload/pod-trouble.ts';

const labels = { 'app.kubernetes.io/name': 'chest-xray-mlops' };
const running = (name: string, more: WatchedPod = {}): WatchedPod => ({
  metadata: { name, labels, ...more.metadata },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], ...more.status },
});
const namesOf = (pods: readonly WatchedPod[]) => livingPods(pods, labels).map(({ name }) => name);

describe('the pods of a release', () => {
  it('are those behind its selector that live', () => {
    const pods = [
      running('a'),
      running('leaving', { metadata: { deletionTimestamp: '2026-11-23T15:00:00Z' } }),
      running('evicted', { status: { phase: 'Failed' } }),
      running('job', { status: { phase: 'Succeeded' } }),
      running('other', { metadata: { labels: { 'app.kubernetes.io/name': 'report-writer' } } }),
    ];

    expect(namesOf(pods)).toEqual(['a']);
  });

  it('are told with what they wait for, be it an init container, and not with what every start waits for', () => {
    const waiting = (reason: string) => [{ name: 'app', restartCount: 0, state: { waiting: { reason } } }];
    const stuckOf = (status: WatchedPod['status']) => livingPods([running('a', { status })], labels)[0]?.stuck;

    expect(stuckOf({ containerStatuses: waiting('ImagePullBackOff') })).toBe('ImagePullBackOff');
    expect(stuckOf({ containerStatuses: waiting('CrashLoopBackOff') })).toBe('CrashLoopBackOff');
    expect(
      stuckOf({ initContainerStatuses: waiting('ErrImagePull'), containerStatuses: waiting('PodInitializing') }),
    ).toBe('ErrImagePull');
    expect(stuckOf({ containerStatuses: waiting('ContainerCreating') })).toBeNull();
    expect(stuckOf({})).toBeNull();
  });

  it('are told with how often each container restarted and how it ended', () => {
    const [pod] = livingPods(
      [
        running('a', {
          status: {
            containerStatuses: [
              { name: 'istio-proxy', restartCount: 0 },
              { name: 'app', restartCount: 4, lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } },
            ],
          },
        }),
      ],
      labels,
    );

    expect(pod?.containers).toEqual([
      { name: 'istio-proxy', restarts: 0, lastEnd: null },
      { name: 'app', restarts: 4, lastEnd: 'OOMKilled, exit code 137' },
    ]);
  });
});
