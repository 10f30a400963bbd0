import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { createEnvironmentBranch, type ReleaseCommit } from '../../../adapters/gitops/environment-branch.ts';
import { createGitHub, type GitHub } from '../../../adapters/shared/github.ts';
import { commitOn, deploy, headOf, type SeededGitHub, startSeededGitHub, token } from '../github/seeded-github.ts';

const repository = 'example/chest-xray-mlops-deploy';
const release = (version: string, digit: string) => ({
  version,
  image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/chest-xray-mlops',
  digest: `sha256:${digit.repeat(64)}`,
});
const wanted = (rest: Partial<ReleaseCommit>): ReleaseCommit => ({
  repository,
  environment: 'green',
  path: 'chart',
  release: release('v2.1.0', 'a'),
  operation: 'op-1',
  epoch: 1,
  ...rest,
});

let seeded: SeededGitHub;
let github: GitHub;
beforeAll(async () => {
  seeded = await startSeededGitHub();
  github = createGitHub({ baseUrl: seeded.github.endpoint, token: async () => token });
});
afterAll(() => seeded.remove());

const head = (branch: string) => headOf(seeded.octokit, deploy, `heads/${branch}`);
const readCommit = async (sha: string) =>
  (await seeded.octokit.request('GET /repos/{owner}/{repo}/commits/{ref}', { ...deploy, ref: sha })).data;

describe('createEnvironmentBranch', () => {
  it('makes one commit that changes the one file, and leaves the other environment alone', async () => {
    const before = await head('env/green');
    const blue = await head('env/blue');

    const outcome = await createEnvironmentBranch(github).commitRelease(wanted({}));

    expect(outcome).toEqual({ kind: 'committed', commit: await head('env/green'), previous: before });
    expect(await head('env/blue')).toBe(blue);
    const commit = await readCommit(await head('env/green'));
    expect(commit.parents.map(({ sha }) => sha)).toEqual([before]);
    expect(commit.files?.map(({ filename }) => filename)).toEqual(['chart/values-release.yaml']);
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

  it('changes nothing when the same commit is wanted again (I10)', async () => {
    const branch = createEnvironmentBranch(github);
    await branch.commitRelease(wanted({ operation: 'op-2', epoch: 2 }));
    const before = await head('env/green');

    const again = await branch.commitRelease(wanted({ operation: 'op-2', epoch: 2 }));

    expect(again).toEqual({ kind: 'already-there', commit: before });
    expect(await head('env/green')).toBe(before);
  });

  it('commits the same release again for another operation, so that the branch says who is in charge', async () => {
    const branch = createEnvironmentBranch(github);

    const outcome = await branch.commitRelease(wanted({ operation: 'op-3', epoch: 3 }));

    expect(outcome.kind).toBe('committed');
    expect(await branch.readLatest({ repository, environment: 'green' })).toEqual({
      commit: await head('env/green'),
      operation: 'op-3',
      epoch: 3,
      version: 'v2.1.0',
      digest: release('', 'a').digest,
    });
  });

  it('refuses a stale holder, however late, also when a person committed in between (I12)', async () => {
    const branch = createEnvironmentBranch(github);
    await branch.commitRelease(wanted({ operation: 'rollback', epoch: 9, release: release('v2.0.5', 'b') }));
    const byHand = await commitOn(seeded.octokit, deploy, await head('env/green'), { 'chart/notes.txt': 'hello' });
    await seeded.octokit.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
      ...deploy,
      ref: 'heads/env/green',
      sha: byHand,
    });

    const late = branch.commitRelease(wanted({ operation: 'op-3', epoch: 8 }));

    await expect(late).rejects.toMatchObject({ name: 'StaleHolder', epoch: 9 });
    expect(await head('env/green')).toBe(byHand);
  });

  /** Between reading the branch and moving it, once: somebody else's commit. */
  const overtakenBy = (other: () => Promise<unknown>): GitHub => {
    let overtaken = false;
    return {
      ...github,
      call: async (asked, work) => {
        if (asked.kind === 'write' && !overtaken) {
          overtaken = true;
          await other();
        }
        return github.call(asked, work);
      },
    };
  };

  it('never goes over a newer holder that was quicker (I12)', async () => {
    const newer = wanted({ operation: 'new', epoch: 21, release: release('v2.2.0', 'c') });
    const slow = overtakenBy(() => createEnvironmentBranch(github).commitRelease(newer));

    const late = createEnvironmentBranch(slow).commitRelease(wanted({ operation: 'old', epoch: 20 }));

    await expect(late).rejects.toMatchObject({ name: 'StaleHolder', epoch: 21 });
    expect(await createEnvironmentBranch(github).readLatest({ repository, environment: 'green' })).toMatchObject({
      operation: 'new',
      commit: await head('env/green'),
    });
  });

  it('commits on top of an older holder that was quicker', async () => {
    const older = wanted({ operation: 'older', epoch: 22, release: release('v2.2.0', 'c') });
    const slow = overtakenBy(() => createEnvironmentBranch(github).commitRelease(older));

    const outcome = await createEnvironmentBranch(slow).commitRelease(wanted({ operation: 'newer', epoch: 23 }));

    expect(outcome).toMatchObject({ kind: 'committed', commit: await head('env/green') });
    const below = (await readCommit(await head('env/green'))).parents[0]?.sha ?? '';
    expect((await readCommit(below)).commit.message).toContain('Sluice-Operation: older');
  });

  it('says that a branch is missing', async () => {
    const missing = createEnvironmentBranch(github).commitRelease(wanted({ branch: 'env/purple' }));

    await expect(missing).rejects.toMatchObject({
      name: 'NeighbourRefused',
      status: 404,
      message: expect.stringContaining('env/purple: there is no such branch'),
    });
  });

  it('refuses to leave the repository', async () => {
    const outside = createEnvironmentBranch(github).commitRelease(
      wanted({ path: '../other', operation: 'x', epoch: 99 }),
    );

    await expect(outside).rejects.toMatchObject({ name: 'InvalidInput' });
  });

  it('is refused with a wrong token, which the message does not contain', async () => {
    const stranger = createGitHub({ baseUrl: seeded.github.endpoint, token: async () => 'ghp_wrong' });

    const failure = await createEnvironmentBranch(stranger)
      .commitRelease(wanted({}))
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ name: 'NeighbourRefused', status: 401 });
    expect(JSON.stringify([String(failure), failure])).not.toContain('ghp_wrong');
  });
});
