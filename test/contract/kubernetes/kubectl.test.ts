import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { deployment, route, startWorld, type World } from './support.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

async function apply(...objects: object[]) {
  const file = join(world.dataDir, 'objects.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const applied = await world.kubectl('apply', '-f', file);
  if (applied.code !== 0) throw new Error(applied.stderr);
  return applied;
}

const pod = (name: string, fields: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app: 'logged' } },
  spec: {
    containers: [
      { name: 'web', image: 'web' },
      { name: 'proxy', image: 'proxy' },
    ],
  },
  ...fields,
});

describe('kubectl', () => {
  it('applies a file, then finds nothing to change, then changes one field of a list item by its name', async () => {
    const first = await apply(deployment('applied'));
    const again = await apply(deployment('applied'));
    const changed = await apply(deployment('applied', 'example.com/web@sha256:2'));

    expect([first.stdout, again.stdout, changed.stdout].map((text) => text.trim())).toEqual([
      'deployment.apps/applied created',
      'deployment.apps/applied unchanged',
      'deployment.apps/applied configured',
    ]);
    const { stdout } = await world.kubectl('get', 'deploy', 'applied', '-o', 'yaml');
    expect(stdout).toContain('image: example.com/web@sha256:2');
    expect(stdout).toContain('generation: 2');
    expect(stdout).toContain('replicas: 1');
  });

  it('prints tables with the columns that people know', async () => {
    await apply(
      deployment('printed'),
      route('printed', [100, 0]),
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { name: 'printed' },
        spec: { project: 'default', destination: {} },
        status: {
          sync: { comparedTo: { source: { repoURL: 'x' }, destination: {} }, status: 'Synced' },
          health: { status: 'Healthy' },
        },
      },
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'printed' },
        spec: { scaleTargetRef: { kind: 'Deployment', name: 'printed' }, minReplicas: 3, maxReplicas: 10 },
      },
    );

    const { stdout } = await world.kubectl('get', 'deploy/printed', 'vs/printed', 'app/printed', 'hpa/printed');

    expect(stdout).toMatch(/NAME +READY +UP-TO-DATE +AVAILABLE +AGE\ndeployment.apps\/printed +0\/1 +0 +0 +\d+s/);
    expect(stdout).toMatch(/NAME +GATEWAYS +HOSTS +AGE\n\S+\/printed +\["chest-xray-mlops.example.com"\]/);
    expect(stdout).toMatch(/NAME +SYNC STATUS +HEALTH STATUS\napplication.argoproj.io\/printed +Synced +Healthy/);
    expect(stdout).toMatch(/MINPODS +MAXPODS +REPLICAS +AGE\n\S+\/printed +Deployment\/printed +<none> +3 +10 +0/);
  });

  it.each([
    ['exec', ['exec', 'hollow', '-c', 'web', '--', 'ls']],
    ['attach', ['attach', 'hollow', '-c', 'web']],
    ['portforward', ['port-forward', 'hollow', ':80']],
    ['ephemeralcontainers', ['debug', 'hollow', '--image=busybox', '--profile=general']],
  ])('is told in a sentence that pods have no %s here', async (subresource, words) => {
    await apply(pod('hollow', { status: { phase: 'Running' } }));
    await world.kubectl('patch', 'pod', 'hollow', '--subresource=status', '-p', '{"status":{"phase":"Running"}}');

    const { code, stderr } = await world.kubectl(...words);

    expect(code).not.toBe(0);
    expect(stderr).toContain(`pods of the sandbox are not containers, so there is no "${subresource}": kubectl logs`);
  });

  it('watches with get -w: one header, then a line per change', async () => {
    await apply(route('watched', [100, 0]));
    const watching = await world.kubectlRunning(
      'get',
      'vs',
      'watched',
      '-w',
      '-o',
      'jsonpath={.spec.http[0].route[*].weight}{"\\n"}',
    );
    await watching.line(/^100 0$/);

    const patch =
      '[{"op":"replace","path":"/spec/http/0/route/0/weight","value":95},{"op":"replace","path":"/spec/http/0/route/1/weight","value":5}]';
    await world.kubectl('patch', 'vs', 'watched', '--type=json', '-p', patch);

    expect(await watching.line(/^95 5$/)).toBe('95 5');
    watching.stop();
  });

  it('watches tables', async () => {
    await apply(deployment('table'));
    const watching = await world.kubectlRunning('get', 'deploy', 'table', '-w');
    await watching.line(/^table +0\/1/);

    await world.kubectl('scale', 'deploy', 'table', '--replicas=3');

    // A line may come in two pieces.
    expect(await watching.line(/^table +0\/3 .*s$/)).toMatch(/^table +0\/3 +0 +0 +\d+s/);
    watching.stop();
  });

  it('describes a deployment with the events about it', async () => {
    await apply(deployment('described'));
    const uid = (await world.kubectl('get', 'deploy', 'described', '-o', 'jsonpath={.metadata.uid}')).stdout;
    const involvedObject = { kind: 'Deployment', namespace: 'default', name: 'described', uid };
    await world.call('POST', '/api/v1/namespaces/default/events', {
      body: {
        metadata: { generateName: 'described.' },
        involvedObject,
        reason: 'ScalingReplicaSet',
        message: 'Scaled up',
        type: 'Normal',
        lastTimestamp: new Date().toISOString(),
      },
    });

    const { stdout } = await world.kubectl('describe', 'deploy', 'described');

    expect(stdout).toMatch(/Image: +example.com\/web@sha256:1/);
    expect(stdout).toMatch(/Normal +ScalingReplicaSet .*Scaled up/);
  });

  it('patches strategically: an environment variable is added to the container of that name', async () => {
    await apply(deployment('patched'));
    const patch = {
      spec: { template: { spec: { containers: [{ name: 'web', env: [{ name: 'EXTRA', value: '1' }] }] } } },
    };

    await world.kubectl('patch', 'deploy', 'patched', '-p', JSON.stringify(patch));

    const path = 'jsonpath={.spec.template.spec.containers[*].image} {.spec.template.spec.containers[0].env[*].name}';
    const { stdout } = await world.kubectl('get', 'deploy', 'patched', '-o', path);
    const [image, ...names] = stdout.split(' ');
    expect([image, names.sort()]).toEqual(['example.com/web@sha256:1', ['EXTRA', 'MODE']]);
  });

  it('merge-patches with a resourceVersion as precondition', async () => {
    await apply(route('fenced', [100, 0]));
    const stale = JSON.stringify({ metadata: { resourceVersion: '1', annotations: { 'sluice.dev/fence': '{}' } } });

    const { code, stderr } = await world.kubectl('patch', 'vs', 'fenced', '--type=merge', '-p', stale);

    expect(code).toBe(1);
    expect(stderr).toContain(
      'Error from server (Conflict): Operation cannot be fulfilled on virtualservices.networking.istio.io "fenced"',
    );
  });

  it('says that a failed test of a JSON patch is invalid', async () => {
    await apply(route('tested', [100, 0]));

    const { stderr } = await world.kubectl(
      'patch',
      'vs',
      'tested',
      '--type=json',
      '-p',
      '[{"op":"test","path":"/spec/hosts/0","value":"other"}]',
    );

    expect(stderr).toContain('The request is invalid');
  });

  it('streams the log that the kubelet provides, of the container that was asked for', async () => {
    await apply(pod('logged'));
    world.server.setLogProvider(async function* (namespace, name, { container, tailLines }) {
      yield `${namespace}/${name}/${container}\n`;
      yield `last ${tailLines}\n`;
    });

    const { stdout } = await world.kubectl('logs', 'logged', '-c', 'proxy', '--tail=2');

    expect(stdout).toBe('default/logged/proxy\nlast 2\n');
  });

  it('follows a log until the reader leaves', async () => {
    await apply(pod('followed'));
    const left = new Promise<void>((resolve) => {
      world.server.setLogProvider(async function* (_namespace, _pod, { signal, follow }) {
        yield `following: ${follow}\n`;
        await new Promise((gone) => signal.addEventListener('abort', gone));
        resolve();
      });
    });
    const logs = await world.kubectlRunning('logs', '-f', 'followed', '-c', 'web');
    await logs.line(/following: true/);

    logs.stop();

    await left;
  });

  it('waits for a condition that somebody else writes', async () => {
    await apply(deployment('awaited'));
    const waiting = world.kubectl('wait', '--for=condition=Available', 'deploy/awaited', '--timeout=10s');

    const status = { observedGeneration: 1, conditions: [{ type: 'Available', status: 'True' }] };
    await world.call('PATCH', '/apis/apps/v1/namespaces/default/deployments/awaited/status', {
      body: { status },
      type: 'application/merge-patch+json',
    });

    expect((await waiting).stdout.trim()).toBe('deployment.apps/awaited condition met');
  });

  it('deletes, and says so of what is not there', async () => {
    await apply(deployment('deleted'));

    const first = await world.kubectl('delete', 'deploy', 'deleted');
    const second = await world.kubectl('delete', 'deploy', 'deleted');

    expect(first.stdout.trim()).toBe('deployment.apps "deleted" deleted from default namespace');
    expect(second.stderr.trim()).toBe('Error from server (NotFound): deployments.apps "deleted" not found');
  });

  it('does nothing for real with --dry-run=server', async () => {
    const { stdout } = await world.kubectl('run', 'imagined', '--image=web', '--dry-run=server');

    expect(stdout.trim()).toBe('pod/imagined created (server dry run)');
    expect((await world.kubectl('get', 'pod', 'imagined')).stderr).toContain('NotFound');
  });

  it('serves a kind as soon as its definition is established', async () => {
    const group = 'example.com';
    await apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `scanners.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'scanners', kind: 'Scanner', shortNames: ['scan'] },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            additionalPrinterColumns: [{ name: 'Model', type: 'string', jsonPath: '.spec.model' }],
          },
        ],
      },
    });
    await world.kubectl('wait', '--for=condition=established', `crd/scanners.${group}`);

    const created = await apply({
      apiVersion: `${group}/v1`,
      kind: 'Scanner',
      metadata: { name: 'one' },
      spec: { model: 'x-ray' },
    });

    expect(created.stdout.trim()).toBe('scanner.example.com/one created');
    expect((await world.kubectl('get', 'scan')).stdout).toMatch(/NAME +MODEL +AGE\none +x-ray +\d+s/);
  });
});
