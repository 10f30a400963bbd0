import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Application, AppProject } from '../../../sandbox/kubernetes/controllers/application/application-types.ts';
import { helmBinary } from '../../../sandbox/kubernetes/controllers/application/render-chart.ts';
import { isHeldBack } from '../../../sandbox/kubernetes/controllers/application/sync-windows.ts';

interface Project extends AppProject {
  readonly spec: AppProject['spec'] & {
    readonly namespaceResourceWhitelist: readonly { readonly group: string; readonly kind: string }[];
    readonly roles: readonly { readonly name: string; readonly policies: readonly string[] }[];
  };
}

// The project's own manifests.
const project = parse(await readFile('argocd/projects/production.yaml', 'utf8')) as Project;
const application = parse(await readFile('argocd/applications/production-blue.yaml', 'utf8')) as Application;

describe('the project of the production environments', () => {
  it.each(['HPA', 'ScaledObject', 'none'])(
    'allows whatever the chart holds, and no more, scaled by %s',
    async (kind) => {
      const flags = ['-f', 'charts/service/values-production.yaml', '-f', 'charts/service/values-blue.yaml'];
      const set = `version=v2.1.0,image.repository=r.example.com/x,image.digest=sha256:0123,autoscaling.kind=${kind},gatewayApi.routeNamespace=production`;
      const { stdout } = await promisify(execFile)(await helmBinary(), [
        ...['template', 'xray', 'charts/service', ...flags, '--set', set],
      ]);
      const kinds = parseAllDocuments(stdout).map((document) => {
        const { apiVersion, kind } = document.toJS() as { apiVersion: string; kind: string }; // what Helm renders has them
        return `${kind} of ${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}`;
      });
      const allowed = project.spec.namespaceResourceWhitelist.map(({ group, kind }) => `${kind} of ${group}`);

      expect(allowed).toEqual(expect.arrayContaining(kinds));
      // The route is Sluice's, and nobody gets rights by a chart.
      expect(allowed.filter((one) => /VirtualService|HTTPRoute|Role|Gateway /.test(one))).toEqual([]);
    },
  );

  const heldBack = (at: string, automated: boolean) =>
    isHeldBack(application, project, { initiatedBy: { username: 'x', automated } }, new Date(at));

  it.each(['2026-03-10T12:00:00Z', '2026-12-25T12:00:00Z', '2026-12-24T23:00:00Z'])(
    'never holds back what Sluice or a person syncs: %s',
    (at) => {
      expect(heldBack(at, false)).toBe(false);
    },
  );

  it('heals at any hour, also when clocks are set back, and not over the end of the year', () => {
    // November 1 has 25 hours in New York: from 04:00Z on to 05:00Z of the next day.
    const hours = Array.from({ length: 96 }, (_, half) =>
      new Date(Date.parse('2026-11-01T00:07:00Z') + half * 30 * 60_000).toISOString(),
    );

    expect(hours.filter((at) => heldBack(at, true))).toEqual([]);
    expect(heldBack('2026-12-25T12:00:00Z', true)).toBe(true);
    expect(heldBack('2027-01-04T12:00:00Z', true)).toBe(false);
  });

  it('has a role for each kind of people, of which only the admin changes anything', () => {
    const may = Object.fromEntries(
      project.spec.roles.map(({ name, policies }) => [
        name,
        policies.map((policy) => policy.split(', ').slice(2, 4).join(' ')),
      ]),
    );

    expect(may).toEqual({
      'production-admin': ['applications *', 'logs get'],
      'production-developer': ['applications get', 'logs get'],
      'production-viewer': ['applications get'],
    });
    for (const { name, policies } of project.spec.roles) {
      const form = `^p, proj:production:${name}, [a-z]+, (\\*|get), production/\\*, allow$`;
      for (const policy of policies) expect(policy).toMatch(new RegExp(form));
    }
  });
});
