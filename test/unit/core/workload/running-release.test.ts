import { describe, expect, it } from 'vitest';
import type { WorkloadSeen } from '../../../../core/workload/readiness.ts';
import { runningRelease } from '../../../../core/workload/running-release.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const app = { name: 'app', image: `registry.example.com:5000/team/app@${digest}` };
const shop = { name: 'shop', image: 'registry.example.com:5000/team/web:v1' };
const proxy = { name: 'proxy', image: `registry.example.com/proxy@sha256:${'c'.repeat(64)}` };

type Containers = { name: string; image: string }[];
function seen(containers: Containers, imageIds: string[] = [], annotations = {}): WorkloadSeen {
  const labels = { 'app.kubernetes.io/version': 'v2.0.5' };
  return {
    deployment: { spec: { template: { metadata: { labels, annotations }, spec: { containers } } } },
    pods: imageIds.map((imageID) => ({ status: { containerStatuses: [{ name: containers[0]?.name, imageID }] } })),
  };
}

describe('what runs on a side', () => {
  it.each([
    ['alone', [app]],
    ['behind a sidecar by tag', [{ name: 'proxy', image: 'registry.example.com/proxy:1.0' }, app]],
    ['before a sidecar by digest', [app, proxy]],
  ])('is the pinned image, %s', (_where, containers) => {
    expect(runningRelease(seen(containers), 'shop')).toMatchObject({
      version: 'v2.0.5',
      digest,
      image: 'registry.example.com:5000/team/app',
    });
  });

  it('is the container of the service’s name, or the one that kubectl takes without -c, before any other', () => {
    expect(runningRelease(seen([proxy, shop]), 'shop')?.image).toBe('registry.example.com:5000/team/web');
    const annotations = { 'kubectl.kubernetes.io/default-container': 'app' };
    expect(runningRelease(seen([proxy, app], [], annotations), 'other')?.digest).toBe(digest);
    // Whoever may edit the Deployment may write the annotation.
    expect(runningRelease(seen([app, shop], [], annotations), 'shop')?.image).toBe(
      'registry.example.com:5000/team/web',
    );
  });

  it('has the digest that all nodes resolved its tag to, and none while they differ or have not said', () => {
    const there = `registry.example.com/web@${digest}`;

    expect(runningRelease(seen([shop], [there, there]), 'shop')?.digest).toBe(digest);
    expect(
      runningRelease(seen([shop], [there, `registry.example.com/web@sha256:${'b'.repeat(64)}`]), 'shop')?.digest,
    ).toBeNull();
    expect(runningRelease(seen([shop], ['']), 'shop')).toMatchObject({ version: 'v2.0.5', digest: null });
  });

  it('names the digests of its sidecars too, for whoever looks for one of them', () => {
    expect(runningRelease(seen([proxy, app]), 'app')?.digests).toEqual([digest, `sha256:${'c'.repeat(64)}`]);
  });

  it('is what all ready pods are of, while their Deployment cannot get anything else ready; and never what only some are of', () => {
    const ready = (version: string, image: string) => ({
      metadata: { labels: { 'app.kubernetes.io/version': version } },
      spec: { containers: [{ name: 'app', image }] },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    });
    const old = ready('v1', `registry.example.com/app@sha256:${'b'.repeat(64)}`);
    const { deployment } = seen([app]);

    expect(runningRelease({ deployment, pods: [old, old] }, 'shop')).toMatchObject({
      version: 'v1',
      digests: [`sha256:${'b'.repeat(64)}`, digest],
    });
    expect(runningRelease({ deployment, pods: [old, ready('v2.0.5', app.image)] }, 'shop')?.version).toBe('v2.0.5');
  });

  it('is nothing without a Deployment', () => {
    expect(runningRelease({ deployment: null, pods: [] }, 'shop')).toBeNull();
  });
});
