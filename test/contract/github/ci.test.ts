import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Octokit } from '@octokit/core';
import { verify } from '@octokit/webhooks-methods';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReleaseToPublish } from '../../../sandbox/github/publish-release.ts';
import { forkRepository } from '../../../sandbox/github/seed.ts';
import { signWebhook, type WorkflowRunPayload } from '../../../sandbox/github/webhook.ts';
import {
  commitOn,
  headOf,
  readerToken,
  type SeededGitHub,
  service,
  startSeededGitHub,
  token,
} from './seeded-github.ts';

let world: SeededGitHub;
const told: WorkflowRunPayload[] = [];

beforeAll(async () => {
  world = await startSeededGitHub({ onRunCompleted: (payload) => told.push(payload) });
});

afterAll(() => world.remove());

/** A completed, successful workflow_run event that GitHub once sent. */
function realWorkflowRunEvent(): { workflow_run: { conclusion: string | null } } {
  const file = createRequire(import.meta.url).resolve('@octokit/webhooks-examples/api.github.com/index.json');
  // The package's own file: a list of event types, each with its captured payloads.
  const events = JSON.parse(readFileSync(file, 'utf8')) as {
    name: string;
    examples: { workflow_run: { conclusion: string } }[];
  }[];
  const examples = events.find((one) => one.name === 'workflow_run')?.examples ?? [];
  const found = examples.find((one) => one.workflow_run.conclusion === 'success');
  if (found === undefined) throw new Error('@octokit/webhooks-examples has no successful workflow_run any more');
  return found;
}

let counter = 0;
const publish = (given: Omit<ReleaseToPublish, 'version'> = {}) => {
  counter += 1;
  return world.github.publishRelease({ version: `v3.0.${counter}`, ...given });
};

const artifactsOf = async (run_id: number, name = 'sluice-release') => {
  const given = { ...service, run_id, name };
  return (await world.octokit.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts', given)).data;
};

const releaseJsonOf = async (runId: number) => {
  const artifact_id = (await artifactsOf(runId)).artifacts[0]?.id ?? 0;
  const given = { ...service, artifact_id, archive_format: 'zip' };
  const zip = await world.octokit.request(
    'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}',
    given,
  );
  const files = unzipSync(new Uint8Array(zip.data as ArrayBuffer)); // Octokit gives binary bodies as an ArrayBuffer.
  return JSON.parse(Buffer.from(files['release.json'] ?? '').toString());
};

const checksOf = async (ref: string) => {
  const answer = await world.octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', { ...service, ref });
  return answer.data.check_runs.map((one) => [one.name, one.status, one.conclusion]);
};

const stagingOf = async (sha: string) => {
  const found = await world.octokit.request('GET /repos/{owner}/{repo}/deployments', {
    ...service,
    sha,
    environment: 'staging',
  });
  const deployment_id = Number(found.data[0]?.id);
  const given = { ...service, deployment_id };
  const statuses = await world.octokit.request('GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', given);
  return statuses.data.map((one) => one.state);
};

describe('a release that is pushed', () => {
  it('has a run, checks, a staging deployment, an artifact and a tag', async () => {
    const made = await publish({ metrics: { accuracy: 0.93, recall: 0.96 }, reversible: false });

    const given = { ...service, head_sha: made.sha, event: 'push', branch: 'main', status: 'success' as const };
    const runs = await world.octokit.request('GET /repos/{owner}/{repo}/actions/runs', given);
    expect(runs.data.workflow_runs).toMatchObject([
      {
        id: made.runId,
        path: '.github/workflows/ci.yml',
        run_attempt: 1,
        head_repository: { id: runs.data.workflow_runs[0]?.repository.id },
        actor: { login: 'dana' },
      },
    ]);
    expect(await checksOf(made.sha)).toEqual([
      ['security-scan', 'completed', 'success'],
      ['test', 'completed', 'success'],
    ]);
    expect(await stagingOf(made.sha)).toEqual(['success']);
    expect(await headOf(world.octokit, service, `tags/${made.version}`)).toBe(made.sha);
    expect(await releaseJsonOf(made.runId)).toEqual({
      version: made.version,
      image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/chest-xray-mlops',
      digest: made.digest,
      model: { name: 'chest-xray-mlops', metrics: { accuracy: 0.93, recall: 0.96 } },
      reversible: false,
    });
    expect(world.github.releases().at(-1)).toMatchObject({ version: made.version, sha: made.sha, digest: made.digest });
    expect((await artifactsOf(made.runId, 'other')).total_count).toBe(0);
  });

  it('can come out badly in every way that must be refused', async () => {
    const made = await publish({ checks: { test: 'failure' }, staging: 'failure', findings: { CRITICAL: 2 } });
    const failed = await publish({ conclusion: 'failure' });

    expect(await checksOf(made.sha)).toContainEqual(['test', 'completed', 'failure']);
    expect(await stagingOf(made.sha)).toEqual(['failure']);
    expect(world.github.releases().find((one) => one.sha === made.sha)?.findings).toEqual({ CRITICAL: 2 });
    expect(failed).toMatchObject({ digest: '', workflowRunPayload: { workflow_run: { conclusion: 'failure' } } });
    expect((await artifactsOf(failed.runId)).total_count).toBe(0);
  });

  it('is of its author, known or not', async () => {
    const known = await publish({ author: { login: 'ana' } });
    const unknown = await publish({ author: { login: 'stranger', mail: 'stranger@example.net' } });

    const authorOf = async (ref: string) =>
      (await world.octokit.request('GET /repos/{owner}/{repo}/commits/{ref}', { ...service, ref })).data.author;
    expect((await authorOf(known.sha))?.login).toBe('ana');
    expect(await authorOf(unknown.sha)).toBeNull();
  });

  it('makes the earlier staging deployment inactive, as GitHub does', async () => {
    const first = await publish();
    await publish();

    expect(await stagingOf(first.sha)).toEqual(['inactive', 'success']);
  });

  it('tells the webhook, once, in the shape of a real workflow_run event', async () => {
    const before = told.length;

    const made = await publish();

    expect(told.slice(before)).toEqual([made.workflowRunPayload]);
    const real = realWorkflowRunEvent();
    expect(Object.keys(made.workflowRunPayload).sort()).toEqual(Object.keys(real).sort());
    const realRun = Object.keys(real.workflow_run);
    expect(Object.keys(made.workflowRunPayload.workflow_run)).toEqual(expect.arrayContaining(realRun));
    expect(world.github.payloadOf(made.sha)).toEqual(made.workflowRunPayload);
  });
});

describe('runs', () => {
  it('of a commit without a new version build nothing', async () => {
    const head = await headOf(world.octokit, service, 'heads/main');
    const sha = await commitOn(world.octokit, service, head, { 'README.md': 'words\n' });

    await world.octokit.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', { ...service, ref: 'heads/main', sha });

    const runs = await world.octokit.request('GET /repos/{owner}/{repo}/actions/runs', { ...service, head_sha: sha });
    expect(runs.data.total_count).toBe(1);
    expect((await artifactsOf(Number(runs.data.workflow_runs[0]?.id))).total_count).toBe(0);
  });

  it.each([
    ['.github/sandbox-ci.json', '{"staging":"great"}'],
    ['model/metrics.json', 'no json'],
  ])('fail when %s is malformed', async (path, content) => {
    const head = await headOf(world.octokit, service, 'heads/main');
    counter += 1;
    const sha = await commitOn(world.octokit, service, head, { VERSION: `v3.0.${counter}`, [path]: content });

    await world.octokit.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', { ...service, ref: 'heads/main', sha });

    const runs = await world.octokit.request('GET /repos/{owner}/{repo}/actions/runs', { ...service, head_sha: sha });
    expect(runs.data.workflow_runs.map((run) => run.conclusion)).toEqual(['failure']);
    expect(world.github.releases().map((one) => one.sha)).not.toContain(sha);
  });

  it('happen for no other branch', async () => {
    const head = await headOf(world.octokit, service, 'heads/main');
    const sha = await commitOn(world.octokit, service, head, { VERSION: 'v8.0.0\n' });

    await world.octokit.request('POST /repos/{owner}/{repo}/git/refs', {
      ...service,
      ref: 'refs/heads/feature/x',
      sha,
    });

    const runs = await world.octokit.request('GET /repos/{owner}/{repo}/actions/runs', { ...service, head_sha: sha });
    expect(runs.data.total_count).toBe(0);
  });

  it('of a fork belong to the repository but name the fork as their head', async () => {
    const [owner = '', repo = ''] = forkRepository.split('/');
    const sha = await headOf(world.octokit, { owner, repo }, 'heads/main');

    const { payload } = await world.github.runCi({ sha, event: 'pull_request', headRepository: forkRepository });

    expect(payload.repository.full_name).toBe('example/chest-xray-mlops');
    expect(payload.workflow_run).toMatchObject({
      event: 'pull_request',
      head_repository: { full_name: forkRepository, fork: true },
      head_commit: { message: 'feat: release v9.9.9' },
    });
    expect(payload.workflow_run.head_repository.id).not.toBe(payload.workflow_run.repository.id);
  });

  it('keep their earlier attempts when they run again', async () => {
    const { runId: run_id } = await publish({ conclusion: 'failure' });

    await world.octokit.request('POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun', { ...service, run_id });

    const now = await world.octokit.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', { ...service, run_id });
    const attempt = async (attempt_number: number) => {
      const given = { ...service, run_id, attempt_number };
      return (
        await world.octokit.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}', given)
      ).data;
    };
    expect(now.data).toMatchObject({ run_attempt: 2, conclusion: 'success' });
    expect(told.at(-1)?.workflow_run).toMatchObject({ id: run_id, run_attempt: 2, conclusion: 'success' });
    expect(await releaseJsonOf(run_id)).toMatchObject({ version: `v3.0.${counter}` });
    expect(await attempt(1)).toMatchObject({ run_attempt: 1, conclusion: 'failure' });
    await expect(attempt(3)).rejects.toMatchObject({ status: 404 });
  });
});

describe('an artifact download', () => {
  it('redirects to an address that needs no token, and that nobody can make up', async () => {
    const { runId } = await publish();
    const url = (await artifactsOf(runId)).artifacts[0]?.archive_download_url ?? '';

    const redirect = await fetch(url, { redirect: 'manual', headers: { authorization: `Bearer ${token}` } });
    const location = redirect.headers.get('location') ?? '';
    const zip = await fetch(location);
    const forged = await fetch(location.replace(/signature=./, 'signature=z'));

    expect(redirect.status).toBe(302);
    expect(zip.headers.get('content-type')).toBe('application/zip');
    expect(Object.keys(unzipSync(new Uint8Array(await zip.arrayBuffer())))).toEqual(['release.json']);
    expect(forged.status).toBe(403);
    expect((await fetch(url)).status).toBe(401);
  });
});

it('signs webhooks so that GitHub receivers accept exactly those bytes', async () => {
  const body = JSON.stringify(world.github.payloadOf(await headOf(world.octokit, service, 'tags/v2.1.0')));

  const signature = signWebhook('a secret', body);

  expect(await verify('a secret', body, signature)).toBe(true);
  expect(await verify('a secret', `${body} `, signature)).toBe(false);
  expect(await verify('another', body, signature)).toBe(false);
});

it('a token that may only read reads everything and moves no branch', async () => {
  const reader = new Octokit({ baseUrl: world.github.endpoint, auth: readerToken });
  const sha = await headOf(reader, service, 'heads/main');

  const moved = reader.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', { ...service, ref: 'heads/main', sha });

  await expect(moved).rejects.toMatchObject({
    status: 403,
    response: { data: { message: 'Resource not accessible by personal access token' } },
  });
});

it('refuses who has no token, or a wrong one, in the words of GitHub', async () => {
  const request = { baseUrl: world.github.endpoint };

  const as = (octokit: Octokit) => octokit.request('GET /repos/{owner}/{repo}', service);

  await expect(as(new Octokit(request))).rejects.toMatchObject({ status: 401 });
  await expect(as(new Octokit({ ...request, auth: 'guess' }))).rejects.toMatchObject({
    status: 401,
    response: { data: { message: 'Bad credentials' } },
  });
  const right = await as(world.octokit);
  expect(right.data).toMatchObject({ full_name: 'example/chest-xray-mlops', default_branch: 'main', id: 412_000_101 });
  expect(Number(right.headers['x-ratelimit-remaining'])).toBeGreaterThan(0);
  await expect(world.octokit.request('GET /repos/{owner}/{repo}', { ...service, repo: 'no' })).rejects.toMatchObject({
    status: 404,
    response: { data: { message: 'Not Found' } },
  });
});

it('a link to a run or a commit opens in a browser, which has no token; the API asks for one', async () => {
  const { runId } = await publish();
  const { data: run } = await world.octokit.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', {
    ...service,
    run_id: runId,
  });
  const { data: commit } = await world.octokit.request('GET /repos/{owner}/{repo}/commits/{ref}', {
    ...service,
    ref: run.head_sha,
  });
  for (const link of [run.html_url, commit.html_url]) {
    const page = await fetch(link);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain(run.head_sha);
  }
  expect((await fetch(`${run.html_url}1`)).status).toBe(404);
  expect((await fetch(run.url)).status).toBe(401);
});
