import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitHub } from '../../../adapters/shared/github.ts';
import { createGitHubSourceControl } from '../../../adapters/source/github-source-control.ts';
import type { Contributors, SourceControl } from '../../../adapters/source/source-control.ts';
import type { Contributor } from '../../../contracts/contributor.ts';
import { type SeededGitHub, startSeededGitHub, token } from '../github/seeded-github.ts';
import { json, startScriptedServer } from './scripted-server.ts';

const repository = 'example/chest-xray-mlops';
const service = { owner: 'example', repo: 'chest-xray-mlops' };

const shown = ({ people }: Contributors) => people.map(({ as, login, mail }) => `${as} ${login ?? mail}`).sort();

describe('who took part in a range', () => {
  let seeded: SeededGitHub;
  let source: SourceControl;
  beforeAll(async () => {
    seeded = await startSeededGitHub();
    source = createGitHubSourceControl(createGitHub({ baseUrl: seeded.github.endpoint, token: async () => token }));
  });
  afterAll(() => seeded.remove());

  it('is who wrote its commits, opened and merged its pull requests, and started its run', async () => {
    const { data: head } = await seeded.octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', {
      ...service,
      ref: 'heads/main',
    });
    const base = head.object.sha;
    const { data: before } = await seeded.octokit.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', {
      ...service,
      commit_sha: base,
    });
    const commit = async (message: string, parents: string[], author: string, committer: string) => {
      const who = (login: string) => ({ name: login, email: `${login}@users.noreply.github.com` });
      const made = await seeded.octokit.request('POST /repos/{owner}/{repo}/git/commits', {
        ...service,
        message,
        parents,
        tree: before.tree.sha,
        author: who(author),
        committer: who(committer),
      });
      return made.data.sha;
    };
    const inside = await commit('feat: what the branch has', [base], 'bea', 'carl');
    const merge = await commit(
      'Merge pull request #90 from example/branch\n\nA branch',
      [base, inside],
      'dora',
      'dora',
    );
    await seeded.octokit.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
      ...service,
      ref: 'heads/main',
      sha: merge,
    });
    const published = await seeded.github.publishRelease({
      version: 'v2.3.0',
      author: { login: 'ella', mail: 'ella@home.example' },
      message: 'feat: release v2.3.0\n\nCo-authored-by: Fritz <fritz@example.com>',
    });
    const run = { id: published.runId, attempt: 1 };

    const whole = await source.contributors({ repository, base, withoutBase: 'history', head: published.sha, run });
    const alone = await source.contributors({
      repository,
      base: null,
      withoutBase: 'head',
      head: published.sha,
      run: null,
    });

    expect(shown(whole)).toEqual([
      'author bea',
      'author dora',
      'author ella@home.example',
      'co-author fritz@example.com',
      'committer carl',
      'committer dora',
      'committer ella@home.example',
      'merger dora',
      'pull-request bea',
      'run ella',
    ]);
    expect(whole).toMatchObject({
      commits: 3,
      complete: true,
      pulls: [{ number: 90, title: 'A branch', author: 'bea', url: expect.stringMatching(/\/pull\/90$/) }],
    });
    expect(shown(alone)).toEqual([
      'author ella@home.example',
      'co-author fritz@example.com',
      'committer ella@home.example',
    ]);
    // What is live came from a commit that is not there any more: everybody who has ever written something may have written what comes in.
    for (const gone of ['f'.repeat(40), null]) {
      const everybody = await source.contributors({
        ...{ repository, base: gone, withoutBase: 'history', head: published.sha, run: null },
      });

      expect(everybody).toMatchObject({ commits: await countCommits(published.sha), complete: true });
      expect(shown(everybody)).toEqual(expect.arrayContaining(['author bea', 'author dora', 'author dana']));
    }
  });

  const countCommits = async (sha: string) => {
    const { data } = await seeded.octokit.request('GET /repos/{owner}/{repo}/commits', {
      ...{ ...service, sha, per_page: 100 },
    });
    return data.length;
  };

  it('is who wrote a release that is behind, too', async () => {
    const found = await source.contributors({
      repository,
      base: 'v2.1.0',
      withoutBase: 'history',
      head: 'v2.0.5',
      run: null,
    });

    expect(shown(found)).toEqual(['author dana', 'committer dana']);
  });
});

describe('a commit that GitHub itself made', () => {
  it.each([
    ['', 'noreply@github.com', []],
    ['', 'noreply@127.0.0.1', ['committer noreply@127.0.0.1']],
    ['/api/v3', 'noreply@127.0.0.1', []],
    ['/api/v3', 'noreply@github.com', ['committer noreply@github.com']],
  ])('is nobody’s beside its author’s, at %j by %s', async (path, email, committers) => {
    const author = { name: 'Ana', email: 'ana@home.example' };
    const commit = { message: 'from the page', author, committer: { name: 'GitHub', email } };
    const server = await startScriptedServer();
    server.answer((request, response) => {
      const isCommit = request.path === `${path}/repos/a/b/commits/main`;
      return json(isCommit ? { sha: 'a'.repeat(40), commit, author: null, committer: null } : [])(request, response);
    });
    const github = createGitHub({ baseUrl: `${server.url}${path}`, token: async () => 'ghp_secret' });

    const found = await createGitHubSourceControl(github).contributors({
      ...{ repository: 'a/b', base: null, withoutBase: 'head', head: 'main', run: null },
    });
    await server.close();

    expect(shown(found)).toEqual(['author ana@home.example', ...committers]);
  });
});

describe('a range of GitHub’s', () => {
  const sha = (at: number) => String(at).padStart(40, '0');
  const who = { name: 'Ana', email: 'ana@home.example' };
  const row = (at: number) => ({
    sha: sha(at),
    commit: { message: `change ${at}`, author: who, committer: who },
    author: { login: `login-${at}` },
    committer: { login: 'web-flow' },
  });
  const ask = async (total: number, { hasBase = true } = {}) => {
    const server = await startScriptedServer();
    server.answer((request, response) => {
      const { pathname, searchParams } = new URL(request.path, server.url);
      const from = (Number(searchParams.get('page') ?? 1) - 1) * 100;
      if (pathname.endsWith('/pulls')) return json([])(request, response);
      if (pathname.includes('/compare/') && !hasBase) return json({ message: 'Not Found' }, 404)(request, response);
      if (!pathname.includes('/compare/') && !pathname.endsWith('/commits'))
        return json(row(total - 1))(request, response);
      const rows = Array.from({ length: Math.max(0, Math.min(100, total - from)) }, (_, at) => row(from + at));
      const history = pathname.endsWith('/commits');
      return json(history ? rows : { status: 'ahead', total_commits: total, commits: rows })(request, response);
    });
    const source = createGitHubSourceControl(createGitHub({ baseUrl: server.url, token: async () => 'ghp_secret' }));
    const found = await source.contributors({
      repository: 'a/b',
      base: sha(9_999),
      withoutBase: 'history',
      head: sha(total - 1),
      run: null,
    });
    await server.close();
    return found;
  };

  it.each([
    ['since a commit', true],
    ['since one that is gone: the whole history', false],
  ])('of several pages is read whole, %s', async (_, hasBase) => {
    const { people, commits, complete } = await ask(230, { hasBase });

    const authors = people.filter(({ as }: Contributor) => as === 'author').map(({ login }) => login);
    expect([commits, complete]).toEqual([230, true]);
    expect(new Set(authors).size).toBe(230);
  });

  it.each([
    ['range', true],
    ['history', false],
  ])('that is too long a %s says so, and has its newest commit all the same', async (_, hasBase) => {
    const { people, complete } = await ask(1_000, { hasBase });

    expect(complete).toBe(false);
    expect(people.map(({ login }) => login)).toContain('login-999');
  });

  it('of a squashed pull request has those who wrote its commits, though the squash does not name them, and both actors of the run', async () => {
    const server = await startScriptedServer();
    const answers: Readonly<Record<string, unknown>> = {
      [`/repos/a/b/commits/${sha(1)}`]: row(1),
      [`/repos/a/b/commits/${sha(1)}/pulls?per_page=100`]: [
        { number: 7, merged_at: '2026-11-28T10:00:00Z' },
        // Anybody may open one with somebody's commit.
        { number: 8, merged_at: null },
      ],
      '/repos/a/b/pulls/7': {
        number: 7,
        title: 'Second reading',
        html_url: 'https://github.com/a/b/pull/7',
        user: { login: 'opener' },
        merged_by: { login: 'merger' },
      },
      '/repos/a/b/pulls/7/commits?per_page=100&page=1': [row(5)],
      '/repos/a/b/actions/runs/3/attempts/2': { actor: { login: 'starter' }, triggering_actor: { login: 'repeater' } },
    };
    server.answer((request, response) => {
      const found = answers[request.path];
      return json(found ?? { message: `no ${request.path}` }, found === undefined ? 404 : 200)(request, response);
    });
    const source = createGitHubSourceControl(createGitHub({ baseUrl: server.url, token: async () => 'ghp_secret' }));

    const found = await source.contributors({
      ...{ repository: 'a/b', base: null, withoutBase: 'head', head: sha(1) },
      run: { id: 3, attempt: 2 },
    });

    expect(shown(found)).toEqual([
      'author login-1',
      'author login-5',
      'committer web-flow',
      'merger merger',
      'pull-request opener',
      'run repeater',
      'run starter',
    ]);
    expect(found.pulls).toEqual([
      { number: 7, title: 'Second reading', author: 'opener', url: 'https://github.com/a/b/pull/7' },
    ]);
    await server.close();
  });
});
