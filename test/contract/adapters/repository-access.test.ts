import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

const wanted: RepositoryPermission[] = ['contents', 'actions', 'deployments', 'pull_requests', 'attestations'];
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
