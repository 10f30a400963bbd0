import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitOn, deploy, headOf, readerToken, type SeededGitHub, startSeededGitHub, token } from './seeded-github.ts';

const run = promisify(execFile);
const hasGit = spawnSync('git', ['--version']).status === 0;
if (!hasGit) console.warn('git is not on the PATH: nothing is cloned with it');

(hasGit ? describe : describe.skip)('Git itself reads the repositories by smart HTTP', () => {
  let world: SeededGitHub;
  let folder: string;
  beforeAll(async () => {
    world = await startSeededGitHub();
    folder = await mkdtemp(join(tmpdir(), 'sluice-git-'));
  });
  afterAll(async () => {
    await world.remove();
    await rm(folder, { recursive: true });
  });

  const environment = {
    PATH: process.env.PATH,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
  };
  const git = async (...words: string[]) => (await run('git', words, { cwd: folder, env: environment })).stdout.trim();
  const urlOf = (password: string, name = 'chest-xray-mlops-deploy') =>
    `${world.github.endpoint.replace('//', `//x-access-token:${password}@`)}/example/${name}.git`;

  it('with each commit, branch and tag, also those of later', async () => {
    await git('clone', '--quiet', '--bare', urlOf(readerToken), 'clone');
    const before = await headOf(world.octokit, deploy, 'heads/env/green');
    expect(await git('-C', 'clone', 'rev-parse', 'env/green')).toBe(before);

    const made = await commitOn(world.octokit, deploy, before, { 'chart/values-release.yaml': 'image: none\n' });
    await world.octokit.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
      ...deploy,
      ref: 'heads/env/green',
      sha: made,
    });
    await git('-C', 'clone', 'fetch', '--quiet', 'origin', made);

    expect(await git('-C', 'clone', 'show', `${made}:chart/values-release.yaml`)).toBe('image: none');
    expect(await git('-C', 'clone', 'rev-parse', `${made}^`)).toBe(before);
    expect(await git('-C', 'clone', 'fsck', '--strict', '--no-dangling')).toBe('');
    expect(await git('ls-remote', urlOf(token, 'chest-xray-mlops'), 'refs/tags/*')).toContain('refs/tags/v2.0.5');
  });

  it('with no other token than GitHub would take, and without pushing', async () => {
    await git('clone', '--quiet', urlOf(token), 'pushing');

    const answers = await Promise.all([
      fetch(`${world.github.endpoint}/example/chest-xray-mlops-deploy.git/info/refs?service=git-upload-pack`),
      git('ls-remote', urlOf('wrong')).catch((error: Error) => error.message),
      git('ls-remote', urlOf(token, 'unknown')).catch((error: Error) => error.message),
      git('-C', 'pushing', 'push', 'origin', 'HEAD:refs/heads/pushed').catch((error: Error) => error.message),
    ]);

    const [anonymous, wrong, unknown, pushed] = answers;
    expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="GitHub"']);
    expect(wrong).toContain('Authentication failed');
    expect(unknown).toContain('not found');
    expect(pushed).toContain('403');
  });
});
