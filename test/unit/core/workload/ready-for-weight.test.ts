import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JudgedPod, WorkloadSeen } from '../../../../core/workload/readiness.ts';
import { readyForWeight } from '../../../../core/workload/ready-for-weight.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;
const labels = { app: 'shop' };
const pinned = { name: 'app', image: `registry.example.com/app@${digest}` };
const tagged = { name: 'app', image: 'registry.example.com/app:v2.0.5' };
const proxy = { name: 'proxy', image: 'registry.example.com/proxy:1.0' };

type Containers = { name: string; image: string }[];
const pod = (containers: Containers, { ready = true, imageId = '' } = {}): JudgedPod => ({
  metadata: { labels },
  spec: { containers },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    containerStatuses: containers.map(({ name }) => ({ name, imageID: name === 'app' ? imageId : '' })),
  },
});
const seen = (containers: Containers, pods: JudgedPod[], replicas = 3): WorkloadSeen => ({
  deployment: { spec: { replicas, selector: { matchLabels: labels }, template: { spec: { containers } } } },
  pods,
});
/** What is ready there, known or not. */
const whatever = null;
const times = (count: number, one: JudgedPod) => Array.from({ length: count }, () => one);

describe('a side is ready for a weight', () => {
  it.each<[string, WorkloadSeen, string | null]>([
    ['with its image pinned', seen([pinned], times(3, pod([pinned]))), digest],
    ['with a sidecar in front of it', seen([proxy, pinned], times(3, pod([proxy, pinned]))), digest],
    ['with a sidecar behind it', seen([pinned, proxy], times(3, pod([pinned, proxy]))), digest],
    ['with a sidecar that was injected', seen([pinned], times(3, pod([proxy, pinned]))), whatever],
    ['with an image by tag, of a release that nobody knows', seen([tagged], times(3, pod([tagged]))), whatever],
    [
      'with a tag that the node resolved to the wanted image',
      seen([tagged], times(3, pod([tagged], { imageId: `registry.example.com/app@${digest}` }))),
      digest,
    ],
    [
      'with an image that admission pinned and took from a mirror',
      seen([tagged], times(3, pod([{ name: 'app', image: `mirror.example.com/app:v2.0.5@${digest}` }]))),
      whatever,
    ],
    ['while its autoscaler wants many more', seen([pinned], times(3, pod([pinned])), 10), digest],
    [
      'with a pod more that is not ready',
      seen([pinned], [...times(3, pod([pinned])), pod([pinned], { ready: false })]),
      digest,
    ],
    [
      'of which a broken pod of another release gets no traffic',
      seen([pinned], [...times(3, pod([pinned])), pod([tagged], { ready: false })]),
      digest,
    ],
    [
      'of pods of which its Deployment cannot get the next ones ready',
      seen([proxy, tagged], [...times(3, pod([pinned])), pod([proxy, tagged], { ready: false })]),
      whatever,
    ],
  ])('%s', (_how, side, wanted) => {
    expect(readyForWeight(side, { digest: wanted, needed: 3 })).toEqual({
      kind: 'ready',
      replicas: expect.any(Number),
    });
  });

  it('that gets nothing more than it has, also when nothing runs there', () => {
    expect(readyForWeight({ deployment: null, pods: [] }, { digest, needed: 0 }).kind).toBe('ready');
  });
});

describe('a side is waited for', () => {
  const ending = { ...pod([pinned]), metadata: { labels, deletionTimestamp: '2026-11-28T12:00:00Z' } };
  const foreign = { ...pod([pinned]), metadata: { labels: { app: 'other' } } };
  const pausedWith = (containers: Containers): WorkloadSeen => {
    const { deployment, ...side } = seen(containers, times(3, pod([pinned])));
    return { ...side, deployment: { ...deployment, spec: { ...deployment?.spec, paused: true } } };
  };
  const upgraded = [pinned, { name: 'migrate', image: `registry.example.com/app@${other}` }];

  it.each<[string, WorkloadSeen, string | null, RegExp]>([
    [
      'while too few pods are ready',
      seen([pinned], [pod([pinned]), ...times(2, pod([pinned], { ready: false }))]),
      digest,
      /1 of the 3 pods/,
    ],
    ['when nothing is deployed', { deployment: null, pods: [] }, whatever, /no Deployment/],
    ['when it is scaled to nothing, which Argo CD calls healthy (I2)', seen([pinned], [], 0), whatever, /no replicas/],
    [
      'while nothing raises it to what it needs, as an autoscaler that is paused or looks elsewhere',
      seen([pinned], [pod([pinned])], 1),
      whatever,
      /^1 of the 3 pods that it needs are ready; its Deployment asks for only 1$/,
    ],
    [
      'when its Deployment is paused with something else in its template',
      pausedWith([{ name: 'app', image: `registry.example.com/app@${other}` }]),
      digest,
      /asks for something other.*; its Deployment is paused \(spec\.paused\)/,
    ],
    [
      'while pods of another release get traffic beside it',
      seen([pinned], [...times(3, pod([pinned])), pod([tagged])]),
      digest,
      /1 ready pods run something other/,
    ],
    [
      'when a container of it has another build of the same image',
      seen(upgraded, times(3, pod(upgraded))),
      digest,
      /0 of the 3/,
    ],
    [
      'when its Deployment is about to replace its pods',
      seen([{ name: 'app', image: `registry.example.com/app@${other}` }], times(3, pod([pinned]))),
      digest,
      /asks for something other/,
    ],
    [
      'when its Deployment is about to replace its pods, beside a sidecar by tag',
      seen([proxy, { name: 'app', image: `registry.example.com/app@${other}` }], times(3, pod([proxy, pinned]))),
      digest,
      /asks for something other/,
    ],
    [
      'when a sidecar of a pod is not the one of its template',
      seen([pinned, proxy], [...times(2, pod([pinned, proxy])), pod([pinned, { ...proxy, image: 'evil/proxy:1' }])]),
      digest,
      /2 of the 3 .*1 ready pods run something other .*container proxy runs evil\/proxy:1 instead of registry/,
    ],
    [
      'when its template was changed after it had been approved, and its pods with it',
      { ...seen([pinned, proxy], times(3, pod([pinned, proxy]))), approved: { containers: [pinned] } },
      digest,
      /container proxy .* is not in the approved template/,
    ],
    [
      'when its pods are ending, or somebody else’s',
      seen([pinned], [...times(3, ending), ...times(3, foreign)]),
      digest,
      /0 of the 3/,
    ],
  ])('%s', (_how, side, wanted, reason) => {
    expect(readyForWeight(side, { digest: wanted, needed: 3 })).toMatchObject({
      kind: 'waiting',
      reason: expect.stringMatching(reason),
    });
  });

  it('no longer once Kubernetes has given up, unless enough pods are ready all the same', () => {
    const conditions = [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded', message: 'timed out' }];
    const stuck = (ready: number): WorkloadSeen => {
      const { deployment, pods } = seen([pinned], times(ready, pod([pinned])));
      return { deployment: { ...deployment, status: { conditions } }, pods };
    };

    expect(readyForWeight(stuck(2), { digest, needed: 3 })).toMatchObject({ kind: 'failed', replicas: 2 });
    expect(readyForWeight(stuck(3), { digest, needed: 3 }).kind).toBe('ready');
  });
});

describe('for every side', () => {
  const containers = fc.shuffledSubarray([pinned, proxy, { name: 'log', image: 'registry.example.com/log:3' }], {
    minLength: 3,
  });
  const pods = fc.array(fc.record({ wanted: fc.boolean(), ready: fc.boolean(), containers }), { maxLength: 8 });
  const needed = fc.integer({ min: 1, max: 6 });
  const stranger = pod([{ name: 'app', image: `registry.example.com/app@${other}` }]);
  const made = (list: { wanted: boolean; ready: boolean; containers: Containers }[]) =>
    list.map((one) => (one.wanted ? pod(one.containers, one) : { ...stranger, status: pod([], one).status }));

  it('the answer is the number of wanted pods that are ready, with none beside them, in whichever order their containers stand', () => {
    fc.assert(
      fc.property(containers, pods, needed, fc.integer({ min: 0, max: 20 }), (template, list, enough, wish) => {
        const ready = list.filter((one) => one.ready);
        const counted = ready.filter((one) => one.wanted).length;

        const answer = readyForWeight(seen(template, made(list), wish), { digest, needed: enough });

        expect(answer.replicas).toBe(counted);
        expect(answer.kind === 'ready').toBe(counted >= enough && counted === ready.length);
      }),
    );
  });

  it('one more ready pod of the wanted release never takes readiness away, and one needed less neither', () => {
    fc.assert(
      fc.property(containers, pods, needed, (template, list, enough) => {
        const before = readyForWeight(seen(template, made(list)), { digest, needed: enough });
        if (before.kind !== 'ready') return;
        const more = [...made(list), pod(template)];

        expect(readyForWeight(seen(template, more), { digest, needed: enough }).kind).toBe('ready');
        expect(readyForWeight(seen(template, made(list)), { digest, needed: enough - 1 }).kind).toBe('ready');
      }),
    );
  });
});
