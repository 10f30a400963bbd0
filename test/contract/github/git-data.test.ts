import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitOn, deploy, headOf, type SeededGitHub, startSeededGitHub } from './seeded-github.ts';

let world: SeededGitHub;

beforeAll(async () => {
  world = await startSeededGitHub();
});

afterAll(() => world.remove());

const recursiveTree = async (sha: string) => {
  const given = { ...deploy, tree_sha: sha, recursive: '1' };
  return (await world.octokit.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', given)).data.tree;
};

describe('blobs', () => {
  it('come back as they were given, binary ones too', async () => {
    const bytes = Buffer.from([0, 255, 10, 128]);
    const content = bytes.toString('base64');

    const made = await world.octokit.request('POST /repos/{owner}/{repo}/git/blobs', {
      ...deploy,
      content,
      encoding: 'base64',
    });
    const given = { ...deploy, file_sha: made.data.sha };
    const read = await world.octokit.request('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', given);

    expect(made.status).toBe(201);
    expect(read.data).toMatchObject({ size: 4, encoding: 'base64', sha: made.data.sha });
    expect(Buffer.from(read.data.content, 'base64')).toEqual(bytes);
  });

  it('that were never made are not found', async () => {
    const given = { ...deploy, file_sha: '0'.repeat(40) };

    await expect(world.octokit.request('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', given)).rejects.toMatchObject({
      status: 404,
    });
  });
});

describe('trees', () => {
  it('keep what is beside the paths that change, at any depth', async () => {
    const parent = await headOf(world.octokit, deploy, 'heads/env/blue');

    const sha = await commitOn(world.octokit, deploy, parent, {
      'chart/templates/hpa.yaml': 'kind: HPA\n',
      'chart/Chart.yaml': null,
    });

    expect((await recursiveTree(sha)).map((entry) => entry.path)).toEqual([
      'chart',
      'chart/templates',
      'chart/templates/deployment.yaml',
      'chart/templates/hpa.yaml',
      'chart/values-release.yaml',
    ]);
  });

  it('lose a folder with its last file', async () => {
    const parent = await headOf(world.octokit, deploy, 'heads/env/blue');

    const sha = await commitOn(world.octokit, deploy, parent, { 'chart/templates/deployment.yaml': null });

    expect((await recursiveTree(sha)).map((entry) => entry.path)).not.toContain('chart/templates');
  });

  it('without base_tree hold only what is given', async () => {
    const tree = [{ path: 'only.txt', mode: '100644' as const, type: 'blob' as const, content: 'x' }];

    const made = await world.octokit.request('POST /repos/{owner}/{repo}/git/trees', { ...deploy, tree });

    expect(made.data.tree.map((entry) => entry.path)).toEqual(['only.txt']);
  });

  it.each([
    ['a path that leaves the tree', { path: '../etc', content: 'x' }, 'tree.path contains a malformed path component'],
    [
      'an object that is not there',
      { path: 'a', sha: '1'.repeat(40) },
      `tree.sha ${'1'.repeat(40)} is not a valid blob`,
    ],
    ['neither sha nor content', { path: 'a' }, 'Must supply either tree.sha or tree.content'],
  ])('refuse %s', async (_name, entry, message) => {
    const tree = [{ mode: '100644' as const, type: 'blob' as const, ...entry }];

    await expect(
      world.octokit.request('POST /repos/{owner}/{repo}/git/trees', { ...deploy, tree }),
    ).rejects.toMatchObject({
      status: 422,
      response: { data: { message: expect.stringContaining(message) } },
    });
  });
});

describe('commits', () => {
  it('keep author, committer and date', async () => {
    const parent = await headOf(world.octokit, deploy, 'heads/env/blue');
    const tree = (
      await world.octokit.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', {
        ...deploy,
        commit_sha: parent,
      })
    ).data.tree.sha;
    const author = { name: 'Ana', email: 'ana@example.com', date: '2026-11-20T12:00:00+02:00' };

    const made = await world.octokit.request('POST /repos/{owner}/{repo}/git/commits', {
      ...deploy,
      message: 'release: v2.1.0 to blue',
      tree,
      parents: [parent],
      author,
    });

    expect(made.data).toMatchObject({
      author: { name: 'Ana', email: 'ana@example.com', date: '2026-11-20T10:00:00Z' },
      committer: { name: 'Ana' },
      message: 'release: v2.1.0 to blue',
      parents: [{ sha: parent }],
    });
  });

  it.each([
    ['tree', { tree: '2'.repeat(40), parents: [] }, 'Tree SHA does not exist'],
    ['parent', { parents: ['3'.repeat(40)] }, 'Parent SHA does not exist or is not a commit object'],
  ])('refuse a %s that does not exist', async (_name, given, message) => {
    const head = await headOf(world.octokit, deploy, 'heads/main');
    const known = await world.octokit.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', {
      ...deploy,
      commit_sha: head,
    });
    const commit = { ...deploy, message: 'x', tree: known.data.tree.sha, ...given };

    await expect(world.octokit.request('POST /repos/{owner}/{repo}/git/commits', commit)).rejects.toMatchObject({
      status: 422,
      response: { data: { message } },
    });
  });
});
