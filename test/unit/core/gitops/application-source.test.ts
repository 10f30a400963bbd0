import { describe, expect, it } from 'vitest';
import { deliveredSource, foreignDelivery } from '../../../../core/gitops/application-source.ts';

const wanted = { gitops: { repository: 'example/deploy', path: 'chart' }, namespace: 'app-green', cluster: null };
const source = (changed: object = {}) => ({
  spec: {
    source: {
      repoURL: 'https://github.com/example/deploy.git',
      path: 'chart',
      targetRevision: 'a'.repeat(40),
      helm: { releaseName: 'app-green', valueFiles: ['values-green.yaml'] },
      ...changed,
    },
  },
});

describe('what an Application adds to its commit', () => {
  it('is the same on both sides where they are made alike, at whatever commit', () => {
    const blue = source({
      targetRevision: 'b'.repeat(40),
      helm: { releaseName: 'app-blue', valueFiles: ['values-blue.yaml'] },
    });

    expect(deliveredSource(blue, 'blue').sha256).toBe(deliveredSource(source(), 'green').sha256);
  });

  it('is the same on both sides where a name only holds the word of one', () => {
    const repoURL = 'https://github.com/example/evergreen-deploy';
    const helm = (environment: string) => ({ repoURL, helm: { valueFiles: [`values-${environment}.yaml`] } });

    expect(deliveredSource(source(helm('blue')), 'blue').sha256).toBe(
      deliveredSource(source(helm('green')), 'green').sha256,
    );
  });

  it.each<[string, object]>([
    ['parameters', { helm: { parameters: [{ name: 'a', value: 'b' }] } }],
    ['values of its own', { helm: { values: 'a: b' } }],
    ['a file as a parameter', { helm: { fileParameters: [{ name: 'a', path: 'b' }] } }],
    ['another order of its files', { helm: { valueFiles: ['b.yaml', 'a.yaml'] } }],
    ['another version of Kubernetes', { helm: { kubeVersion: '1.20' } }],
  ])('is something else with %s', (_, changed) => {
    expect(deliveredSource(source(changed), 'green').sha256).not.toBe(deliveredSource(source(), 'green').sha256);
  });

  it('is shown on one line each, and no secret', () => {
    const helm = {
      valueFiles: ['values\u202e.yaml'],
      parameters: [
        { name: 'db.password', value: 'swordfish' },
        { name: 'runAs', value: '0\nroot' },
      ],
      valuesObject: { a: 1, db: { password: 'swordfish' } },
      values: 'b: 2\ntoken: swordfish\n',
      skipCrds: true,
    };

    expect(deliveredSource(source({ helm }), 'green')).toMatchObject({
      valueFiles: ['values\ufffd.yaml'],
      parameters: ['db.password=(hidden)', 'runAs=0 root'],
      inline: ['b: 2', 'token: (hidden)', 'a: 1', 'db: {', 'password: (hidden)'],
      others: ['skipCrds'],
    });
  });
});

describe('an Application', () => {
  it.each([
    'https://github.com/example/deploy.git',
    'git@github.com:Example/deploy.git',
    'http://127.0.0.1:4/example/deploy/',
  ])('delivers the chart of the deploy repository by %s', (repoURL) => {
    expect(foreignDelivery('app', source({ repoURL, path: './chart/' }), wanted)).toBeNull();
  });

  it.each<[string, object, string]>([
    [
      'another repository',
      { repoURL: 'https://github.com/eve/deploy.git' },
      'takes its source from https://github.com/eve/deploy.git',
    ],
    ['another folder', { path: 'charts' }, 'takes the folder charts'],
    [
      'values from elsewhere',
      { helm: { valueFiles: ['https://evil.example/v.yaml'] } },
      'reads values from https://evil.example/v.yaml',
    ],
    ['values beside the chart', { helm: { valueFiles: ['a.yaml', '../v.yaml'] } }, 'reads values from ../v.yaml'],
    ['values of another source', { helm: { valueFiles: ['$other/v.yaml'] } }, 'reads values from $other/v.yaml'],
    ['a chart of a registry', { chart: 'app' }, 'has a source with `chart`'],
    ['Kustomize', { kustomize: {} }, 'has a source with `kustomize`'],
  ])('of %s does not', (_, changed, told) => {
    expect(foreignDelivery('app', source(changed), wanted)).toContain(`Application app ${told}`);
  });

  it('that is hydrated from elsewhere, or takes a file from elsewhere as a parameter, does not', () => {
    const hydrated = { spec: { ...source().spec, sourceHydrator: { drySource: {} } } };
    const helm = { fileParameters: [{ name: 'a', path: 'https://evil.example/a' }] };

    expect(foreignDelivery('app', hydrated, wanted)).toContain('has a `sourceHydrator`');
    expect(foreignDelivery('app', source({ helm }), wanted)).toContain('reads values from https://evil.example/a');
  });

  it('without one does not', () => {
    expect(foreignDelivery('app', { spec: {} }, wanted)).toContain('has no source');
  });
});

describe('an Application delivers', () => {
  const inCluster = 'https://kubernetes.default.svc';
  const arn = 'arn:aws:eks:eu-west-1:222222222222:cluster/shop';
  const to = (destination: object) => ({ spec: { ...source().spec, destination } });

  it.each<[string, string | null, object]>([
    ['its own cluster, by address', null, { server: inCluster, namespace: 'app-green' }],
    ['its own cluster, by name', null, { name: 'in-cluster', namespace: 'app-green' }],
    ['the namespaces that its chart says', null, { server: inCluster }],
    ['another cluster, by address or ARN', arn, { server: arn, namespace: 'app-green' }],
    ['another cluster, by name', 'shop', { name: 'shop', namespace: 'app-green' }],
  ])('to %s', (_, cluster, destination) => {
    expect(foreignDelivery('app', to(destination), { ...wanted, cluster })).toBeNull();
  });

  it.each<[string, string | null, object, string]>([
    [
      'the namespace that has the traffic',
      null,
      { server: inCluster, namespace: 'app-blue' },
      'Application app delivers to the namespace app-blue. This environment is in app-green: correct spec.destination.',
    ],
    [
      'a cluster of which sluice.yaml says nothing',
      null,
      { server: 'https://elsewhere.example', namespace: 'app-green' },
      'Application app delivers to the cluster https://elsewhere.example. If that is this service’s own cluster, write it as its clusters[].destination in sluice.yaml; otherwise correct the Application.',
    ],
    [
      'the cluster of Argo CD, where the service is in another',
      arn,
      { server: inCluster, namespace: 'app-green' },
      `Application app delivers to the cluster ${inCluster}. This environment is in ${arn}, by clusters[].destination of sluice.yaml.`,
    ],
    ['an address beside the right name', 'shop', { server: 'https://elsewhere.example', name: 'shop' }, 'elsewhere'],
    [
      'an address beside the name of its own',
      null,
      { server: 'https://elsewhere.example', name: 'in-cluster' },
      'else',
    ],
    ['no cluster, where one is wanted', arn, { namespace: 'app-green' }, 'Application app delivers to no cluster.'],
  ])('not to %s', (_, cluster, destination, told) => {
    expect(foreignDelivery('app', to(destination), { ...wanted, cluster })).toContain(told);
  });
});
