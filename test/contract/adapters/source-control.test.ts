import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitHub } from '../../../adapters/shared/github.ts';
import { createGitHubSourceControl } from '../../../adapters/source/github-source-control.ts';
import type { SourceControl } from '../../../adapters/source/source-control.ts';
import { parseConfiguration } from '../../../contracts/configuration/parse-configuration.ts';
import { milliseconds, seconds } from '../../../contracts/duration.ts';
import { parseInstant } from '../../../contracts/instant.ts';
import type { PublishedRelease } from '../../../sandbox/github/publish-release.ts';
import { exampleText } from '../../unit/contracts/configuration/example.ts';
import { closedAfterwards } from '../aws/opened.ts';
import { type SeededGitHub, startSeededGitHub, token } from '../github/seeded-github.ts';
import { json, startScriptedServer } from './scripted-server.ts';

const repository = 'example/chest-xray-mlops';
const workflow = '.github/workflows/ci.yml';

const at = (name: string) => {
  const [owner = '', repo = ''] = name.split('/');
  return { owner, repo };
};

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

  it('reads what a GitHub Enterprise Server has, below its own address', async () => {
    const parsed = parseConfiguration(`${exampleText}\ngithub: { server: '${seeded.github.endpoint}' }\n`);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { apiUrl } = parsed.configuration.github;
    const own = createGitHubSourceControl(createGitHub({ baseUrl: apiUrl, token: async () => token }));

    const run = await own.workflowRun(repository, published.runId);
    const artifact = await own.releaseArtifact(repository, published.runId);

    expect(apiUrl).toBe(`${seeded.github.endpoint}/api/v3`);
    expect(run).toMatchObject({
      commit: published.sha,
      url: `${seeded.github.endpoint}/${repository}/actions/runs/${published.runId}`,
    });
    expect(artifact).toMatchObject({ kind: 'found', release: { version: 'v2.2.0' } });
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

  it('lists the jobs of a run, and no check run that somebody posted', async () => {
    const forged = {
      ...at(repository),
      name: 'security-scan',
      head_sha: published.sha,
      conclusion: 'failure' as const,
    };
    await seeded.octokit.request('POST /repos/{owner}/{repo}/check-runs', forged);

    const jobs = await source.jobs(repository, published.runId);

    expect(jobs.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'security-scan', conclusion: 'success', url: expect.stringContaining(`/runs/${published.runId}/job/`) },
      { name: 'test', conclusion: 'success', url: expect.stringContaining('/job/') },
    ]);
  });

  it('lists every run of a commit in its newest attempt, newest first, and what is under way without a conclusion', async () => {
    const two = await seeded.github.publishRelease({
      version: 'v2.2.3',
      checks: { test: 'failure', 'scan.yml/image': { conclusion: 'success', after: 600 } },
    });
    await seeded.octokit.request('POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun', {
      ...at(repository),
      run_id: two.runId,
    });

    const runs = await source.runsOfCommit(repository, two.sha);

    expect(runs.map(({ workflow: path, attempt, conclusion }) => [path, attempt, conclusion])).toEqual([
      [workflow, 2, 'success'],
      ['.github/workflows/scan.yml', 1, null],
    ]);
    // Who repeats a run is not who caused it.
    expect(runs[0]).toMatchObject({ actor: 'dana', triggeringActor: 'sluice-bot' });
    expect(await source.jobs(repository, runs[1]?.id ?? 0)).toMatchObject([{ name: 'image', conclusion: null }]);
    expect((await source.jobs(repository, two.runId)).map(({ conclusion }) => conclusion)).toEqual([
      'success',
      'success',
    ]);
    expect(await source.runsOfCommit(repository, 'f'.repeat(40))).toEqual([]);
  });

  describe('a deployment to staging', () => {
    const ci = ['github-actions[bot]'];
    const stagingOf = (sha: string, createdBy = ci, environment = 'staging') =>
      source.stagingDeployment({ repository, sha, environment, createdBy });
    const post = async (sha: string, id: number | null, state: 'success' | 'failure' | 'in_progress') => {
      const create = { ...at(repository), ref: sha, environment: 'staging', required_contexts: [], auto_merge: false };
      const created =
        id === null ? await seeded.octokit.request('POST /repos/{owner}/{repo}/deployments', create) : null;
      const made = created !== null && 'id' in created.data ? Number(created.data.id) : (id ?? 0);
      const status = { ...at(repository), deployment_id: made, state };
      await seeded.octokit.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', status);
    };
    const idOf = async (sha: string) => {
      const { data } = await seeded.octokit.request('GET /repos/{owner}/{repo}/deployments', {
        ...at(repository),
        sha,
      });
      return Number(data[0]?.id);
    };

    it('counts by its commit and environment, since its last status', async () => {
      const { data } = await seeded.octokit.request('GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
        ...{ ...at(repository), deployment_id: await idOf(published.sha) },
      });
      // GitHub itself adds `inactive` when a later deployment takes the place.
      const said = data.filter(({ state }) => state !== 'inactive');
      const [last] = said.toSorted((a, b) => Number(b.id) - Number(a.id));
      expect((await stagingOf(published.sha))?.since).toBe(Date.parse(last?.created_at ?? ''));
      expect(await stagingOf(published.sha)).toMatchObject({ state: 'success' });
      expect(await stagingOf(published.sha, ci, 'moon')).toBeNull();
      expect(await stagingOf(published.sha, ['app/github-actions'])).toMatchObject({ state: 'success' });
    });

    it('counts by who created it: nobody else’s takes the place of a failed one', async () => {
      const { sha } = await seeded.github.publishRelease({ version: 'v2.2.4', staging: 'failure' });
      await post(sha, null, 'success');

      expect(await stagingOf(sha)).toMatchObject({ state: 'failure' });
      expect(await stagingOf(sha, ['Sluice-Bot'])).toMatchObject({ state: 'success' });
      expect(await stagingOf(sha, ['emil', 'app/sluice-bot'])).toBeNull();
    });

    it('counts by no login that Unicode folds into an allowed one', async () => {
      const server = await closedAfterwards(startScriptedServer());
      const said = { id: 1, sha: published.sha, state: 'success', created_at: '2026-11-23T15:00:00Z' };
      const by = (login: string) => ({ ...said, creator: { login } });
      server.answer((request, response) => json([by('KIRA')])(request, response));
      const github = createGitHub({ baseUrl: server.url, token: async () => token });
      const stagingBy = (createdBy: string) =>
        createGitHubSourceControl(github).stagingDeployment({
          ...{ repository, sha: published.sha, environment: 'staging' },
          createdBy: [createdBy],
        });

      expect(await stagingBy('kira')).toEqual({
        ...{ state: 'success', url: null, since: parseInstant('2026-11-23T15:00:00Z') },
      });
      expect(await stagingBy('\u212Aira')).toBeNull();
    });

    it('does not succeed by a status that somebody else adds, and may be worse by one', async () => {
      const bad = await seeded.github.publishRelease({ version: 'v2.2.5', staging: 'failure' });
      await post(bad.sha, await idOf(bad.sha), 'success');
      const good = await seeded.github.publishRelease({ version: 'v2.2.6' });
      await post(good.sha, await idOf(good.sha), 'in_progress');

      expect(await stagingOf(bad.sha)).toMatchObject({ state: 'failure' });
      expect(await stagingOf(good.sha)).toMatchObject({ state: 'in_progress' });
      await post(good.sha, await idOf(good.sha), 'success');
      expect(await stagingOf(good.sha)).toMatchObject({ state: 'success' });
    });
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

  it('follows an annotated tag to its commit', async () => {
    const server = await startScriptedServer();
    const [tag, commit] = ['a'.repeat(40), 'b'.repeat(40)];
    server.answer((request, response) =>
      json({
        object: request.path.endsWith(`/git/tags/${tag}`) ? { type: 'commit', sha: commit } : { type: 'tag', sha: tag },
      })(request, response),
    );
    const github = createGitHub({ baseUrl: server.url, token: async () => token });

    const found = await createGitHubSourceControl(github).taggedCommit(repository, 'v2.2.0');

    expect(found).toBe(commit);
    await server.close();
  });

  it('knows the commit of a tag', async () => {
    expect(await source.taggedCommit(repository, 'v2.2.0')).toBe(published.sha);
    expect(await source.taggedCommit(repository, 'v9.9.9')).toBeNull();
    // A branch is no tag.
    expect(await source.taggedCommit(repository, 'main')).toBeNull();
    // Nor is a tag a branch, though it may have the name of one.
    const older = await source.taggedCommit(repository, 'v2.1.0');
    const tag = { ...at(repository), ref: 'refs/tags/main', sha: older ?? '' };
    await seeded.octokit.request('POST /repos/{owner}/{repo}/git/refs', tag);
    expect(await source.branchCommit(repository, 'v2.1.0')).toBeNull();
    expect(await source.branchCommit(repository, 'main')).not.toBe(older);
    expect(
      await source.compare(repository, (await source.branchCommit(repository, 'main')) ?? '', published.sha),
    ).toMatchObject({
      aheadBy: 0,
    });
  });

  it('finds files of a commit, and issues, and tells what is not there', async () => {
    const made = await seeded.octokit.request('POST /repos/{owner}/{repo}/issues', {
      ...at(repository),
      title: 'Change for v2.2.0',
      labels: ['approved-change'],
    });

    expect(await source.issue(repository, made.data.number)).toEqual({
      title: 'Change for v2.2.0',
      state: 'open',
      labels: ['approved-change'],
      url: made.data.html_url,
      isPull: false,
    });
    expect(await source.issue(repository, 99_999)).toBeNull();
    await seeded.github.publishRelease({ version: 'v2.4.1', message: 'fix: it (#31)' });
    expect(await source.issue(repository, 31)).toMatchObject({ title: 'fix: it', isPull: true });
    expect(await source.fileAt(repository, published.sha, 'README.md')).toEqual({ path: 'README.md' });
    expect(await source.fileAt(repository, published.sha, workflow)).toEqual({ path: workflow });
    for (const path of ['readme.md', '.github/workflows', '.github/nothing/ci.yml', 'nothing.md']) {
      expect([path, await source.fileAt(repository, published.sha, path)]).toEqual([path, null]);
    }
  });

  it('reads what the merged pull requests of a commit say, and nothing of others', async () => {
    const server = await startScriptedServer();
    const pull = (title: string, merged_at: string | null) => ({ title, body: 'for CHG-7', merged_at });
    server.answer(json([pull('fix: it', '2026-11-23T08:00:00Z'), pull('not merged', null)]));
    const own = createGitHubSourceControl(createGitHub({ baseUrl: server.url, token: async () => token }));

    expect(await own.pullTexts(repository, published.sha)).toEqual(['fix: it\nfor CHG-7']);
    expect(server.seen[0]?.path).toContain(`/commits/${published.sha}/pulls`);
    await server.close();
  });

  it('lets GitHub show a deployment, once per operation (I10)', async () => {
    const record = { repository, commit: published.sha, operation: 'op-1', description: 'x'.repeat(200) };

    const id = await source.createDeployment(record);
    const again = await source.createDeployment(record);
    await source.setDeploymentStatus(repository, id, { state: 'in_progress', description: 'at 5 %' });
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
    await expect(source.commit('a/b', 'main')).rejects.toMatchObject({ name: 'DependencyUnavailable' });
    expect(server.seen).toHaveLength(3);
    server.answer(json({ message: 'Resource not accessible by integration' }, 403));
    await expect(source.commit('a/b', 'main')).rejects.toMatchObject({
      name: 'DependencyRefused',
      status: 403,
      message: expect.stringContaining('GitHub: read commit main: 403 Resource not accessible'),
    });
    expect(server.seen).toHaveLength(4);
    await server.close();
  });

  it.each([
    ['API rate limit exceeded for user.', 'DependencyUnavailable'],
    ['Resource not accessible by personal access token', 'DependencyRefused'],
  ])('calls the download of an artifact that GitHub answers with 403 %s %s', async (message, name) => {
    const { server, source } = await trouble();
    server.answer((request, response) =>
      request.path.endsWith('/zip')
        ? json({ message }, 403)(request, response)
        : json({ artifacts: [{ id: 5, name: 'sluice-release', expired: false, size_in_bytes: 400 }] })(
            request,
            response,
          ),
    );

    await expect(source.releaseArtifact('a/b', 7)).rejects.toMatchObject({ name });
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
