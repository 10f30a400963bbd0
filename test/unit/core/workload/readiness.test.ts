import { describe, expect, it } from 'vitest';
import { type JudgedDeployment, type JudgedPod, judgeDeployment } from '../../../../core/workload/readiness.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const labels = { 'app.kubernetes.io/name': 'chest-xray-mlops' };
const running = (image: string) => ({
  containers: [
    { name: 'app', image: `registry/app@${image}` },
    { name: 'sidecar', image: 'sidecar:1' },
  ],
});

const pod = (changes: JudgedPod = {}): JudgedPod => ({
  metadata: { labels },
  spec: running(digest),
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  ...changes,
});
type Status = NonNullable<JudgedDeployment['status']>;
const deployment = (status: Status = {}, spec: JudgedDeployment['spec'] = {}): JudgedDeployment => ({
  metadata: { generation: 4 },
  spec: { replicas: 2, selector: { matchLabels: labels }, template: { spec: running(digest) }, ...spec },
  status: { observedGeneration: 4, replicas: 2, updatedReplicas: 2, availableReplicas: 2, ...status },
});
const old = pod({ spec: running(`sha256:${'b'.repeat(64)}`) });
const unready = pod({ status: { containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] } });

describe('a Deployment', () => {
  it('is ready with every pod of the wanted image ready', () => {
    expect(judgeDeployment(deployment(), [pod(), pod()], digest)).toEqual({ kind: 'ready', replicas: 2 });
  });

  it.each<[string, JudgedDeployment, JudgedPod[], RegExp]>([
    ['its newest generation was not observed', deployment({ observedGeneration: 3 }), [pod(), pod()], /observed/],
    [
      'its template has another image',
      deployment({}, { template: { spec: running('sha256:old') } }),
      [pod(), pod()],
      /template/,
    ],
    [
      'it has no replicas, which Argo CD calls healthy (I2)',
      deployment({ replicas: 0, updatedReplicas: 0, availableReplicas: 0 }, { replicas: 0 }),
      [],
      /no replicas/,
    ],
    ['not all are updated', deployment({ updatedReplicas: 1 }), [pod(), pod()], /1 of 2 replicas are updated/],
    ['it is paused', deployment({ updatedReplicas: 0 }, { paused: true }), [old, old], /0 of 2 .*Deployment is paused/],
    ['old ones are still there', deployment({ replicas: 3 }), [pod(), pod()], /1 old/],
    ['not all are available', deployment({ availableReplicas: 1 }), [pod(), unready], /1 of 2.*ImagePullBackOff/],
    ['a pod runs another image', deployment(), [pod(), pod(), old], /another image/],
    [
      'a pod runs a container that nobody approved',
      deployment(),
      [pod(), pod({ spec: { ...running(digest), initContainers: [{ name: 'implant', image: 'evil/implant:1' }] } })],
      /1 pod runs what was not approved: init container implant \(evil\/implant:1\)/,
    ],
    ['the list of pods says less than the status', deployment(), [pod()], /1 of 2 pods/],
  ])('is progressing while %s', (_name, one, pods, reason) => {
    expect(judgeDeployment(one, pods, digest)).toEqual({ kind: 'progressing', reason: expect.stringMatching(reason) });
  });

  it.each<[string, JudgedDeployment, JudgedPod[], string]>([
    [
      'the image of an init container cannot be pulled',
      deployment({ availableReplicas: 0 }),
      [
        pod({
          status: {
            initContainerStatuses: [{ name: 'migrate', state: { waiting: { reason: 'ImagePullBackOff' } } }],
            containerStatuses: [{ name: 'web', state: { waiting: { reason: 'PodInitializing' } } }],
          },
        }),
      ],
      '0 of 2 replicas are available (init container migrate: ImagePullBackOff)',
    ],
    [
      'a quota refuses its pods',
      deployment({
        updatedReplicas: 1,
        conditions: [
          {
            type: 'ReplicaFailure',
            status: 'True',
            reason: 'FailedCreate',
            message: 'pods "web-2" is forbidden: exceeded quota: compute',
          },
        ],
      }),
      [pod()],
      '1 of 2 replicas are updated (FailedCreate: pods "web-2" is forbidden: exceeded quota: compute)',
    ],
    [
      'no node takes a pod',
      deployment({ availableReplicas: 1 }),
      [
        pod(),
        pod({
          status: {
            conditions: [
              {
                type: 'PodScheduled',
                status: 'False',
                reason: 'Unschedulable',
                message: '0/3 nodes: Insufficient cpu',
              },
            ],
          },
        }),
      ],
      '1 of 2 replicas are available (Unschedulable: 0/3 nodes: Insufficient cpu)',
    ],
  ])('says why it goes no further: %s', (_name, one, pods, reason) => {
    expect(judgeDeployment(one, pods, digest)).toEqual({ kind: 'progressing', reason });
  });

  it('does not count pods that are ending or of somebody else', () => {
    const ending = { ...old, metadata: { labels, deletionTimestamp: '2026-11-23T08:00:00Z' } };
    const other = { ...old, metadata: { labels: { 'app.kubernetes.io/name': 'other' } } };

    expect(judgeDeployment(deployment(), [pod(), pod(), ending, other], digest).kind).toBe('ready');
  });

  it('has failed when its progress deadline is over', () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' },
    ];

    expect(judgeDeployment(deployment({ conditions }), [], digest)).toEqual({
      kind: 'failed',
      reason: 'ProgressDeadlineExceeded: timed out',
    });
  });
});
