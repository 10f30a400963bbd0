import { beforeAll, describe, expect, it } from 'vitest';
import { createHelm, type Manifests } from '../../../adapters/gitops/helm.ts';
import type { SubjectDiff } from '../../../contracts/records/subject.ts';
import { diffManifests } from '../../../core/approvals/manifest-diff.ts';
import { readChart } from '../../../sandbox/github/seed.ts';
import { helmBinary } from '../../../sandbox/kubernetes/controllers/application/render-chart.ts';

const values = 'image:\n  repository: registry.example.com/xray\n  digest: sha256:0123456789abcdef\nversion: v2.1.0\n';
const chart = async (more: Record<string, string> = {}) => {
  const files = [...(await readChart('charts/service'))].map(([path, content]) => [path, content.toString()] as const);
  return new Map([...files, ['values-release.yaml', values] as const, ...Object.entries(more)]);
};
const at = {
  releaseName: 'chest-xray-mlops',
  namespace: 'production-green',
  valueFiles: ['values-production.yaml', 'values-green.yaml', 'values-release.yaml'],
};

describe('a chart rendered by real Helm', () => {
  let helm: Manifests;
  beforeAll(async () => {
    helm = createHelm(await helmBinary());
  });

  it('gives the objects that the cluster would get, with the values of the release and the environment', async () => {
    const rendered = await helm.render({ files: await chart(), ...at });

    if (rendered.kind !== 'rendered') throw new Error(rendered.reason);
    expect(rendered.objects).toContainEqual(
      expect.objectContaining({
        kind: 'Deployment',
        metadata: expect.objectContaining({ name: 'chest-xray-mlops' }),
      }),
    );
    expect(JSON.stringify(rendered.objects)).toContain('registry.example.com/xray@sha256:0123456789abcdef');
  });

  it('of one release has the same new lines in either environment, so that who approved for one is not asked for the other', async () => {
    const release = (version: string, environment: string) =>
      `${values.replace('v2.1.0', version).replace('0123', version.replaceAll(/\D/g, '0'))}environment: ${environment}\n`;
    const diff = async (environment: string, before: string) => {
      const [from, to] = await Promise.all(
        [before, 'v2.3.0'].map(async (version) => {
          const files = await chart({ 'values-release.yaml': release(version, environment) });
          const valueFiles = ['values-production.yaml', `values-${environment}.yaml`, 'values-release.yaml'];
          const rendered = await helm.render({ ...at, files, valueFiles, namespace: `production-${environment}` });
          if (rendered.kind !== 'rendered') throw new Error(rendered.reason);
          return rendered.objects;
        }),
      );
      return diffManifests(from ?? [], to ?? []);
    };
    const linesThatCome = ({ text }: SubjectDiff) => text.split('\n').filter((line) => /^\+(?!\+\+ )/.test(line));

    const decided = await diff('green', 'v2.0.0');
    const now = await diff('blue', 'v2.1.0');

    expect(linesThatCome(now).length).toBeGreaterThan(5);
    expect(linesThatCome(now)).toEqual(linesThatCome(decided));
  });

  it('asks nothing of this process: no variable of it can be read by a chart', async () => {
    process.env.SLUICE_TEST_SECRET = 'hunter2';
    const leak =
      'kind: ConfigMap\napiVersion: v1\nmetadata: {name: leak}\ndata: {x: "{{ env "SLUICE_TEST_SECRET" }}"}\n';

    const rendered = await helm.render({ files: await chart({ 'templates/leak.yaml': leak }), ...at });
    delete process.env.SLUICE_TEST_SECRET;

    expect(JSON.stringify(rendered)).not.toContain('hunter2');
  });

  it('says in Helm’s own words what is wrong with a chart', async () => {
    const rendered = await helm.render({
      files: await chart({ 'templates/bad.yaml': '{{ fail "no such model" }}' }),
      ...at,
    });

    expect(rendered).toEqual({ kind: 'unknown', reason: expect.stringContaining('no such model') });
    expect(JSON.stringify(rendered)).not.toContain('sluice-manifests');
  });

  it('says where there is no Helm', async () => {
    expect(await createHelm('no-such-helm').render({ files: await chart(), ...at })).toEqual({
      kind: 'unknown',
      reason: 'there is no Helm where the evidence is gathered',
    });
  });
});
