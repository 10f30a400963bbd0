import { describe, expect, it } from 'vitest';
import { deliveredSource, foreignSource } from '../../../../core/gitops/application-source.ts';

const gitops = { repository: 'example/deploy', path: 'chart' };
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
    expect(foreignSource('app', source({ repoURL, path: './chart/' }), gitops)).toBeNull();
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
    expect(foreignSource('app', source(changed), gitops)).toContain(`Application app ${told}`);
  });

  it('that is hydrated from elsewhere, or takes a file from elsewhere as a parameter, does not', () => {
    const hydrated = { spec: { ...source().spec, sourceHydrator: { drySource: {} } } };
    const helm = { fileParameters: [{ name: 'a', path: 'https://evil.example/a' }] };

    expect(foreignSource('app', hydrated, gitops)).toContain('has a `sourceHydrator`');
    expect(foreignSource('app', source({ helm }), gitops)).toContain('reads values from https://evil.example/a');
  });

  it('without one does not', () => {
    expect(foreignSource('app', { spec: {} }, gitops)).toContain('has no source');
  });
});
