import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Octokit } from '@octokit/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { commitOn, deploy, headOf } from '../contract/github/seeded-github.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';

const root = join(import.meta.dirname, '..', '..');
const { sandbox, pipeline } = observedSandbox(...configured(quick));
const approvers = ['ana@example.com', 'cleo@example.com'];

/** What `sluice` prints to ana, an admin. */
async function sluice(...words: string[]): Promise<string> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const SLUICE_READY_FILE = join(sandbox.dataDir, 'ready.json');
  const { stdout } = await promisify(execFile)(process.execPath, ['cli/sluice.js', ...words], {
    cwd: root,
    env: { ...env, SLUICE_READY_FILE, SLUICE_SERVICE: 'chest-xray-mlops', SLUICE_USER: 'ana@example.com' },
  });
  return stdout;
}

const octokit = () => new Octokit({ auth: sandbox.ready.secrets.githubToken, baseUrl: sandbox.ready.github });
async function standby() {
  const { active } = await pipeline.service();
  return active === 'blue' ? 'green' : 'blue';
}
/** Somebody who may push to the deploy repository does so, to the branch of the standby. */
async function push(file: string): Promise<{ environment: 'blue' | 'green'; head: string }> {
  const environment = await standby();
  const branch = `env/${environment}`;
  const parent = await headOf(octokit(), deploy, `heads/${branch}`);
  const head = await commitOn(octokit(), deploy, parent, { [`chart/${file}`]: 'theirs\n' }, 'chore: tidy');
  const moved = { ...deploy, ref: `heads/${branch}`, sha: head };
  await octokit().request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', moved);
  return { environment, head };
}
async function filesOf(environment: 'blue' | 'green'): Promise<string[]> {
  const at = { ...deploy, tree_sha: await headOf(octokit(), deploy, `heads/env/${environment}`), recursive: 'true' };
  const { data } = await octokit().request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', at);
  return data.tree.flatMap(({ path }) => path ?? []);
}
/** CI has built a version, and its webhook has started the deployment. */
async function start(version: string): Promise<string> {
  const { workflowRunPayload } = await pipeline.release(version);
  const answer = await pipeline.deliver(workflowRunPayload);
  const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
  return operation;
}
const mailsAbout = async (version: string) =>
  (await pipeline.mails()).filter(({ subject }) => subject.endsWith(` ${version}`) && subject.includes('prove'));

describe('what somebody else has written on the branch of the standby (I3)', () => {
  beforeEach(() => pipeline.toRest());

  it('ends the next deployment before anybody is asked, and goes live once it was proposed and approved', async () => {
    const { environment, head } = await push('proposed.txt');
    const stopped = await pipeline.settled(await start('v2.3.0'));

    expect(stopped).toMatchObject({ outcome: 'failed-validation', reason: expect.stringContaining('“chore: tidy”') });
    expect(stopped.reason).toContain(`sluice branch propose --service chest-xray-mlops --environment ${environment}`);
    expect(await mailsAbout('v2.3.0')).toEqual([]);

    const why = ['--reason', 'a note for the chart', '--as', 'ben@example.com'];
    const told = await sluice('branch', 'propose', '--environment', environment, ...why);
    expect(told).toContain('chart/proposed.txt (added)');
    expect(told).toContain(
      `${stopped.id} of v2.3.0 (ended) stopped because of it and does not continue: start it again`,
    );
    expect(told).toContain('sluice deploy --version v2.3.0 --service chest-xray-mlops');

    await sluice('deploy', '--version', 'v2.3.0', '--no-wait', '--as', 'dana@example.com');
    const links = await pipeline.linksOf('v2.3.0', approvers);
    const page = await (await fetch(links.get('ana@example.com') ?? '')).text();
    expect(page).toContain('chart/proposed.txt (added)');
    expect(page).toContain('You approve these commits together with the release.');
    const [again] = await pipeline.operations();
    await pipeline.approveAll('v2.3.0', again?.id);

    expect(await pipeline.settled(again?.id ?? '')).toMatchObject({ outcome: 'succeeded', target: environment });
    expect(await filesOf(environment)).toContain('chart/proposed.txt');
    const { parents } = await pipeline.github<{ parents: { sha: string }[] }>(
      `/commits/env%2F${environment}`,
      pipeline.deployRepository,
    );
    expect(parents.map(({ sha }) => sha)).toEqual([head]);
  });

  it('is thrown away once it was reset: a deployment that waited goes on without it, the one that stopped is started anew', async () => {
    const waiting = await start('v2.4.0');
    await pipeline.inState(waiting, 'awaiting-approval');
    const { environment, head } = await push('unwanted.txt');
    const stopped = await pipeline.settled(await start('v2.4.1'));
    expect(stopped).toMatchObject({ outcome: 'failed-validation', reason: expect.stringContaining(head.slice(0, 7)) });

    const told = await sluice('branch', 'reset', '--environment', environment, '--reason', 'pushed by mistake');
    expect(told).toContain(
      `${waiting} of v2.4.0 (awaiting-approval) continues without that commit, as its approvers see it`,
    );
    expect(told).toContain(
      `${stopped.id} of v2.4.1 (ended) stopped because of it and does not continue: start it again`,
    );
    await pipeline.approveAll('v2.4.0', waiting);

    expect(await pipeline.settled(waiting)).toMatchObject({ outcome: 'succeeded', target: environment });
    expect(await filesOf(environment)).not.toContain('chart/unwanted.txt');
  });
});
