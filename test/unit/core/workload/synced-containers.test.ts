import { describe, expect, it } from 'vitest';
import {
  type JudgedDeployment,
  type JudgedPod,
  judgeDeployment,
  unapprovedIn,
} from '../../../../core/workload/readiness.ts';
import { readyForWeight } from '../../../../core/workload/ready-for-weight.ts';
import { syncedContainers } from '../../../../core/workload/synced-containers.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const app = { name: 'app', image: `registry.example.com/app@${digest}` };
const implant = { name: 'implant', image: 'evil.example/implant:latest' };
/** Named as the mesh names its own, which only admission adds, and only to pods. */
const disguised = { name: 'istio-proxy', image: 'evil.example/implant:latest' };

type Spec = Record<'containers' | 'initContainers', { name: string; image: string }[]>;
const spec = (...containers: Spec['containers']): Spec => ({ containers, initContainers: [] });

/** As `kubectl apply` writes it, and Argo CD without server-side apply. */
const annotated = (template: Spec) => ({
  annotations: {
    'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify({ kind: 'Deployment', spec: { template: { spec: template } } })}\n`,
  },
});
/** As an API server keeps it of what `manager` has applied on its side. */
const owned = (manager: string, ...containers: string[]) => ({
  managedFields: [
    {
      manager,
      operation: 'Apply',
      fieldsV1: {
        'f:spec': {
          'f:template': {
            'f:spec': { 'f:containers': Object.fromEntries(containers.map((name) => [`k:{"name":"${name}"}`, {}])) },
          },
        },
      },
    },
  ],
});
const deployment = (template: Spec, metadata: JudgedDeployment['metadata'] = {}): JudgedDeployment => ({
  metadata: { generation: 1, ...metadata },
  spec: { replicas: 1, template: { spec: template } },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 },
});
const pod = (template: Spec): JudgedPod => ({
  spec: template,
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

describe('a container that somebody has added to the Deployment, and that a sync leaves there', () => {
  it.each([
    ['beside what kubectl’s annotation has', spec(app, implant), annotated(spec(app))],
    ['named as a mesh names its own', spec(app, disguised), annotated(spec(app))],
    ['that runs first', { containers: [app], initContainers: [implant] }, annotated(spec(app))],
    ['with server-side apply', spec(app, implant), owned('argocd-controller', 'app')],
    [
      'and into the annotation, too',
      spec(app, implant),
      { ...annotated(spec(app, implant)), ...owned('argocd-controller', 'app') },
    ],
    [
      'with an ownership that they claim, too',
      spec(app, implant),
      { ...annotated(spec(app)), ...owned('argocd-controller', 'app', 'implant') },
    ],
  ])('%s is not of the approved commit, and no pod of it counts', (_, template, metadata) => {
    const there = deployment(template, metadata);

    const added = expect.stringContaining('its template differs from what Argo CD synced');
    expect(judgeDeployment(there, [pod(template)], digest)).toEqual({ kind: 'progressing', reason: added });
    expect(unapprovedIn(pod(template), { deployment: there, pods: [], approved: null }, digest)).toEqual(added);
    expect(syncedContainers(there, digest)).toEqual(spec(app));
  });

  it('does not hold up the way back, which asks for no more than the image', () => {
    const there = deployment(spec(app, implant), annotated(spec(app)));
    const seen = { deployment: there, pods: [pod(spec(app, implant))] };

    expect(readyForWeight(seen, { digest, needed: 1 })).toEqual({ kind: 'ready', replicas: 1 });
    expect(readyForWeight({ ...seen, approved: null }, { digest, needed: 1 })).toMatchObject({ kind: 'waiting' });
  });

  it('is not made one of the approved by the approved having been noted before', () => {
    const there = deployment(spec(app, disguised));

    expect(
      unapprovedIn(pod(spec(app, disguised)), { deployment: there, pods: [], approved: spec(app) }, digest),
    ).toContain('istio-proxy');
  });
});

describe('what Argo CD has synced is ready', () => {
  const proxied = pod(spec(app, { name: 'istio-proxy', image: 'istio/proxyv2:1.30' }));
  it.each([
    ['with a proxy that the mesh adds to the pods', deployment(spec(app), annotated(spec(app))), proxied],
    ['where the object does not tell who applied what', deployment(spec(app)), pod(spec(app))],
    ['where the annotation is of an earlier release', deployment(spec(app), annotated(spec(implant))), pod(spec(app))],
    ['where others have applied something of theirs', deployment(spec(app), owned('kubectl', 'x')), pod(spec(app))],
    [
      'where the annotation is no JSON',
      deployment(spec(app), { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{' } }),
      pod(spec(app)),
    ],
  ])('%s', (_, there, one) => {
    expect(judgeDeployment(there, [one], digest)).toEqual({ kind: 'ready', replicas: 1 });
  });

  it('with what a service says that admission adds to the Deployment', () => {
    const template = spec(app, { name: 'vault-agent', image: 'vault:1' });
    const there = deployment(template, annotated(spec(app)));

    expect(judgeDeployment(there, [pod(template)], digest, { injected: ['vault-agent'] })).toEqual({
      kind: 'ready',
      replicas: 1,
    });
  });
});
