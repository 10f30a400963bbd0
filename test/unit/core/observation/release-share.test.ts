import { describe, expect, it } from 'vitest';
import { behindOf, shareOf } from '../../../../core/observation/release-share.ts';
import type { JudgedPod } from '../../../../core/workload/readiness.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const other = `sha256:${'cd'.repeat(32)}`;
const pod = (image: string, { ready = true, imageID }: { ready?: boolean; imageID?: string } = {}): JudgedPod => ({
  metadata: { name: 'pod' },
  spec: {
    containers: [
      { name: 'proxy', image: 'envoy:1' },
      { name: 'app', image },
    ],
  },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    containerStatuses: imageID === undefined ? [] : [{ name: 'app', imageID }],
  },
});

describe('what is behind a side', () => {
  it.each([
    ['release', [pod(`shop@${digest}`), pod(`shop@${digest}`)]],
    // A tag says nothing; what the node has made of it does.
    ['release', [pod('shop:v2', { imageID: `docker.io/shop@${digest}` })]],
    ['other', [pod('shop:v2', { imageID: `docker.io/shop@${other}` })]],
    ['other', [pod('shop:v2')]],
    ['mixed', [pod(`shop@${digest}`), pod(`shop@${other}`)]],
    ['release', [pod(`shop@${digest}`), pod(`shop@${other}`, { ready: false })]],
    ['nothing', [pod(`shop@${digest}`, { ready: false })]],
    ['nothing', []],
  ] as const)('is %s', (expected, pods) => {
    expect(behindOf(pods, digest)).toBe(expected);
  });
});

describe('the share of a release', () => {
  it.each([
    ['while it has no traffic', { blue: 100, green: 0 }, { blue: 'other', green: 'release' }, 0, null, null],
    ['in a shift', { blue: 75, green: 25 }, { blue: 'other', green: 'release' }, 25, 'green', 'blue'],
    [
      'by weights of the Gateway API, which sum to anything',
      { blue: 3, green: 1 },
      { blue: 'other', green: 'release' },
      25,
      'green',
      'blue',
    ],
    ['with all of it', { blue: 0, green: 100 }, { blue: 'other', green: 'release' }, 100, 'green', null],
    // Argo Rollouts and Flagger end so: the stable side runs it too, and the weights are back.
    [
      'once it was promoted to the stable side',
      { blue: 100, green: 0 },
      { blue: 'release', green: 'release' },
      100,
      'blue',
      null,
    ],
    [
      'while the stable side rolls it out',
      { blue: 50, green: 50 },
      { blue: 'mixed', green: 'release' },
      50,
      'green',
      null,
    ],
    ['with hardly any', { blue: 999, green: 1 }, { blue: 'other', green: 'release' }, 1, 'green', 'blue'],
    ['with nearly all', { blue: 1, green: 999 }, { blue: 'other', green: 'release' }, 99, 'green', 'blue'],
    ['on a route that sends nothing', { blue: 0, green: 0 }, { blue: 'other', green: 'release' }, 0, null, null],
    ['that nobody runs', { blue: 50, green: 50 }, { blue: 'other', green: 'nothing' }, 0, null, null],
  ] as const)('%s', (_, weights, behind, share, target, origin) => {
    expect(shareOf(weights, behind)).toEqual({ share, target, origin });
  });
});
