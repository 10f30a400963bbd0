import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createGitHub } from '../../../adapters/shared/github.ts';
import { createGitHubSourceControl } from '../../../adapters/source/github-source-control.ts';
import type { SourceControl } from '../../../adapters/source/source-control.ts';
import { milliseconds, seconds } from '../../../contracts/duration.ts';
import type { PublishedRelease } from '../../../sandbox/github/publish-release.ts';
import { type SeededGitHub, startSeededGitHub, token } from '../github/seeded-github.ts';
import { json, startScriptedServer } from './scripted-server.ts';

const repository = 'example/chest-xray-mlops';
const workflow = '.github/workflows/ci.yml';

let seeded: SeededGitHub;
let source: SourceControl;
let published: PublishedRelease;
beforeAll(async () => {
  seeded = await startSeededGitHub();
  source = createGitHubSourceControl(createGitHub({ baseUrl: seeded.github.endpoint, token: async () => token }));
  published = await seeded.github.publishRelease({ version: 'v2.2.0', author: { login: 'dana' } });
});
afterAll(() => seeded.remove());

describe('GitHub source control', () => {
  it('reads a run and one attempt of it', async () => {
    const run = await source.workflowRun(repository, published.runId);

    expect(run).toMatchObject({
      id: published.runId,
      attempt: 1,
      commit: published.sha,
      branch: 'main',
      event: 'push',
      workflow,
      status: 'completed',
      conclusion: 'success',
    });
    expect(run?.headRepositoryId).toBe(run?.repositoryId);
    expect(await source.workflowRun(repository, published.runId, 1)).toEqual(run);
    expect(await source.workflowRun(repository, published.runId, 2)).toBeNull();
    expect(await source.workflowRun(repository, 1)).toBeNull();
  });

  it("reads release.json out of the run's artifact, over the redirect", async () => {
    const artifact = await source.releaseArtifact(repository, published.runId);

    expect(artifact).toMatchObject({
      kind: 'found',
      release: { version: 'v2.2.0', digest: published.digest, reversible: true },
    });
    expect(await source.releaseArtifact(repository, 1)).toEqual({
      kind: 'unusable',
      reason: 'there is no run 1 in example/chest-xray-mlops',
    });
  });

  it('lists the checks of a commit', async () => {
    expect(await source.checkRuns(repository, published.sha)).toMatchObject([
      { name: 'security-scan', conclusion: 'success' },
      { name: 'test', conclusion: 'success' },
    ]);
  });

  it('finds the staging deployment of a commit, and none of another', async () => {
    expect(await source.stagingDeployment(repository, published.sha, 'staging')).toMatchObject({ state: 'success' });
    expect(await source.stagingDeployment(repository, published.sha, 'moon')).toBeNull();
  });

  it('compares commits', async () => {
    const older = await source.compare(repository, 'v2.1.0', published.sha);
    const newer = await source.compare(repository, published.sha, 'v2.1.0');

    expect(older).toMatchObject({ status: 'ahead', behindBy: 0 });
    expect(older?.commits.at(-1)).toMatchObject({ sha: published.sha, author: 'dana' });
    expect(newer).toMatchObject({ status: 'behind', aheadBy: 0 });
    expect(await source.compare(repository, 'v2.1.0', 'f'.repeat(40))).toBeNull();
  });

  it('knows who wrote a commit, or that nobody knows', async () => {
    const stranger = await seeded.github.publishRelease({
      version: 'v2.2.1',
      author: { login: 'zed', name: 'Zed', mail: 'zed@nowhere.example' },
    });

    expect(await source.commit(repository, published.sha)).toMatchObject({ sha: published.sha, author: 'dana' });
    expect(await source.commit(repository, stranger.sha)).toMatchObject({
      author: null,
      name: 'Zed',
      mail: 'zed@nowhere.example',
    });
    expect(await source.commit(repository, 'e'.repeat(40))).toBeNull();
  });

  it('finds the run that built a version', async () => {
    const question = { repository, version: 'v2.2.0', workflow, branch: 'main' };

    const found = await source.findRunForVersion(question);

    expect(found).toMatchObject({ kind: 'found', commit: published.sha, run: { id: published.runId } });
    expect(await source.findRunForVersion({ ...question, version: 'v9.9.9' })).toEqual({ kind: 'no-tag' });
    const otherWorkflow = { ...question, workflow: '.github/workflows/other.yml' };
    expect(await source.findRunForVersion(otherWorkflow)).toEqual({ kind: 'no-run', commit: published.sha });
  });

  it('lets GitHub show a deployment, once per operation (I10)', async () => {
    const record = { repository, commit: published.sha, operation: 'op-1', description: 'x'.repeat(200) };

    const id = await source.createDeployment(record);
    const again = await source.createDeployment(record);
    await source.setDeploymentStatus(repository, id, { state: 'in_progress', description: 'at 5 %' });
    await source.setDeploymentStatus(repository, id, {
      state: 'success',
      description: 'done',
      url: 'http://x.example/',
    });

    expect(again).toBe(id);
    expect(await source.createDeployment({ ...record, operation: 'op-2' })).not.toBe(id);
    const [owner = '', repo = ''] = repository.split('/');
    const shown = await seeded.octokit.request('GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
      owner,
      repo,
      deployment_id: id,
    });
    expect(shown.data.map(({ state }) => state)).toEqual(['success', 'in_progress']);
  });
});

describe('GitHub in trouble', () => {
  const trouble = async (within = seconds(60)) => {
    const server = await startScriptedServer();
    const github = createGitHub({ baseUrl: server.url, token: async () => 'ghp_secret', within });
    return { server, source: createGitHubSourceControl(github) };
  };

  it('takes its rate limits for passing, other refusals not', async () => {
    const { server, source } = await trouble();

    server.answer(json({ message: 'API rate limit exceeded for user.' }, 403));
    await expect(source.commit('a/b', 'main')).rejects.toMatchObject({ name: 'NeighbourUnavailable' });
    expect(server.seen).toHaveLength(3);
    server.answer(json({ message: 'Resource not accessible by integration' }, 403));
    await expect(source.commit('a/b', 'main')).rejects.toMatchObject({
      name: 'NeighbourRefused',
      status: 403,
      message: expect.stringContaining('GitHub: read commit main: 403 Resource not accessible'),
    });
    expect(server.seen).toHaveLength(4);
    await server.close();
  });

  it('is not waited for', async () => {
    const { server, source } = await trouble(milliseconds(300));
    server.answer(() => {});

    await expect(source.commit('a/b', 'main')).rejects.toThrow('no answer within 300 ms');
    await server.close();
  });

  it.each([
    ['expired', { expired: true, size_in_bytes: 400 }, 'has expired'],
    ['too large', { expired: false, size_in_bytes: 3_000_000 }, 'larger than'],
    ['larger than it says', { expired: false, size_in_bytes: 400 }, 'larger than'],
    ['of another name', { expired: false, size_in_bytes: 400, name: 'coverage' }, 'has no artifact sluice-release'],
  ])('an artifact that is %s is unusable, in words', async (_, artifact, reason) => {
    const { server, source } = await trouble();
    server.answer((request, response) => {
      if (request.path.endsWith('/zip')) response.writeHead(302, { location: '/signed' }).end();
      else if (request.path === '/signed') response.end(Buffer.alloc(2_200_000));
      else json({ artifacts: [{ id: 5, name: 'sluice-release', ...artifact }] })(request, response);
    });

    const answer = await source.releaseArtifact('a/b', 7);

    expect(answer).toEqual({ kind: 'unusable', reason: expect.stringContaining(reason) });
    const signed = server.seen.find(({ path }) => path === '/signed');
    expect(signed?.headers.authorization).toBeUndefined();
    await server.close();
  });
});
