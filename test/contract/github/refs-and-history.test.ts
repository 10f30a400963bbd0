import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { commitOn, deploy, headOf, type SeededGitHub, service, startSeededGitHub } from './seeded-github.ts';

let world: SeededGitHub;

beforeAll(async () => {
  world = await startSeededGitHub();
});

afterAll(() => world.remove());

const updateRef = (ref: string, sha: string, force?: 'force') =>
  world.octokit.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
    ...deploy,
    ref,
    sha,
    force: force === 'force',
  });
const createRef = (ref: string, sha: string) =>
  world.octokit.request('POST /repos/{owner}/{repo}/git/refs', { ...deploy, ref, sha });
const compare = async (basehead: string) =>
  (await world.octokit.request('GET /repos/{owner}/{repo}/compare/{basehead}', { ...service, basehead })).data;

describe('moving a branch', () => {
  it('goes forward, and refuses what would lose a commit unless forced', async () => {
    const start = await headOf(world.octokit, deploy, 'heads/env/green');
    const ours = await commitOn(world.octokit, deploy, start, { a: '1' });
    const theirs = await commitOn(world.octokit, deploy, start, { a: '2' });

    const forward = await updateRef('heads/env/green', ours);

    expect(forward.data).toMatchObject({ ref: 'refs/heads/env/green', object: { type: 'commit', sha: ours } });
    for (const lost of [theirs, start]) {
      await expect(updateRef('heads/env/green', lost)).rejects.toMatchObject({
        status: 422,
        response: { data: { message: 'Update is not a fast forward' } },
      });
    }
    expect(await headOf(world.octokit, deploy, 'heads/env/green')).toBe(ours);
    await updateRef('heads/env/green', start, 'force');
    expect(await headOf(world.octokit, deploy, 'heads/env/green')).toBe(start);
  });

  it('of two that race from the same start lets exactly one through', async () => {
    const start = await headOf(world.octokit, deploy, 'heads/env/blue');
    const heads = await Promise.all(
      ['1', '2'].map((content) => commitOn(world.octokit, deploy, start, { race: content })),
    );

    const results = await Promise.allSettled(heads.map((head) => updateRef('heads/env/blue', head)));

    expect(results.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is refused for a branch or a commit that does not exist', async () => {
    const start = await headOf(world.octokit, deploy, 'heads/main');

    await expect(updateRef('heads/nothing', start)).rejects.toMatchObject({ status: 422 });
    await expect(updateRef('heads/main', '4'.repeat(40))).rejects.toMatchObject({
      response: { data: { message: 'Object does not exist' } },
    });
  });
});

describe('refs', () => {
  it('are created once, listed by prefix and removed', async () => {
    const sha = await headOf(world.octokit, deploy, 'heads/main');
    const made = await createRef('refs/heads/try/one', sha);
    await createRef('refs/heads/try/two', sha);

    const listed = await world.octokit.request('GET /repos/{owner}/{repo}/git/matching-refs/{ref}', {
      ...deploy,
      ref: 'heads/try/',
    });
    await world.octokit.request('DELETE /repos/{owner}/{repo}/git/refs/{ref}', { ...deploy, ref: 'heads/try/two' });

    expect(made.status).toBe(201);
    expect(listed.data.map((one) => one.ref)).toEqual(['refs/heads/try/one', 'refs/heads/try/two']);
    await expect(headOf(world.octokit, deploy, 'heads/try/two')).rejects.toMatchObject({ status: 404 });
    await expect(createRef('refs/heads/try/one', sha)).rejects.toMatchObject({
      response: { data: { message: 'Reference already exists' } },
    });
    await expect(createRef('try', sha)).rejects.toMatchObject({ status: 422 });
  });
});

describe('comparing', () => {
  it('tells ahead, behind, identical and diverged, with the commits between, oldest first', async () => {
    const ahead = await compare('v2.0.5...v2.1.0');
    const behind = await compare('v2.1.0...v2.0.5');
    const same = await compare('v2.1.0...main');
    const base = await headOf(world.octokit, service, 'tags/v2.0.5');
    const side = await commitOn(world.octokit, service, base, { 'side.txt': 'x' });
    const diverged = await compare(`main...${side}`);

    expect(ahead).toMatchObject({ status: 'ahead', ahead_by: 2, behind_by: 0, total_commits: 2 });
    expect(ahead.commits.map((one) => one.commit.message)).toEqual([
      'feat: second reading of doubtful images (#47)',
      'feat: release v2.1.0',
    ]);
    expect(ahead.commits[0]?.author?.login).toBe('emil');
    expect(ahead.files?.map((file) => [file.filename, file.status])).toEqual([
      ['CHANGELOG.md', 'modified'],
      ['VERSION', 'modified'],
      ['service/second_reading.py', 'added'],
    ]);
    expect(behind).toMatchObject({ status: 'behind', ahead_by: 0, behind_by: 2, commits: [] });
    expect(same).toMatchObject({ status: 'identical', ahead_by: 0, behind_by: 0 });
    expect(diverged).toMatchObject({ status: 'diverged', ahead_by: 1, behind_by: 2, merge_base_commit: { sha: base } });
  });

  it('finds neither an unknown commit nor a relation between unrelated ones', async () => {
    await expect(compare('main...nothing')).rejects.toMatchObject({ status: 404 });
  });
});

describe('commits', () => {
  it('are found by branch, tag, full and short id, with author and changed files', async () => {
    const sha = await headOf(world.octokit, service, 'tags/v2.1.0');
    const found = await Promise.all(
      ['main', 'v2.1.0', 'heads/main', sha, sha.slice(0, 8)].map((ref) =>
        world.octokit.request('GET /repos/{owner}/{repo}/commits/{ref}', { ...service, ref }),
      ),
    );

    expect(new Set(found.map((one) => one.data.sha))).toEqual(new Set([sha]));
    expect(found[0]?.data).toMatchObject({
      author: { login: 'dana' },
      commit: { author: { email: 'dana@example.com' } },
    });
    expect(found[0]?.data.files?.map((file) => file.filename)).toEqual(['CHANGELOG.md', 'VERSION']);
    await expect(
      world.octokit.request('GET /repos/{owner}/{repo}/commits/{ref}', { ...service, ref: 'nothing' }),
    ).rejects.toMatchObject({ status: 422, response: { data: { message: 'No commit found for SHA: nothing' } } });
  });

  it('are listed newest first, a page at a time', async () => {
    const list = async (page: number) =>
      world.octokit.request('GET /repos/{owner}/{repo}/commits', { ...service, sha: 'main', per_page: 3, page });

    const pages = [await list(1), await list(2), await list(3)];

    expect(pages.map((one) => one.data.length)).toEqual([3, 3, 1]);
    expect(pages[0]?.data[0]?.commit.message).toBe('feat: release v2.1.0');
    expect(pages[2]?.data[0]?.parents).toEqual([]);
    expect(pages[0]?.headers.link).toMatch(/page=2>; rel="next".*page=3>; rel="last"/);
    expect(pages[2]?.headers.link).toMatch(/rel="prev"/);
    expect(pages[2]?.headers.link).not.toMatch(/rel="next"/);
  });

  it('tell the pull request that they came from', async () => {
    const { commits } = await compare('v2.0.5...main');
    const commit_sha = commits[0]?.sha ?? '';

    const pulls = await world.octokit.request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', {
      ...service,
      commit_sha,
    });

    expect(pulls.data).toMatchObject([
      { number: 47, title: 'feat: second reading of doubtful images', user: { login: 'emil' }, state: 'closed' },
    ]);
  });
});

describe('contents', () => {
  const contents = (path: string, ref: string) =>
    world.octokit.request('GET /repos/{owner}/{repo}/contents/{path}', { ...deploy, path, ref });

  it('gives a file of a branch and lists a folder', async () => {
    const file = await contents('chart/values-release.yaml', 'env/blue');
    const folder = await contents('chart', 'env/blue');

    const { content } = file.data as { content: string }; // A file's answer, by its path.
    const text = Buffer.from(content, 'base64').toString();
    const live = world.github.releases().find((one) => one.version === 'v2.0.5');
    const image = { repository: live?.image, digest: live?.digest };
    expect(parse(text)).toEqual({ environment: 'blue', version: 'v2.0.5', image });
    expect((folder.data as { name: string; type: string }[]).map((one) => [one.name, one.type])).toContainEqual([
      'templates',
      'dir',
    ]);
  });

  it('finds neither a missing file nor a missing branch', async () => {
    await expect(contents('nothing', 'env/blue')).rejects.toMatchObject({ status: 404 });
    await expect(contents('chart', 'env/red')).rejects.toMatchObject({ status: 404 });
  });
});
