import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readTrailers } from '../../../adapters/gitops/commit-trailers.ts';
import { createEnvironmentBranch, type EnvironmentBranch } from '../../../adapters/gitops/environment-branch.ts';
import { createGitHub, type GitHub } from '../../../adapters/shared/github.ts';
import { commitOn, deploy, headOf, type SeededGitHub, startSeededGitHub, token } from '../github/seeded-github.ts';
import { json, startScriptedServer } from './scripted-server.ts';

const repository = 'example/chest-xray-mlops-deploy';
const release = (version: string, digit: string) => ({
  version,
  image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/chest-xray-mlops',
  digest: `sha256:${digit.repeat(64)}`,
});
const at = { repository, branch: 'env/green' };

let seeded: SeededGitHub;
let github: GitHub;
let branch: EnvironmentBranch;
/** Of green and of blue. */
let seededTrees: string[];
beforeAll(async () => {
  seeded = await startSeededGitHub();
  github = createGitHub({ baseUrl: seeded.github.endpoint, token: async () => token });
  branch = createEnvironmentBranch(github);
  const heads = ['env/green', 'env/blue'].map((name) => branch.readHead({ ...at, branch: name }));
  seededTrees = (await Promise.all(heads)).map(({ tree }) => tree);
});
afterAll(() => seeded.remove());

const head = (name: string) => headOf(seeded.octokit, deploy, `heads/${name}`);
const readCommit = async (sha: string) =>
  (await seeded.octokit.request('GET /repos/{owner}/{repo}/commits/{ref}', { ...deploy, ref: sha })).data;
/** A commit of v2.1.0 on top of what is there. */
const makeCommit = async (rest: { path?: string; branch?: string } = {}) => {
  const { commit: parent, tree } = await branch.readHead(at);
  const wanted = {
    environment: 'green',
    path: 'chart',
    release: release('v2.1.0', 'a'),
    operation: 'op-1',
    epoch: 7,
  } as const;
  return { parent, commit: await branch.makeCommit({ ...at, ...wanted, parent, tree, ...rest }) };
};

describe('createEnvironmentBranch', () => {
  it('makes a commit that changes the one file, and moves the branch only when it is told to', async () => {
    const blue = await head('env/blue');

    const { parent, commit } = await makeCommit();
    const between = await head('env/green');
    const moved = await branch.advance(at, commit);

    expect([between, moved]).toEqual([parent, 'moved']);
    expect([await head('env/green'), await head('env/blue')]).toEqual([commit, blue]);
    const made = await readCommit(commit);
    expect(made.parents.map(({ sha }) => sha)).toEqual([parent]);
    expect(made.files?.map(({ filename }) => filename)).toEqual(['chart/values-release.yaml']);
    expect(readTrailers(made.commit.message)).toMatchObject({ operation: 'op-1', epoch: 7, version: 'v2.1.0' });
    const file = await seeded.octokit.request('GET /repos/{owner}/{repo}/contents/{path}', {
      ...deploy,
      path: 'chart/values-release.yaml',
      ref: 'env/green',
    });
    const content = 'content' in file.data ? Buffer.from(file.data.content, 'base64').toString('utf8') : '';
    expect(parse(content)).toEqual({
      image: { repository: release('', '').image, digest: release('', 'a').digest },
      version: 'v2.1.0',
      environment: 'green',
    });
  });

  it('puts back what an earlier commit was, in the open: a new commit with exactly its files', async () => {
    const { commit } = await makeCommit();
    await branch.advance(at, commit);
    const [former] = (await readCommit(commit)).parents;
    const restores = former?.sha ?? '';
    const tree = (await branch.readTree(at, restores)) ?? '';
    const [trailers, release] = [
      { operation: 'op-2', epoch: 8 },
      { version: 'v2.0.0', digest: 'sha256:0' },
    ];

    const made = await branch.makeRestoringCommit({
      ...at,
      ...trailers,
      environment: 'green',
      release,
      parent: commit,
      tree,
      restores,
    });

    expect(await branch.advance(at, made)).toBe('moved');
    expect(await branch.readHead(at)).toEqual({ commit: made, tree });
    const { parents, commit: said } = await readCommit(made);
    expect(parents.map(({ sha }) => sha)).toEqual([commit]);
    expect(readTrailers(said.message)).toEqual({ ...trailers, ...release });
    expect(said.message).toContain(`revert: green to what it was at ${restores}`);
  });

  it('never moves a branch over what somebody else has put there meanwhile', async () => {
    const { parent, commit } = await makeCommit();
    const theirs = await commitOn(seeded.octokit, deploy, parent, { 'chart/notes.txt': 'hello' });
    await branch.advance(at, theirs);

    expect(await branch.advance(at, commit)).toBe('refused');
    expect(await head('env/green')).toBe(theirs);
  });

  it.each([
    'Repository rule violations found\n\nChanges must be made through a pull request.',
    'Required status check "build" is expected.',
    'Reference does not exist',
  ])('says why GitHub does not let it move a branch, which no attempt gets past: %s', async (message) => {
    const server = await startScriptedServer();
    server.answer(json({ message, status: '422' }, 422));
    const guarded = createEnvironmentBranch(createGitHub({ baseUrl: server.url, token: async () => token }));

    const moving = guarded.advance(at, 'c'.repeat(40));

    await expect(moving).rejects.toMatchObject({ name: 'DependencyRefused', status: 422 });
    await expect(moving).rejects.toThrow(message.split('\n')[0]);
    await server.close();
  });

  it('shows what a head has beyond a commit: by whom, in which files, line by line', async () => {
    const base = await head('env/green');
    const theirs = await commitOn(
      seeded.octokit,
      deploy,
      base,
      { 'chart/templates/deployment.yaml': 'kind: Deployment\nimplant: true\n' },
      'chore: tidy\u202e\n\nand more',
    );

    expect(await branch.readChanges(at, { base, head: theirs })).toEqual({
      status: 'ahead',
      commits: [{ sha: theirs, title: 'chore: tidy\u{fffd}', author: expect.any(String) }],
      files: [
        {
          path: 'chart/templates/deployment.yaml',
          change: 'modified',
          patch: '@@ -1,1 +1,2 @@\n kind: Deployment\n+implant: true',
        },
      ],
      more: false,
    });
  });

  it('says that nothing can be compared with a commit that is not there, whose tree it does not know either', async () => {
    const gone = '0'.repeat(40);

    expect(await branch.readChanges(at, { base: gone, head: await head('env/green') })).toMatchObject({
      status: 'unknown',
    });
    expect(await branch.readTree(at, gone)).toBeNull();
  });

  it('knows a chart by Git’s own id of its folder without the values of a release, the same in both environments', async () => {
    const [tree = '', blue = ''] = seededTrees;
    const { data } = await seeded.octokit.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
      ...deploy,
      tree_sha: tree,
    });
    const folder = data.tree.find(({ path }) => path === 'chart')?.sha ?? '';
    const { data: chart } = await seeded.octokit.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
      ...deploy,
      tree_sha: folder,
    });
    const listed = chart.tree
      .filter(({ path }) => path !== 'values-release.yaml')
      .map(({ mode, type, sha, path }) => `${mode} ${type} ${sha}\t${path}\n`);
    const repositoryOfGit = await mkdtemp(join(tmpdir(), 'sluice-git-'));
    execFileSync('git', ['init', '--quiet', '--bare', repositoryOfGit]);
    const byGit = execFileSync('git', ['-C', repositoryOfGit, 'mktree', '--missing'], { input: listed.join('') });
    await rm(repositoryOfGit, { recursive: true });

    const found = await branch.chartTree(at, tree, './chart/');
    const parent = await head('env/blue');
    const wanted = { environment: 'green', path: 'chart', release: release('v2.1.0', 'a') } as const;
    const commit = await branch.makeCommit({ ...at, ...wanted, operation: 'op-1', epoch: 7, parent, tree });
    const theirs = await commitOn(seeded.octokit, deploy, commit, { 'chart/templates/deployment.yaml': 'other\n' });
    const chartAt = async (sha: string) => branch.chartTree(at, (await branch.readTree(at, sha)) ?? '', 'chart');

    expect(found).toBe(byGit.toString().trim());
    expect(await branch.chartTree(at, blue, 'chart')).toBe(found);
    expect(await chartAt(commit)).toBe(found);
    expect(await chartAt(theirs)).not.toBe(found);
    expect(await branch.chartTree(at, tree, 'charts/elsewhere')).toBeNull();
  });

  it('says that a branch is missing', async () => {
    await expect(branch.readHead({ ...at, branch: 'env/purple' })).rejects.toMatchObject({
      name: 'DependencyRefused',
      status: 404,
      message: expect.stringContaining('env/purple: there is no such branch'),
    });
  });

  it('refuses to leave the repository', async () => {
    await expect(makeCommit({ path: '../other' })).rejects.toMatchObject({ name: 'InvalidInput' });
  });

  it('is refused with a wrong token, which the message does not contain', async () => {
    const stranger = createGitHub({ baseUrl: seeded.github.endpoint, token: async () => 'ghp_wrong' });

    const failure = await createEnvironmentBranch(stranger)
      .readHead(at)
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ name: 'DependencyRefused', status: 401 });
    expect(JSON.stringify([String(failure), failure])).not.toContain('ghp_wrong');
  });
});
