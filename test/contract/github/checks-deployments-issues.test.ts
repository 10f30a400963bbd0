import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headOf, type SeededGitHub, service, startSeededGitHub } from './seeded-github.ts';

let world: SeededGitHub;
let head_sha: string;

beforeAll(async () => {
  world = await startSeededGitHub();
  head_sha = await headOf(world.octokit, service, 'heads/main');
});

afterAll(() => world.remove());

describe('check runs', () => {
  const list = (parameters: { check_name?: string; filter?: 'latest' | 'all' } = {}) =>
    world.octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
      ...service,
      ref: head_sha,
      ...parameters,
    });

  it('are completed by a conclusion, and the newest of a name stands for it', async () => {
    const create = (conclusion: 'failure' | 'success') =>
      world.octokit.request('POST /repos/{owner}/{repo}/check-runs', {
        ...service,
        name: 'licences',
        head_sha,
        conclusion,
      });
    const first = await create('failure');
    await create('success');

    const latest = await list({ check_name: 'licences' });
    const all = await list({ check_name: 'licences', filter: 'all' });

    expect(first).toMatchObject({ status: 201, data: { status: 'completed', conclusion: 'failure' } });
    expect(latest.data.check_runs.map((one) => one.conclusion)).toEqual(['success']);
    expect(all.data.total_count).toBe(2);
  });

  it('go from in progress to completed', async () => {
    const given = { ...service, name: 'sluice', head_sha, status: 'in_progress' as const };
    const { data } = await world.octokit.request('POST /repos/{owner}/{repo}/check-runs', given);
    const update = {
      ...service,
      check_run_id: data.id,
      conclusion: 'neutral' as const,
      output: { title: 't', summary: 's' },
    };

    const after = await world.octokit.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', update);

    expect(data).toMatchObject({ status: 'in_progress', conclusion: null, completed_at: null });
    expect(after.data).toMatchObject({ status: 'completed', conclusion: 'neutral', output: { title: 't' } });
    expect(after.data.completed_at).not.toBeNull();
  });

  it('that claim to be complete need a conclusion, and all need a name', async () => {
    const broken = { ...service, name: 'x', head_sha, status: 'completed' } as never; // Wrong on purpose.
    const nameless = { ...service, head_sha } as never;

    await expect(world.octokit.request('POST /repos/{owner}/{repo}/check-runs', broken)).rejects.toMatchObject({
      status: 422,
    });
    await expect(world.octokit.request('POST /repos/{owner}/{repo}/check-runs', nameless)).rejects.toMatchObject({
      status: 422,
      response: { data: { errors: [{ field: 'name' }] } },
    });
  });
});

describe('deployments', () => {
  const create = async (environment: string) => {
    const given = { ...service, ref: 'v2.1.0', environment, required_contexts: [] };
    return world.octokit.request('POST /repos/{owner}/{repo}/deployments', given);
  };
  const setState = (deployment_id: number, state: 'success' | 'in_progress' | 'failure') =>
    world.octokit.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
      ...service,
      deployment_id,
      state,
    });
  const states = async (deployment_id: number) => {
    const given = { ...service, deployment_id };
    const answer = await world.octokit.request('GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', given);
    return answer.data.map((one) => one.state);
  };
  const idIn = (answer: { data: object }): number => Reflect.get(answer.data, 'id');

  it('are of the commit that their ref names, and are found by commit and environment', async () => {
    const made = await create('production');

    const given = { ...service, sha: head_sha, environment: 'production' };
    const found = await world.octokit.request('GET /repos/{owner}/{repo}/deployments', given);

    expect(made).toMatchObject({
      status: 201,
      data: { sha: head_sha, environment: 'production', production_environment: true },
    });
    expect(found.data.map((one) => one.id)).toEqual([idIn(made)]);
  });

  it('keep their statuses, newest first', async () => {
    const id = idIn(await create('qa'));
    await setState(id, 'in_progress');
    await setState(id, 'success');

    expect(await states(id)).toEqual(['success', 'in_progress']);
  });

  it('to production are not made inactive by a later one', async () => {
    const [first, second] = [idIn(await create('production')), idIn(await create('production'))];
    await setState(first, 'success');
    await setState(second, 'success');

    expect(await states(first)).toEqual(['success']);
  });

  it('that failed are not made inactive either', async () => {
    const [first, second] = [idIn(await create('qa-2')), idIn(await create('qa-2'))];
    await setState(first, 'failure');
    await setState(second, 'success');

    expect(await states(first)).toEqual(['failure']);
  });

  it('are refused for an unknown ref and an unknown state', async () => {
    const unknown = world.octokit.request('POST /repos/{owner}/{repo}/deployments', { ...service, ref: 'nothing' });

    await expect(unknown).rejects.toMatchObject({
      status: 422,
      response: { data: { message: 'No ref found for: nothing' } },
    });
    await expect(setState(idIn(await create('qa')), 'great' as 'success')).rejects.toMatchObject({ status: 422 });
  });
});

describe('issues', () => {
  it('are opened, commented, found by label, and closed', async () => {
    const given = { ...service, title: 'v2.1.0 was rolled back', body: 'why', labels: ['rollback'] };
    const { data: issue } = await world.octokit.request('POST /repos/{owner}/{repo}/issues', given);
    const issue_number = issue.number;

    const path = { ...service, issue_number };
    await world.octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...path,
      body: 'recovered',
    });
    const comments = await world.octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', path);
    const open = await world.octokit.request('GET /repos/{owner}/{repo}/issues', { ...service, labels: 'rollback' });
    const closed = await world.octokit.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
      ...path,
      state: 'closed',
    });

    expect(comments.data.map((one) => one.body)).toEqual(['recovered']);
    expect(open.data).toMatchObject([{ number: issue_number, title: 'v2.1.0 was rolled back', comments: 1 }]);
    expect(closed.data.state).toBe('closed');
    expect((await world.octokit.request('GET /repos/{owner}/{repo}/issues', service)).data).toEqual([]);
  });
});
