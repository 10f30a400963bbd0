import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChartFiles } from '../../../adapters/gitops/chart-files.ts';
import { createGitHub } from '../../../adapters/shared/github.ts';
import { commitOn, deploy, headOf, type SeededGitHub, startSeededGitHub, token } from '../github/seeded-github.ts';

const repository = 'example/chest-xray-mlops-deploy';
let seeded: SeededGitHub;
beforeAll(async () => {
  seeded = await startSeededGitHub();
});
afterAll(() => seeded.remove());

const charts = () => createChartFiles(createGitHub({ baseUrl: seeded.github.endpoint, token: async () => token }));

describe('createChartFiles', () => {
  it('reads every file of the chart as it is on the branch, and none beside it', async () => {
    const head = await headOf(seeded.octokit, deploy, 'heads/env/green');
    const files = { 'chart/values-extra.yaml': 'extra: ü\n', 'beside/values.yaml': 'a: 1\n' };
    const commit = await commitOn(seeded.octokit, deploy, head, files);

    const found = await charts().read({ repository, ref: commit, path: './chart/' });

    expect(found).toMatchObject({ kind: 'found', commit });
    expect(await charts().read({ repository, ref: 'env/green', path: 'chart' })).toMatchObject({ commit: head });
    if (found.kind !== 'found') throw new Error(found.reason);
    expect(found.files.get('values-extra.yaml')).toBe('extra: ü\n');
    expect([...found.files.keys()]).toEqual(expect.arrayContaining(['Chart.yaml', 'templates/deployment.yaml']));
    expect([...found.files.keys()].filter((path) => path.includes('beside') || path.startsWith('..'))).toEqual([]);
  });

  it('says in words what it cannot compare', async () => {
    expect(await charts().read({ repository, ref: 'env/red', path: 'chart' })).toEqual({
      kind: 'unknown',
      reason: `${repository} has no env/red.`,
    });
  });
});
