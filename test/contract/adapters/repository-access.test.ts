import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRepositoryAccess, type RepositoryPermission } from '../../../adapters/installation/repository-access.ts';
import { createGitHub } from '../../../adapters/shared/github.ts';
import {
  deploy,
  oddTokens,
  readerToken,
  type SeededGitHub,
  service,
  startSeededGitHub,
} from '../github/seeded-github.ts';
import { json, startScriptedServer } from './scripted-server.ts';

const wanted: RepositoryPermission[] = [
  ...(['contents', 'actions', 'deployments', 'pull_requests', 'attestations', 'issues'] as const),
];
let seeded: SeededGitHub;
beforeAll(async () => {
  seeded = await startSeededGitHub();
});
afterAll(() => seeded.remove());

/** Every ref and every deployment. */
const made = async () => {
  const refs = { ...service, ref: 'heads' };
  const [branches, deployments] = await Promise.all([
    seeded.octokit.request('GET /repos/{owner}/{repo}/git/matching-refs/{ref}', refs),
    seeded.octokit.request('GET /repos/{owner}/{repo}/deployments', service),
  ]);
  return [branches.data, deployments.data];
};
const rightsOf = (token: string, repository = 'example/chest-xray-mlops') =>
  createRepositoryAccess(createGitHub({ baseUrl: seeded.github.endpoint, token: async () => token })).rights(
    repository,
    wanted,
  );

describe('what a token may do with a repository', () => {
  it('is everything to read and nothing to write, for one that only reads', async () => {
    expect(await rightsOf(readerToken)).toEqual({ scopes: null, writes: [], unread: [] });
  });

  it('names what GitHub refuses to a fine-grained token, by what it would need', async () => {
    expect(await rightsOf(oddTokens.withoutReviews.token)).toEqual({
      scopes: null,
      writes: [],
      unread: [
        { permission: 'pull_requests', needs: 'pull_requests=read' },
        { permission: 'attestations', needs: 'attestations=read' },
        { permission: 'issues', needs: 'issues=read' },
      ],
    });
  });

  it('names what a fine-grained token may write, and writes nothing to find out', async () => {
    const before = await made();

    expect(await rightsOf(oddTokens.writer.token)).toMatchObject({ writes: ['contents', 'deployments'], unread: [] });

    expect(await made()).toEqual(before);
  });

  it.each([
    ['with a scope that writes', oddTokens.classic, ['repo']],
    ['without one', oddTokens.classicReader, []],
  ])('is said by the scopes of a classic token: %s', async (_, { token, scopes }, writes) => {
    expect(await rightsOf(token)).toEqual({ scopes, writes, unread: [] });
  });

  it('is nothing where it sees no such repository, or is none', async () => {
    expect(await rightsOf(readerToken, 'example/elsewhere')).toBeNull();
    expect(await rightsOf('ghp_random', `${deploy.owner}/${deploy.repo}`)).toBeNull();
  });
});

describe('how GitHub guards a repository', () => {
  const repository = 'example/chest-xray-mlops-deploy';
  /** Answers as GitHub's reference has them; 404 for everything else. */
  const asked = async <T>(
    answers: Readonly<Record<string, unknown>>,
    ask: (access: ReturnType<typeof createRepositoryAccess>) => Promise<T>,
  ): Promise<T> => {
    const server = await startScriptedServer();
    server.answer((request, response) => {
      const answer = answers[request.path.replace(`/repos/${repository}/`, '')];
      return json(answer ?? { message: 'Not Found', status: '404' }, answer === undefined ? 404 : 200)(
        request,
        response,
      );
    });
    try {
      return await ask(createRepositoryAccess(createGitHub({ baseUrl: server.url, token: async () => readerToken })));
    } finally {
      await server.close();
    }
  };
  const branch = 'branches/environments%2Fgreen';
  const rules = 'rules/branches/environments%2Fgreen';

  it.each([
    ['rules', { [rules]: [{ type: 'update' }, { type: 'non_fast_forward' }] }, [true, true]],
    ['nothing', { [rules]: [], [branch]: { name: 'environments/green', protected: false } }, [false, false]],
    [
      'a protection that it may see',
      { [rules]: [], [`${branch}/protection`]: { restrictions: {}, allow_force_pushes: { enabled: false } } },
      [true, true],
    ],
    [
      'a protection that it may not see',
      { [rules]: [], [branch]: { name: 'environments/green', protected: true } },
      [null, null],
    ],
  ])('a branch with %s', async (_, answers, [restricted, forcePushBlocked]) => {
    expect(await asked(answers, (access) => access.protection(repository, 'environments/green'))).toEqual({
      restricted,
      forcePushBlocked,
    });
  });

  it.each([
    ['may write', 422, true],
    ['may only read', 403, false],
  ])('an App’s token %s, which the repository does not say of it', async (_, status, expected) => {
    const server = await startScriptedServer();
    server.answer((request, response) => {
      if (request.method === 'POST') return json({ message: 'no', status: String(status) }, status)(request, response);
      response.setHeader('github-authentication-token-expiration', '2026-11-29 13:00:00 UTC');
      return json({ permissions: { admin: false, push: false, pull: false }, archived: false })(request, response);
    });
    const access = (token: string) =>
      createRepositoryAccess(createGitHub({ baseUrl: server.url, token: async () => token }));

    expect(await access('ghs_app').canPush(repository)).toBe(expected);
    expect(await access('ghp_person').canPush(repository)).toBe(false);
    // What is made anew each hour needs no warning.
    expect(await access('ghs_app').tokenExpiry(repository)).toBe('never');
    expect(await access('ghp_person').tokenExpiry(repository)).toBe(Date.parse('2026-11-29T13:00:00Z'));
    await server.close();
  });

  it('has a workflow, or none', async () => {
    const answers = { 'actions/workflows/ci.yml': { id: 1, path: '.github/workflows/ci.yml', state: 'active' } };

    expect(await asked(answers, (access) => access.hasWorkflow(repository, '.github/workflows/ci.yml'))).toBe(true);
    expect(await asked(answers, (access) => access.hasWorkflow(repository, '.github/workflows/cd.yml'))).toBe(false);
  });
});
